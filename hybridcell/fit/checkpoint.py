"""Checkpoints: the state of a training, so that a killed one goes on to the same bits."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import jax
import numpy as np

from hybridcell._core.errors import FileFormatError
from hybridcell._core.files import replacing

_VERSION = 1


def fingerprint(*parts: Any) -> str:
    """Return a hash of arrays and settings: a checkpoint belongs to exactly one training."""
    digest = hashlib.sha256()
    for leaf in jax.tree.leaves(parts):
        if isinstance(leaf, jax.Array | np.ndarray):
            if jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key):
                leaf = jax.random.key_data(leaf)
            array = np.ascontiguousarray(leaf)
            digest.update(f"{array.dtype}{array.shape}".encode())
            digest.update(array.tobytes())
        else:
            digest.update(repr(leaf).encode())
    digest.update(str(jax.tree.structure(parts)).encode())
    return digest.hexdigest()


def write_checkpoint(
    path: str | os.PathLike[str], state: Any, *, done: int, history: np.ndarray, mark: str
) -> None:
    """Write the state after `done` steps, wholly or not at all."""
    header = json.dumps({"version": _VERSION, "done": done, "mark": mark})
    arrays: dict[str, Any] = {f"leaf{i}": np.asarray(leaf) for i, leaf in enumerate(jax.tree.leaves(state))}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, header=np.asarray(header), history=history, **arrays)


def read_checkpoint(
    path: str | os.PathLike[str], like: Any, *, mark: str
) -> tuple[Any, int, np.ndarray] | None:
    """Return (state, steps done, history), or None when there is no checkpoint.

    Raises
    ------
    FileFormatError
        If the file is no checkpoint, or one of another training (other data, settings, model or key).
    """
    path = Path(path)
    if not path.exists():
        return None
    try:
        # opened here, because np.load leaves a file open that it cannot read
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as file:
            header = json.loads(str(file["header"]))
            leaves, structure = jax.tree.flatten(like)
            if header["mark"] != mark:
                raise FileFormatError(
                    f"The checkpoint {str(path)!r} belongs to another training (other data, settings, "
                    "model or key). Delete it, or give this training another checkpoint path."
                )
            found = [file[f"leaf{i}"] for i in range(len(leaves))]
            history = file["history"]
    except FileFormatError:
        raise
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise FileFormatError(f"{str(path)!r} is no checkpoint of hybridcell: {error}.") from error
    for leaf, array in zip(leaves, found):
        if np.shape(leaf) != array.shape:
            raise FileFormatError(f"The checkpoint {str(path)!r} has arrays of another shape; delete it.")
    return jax.tree.unflatten(structure, [jax.numpy.asarray(a) for a in found]), int(header["done"]), history
