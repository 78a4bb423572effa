"""A fingerprint of data: equal numbers under equal names give the same SHA-256 in any session."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.data import PerturbationData


def data_digest(data: Any) -> str:
    """Return the SHA-256 of a file, a table, an AnnData or a `PerturbationData`, in hexadecimal digits.

    Of an AnnData: X, layers, `obs`, names and ``obsm["doses"]``; not what is unstructured.
    """
    digest = hashlib.sha256()
    if isinstance(data, str | os.PathLike):
        digest.update(Path(data).read_bytes())
    elif isinstance(data, PerturbationData):
        names = [data.readouts, data.kinds, data.conditions, data.perturbations, data.input, data.context]
        digest.update(json.dumps(names).encode())
        for array in (data.values, data.doses, data.sd, data.weight, data.time):
            _add_array(digest, array)
    elif hasattr(data, "obs_names") and hasattr(data, "var_names"):
        _add_anndata(digest, data)
    elif hasattr(data, "to_csv"):
        digest.update(data.to_csv().encode())
    else:
        raise InvalidValueError(
            f"data is a {type(data).__name__}; wanted an AnnData, PerturbationData, a table or a path."
        )
    return digest.hexdigest()


def _add_anndata(digest: Any, data: Any) -> None:
    layers = sorted(name for name in data.layers if name is not None)  # None is X, as of anndata 0.13
    names = [list(map(str, data.obs_names)), list(map(str, data.var_names)), layers]
    digest.update(json.dumps(names).encode())
    digest.update(data.obs.to_csv().encode())
    for matrix in (data.X, *(data.layers[name] for name in layers)):
        _add_array(digest, matrix.toarray() if hasattr(matrix, "toarray") else matrix)
    doses = data.obsm.get("doses")
    if doses is not None:
        digest.update(
            (doses.to_csv() if hasattr(doses, "to_csv") else repr(np.asarray(doses).tolist())).encode()
        )


def _add_array(digest: Any, array: Any) -> None:
    found = np.ascontiguousarray(np.zeros(0) if array is None else array, dtype="<f8")
    digest.update(repr(found.shape).encode())
    digest.update(found.tobytes())
