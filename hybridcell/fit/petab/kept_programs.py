"""Programs that are kept between sessions before they are compiled: what takes longest, once they are kept
compiled, is to trace them.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
from jax import export

from hybridcell._core.compiler import jit_kinetics, loops_are_whole
from hybridcell._core.config import config
from hybridcell._core.files import replacing
from hybridcell._version import __version__

#: Length of the fingerprint at the beginning of a file: what reads the rest does not check it.
_DIGEST = hashlib.sha256().digest_size


def kept_program(function: Callable[..., Any], args: tuple[Any, ...], origin: str) -> Callable[..., Any]:
    """Return a function compiled, from the cache if it was traced before.

    Parameters
    ----------
    function
        Of arrays; gives arrays.
    args
        The arrays, whose shapes the program is for.
    origin : str
        What tells this function from others: the fingerprint of the files it is made from, and its settings.
    """
    path = _folder() / f"{_key(origin, args)}.jax"
    content = _read(path)
    if content is None:
        try:
            content = bytes(export.export(jax.jit(function))(*args).serialize())
            _write(path, content)
        except (OSError, ImportError):
            return jit_kinetics(function, jax.jit)  # no place to keep it, or no library to write it
    return jit_kinetics(export.deserialize(bytearray(content)).call, jax.jit)


def _read(path: Path) -> bytes | None:
    """Return what a file holds behind its fingerprint; None where it is not there or not whole."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    found, rest = content[:_DIGEST], content[_DIGEST:]
    return rest if found == hashlib.sha256(rest).digest() else None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_bytes(hashlib.sha256(content).digest() + content)


def digest_of(files: list[Path]) -> str:
    """Return the fingerprint of some files."""
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()


def _folder() -> Path:
    return config.cache_dir / "programs"


def _key(origin: str, args: tuple[Any, ...]) -> str:
    shapes = [(a.shape, str(a.dtype)) for a in jax.tree.leaves(args)]
    # the same files make another program where the library, JAX or the processor is another
    parts = [origin, __version__, jax.__version__, jax.default_backend(), platform.machine()]
    text = repr((parts, shapes, loops_are_whole(), _source_digest()))
    return hashlib.sha256(text.encode()).hexdigest()


def _source_digest() -> str:
    """Return what changes with every change of this library's code: whoever develops it needs that."""
    root = Path(__file__).parents[2]
    stats = [(str(p.relative_to(root)), p.stat().st_mtime_ns, p.stat().st_size) for p in root.rglob("*.py")]
    return hashlib.sha256(repr(sorted(stats)).encode()).hexdigest()
