"""Which versions of what made a result."""

from __future__ import annotations

import platform
from importlib import metadata

import jax

from hybridcell._core.config import config
from hybridcell._version import __version__

_PACKAGES = (
    "jax", "jaxlib", "equinox", "diffrax", "optax", "optimistix", "numpy", "scipy", "pandas", "anndata",
    "python-libsbml", "networkx", "matplotlib",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions of Python, hybridcell and what it builds on, and the device that computes.

    Examples
    --------
    >>> from hybridcell.recipes import versions
    >>> list(versions())[:2]
    ['hybridcell', 'python']
    """
    found = {"hybridcell": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    kinds = ", ".join(dict.fromkeys(device.device_kind for device in jax.devices()))
    return found | {
        "device": f"{jax.device_count()} x {kinds}" if jax.device_count() > 1 else kinds,
        "precision": config.precision,
        "system": f"{platform.system()} {platform.machine()}",
    }
