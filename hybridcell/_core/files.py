"""Whole files or none: every file is written under a temporary name, then renamed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hybridcell._core.errors import InvalidValueError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it takes the place of `path`, on failure it goes.

    The temporary name keeps the suffix, because some writers choose the format by it.
    """
    target = Path(path)
    if target.is_dir():
        raise InvalidValueError(f"{str(path)!r} is a folder; wanted the name of a file.")
    target.parent.mkdir(parents=True, exist_ok=True)
    # not tempfile, which makes files private: a result is as shared as its folder
    temporary = target.with_name(f".{target.stem}-{secrets.token_hex(4)}{target.suffix}")
    temporary.touch(exist_ok=False)
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write UTF-8 text, wholly or not at all, and return the path."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return Path(path)
