"""Array files of PEtab-SciML: weights of networks and inputs, in HDF5.

Nothing in a file is trusted: links out of it are not followed, and an array is read only when its declared
shape is the wanted one, or small.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import FileFormatError, HybridCellError, InvalidValueError
from hybridcell._core.files import replacing
from hybridcell._core.hdf5_check import check_hdf5
from hybridcell.io.petab.errors import PetabError, known_hint

if TYPE_CHECKING:
    import h5py

#: Entries of the largest array whose shape nothing else says (512 MiB as float64).
LARGEST = 2**26
#: h5py tells damage by whichever error its lowest layer has a number for.
_DAMAGE = (OSError, RuntimeError, ValueError, KeyError, TypeError, MemoryError)


@dataclass(frozen=True)
class StoredArray:
    """An array in a file, not read yet."""

    file: Path
    dataset: str
    shape: tuple[int, ...]
    reversed_axes: bool

    def error(self, reason: str, hint: str = "") -> PetabError:
        """Build the error of this array."""
        return PetabError(self.file.name, 0, self.dataset, reason, hint)

    def read(self, shape: tuple[int, ...] | None = None) -> np.ndarray:
        """Return the numbers in double precision.

        Parameters
        ----------
        shape
            Wanted; None: any that is not too large.
        """
        own = self.shape[::-1] if self.reversed_axes else self.shape
        if shape is not None and own != shape:
            raise self.error(f"the array has the shape {own}; wanted {shape}")
        entries = int(np.prod(self.shape, dtype=object))
        if shape is None and entries > LARGEST:
            raise self.error(f"the array has the shape {own}; wanted at most {LARGEST} entries")
        with _opened(self.file) as file:
            try:
                found = np.asarray(file[self.dataset][()], dtype=np.float64)  # pyright: ignore[reportIndexIssue]
            except _DAMAGE as error:
                raise self.error(f"the array cannot be read: {error}") from None
        bad = np.argwhere(~np.isfinite(found))
        if len(bad):
            place = [int(i) for i in bad[0]]
            raise self.error(f"entry {place} is {found[tuple(bad[0])]}; wanted finite numbers")
        return found.T.copy() if self.reversed_axes else found


@dataclass(frozen=True)
class ArrayFiles:
    """What array files hold.

    Attributes
    ----------
    parameters : mapping
        Network -> "layer.array" -> array.
    inputs : mapping
        PEtab id -> condition id ("" for all) -> array.
    """

    parameters: Mapping[str, Mapping[str, StoredArray]]
    inputs: Mapping[str, Mapping[str, StoredArray]]


def read_array_files(paths: list[Path]) -> ArrayFiles:
    """List the arrays of some files.

    Raises
    ------
    PetabError
        Naming the file and the dataset: a link, a virtual dataset, text instead of numbers, an array that is
        there twice.
    """
    parameters: dict[str, dict[str, StoredArray]] = {}
    inputs: dict[str, dict[str, StoredArray]] = {}
    for path in paths:
        with _opened(path) as file:
            reverse = _reversed_axes(path, file)
            _check_names(path, file)
            for (network, layer, name), stored in _listed(path, file, "parameters", 3, reverse):
                _add(parameters.setdefault(network, {}), f"{layer}.{name}", stored)
            for (id, conditions), stored in _listed(path, file, "inputs", 2, reverse):
                names = [""] if conditions == "0" else [part.strip() for part in conditions.split(";")]
                for condition in names:
                    _add(inputs.setdefault(id, {}), condition, stored)
    for id, by_condition in inputs.items():
        if "" in by_condition and len(by_condition) > 1:
            raise by_condition[""].error(f"input {id!r} has an array for all conditions and others besides")
    return ArrayFiles(parameters, inputs)


def read_parameters(path: str | os.PathLike[str]) -> dict[str, dict[str, np.ndarray]]:
    """Read the weights (or gradients) in a file: network -> "layer.array" -> numbers."""
    found = read_array_files([Path(path)]).parameters
    return {net: {name: a.read() for name, a in arrays.items()} for net, arrays in found.items()}


def write_arrays(
    path: str | os.PathLike[str],
    *,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    inputs: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Write an array file.

    Parameters
    ----------
    path
        Is overwritten.
    parameters
        Network -> "layer.array" -> numbers.
    inputs
        PEtab id -> condition id ("" for all) -> numbers.

    Raises
    ------
    InvalidValueError
        If an entry is not finite: such a file cannot be read.
    """
    import h5py

    _check_finite(parameters or {})
    _check_finite(inputs or {})
    # creation times would make two files of the same content differ
    with replacing(path) as temporary, h5py.File(temporary, "w", track_order=False) as file:
        file.create_dataset("metadata/pytorch_format", data=np.uint8(1), track_times=False)
        for network, arrays in (parameters or {}).items():
            for name, array in arrays.items():
                place = f"parameters/{network}/{'/'.join(name.rpartition('.')[::2])}"
                file.create_dataset(place, data=np.asarray(array, dtype=np.float64), track_times=False)
        for id, by_condition in (inputs or {}).items():
            for condition, array in by_condition.items():
                place = f"inputs/{id}/{condition or '0'}"
                file.create_dataset(place, data=np.asarray(array, dtype=np.float64), track_times=False)


def _check_finite(given: Mapping[str, Mapping[str, Any]]) -> None:
    for id, arrays in given.items():
        for name, array in arrays.items():
            entries = np.asarray(array, dtype=np.float64)
            bad = np.argwhere(~np.isfinite(entries))
            if len(bad):
                place = [int(i) for i in bad[0]]
                what = f"array {name!r} of {id!r}" if name else f"the array of {id!r}"
                raise InvalidValueError(
                    f"entry {place} of {what} is {entries[tuple(bad[0])]}; wanted finite numbers"
                )


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    """Give the open file; whatever HDF5 finds wrong in it becomes one error."""
    try:
        import h5py
    except ImportError:
        raise HybridCellError("Array files need h5py: pip install h5py.") from None
    if not os.path.isfile(path):
        raise PetabError(path.name, reason="there is no such file", hint="Wanted an HDF5 file.")
    try:
        check_hdf5(path)
    except FileFormatError as error:
        raise PetabError(path.name, reason=str(error)) from None
    try:
        with h5py.File(path, "r") as file:
            yield file
    except HybridCellError:
        raise
    except _DAMAGE as error:
        raise PetabError(path.name, reason=f"the file is not HDF5, or damaged: {error}") from None


def _reversed_axes(path: Path, file: h5py.File) -> bool:
    """Whether axes stand in the order of a language that runs through the first index fastest."""
    for name in ("pytorch_format", "perm"):
        place = f"metadata/{name}"
        link = _link(path, file, "metadata") and _link(path, file["metadata"], name)  # pyright: ignore
        if not link:
            continue
        stored = _stored(path, link, place, False, text=True)
        value = link[()] if stored.shape == () else None
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        if name == "pytorch_format":
            if not isinstance(value, np.integer | np.bool_) or not bool(value):
                raise stored.error(
                    f"the value is {text!r}; wanted 1", "Write the arrays with the axes that PyTorch has."
                )
        elif text not in ("row", "column"):
            raise stored.error(f"the value is {text!r}; wanted 'row' or 'column'")
        else:
            return text == "column"
    return False


def _check_names(path: Path, file: h5py.File) -> None:
    known = ("metadata", "inputs", "parameters")
    for name in file:
        if name not in known:
            raise PetabError(path.name, 0, str(name), "the group is not known", known_hint(str(name), known))


def _listed(
    path: Path, group: Any, top: str, depth: int, reverse: bool
) -> Iterator[tuple[tuple[str, ...], StoredArray]]:
    waiting: list[tuple[tuple[str, ...], Any]] = [((), _link(path, group, top))]
    while waiting:
        names, node = waiting.pop()
        place = "/".join((top, *names))
        if node is None:
            continue
        if len(names) == depth:
            yield names, _stored(path, node, place, reverse)
            continue
        if not hasattr(node, "keys"):
            raise PetabError(path.name, 0, place, f"found an array; wanted groups {depth} deep below {top!r}")
        # a stack: in reverse, so that the order of the file stays
        waiting += [((*names, name), _link(path, node, name)) for name in reversed(list(node))]


def _link(path: Path, group: Any, name: str) -> Any:
    """Return a member, None where there is none; refuse one that points elsewhere."""
    import h5py

    link = group.get(name, getlink=True)
    if link is None:
        return None
    if not isinstance(link, h5py.HardLink):
        place = f"{group.name}/{name}".strip("/")
        raise PetabError(
            path.name, 0, place, "found a link; wanted the data itself", "Copy the data into the file."
        )
    return group[name]


def _stored(path: Path, node: Any, place: str, reverse: bool, *, text: bool = False) -> StoredArray:
    import h5py

    stored = StoredArray(path, place, tuple(getattr(node, "shape", None) or ()), reverse)
    if not isinstance(node, h5py.Dataset):
        raise stored.error("found a group; wanted an array")
    if node.is_virtual or node.external:
        raise stored.error("the numbers are in another file", "Copy them into this one.")
    if not text and (node.dtype.kind not in "fiu" or node.shape is None):
        raise stored.error(f"the entries are of the type {node.dtype}; wanted numbers")
    return stored


def _add(into: dict[str, StoredArray], name: str, stored: StoredArray) -> None:
    if name in into:
        before = into[name]
        raise stored.error(f"the array is there twice, also as {before.dataset!r} in {before.file.name}")
    into[name] = stored
