"""Weights of a network as array files and the parameter table give them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hybridcell.io.petab.arrays_hdf5 import StoredArray
from hybridcell.io.petab.errors import PetabError, known_hint
from hybridcell.io.petab.hybridization import Part
from hybridcell.io.petab.network_use import NetworkArray
from hybridcell.io.petab.priors import prior_version_2
from hybridcell.io.petab.statement import Prior
from hybridcell.io.petab.table import Table
from hybridcell.neural.traced import TracedNetwork

#: Entries of the largest array of weights (4 GiB as float64): files name sizes that nobody has.
_LARGEST = 2**29
_YES, _NO = ("1", "true", "1.0"), ("0", "false", "0.0")


@dataclass(frozen=True)
class _Setting:
    """A row of the parameter table. Value None: from a file."""

    value: float | None
    estimate: bool
    prior: Prior | None
    lower: float
    upper: float


def network_arrays(
    id: str,
    network: TracedNetwork,
    parts: Sequence[Part],
    mapping: Table,
    parameters: Table,
    stored: Mapping[str, StoredArray],
) -> dict[str, NetworkArray]:
    """Return "layer.array" -> its numbers and how they are estimated, in the order of the layers.

    For every array the most specific row of the parameter table counts, as a whole: that of the array, else
    that of its layer, else that of the network. Without a row it is frozen. Running statistics are never
    estimated.
    """
    settings = _settings(id, network, parts, mapping, parameters)
    known, statistics = network.known_shapes, network.statistic_shapes
    for name, array in stored.items():
        # a counter that PyTorch saves besides; nothing is computed from it
        if name not in known and not name.endswith(".num_batches_tracked"):
            raise array.error(f"network {id!r} has no array {name!r}", known_hint(name, known))
    found = {}
    for name, shape in known.items():
        layer = name.rpartition(".")[0]
        if math.prod(shape) > _LARGEST:
            reason = (
                f"array {name!r} of network {id!r} has the shape {shape}; wanted at most {_LARGEST} entries"
            )
            raise PetabError("", reason=reason)
        setting = settings.get(name) or settings.get(layer) or settings.get("")
        if name in statistics:
            if name in stored:
                found[name] = NetworkArray(value=stored[name].read(shape), estimate=False)
            continue
        if setting is not None and setting.value is not None:
            value = np.full(shape, setting.value)
        elif name in stored:
            value = stored[name].read(shape)
        elif name not in network.array_shapes:
            continue  # of a layer that is never called
        else:
            place = f"parameters/{id}/{'/'.join(name.rpartition('.')[::2])}"
            hint = known_hint(name, stored) if stored else "List its file under 'array_files'."
            raise PetabError("array files", 0, place, f"array {name!r} of network {id!r} is missing", hint)
        if setting is None:
            found[name] = NetworkArray(value=value, estimate=False)
        else:
            found[name] = NetworkArray(
                value=value,
                estimate=setting.estimate,
                prior=setting.prior,
                lower=setting.lower,
                upper=setting.upper,
            )
    return found


def _settings(
    id: str, network: TracedNetwork, parts: Sequence[Part], mapping: Table, parameters: Table
) -> dict[str, _Setting]:
    """Return "layer.array", "layer" or "" -> what its row says."""
    rows = {parameters.identifier(row, "parameterId"): row for row in range(len(parameters))}
    layers = [layer.id for layer in network.description.layers]
    known = network.known_shapes
    found: dict[str, _Setting] = {}
    for part in parts:
        if part.network != id or part.kind != "parameters":
            continue
        key = f"{part.layer}.{part.array}" if part.array else part.layer
        if part.layer and part.layer not in layers:
            reason = f"network {id!r} has no layer {part.layer!r}"
            raise mapping.error(part.row, "modelEntityId", reason, known_hint(part.layer, layers))
        if part.array and key not in known:
            own = [name.rpartition(".")[2] for name in known if name.rpartition(".")[0] == part.layer]
            reason = f"layer {part.layer!r} of network {id!r} has no array {part.array!r}"
            raise mapping.error(part.row, "modelEntityId", reason, known_hint(part.array, own))
        if part.id not in rows:
            continue
        if key in found:
            row = rows[part.id]
            raise parameters.error(row, "parameterId", f"{part.id!r} names what another row is about already")
        found[key] = _setting(parameters, rows[part.id])
    return found


def _setting(table: Table, row: int) -> _Setting:
    text = table.needed(row, "estimate").lower()
    if text not in _YES + _NO:
        raise table.error(
            row, "estimate", f"{text!r} is neither true nor false", "Wanted 1, 0, true or false."
        )
    nominal = table.cell(row, "nominalValue")
    value = None if nominal in ("", "array") else table.number(row, "nominalValue")
    if value is not None and not math.isfinite(value):
        raise table.error(row, "nominalValue", f"{nominal!r} is not finite")
    lower, upper = table.number(row, "lowerBound", -math.inf), table.number(row, "upperBound", math.inf)
    if lower > upper:
        raise table.error(row, "lowerBound", f"{lower:g} is above the upper bound {upper:g}")
    return _Setting(value, text in _YES, prior_version_2(table, row), lower, upper)
