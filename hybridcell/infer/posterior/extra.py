"""Packages that only sampling needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hybridcell._core.errors import InvalidValueError


def needed(name: str) -> Any:
    """Return a package of the extra `bayes`.

    Raises
    ------
    InvalidValueError
        If it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise InvalidValueError(
            f"This needs the package {name}, which is not installed: pip install 'hybridcell[bayes]'."
        ) from error
