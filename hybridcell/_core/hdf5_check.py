"""Whether the HDF5 library survives a file: tried in another process before it is opened in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from hybridcell._core.errors import FileFormatError

_WALK = Path(__file__).with_name("hdf5_walk.py")
#: Texts are read at some 30 MB a second on a slow machine; so much less is no reading any more.
_BYTES_PER_SECOND = 4 * 2**20
#: A machine that is busy gives a process a small part of its time.
_PATIENCE = 60
#: How a process ends that has used up the time it was given: killed, or told that its time is over.
_OUT_OF_TIME = (-9, -24)


def check_hdf5(path: str | os.PathLike[str]) -> None:
    """Refuse a file on which the HDF5 library crashes or goes round in circles.

    Both happen where heaps of texts are damaged, inside C code that nothing here can interrupt. Where no
    other process can be started the file is let pass.

    Raises
    ------
    FileFormatError
        When the process that tried it died or took far too long.
    """
    place = Path(path).absolute()
    try:
        found = place.stat()
    except OSError:
        return  # who opens it says why
    _check(str(place), found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=256)
def _check(path: str, size: int, _changed: int) -> None:
    seconds = 2 + size // _BYTES_PER_SECOND
    if not sys.executable:
        return
    command = [sys.executable, "-I", str(_WALK), path, str(seconds)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE * seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _astray(path, "never ends") from None
    except OSError:
        return
    if done.returncode in _OUT_OF_TIME:
        raise _astray(path, "never ends")
    if done.returncode < 0 or done.returncode > 128:
        raise _astray(path, f"crashes the process (status {done.returncode})")


def _astray(path: str, what: str) -> FileFormatError:
    return FileFormatError(
        f"{path!r} is damaged so that reading it {what}, inside the HDF5 library. Wanted a sound HDF5 file: "
        "get it again from where it came."
    )
