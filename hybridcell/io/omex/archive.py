"""Zip archives that come from anywhere, read into memory and never unpacked to disk."""

from __future__ import annotations

import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from hybridcell._core.errors import FileFormatError
from hybridcell._core.files import replacing

#: Equal contents give equal bytes, so the archive states no time.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_MOST_FILES = 1000
#: A member that unpacks to more than this many times its size, and is not small, is a bomb.
_MOST_RATIO, _SMALL = 200, 2**20
#: What the formats of compression raise where they find damage.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, NotImplementedError,
    ValueError,
)  # fmt: skip


def write_archive(path: str | os.PathLike[str], files: Mapping[str, bytes]) -> Path:
    """Write files into an archive, wholly or not at all."""
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, date_time=_NO_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return Path(path)


def read_archive(path: str | os.PathLike[str], *, max_bytes: int) -> dict[str, bytes]:
    """Return the files of an archive by name.

    Raises
    ------
    FileFormatError
        If it is no archive or damaged, or has names that lead out of it, names that come twice, links,
        encrypted files, or more than `max_bytes` when unpacked.
    """
    if not os.path.isfile(Path(path)):
        raise FileFormatError(f"There is no file {str(path)!r}; wanted a COMBINE archive (.omex).")
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            _check(members, max_bytes)
            return {_plain(info.filename): archive.read(info) for info in members}
    except _DAMAGE as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(
            f"{str(path)!r} is no COMBINE archive, or damaged: {error!s:.200}. Is the download complete?"
        ) from error


def _check(members: list[zipfile.ZipInfo], max_bytes: int) -> None:
    if len(members) > _MOST_FILES:
        raise FileFormatError(f"The archive has {len(members):,} files; at most {_MOST_FILES:,} are read.")
    total = sum(info.file_size for info in members)
    if total > max_bytes:
        raise FileFormatError(
            f"The archive unpacks to {total:,} bytes; at most {max_bytes:,} are read. Raise max_bytes if you "
            "trust it."
        )
    seen: set[str] = set()
    for info in members:
        name = _plain(info.filename)
        if name in seen:
            raise FileFormatError(f"The archive has two files {name!r}.")
        seen.add(name)
        if info.flag_bits & 1:
            raise FileFormatError(f"{name!r} in the archive is encrypted; wanted plain files.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise FileFormatError(f"{name!r} in the archive is a link; wanted plain files.")
        if info.file_size > max(_SMALL, _MOST_RATIO * info.compress_size):
            times = info.file_size // max(1, info.compress_size)
            raise FileFormatError(
                f"{name!r} in the archive unpacks to {times:,} times its size; such a file is not read."
            )


def _plain(name: str) -> str:
    """Return the name of a member without a leading "./"; refuse one that leads out of the archive."""
    path = PurePosixPath(name)
    if (
        path.is_absolute()
        or ".." in path.parts
        or "\\" in name
        or ":" in name
        or "\0" in name
        or not path.parts
    ):
        raise FileFormatError(f"The archive has a file {name!r}, whose name leads out of it.")
    return str(path)
