"""A lock on a folder that ends with the process that holds it, however that ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from hybridcell._core.errors import HybridCellError

LOCK_NAME = "hybridcell.lock"
#: A process may lock a file twice as far as the system is concerned, so its own locks are counted here.
_held: set[str] = set()


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold a folder for this process; it must exist.

    The operating system keeps the lock and drops it when the process ends, so that a killed one blocks
    nobody. Processes that were forked from the holder do not inherit it.

    Raises
    ------
    HybridCellError
        When another process, or another call in this one, holds the folder.
    OSError
        When the folder cannot be written.
    """
    path = folder / LOCK_NAME
    key = str(path.resolve())
    if key in _held:
        raise _taken(folder, f"this process ({os.getpid()})")
    with path.open("a+", encoding="utf-8") as file:
        try:
            _acquire(file)
        except OSError:
            file.seek(0)
            holder = file.read(80).strip()
            raise _taken(folder, f"process {holder}" if holder else "another process") from None
        _held.add(key)
        try:
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield
        finally:
            _held.discard(key)
            _release(file)


def _taken(folder: Path, holder: str) -> HybridCellError:
    return HybridCellError(
        f"{str(folder)!r} is being written by {holder}; two screens cannot share a folder. Wait until it has "
        "ended, or give another out=."
    )


if sys.platform == "win32":
    import msvcrt

    #: Windows forbids reading a locked byte, so the byte lies behind the number of the process.
    _BYTE = 1024

    def _acquire(file: IO[str]) -> None:
        file.seek(_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _release(file: IO[str]) -> None:
        file.seek(_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    # lockf, not flock: a worker that was forked while the lock was held must not hold it on

    def _acquire(file: IO[str]) -> None:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(file: IO[str]) -> None:
        fcntl.lockf(file, fcntl.LOCK_UN)
