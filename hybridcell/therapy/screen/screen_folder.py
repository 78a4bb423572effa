"""The folder of a streamed screen: what it holds, which pieces are finished, and whether it is the same one.

A zarr group with the arrays `responses` (members x conditions), `residual` (groups of members x conditions)
and `alone` (states that the combinations start from). Its attributes describe the screen. A piece counts as
finished when its line in the journal is whole, which is written after its numbers.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from hybridcell._core.errors import FileFormatError, HybridCellError
from hybridcell._core.lock import lock_of, only_writer
from hybridcell._core.storage import load, save
from hybridcell.data import PerturbationData
from hybridcell.therapy.screen.blocks import Blocks
from hybridcell.therapy.screen.pieces import Solved
from hybridcell.therapy.screen.room import check_disk
from hybridcell.therapy.screen.stored_array import StoredArray

FORMAT = 1
_ATTRIBUTE, _JOURNAL, _TRAIN = "hybridcell_screen", "finished.tsv", "train.hc"
#: What a description says, in words.
_WORDS = {
    "order": "order", "drugs": "drugs", "levels": "doses", "nodes": "nodes", "readout": "readout",
    "members": "number of members", "model": "numbers of the model (digest)", "context": "context",
    "solve": "solve", "precision": "precision", "scale": "scale", "better": "better", "input": "input",
    "kind": "kind of the readout", "blocks": "size of a block", "format": "format",
}  # fmt: skip


class ScreenFolder:
    """An open folder of a screen, its description and its arrays."""

    def __init__(self, path: Path, *, writable: bool = False):
        import zarr

        self.path = path
        try:
            self._group = zarr.open_group(str(path), mode="r+" if writable else "r")
            self.description: dict[str, Any] = dict(self._group.attrs[_ATTRIBUTE])  # pyright: ignore
            shape = self.description["shape"]
            self.blocks = Blocks(*(int(size) for size in shape))
            self._arrays: dict[str, Any] = {n: self._group[n] for n in ("responses", "residual", "alone")}
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise FileFormatError(
                f"{str(path)!r} is no folder of a screen ({type(error).__name__}: {error}); wanted one that "
                "hc.screen_combinations(..., out=...) has written."
            ) from error

    @property
    def responses(self) -> StoredArray:
        """Members x conditions."""
        return StoredArray(self._arrays["responses"])

    @property
    def residual(self) -> StoredArray:
        """Largest residual of each condition."""
        return StoredArray(self._arrays["residual"], largest=True)

    def train(self) -> PerturbationData | None:
        """Return the data that the model was fitted to."""
        path = self.path / _TRAIN
        return load(path) if path.exists() else None

    def finished(self) -> dict[tuple[int, int], int]:
        """Return the finished pieces, each with its number of settled simulations."""
        found = {}
        for line in self._journal_lines():
            group, block, settled = (int(word) for word in line.split("\t")[:3])
            if self._has_numbers(group, block):
                found[group, block] = settled
        return found

    def _journal_lines(self) -> list[str]:
        """Return the whole lines of the journal; a killed writer may have left half of one."""
        path = self.path / _JOURNAL
        lines = path.read_text("ascii", errors="replace").split("\n")[:-1] if path.exists() else []
        for number, line in enumerate(lines):
            text, _, check = line.rpartition("\t")
            if check != _check(text):
                return lines[:number]
        return lines

    def _has_numbers(self, group: int, block: int) -> bool:
        names = ("responses", "residual")
        keys = [self._arrays[name].metadata.encode_chunk_key((group, block)) for name in names]
        return all((self.path / name / key).exists() for name, key in zip(names, keys))

    def mend_journal(self) -> None:
        """Cut off a half-written line, or else the next one would be glued to it."""
        path = self.path / _JOURNAL
        whole = "".join(line + "\n" for line in self._journal_lines()).encode("ascii")
        with path.open("ab") as file:
            file.truncate(len(whole))

    def write(self, piece: tuple[int, int], solved: Solved) -> None:
        """Keep the numbers of a piece, then say that it is finished."""
        group, block = piece
        members, conditions = self.blocks.members(group), self.blocks.conditions(block)
        try:
            self._arrays["responses"][members, conditions] = solved.responses
            self._arrays["residual"][group : group + 1, conditions] = solved.residual[None]
            if solved.alone is not None:
                self._arrays["alone"][members] = solved.alone
            text = f"{group}\t{block}\t{solved.n_settled}"
            with (self.path / _JOURNAL).open("ab") as journal:
                journal.write(f"{text}\t{_check(text)}\n".encode("ascii"))
                journal.flush()
                os.fsync(journal.fileno())
        except OSError as error:
            raise _unwritable(self.path, error, self._progress()) from error

    def alone(self, group: int) -> np.ndarray | None:
        """Return the states that the combinations of a group start from, as its first piece found them."""
        found = np.asarray(self._arrays["alone"][self.blocks.members(group)])
        return None if np.isnan(found).all() else found

    def _progress(self) -> str:
        return f"{len(self.finished()):,} of {self.blocks.total:,} pieces are finished"

    def check_finished(self) -> None:
        """Raise when pieces are missing, saying how to go on."""
        if len(self.finished()) < self.blocks.total:
            raise FileFormatError(
                f"The screen in {str(self.path)!r} is not complete: {self._progress()}. Call "
                f"hc.screen_combinations again with the same arguments and out={str(self.path)!r}: it goes "
                "on where it stopped."
            )

    def check_same(self, description: Mapping[str, Any]) -> None:
        """Raise when the folder holds another screen, saying what differs."""
        differences = []
        for name, words in _WORDS.items():
            here, asked = self.description.get(name), description.get(name)
            if here != asked:
                differences.append(f"{words} ({_short(here)} there, {_short(asked)} asked for)")
        if differences:
            raise FileFormatError(
                f"{str(self.path)!r} holds another screen. What differs: {'; '.join(differences)}. Give "
                "another out=, or delete the folder."
            )


@contextmanager
def writing(
    path: Path, description: Mapping[str, Any], n_nodes: int, train: PerturbationData | None
) -> Iterator[ScreenFolder]:
    """Hold the folder of a screen for writing: a new one, or the unfinished one of the same screen.

    Raises
    ------
    FileFormatError
        When something else is there.
    InvalidValueError
        When the disk is too small.
    HybridCellError
        When another process writes to it, or it cannot be written.
    """
    _check_zarr()
    _check_place(path)
    blocks = Blocks(*description["shape"])
    if is_described(path):
        folder = ScreenFolder(path)
        folder.check_same(description)
        if len(folder.finished()) == blocks.total:  # nothing to write, perhaps not even allowed to
            yield folder
            return
        done = len(folder.finished()) / blocks.total
    else:
        done = 0.0
    # a whole block is stored also where the last one is shorter
    padded = blocks.n_blocks * blocks.width * (blocks.n_groups * (blocks.height + 1))
    alone = blocks.n_groups * blocks.height * blocks.n_alone * n_nodes
    check_disk(path, int(8 * (padded + alone) * (1.0 - done)), blocks.n_members, blocks.n_conditions)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with only_writer(path):
            if not is_described(path):
                _begin(path, description, n_nodes, train)
            folder = ScreenFolder(path, writable=True)
            folder.check_same(description)
            folder.mend_journal()
            yield folder
    except OSError as error:
        raise _unwritable(path, error, "nothing of what was finished before is lost") from error


def _check_zarr() -> None:
    import zarr

    if int(zarr.__version__.split(".")[0]) < 3:
        raise HybridCellError(
            f"out= needs zarr 3 or newer; zarr {zarr.__version__} is installed. Mend it with: pip install "
            "'zarr>=3'."
        )


def is_described(path: Path) -> bool:
    """Tell whether a folder says which screen it holds."""
    import zarr

    if not (path / "zarr.json").exists():
        return False
    try:
        return _ATTRIBUTE in zarr.open_group(str(path), mode="r").attrs
    except (OSError, KeyError, TypeError, ValueError):
        return False


def _check_place(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise FileFormatError(f"{str(path)!r} is a file; wanted a folder for the screen, or a new name.")
    # a screen killed at its very start has left the lock, and no description yet
    ours = is_described(path) or lock_of(path).exists()
    if path.is_dir() and not ours and any(path.iterdir()):
        raise FileFormatError(
            f"The folder {str(path)!r} holds something else; give a new name such as 'screen.zarr'."
        )


def _begin(path: Path, description: Mapping[str, Any], n_nodes: int, train: PerturbationData | None) -> None:
    import zarr
    from zarr.codecs import Crc32cCodec

    blocks = Blocks(*description["shape"])
    m, k, height, width = blocks.n_members, blocks.n_conditions, blocks.height, blocks.width
    group = zarr.open_group(str(path), mode="a", zarr_format=3)
    shapes = {
        "responses": ((m, k), (height, width)),
        "residual": ((blocks.n_groups, k), (1, width)),
        "alone": ((m, blocks.n_alone, n_nodes), (height, blocks.n_alone, n_nodes)),
    }
    for name, (shape, chunks) in shapes.items():
        group.create_array(
            name, shape=shape, chunks=chunks, dtype="float64", fill_value=np.nan, overwrite=True,
            compressors=[Crc32cCodec()], config={"write_empty_chunks": True},
        )  # fmt: skip
    if train is not None:
        save(train, path / _TRAIN)
    (path / _JOURNAL).unlink(missing_ok=True)
    # last, because a folder that says what it holds counts as begun
    group.attrs[_ATTRIBUTE] = dict(description)


def _check(text: str) -> str:
    return f"{zlib.crc32(text.encode('ascii', errors='replace')):08x}"


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _unwritable(path: Path, error: OSError, progress: str) -> HybridCellError:
    return HybridCellError(
        f"The screen cannot be written to {str(path)!r}: {error.strerror or error}. Mend that (free space, "
        "permissions), or give another out=, and call hc.screen_combinations again with the same arguments; "
        f"{progress}."
    )
