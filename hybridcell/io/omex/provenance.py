"""Where a model comes from: versions, seeds, data; and its weights, as JSON."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from hybridcell._core.errors import FileFormatError
from hybridcell._core.model import Hybrid
from hybridcell._version import __version__
from hybridcell.io.sbml.hybrid_numbers import values_of
from hybridcell.io.sbml.marks import architecture
from hybridcell.mechanisms.reactions.network import ReactionNetwork

#: Raised when the layout of the files changes.
_FORMAT = 1


def weights_of(model: Any) -> dict[str, Any]:
    """Return weights, scales and amplitudes of a model's neural part, by hole."""
    if isinstance(model, ReactionNetwork):
        values = values_of(model)
        return {
            hole.id: {
                "kind": hole.kind,
                "targets": list(hole.targets),
                "inputs": list(hole.inputs),
                **architecture(hole.piece),
                "values": {
                    id: values[id]
                    for id in (*hole.weights, *hole.scales, *hole.amplitudes.values())
                    if id in values
                },
            }
            for hole in model.holes
        }
    terms: tuple[Any, ...] = model.residuals if isinstance(model, Hybrid) else ()
    return {
        f"residual{i}": {
            "kind": "residual",
            "targets": list(term.outputs or ()),
            "inputs": list(term.inputs or ()),
            **architecture(term),
            "layers": [
                {"weights": np.asarray(w).tolist(), "biases": np.asarray(b).tolist()}
                for w, b in zip(term.field().network.weights, term.field().network.biases)
            ],
        }
        for i, term in enumerate(terms, start=1)
    }


def provenance_of(
    *,
    data: Mapping[str, object] | None,
    date: str | None,
    report: Mapping[str, object],
    seeds: Mapping[str, object],
) -> dict[str, Any]:
    """Return what an archive says about its origin: `report` of the SBML export, `seeds` of first weights."""
    packages = ("jax", "equinox", "diffrax", "numpy", "scipy", "python-libsbml")
    found: dict[str, Any] = {
        "format": _FORMAT,
        "written_by": f"hybridcell {__version__}",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "export": dict(report),
        "seeds": dict(seeds),
    }
    if data is not None:
        found["data"] = dict(data)
    if date is not None:
        found["date"] = date
    return found


def with_hashes(provenance: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the provenance with the SHA-256 of files."""
    return {**provenance, "sha256": {name: _sha256(content) for name, content in files.items()}}


def check_hashes(provenance: Mapping[str, Any], files: Mapping[str, bytes]) -> bool:
    """Return whether hashes are stated; raise where a file is missing or another than was written."""
    stated = provenance.get("sha256")
    if not isinstance(stated, Mapping):
        return False
    for name, digest in stated.items():
        if name not in files:
            raise FileFormatError(f"The archive lacks {name!r}, which its provenance names.")
        if _sha256(files[name]) != digest:
            raise FileFormatError(
                f"{name!r} in the archive is not what was written: its SHA-256 differs from that in the "
                "provenance. If you changed it on purpose, take the provenance out of the archive."
            )
    return bool(stated)


def to_json(value: Mapping[str, Any]) -> bytes:
    """Return JSON text with every digit."""
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def from_json(content: bytes, name: str) -> dict[str, Any]:
    """Return what a JSON file of an archive holds."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"{name!r} in the archive is no JSON: {error}.") from error
    if not isinstance(found, dict):
        raise FileFormatError(f"{name!r} in the archive holds a {type(found).__name__}; wanted an object.")
    return found


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
