"""`hc.save` and `hc.load`: models and results in one file that cannot run code.

A ``.hc`` file is a zip archive: ``hybridcell.json`` says what the object is, and each array is a member
``a<number>.npy``.
"""

from __future__ import annotations

import io
import json
import lzma
import math
import os
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from hybridcell._core.errors import FileFormatError, HybridCellError, InvalidValueError, nearest
from hybridcell._core.files import replacing
from hybridcell._core.loaded_checks import check_loaded
from hybridcell._core.tree_codec import Decoder, encode
from hybridcell._version import __version__

#: Raised when the layout of the file changes; a reader refuses what is newer than itself.
FORMAT_VERSION = 1
_HEADER = "hybridcell.json"
#: Equal objects give equal bytes, so the archive states no time.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
#: Most bytes of JSON; arrays are not in it.
_MAX_HEADER = 256 * 2**20
# What unpacking a damaged archive and building objects from damaged JSON may raise.
_DAMAGE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError,
    ValueError, KeyError, IndexError, TypeError, AttributeError, NotImplementedError, RuntimeError,
    OverflowError, RecursionError, MemoryError, SyntaxError, tokenize.TokenError, HybridCellError,
)  # fmt: skip


def save(obj: Any, path: str | os.PathLike[str]) -> Path:
    """Write a model, a fit, an ensemble, a screen or a result to one file.

    Parameters
    ----------
    obj
        A model (`CellBox`, `ReactionNetwork`, hybrid, `NeuralResidual`), `Fit`, `Ensemble`,
        `PerturbationData`, `Interactions`, `CombinationScreen`, or lists and dicts of such.
    path
        Where to; by custom ``<name>.hc``. An existing file is replaced, wholly or not at all.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    InvalidValueError
        If the object holds something that a file cannot.

    Examples
    --------
    >>> import hybridcell as hc, tempfile, os
    >>> model = hc.CellBox(["ERK", "aMEK"], ["protein", "drug"], [[0, 0.8], [0, 0]])
    >>> path = hc.save(model, os.path.join(tempfile.mkdtemp(), "model.hc"))
    >>> hc.load(path)
    CellBox(2 nodes, 1 possible edges, envelope='tanh', input='inside', degree=1)
    """
    arrays: list[np.ndarray] = []
    try:
        tree = encode(obj, arrays)
    except RecursionError:
        raise InvalidValueError("The object contains itself, or is nested too deeply for a file.") from None
    header = {
        "format": "hybridcell",
        "version": FORMAT_VERSION,
        "written_by": f"hybridcell {__version__}",
        "type": type(obj).__name__,
        "object": tree,
    }
    text = json.dumps(header, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        _write(archive, _HEADER, text.encode("utf-8"))
        for number, array in enumerate(arrays):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, allow_pickle=False)
            _write(archive, f"a{number}.npy", buffer.getbuffer())
    return Path(path)


def _write(archive: zipfile.ZipFile, name: str, content: bytes | memoryview) -> None:
    info = zipfile.ZipInfo(name, date_time=_NO_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


def load(path: str | os.PathLike[str], *, max_bytes: int = 8 * 2**30) -> Any:
    """Read what `hc.save` wrote, bit for bit. Nothing in the file is executed.

    Parameters
    ----------
    path
        A ``.hc`` file.
    max_bytes : int
        Refuse files that claim to hold more than this when unpacked.

    Returns
    -------
    object
        Equal to what was saved.

    Raises
    ------
    FileFormatError
        If there is no such file, it is damaged, of a newer version, too large, or holds a class or a field
        that this version does not know.

    Examples
    --------
    >>> import hybridcell as hc, tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "numbers.hc")
    >>> hc.load(hc.save({"tolerance": 1e-6}, path))
    {'tolerance': 1e-06}
    """
    path = Path(path)
    if not os.path.isfile(path):
        siblings = [p.name for p in path.parent.glob("*.hc")] if os.path.isdir(path.parent) else []
        guess = nearest(path.name, siblings)
        raise FileFormatError(
            f"There is no file {str(path)!r}." + (f" Did you mean {guess!r}?" if guess else "")
        )
    try:
        with zipfile.ZipFile(path) as archive:
            obj = _read(archive, max_bytes)
        check_loaded(obj)
    except _DAMAGE as error:
        raise FileFormatError(
            f"{str(path)!r} cannot be read as a hybridcell file: {_reason(error)}"
        ) from error
    return obj


def _reason(error: BaseException) -> str:
    if isinstance(error, HybridCellError):
        return str(error)
    detail = str(error).strip() or type(error).__name__
    return (
        f"{detail.rstrip('.')}. It is damaged, cut short, or of another kind; files are written by hc.save."
    )


def _read(archive: zipfile.ZipFile, max_bytes: int) -> Any:
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        if info.filename in members:
            raise FileFormatError(f"The member {info.filename!r} is there twice.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileFormatError(f"The member {info.filename!r} is compressed in an unknown way.")
        members[info.filename] = info
    total = sum(info.file_size for info in members.values())
    if total > max_bytes:
        raise FileFormatError(
            f"It claims {total:,} bytes, more than max_bytes={max_bytes:,}. If you trust it, raise max_bytes."
        )
    header = _read_header(archive, members)
    unread = {name for name in members if name != _HEADER}

    def array(name: str) -> np.ndarray:
        member = f"{name}.npy"
        if member not in members:
            raise FileFormatError(f"The array {name!r} is missing.")
        if member not in unread:
            raise FileFormatError(f"The array {name!r} is used twice.")
        unread.discard(member)
        return _read_array(archive, members[member])

    obj = Decoder(array).decode(header["object"])
    if unread:
        raise FileFormatError(f"It has the member {sorted(unread)[0]!r}, which belongs to nothing.")
    return obj


def _read_header(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> dict[str, Any]:
    if _HEADER not in members:
        raise FileFormatError(f"The member {_HEADER!r} is missing; files are written by hc.save.")
    if members[_HEADER].file_size > _MAX_HEADER:
        raise FileFormatError(f"The member {_HEADER!r} is larger than {_MAX_HEADER:,} bytes.")
    header = json.loads(archive.read(members[_HEADER]).decode("utf-8"), parse_constant=_no_constant)
    if not isinstance(header, dict) or header.get("format") != "hybridcell" or "object" not in header:
        raise FileFormatError(f"The member {_HEADER!r} does not say that it is of format 'hybridcell'.")
    version = header.get("version")
    if not isinstance(version, int) or not 1 <= version <= FORMAT_VERSION:
        raise FileFormatError(
            f"It is of format version {version!r} (written by {header.get('written_by')!r:.40}); this "
            f"version of hybridcell reads versions 1 to {FORMAT_VERSION}. Upgrade hybridcell."
        )
    return header


def _no_constant(text: str) -> Any:
    raise FileFormatError(f"The member {_HEADER!r} has the number {text}, which JSON does not know.")


def _read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    """Read an array whose header claims exactly the bytes that are there, before memory is taken for it."""
    content = io.BytesIO(archive.read(info))
    version = np.lib.format.read_magic(content)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(content)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(content)
    else:
        raise FileFormatError(f"The array {info.filename!r} is of npy version {version}.")
    if dtype.hasobject or dtype.names is not None or dtype.subdtype is not None:
        raise FileFormatError(f"The array {info.filename!r} is of {dtype}; wanted plain numbers or text.")
    claimed = math.prod(shape) * dtype.itemsize
    if any(size < 0 for size in shape) or claimed != info.file_size - content.tell():
        raise FileFormatError(f"The array {info.filename!r} is not as long as its shape {shape} says.")
    content.seek(0)
    return np.lib.format.read_array(content, allow_pickle=False)
