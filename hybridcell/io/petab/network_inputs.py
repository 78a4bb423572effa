"""Inputs of networks: which expressions or arrays the tables and files give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hybridcell._core.expressions import Expression, symbol
from hybridcell.io.petab.arrays_hdf5 import ArrayFiles
from hybridcell.io.petab.errors import PetabError, known_hint
from hybridcell.io.petab.hybridization import Part
from hybridcell.io.petab.network_use import ArrayInput
from hybridcell.io.petab.table import Table
from hybridcell.neural.traced import TracedNetwork

#: What stands in the hybridization table for numbers from an array file.
_FROM_FILE = ("", "array")


@dataclass(frozen=True)
class NetworkTables:
    """What the tables say about networks."""

    parts: tuple[Part, ...]
    mapping: Table
    hybridization: Table
    rows: Mapping[str, int]


def network_inputs(
    id: str, network: TracedNetwork, read: NetworkTables, files: ArrayFiles
) -> tuple[tuple[tuple[Expression, ...] | ArrayInput, ...], tuple[tuple[int, ...] | None, ...]]:
    """Return the inputs of a network and the shapes of those that expressions give."""
    by_argument: dict[int, dict[tuple[int, ...], Part]] = {n: {} for n in range(network.n_inputs)}
    for part in read.parts:
        if part.network != id or part.kind != "inputs":
            continue
        argument, *place = part.place
        if argument not in by_argument:
            reason = f"network {id!r} has {network.n_inputs} inputs, and none with the number {argument}"
            raise read.mapping.error(part.row, "modelEntityId", reason, "They are counted from 0.")
        if tuple(place) in by_argument[argument]:
            raise read.mapping.error(part.row, "modelEntityId", "this input is named in another row already")
        by_argument[argument][tuple(place)] = part
    found, shapes = [], []
    for argument, entries in by_argument.items():
        if not entries:
            hint = f"Map an id to {id}.inputs[{argument}][0], or to {id}.inputs[{argument}] for an array."
            raise PetabError(read.mapping.file, reason=f"input {argument} of network {id!r} lacks", hint=hint)
        value, shape = _argument(entries, read, files)
        found.append(value)
        shapes.append(shape)
    return tuple(found), tuple(shapes)


def _argument(
    entries: Mapping[tuple[int, ...], Part], read: NetworkTables, files: ArrayFiles
) -> tuple[tuple[Expression, ...] | ArrayInput, tuple[int, ...] | None]:
    table = read.hybridization
    if () in entries and len(entries) > 1:
        row = entries[()].row
        raise read.mapping.error(row, "modelEntityId", "the input is named as a whole and by its entries")
    first = next(iter(entries.values()))
    if () in entries:
        row = read.rows.get(first.id)
        text = "" if row is None else table.cell(row, "targetValue")
        if text == "array" or (text in _FROM_FILE and first.id in files.inputs):
            return _array_input(first, table, row, files), None
    shape = _full_shape(entries, read)
    values = []
    for place in sorted(entries):
        part = entries[place]
        row = read.rows.get(part.id)
        if row is None:
            # set by the condition or parameter table, or by its own name a part of the model
            values.append(symbol(part.id))
        elif table.cell(row, "targetValue") in _FROM_FILE:
            hint = "An array file gives whole inputs: map the id to inputs[0] instead of inputs[0][0]."
            raise table.error(row, "targetValue", f"{part.id!r} is one entry of an input, not an array", hint)
        else:
            values.append(table.formula(row, "targetValue"))
    return tuple(values), shape


def _full_shape(entries: Mapping[tuple[int, ...], Part], read: NetworkTables) -> tuple[int, ...]:
    if () in entries:
        return (1,)
    first = next(iter(entries.values()))
    axes = {len(place) for place in entries}
    if len(axes) > 1:
        raise read.mapping.error(
            first.row, "modelEntityId", "entries of this input have different numbers of places"
        )
    shape = tuple(max(numbers) + 1 for numbers in zip(*entries))
    wanted = 1
    for n in shape:
        wanted *= n
    if wanted != len(entries):
        reason = f"{len(entries)} entries of this input are named, and the last place makes it {wanted}"
        raise read.mapping.error(first.row, "modelEntityId", reason, "Name every entry, counting from 0.")
    return shape


def _array_input(part: Part, table: Table, row: int | None, files: ArrayFiles) -> ArrayInput:
    if part.id not in files.inputs:
        hint = known_hint(part.id, files.inputs)
        reason = f"no array file has 'inputs/{part.id}'"
        raise (
            table.error(row, "targetValue", reason, hint)
            if row is not None
            else PetabError("array files", reason=reason)
        )
    arrays = files.inputs[part.id]
    values = {name: array.read() for name, array in arrays.items()}
    first = next(iter(values.values()))
    for name, value in values.items():
        if value.shape != first.shape:
            raise arrays[name].error(
                f"the array has the shape {value.shape}, that of others is {first.shape}"
            )
    return ArrayInput(values=values)
