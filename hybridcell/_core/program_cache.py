"""Compiled programs on disk, from one process to the next, and what a killed process leaves of them.

JAX writes a program in place and never writes it again while its file is there: a process that is killed
while it writes leaves half a file, which every later process finds damaged, warns of and compiles anew. So
each process leaves a mark in the folder ``writers`` for as long as it lives, and who finds the mark of a dead
one takes away the damaged programs written since.
"""

from __future__ import annotations

import atexit
import os
import socket
import zlib
from pathlib import Path

import jax

from hybridcell._core.config import config

#: Seconds by which the clocks of a file's times and of a mark's may differ, on disks of another machine.
_SLACK = 5.0


def keep_compiled_programs() -> None:
    """Point JAX's persistent compilation cache at our folder, unless the user keeps one already."""
    if jax.config.jax_compilation_cache_dir is not None:  # pyright: ignore[reportAttributeAccessIssue]
        return
    folder = config.cache_dir / "xla"
    try:
        (folder / "writers").mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # a read-only home must not stop an import; programs are then compiled anew each time
    if os.access(folder, os.W_OK):
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.3)
        if os.name == "posix":  # elsewhere asking whether a process lives may end it
            _leave_mark(folder)
            remove_torn_programs(folder)


def remove_torn_programs(folder: Path) -> list[str]:
    """Take away what processes of this machine that died left half written; return the names of the files."""
    torn = []
    for mark in _marks_of_the_dead(folder):
        try:
            since = mark.stat().st_mtime - _SLACK
            for path in folder.glob("*-cache"):
                if path.stat().st_mtime >= since and not _is_whole(path.read_bytes()):
                    path.unlink(missing_ok=True)
                    torn.append(path.name)
            mark.unlink(missing_ok=True)
        except OSError:
            continue  # another process mends the same folder, or may write where this one may not
    return torn


def _leave_mark(folder: Path) -> None:
    mark = folder / "writers" / f"{socket.gethostname()}-{os.getpid()}"
    try:
        mark.touch()
    except OSError:
        return
    owner = os.getpid()
    # a process forked from this one ends before it
    atexit.register(lambda: mark.unlink(missing_ok=True) if os.getpid() == owner else None)


def _marks_of_the_dead(folder: Path) -> list[Path]:
    host = socket.gethostname()
    marks = []
    for mark in (folder / "writers").glob(f"{host}-*"):
        number = mark.name[len(host) + 1 :]
        if number.isdecimal() and not _is_alive(int(number)):
            marks.append(mark)
    return marks


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _is_whole(content: bytes) -> bool:
    """Tell whether a compressed program ends where it says; of a compression unknown here, assume so."""
    try:
        if content[:4] == b"\x28\xb5\x2f\xfd":
            return _is_whole_zstd(content)
        zlib.decompress(content)
    except zlib.error:
        return False
    return True


def _is_whole_zstd(content: bytes) -> bool:
    try:
        import zstandard  # pyright: ignore[reportMissingImports]
    except ImportError:
        return True
    try:
        zstandard.ZstdDecompressor().decompress(content)
    except zstandard.ZstdError:
        return False
    return True
