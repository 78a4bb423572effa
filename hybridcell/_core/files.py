"""Whole files or none: every file is written under a temporary name, then renamed."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hybridcell._core.errors import FileWriteError, HybridCellError, InvalidValueError

_HINTS = {
    errno.ENOSPC: "Free space on that disk, or choose another.",
    errno.EDQUOT: "Free space within your quota, or choose another disk.",
    errno.EROFS: "That disk is read-only; choose another.",
    errno.EACCES: "You may not write there; choose a folder of your own.",
    errno.EPERM: "You may not write there; choose a folder of your own.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
}


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it takes the place of `path`, on failure it goes.

    The temporary name keeps the suffix, because some writers choose the format by it.

    Raises
    ------
    InvalidValueError
        If the path is a folder.
    FileWriteError
        If the disk does not take the file; what was there before is untouched.
    """
    target = Path(path)
    if target.is_dir():
        raise InvalidValueError(f"{str(path)!r} is a folder; wanted the name of a file.")
    # not tempfile, which makes files private: a result is as shared as its folder
    temporary = target.with_name(f".{target.stem}-{secrets.token_hex(4)}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch(exist_ok=False)
        try:
            yield temporary
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        if isinstance(error, HybridCellError):
            raise
        raise refused_by_disk(target, error) from error


def refused_by_disk(target: Path, error: OSError) -> FileWriteError:
    """Return what to say when the disk does not take a file."""
    reason = (error.strerror or str(error)).rstrip(".")
    hint = _HINTS.get(error.errno or 0, "Choose another folder.")
    return FileWriteError(f"{str(target)!r} cannot be written: {reason}. {hint} Nothing was changed there.")


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write UTF-8 text, wholly or not at all, and return the path."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return Path(path)
