"""One writer at a time: a lock of the operating system, which a process that dies lets go of."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hybridcell._core.errors import InUseError
from hybridcell._core.files import refused_by_disk

_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
#: A process may take a lock twice as far as the system is concerned: its own are counted here.
_held: set[Path] = set()


@contextmanager
def only_writer(path: str | os.PathLike[str]) -> Iterator[None]:
    """Hold a file or folder that this process writes again and again, such as a checkpoint.

    The lock is a file ``<path>.lock`` that is gone again afterwards. One left behind by a process that was
    killed locks nothing, even while workers forked from it live on. On file systems without locks nothing is
    held.

    Raises
    ------
    InUseError
        When another process, or another call in this one, holds it.
    FileWriteError
        When the folder cannot be written.
    """
    target = Path(path)
    place = lock_of(target)
    if place in _held:
        raise _taken(target, f"another call in this process ({os.getpid()})")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = _acquire(place, target)
    except OSError as error:
        raise refused_by_disk(target, error) from error
    _held.add(place)
    try:
        os.ftruncate(handle, 0)
        os.write(handle, f"process {os.getpid()} on {socket.gethostname()}".encode())
        yield
    finally:
        _held.discard(place)
        _let_go(handle, place)


def lock_of(path: Path) -> Path:
    """Return the lock file of a file or folder: there after its writer was killed, gone after it ended."""
    absolute = path.absolute()
    return absolute.with_name(absolute.name + ".lock")


def _acquire(place: Path, target: Path) -> int:
    while True:
        handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle)
        except OSError as error:
            holder = os.read(handle, 200).decode("utf-8", "replace") if os.name == "posix" else ""
            os.close(handle)
            if error.errno not in _TAKEN:
                raise
            raise _taken(target, holder or "another process") from None
        # the holder before may have taken its file away between our opening and locking it
        if os.name != "posix" or _is_still(handle, place):
            return handle
        os.close(handle)


def _taken(target: Path, holder: str) -> InUseError:
    return InUseError(
        f"{str(target)!r} is being written by {holder}. Wait for it, stop it, or give this run another path."
    )


def _is_still(handle: int, place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(place))
    except FileNotFoundError:
        return False


def _lock(handle: int) -> None:
    if os.name == "posix":
        import fcntl

        try:
            # not flock, which forked processes would go on holding
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL):
                raise
    else:  # pragma: no cover
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue]


def _let_go(handle: int, place: Path) -> None:
    if os.name == "posix":
        place.unlink(missing_ok=True)  # while it is still held: nobody else can hold it by then
        os.close(handle)
    else:  # pragma: no cover
        os.close(handle)
        try:
            place.unlink(missing_ok=True)
        except OSError:
            return
