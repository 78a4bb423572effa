"""AnnData from a file whose claims are checked before a byte of its arrays is read."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import FileFormatError
from hybridcell._core.hdf5_check import check_hdf5

if TYPE_CHECKING:
    from anndata import AnnData

#: No filter of HDF5 in common use makes numbers smaller than this many times (deflate: 1,032).
_SMALLEST = 1100
#: Files of this library and of most others fill less than this without being compressed at all.
_HARMLESS = 2**20


def load_h5ad(path: str | os.PathLike[str], *, max_bytes: int = 8 * 2**30, backed: bool = False) -> AnnData:
    """Read an ``.h5ad`` file that a stranger may have written.

    HDF5 lets a file point at other files of the machine, and claim arrays of any size without having them;
    both are refused before anything is read. The rest is what `anndata.read_h5ad` does.

    Parameters
    ----------
    path
        The file.
    max_bytes : int
        Refuse files that claim to hold more than this when unpacked.
    backed : bool
        Leave the matrix on the disk; then `max_bytes` does not count.

    Returns
    -------
    AnnData

    Raises
    ------
    FileFormatError
        If there is no such file, it is damaged or no AnnData, points outside of itself, or is too large.

    Examples
    --------
    >>> import anndata, tempfile, os
    >>> import numpy as np
    >>> from hybridcell.data import load_h5ad
    >>> path = os.path.join(tempfile.mkdtemp(), "screen.h5ad")
    >>> anndata.AnnData(np.zeros((2, 3))).write_h5ad(path)
    >>> load_h5ad(path).shape
    (2, 3)
    """
    import anndata
    import h5py

    path = Path(path)
    if not os.path.isfile(path):
        raise FileFormatError(f"There is no file {str(path)!r}.")
    check_hdf5(path)
    try:
        with h5py.File(path, "r") as file:
            _check(file, None if backed else max_bytes)
        with warnings.catch_warnings():
            # what is odd in a stranger's file is for the data contract to judge, not for a warning
            warnings.simplefilter("ignore")
            return anndata.read_h5ad(path, backed="r" if backed else None)
    except FileFormatError as error:
        raise FileFormatError(f"{str(path)!r} is refused: {error}") from None
    # h5py and anndata answer damage with whatever their lowest layer raised
    except Exception as error:
        detail = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise FileFormatError(
            f"{str(path)!r} cannot be read as AnnData: {detail:.300}. Wanted a file that "
            "AnnData.write_h5ad wrote."
        ) from error


def _check(file: Any, max_bytes: int | None) -> None:
    claimed = 0
    for name, dataset in _datasets(file):
        if dataset.is_virtual or dataset.external:
            raise FileFormatError(f"the numbers of {name!r} are in another file. Copy them into this one.")
        size = math.prod(dataset.shape or ()) * dataset.dtype.itemsize
        if size > _HARMLESS and size > _SMALLEST * dataset.id.get_storage_size():
            raise FileFormatError(f"{name!r} claims {size:,} bytes that the file does not hold.")
        claimed += size
    if max_bytes is not None and claimed > max_bytes:
        raise FileFormatError(
            f"it claims {claimed:,} bytes, more than max_bytes={max_bytes:,}. If you trust it, raise "
            "max_bytes."
        )


def _datasets(file: Any) -> Iterator[tuple[str, Any]]:
    """Walk through all groups; each is entered once, as hard links can make circles."""
    import h5py

    waiting, seen = [("", file)], {hash(file["/"].id)}
    while waiting:
        place, group = waiting.pop()
        for name in group:
            where = f"{place}/{name}"
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise FileFormatError(
                    f"{where!r} is a link to something else; wanted the data itself. Copy it into the file."
                )
            node = group[name]
            if isinstance(node, h5py.Dataset):
                yield where, node
            elif isinstance(node, h5py.Group):
                if hash(node.id) in seen:
                    raise FileFormatError(f"{where!r} is a group that is there twice.")
                seen.add(hash(node.id))
                waiting.append((where, node))
