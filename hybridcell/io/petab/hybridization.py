"""Names of parts of networks in mapping tables, and what hybridization tables assign to them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hybridcell.io.petab.errors import known_hint
from hybridcell.io.petab.table import Table

KINDS = ("inputs", "outputs", "parameters")
_PART = re.compile(r"([^.\[\]\s]+)\.([A-Za-z]+)(.*)\Z", re.S)
_PLACES = re.compile(r"(?:\[\s*\d+(?:\s*,\s*\d+)*\s*\])*\Z")
_LAYER = re.compile(r"\[([^\[\]]+)\](?:\.([^.\[\]]+))?(\[.*\])?\Z", re.S)


@dataclass(frozen=True)
class Part:
    """A part of a network that a PEtab id stands for.

    Attributes
    ----------
    id : str
        PEtab id.
    network : str
    kind : str
        One of `KINDS`.
    place : tuple of int
        Of inputs and outputs: argument, then the place in it.
    layer, array : str
        Of parameters; empty: all.
    row : int
        In the mapping table.
    """

    id: str
    network: str
    kind: str
    place: tuple[int, ...] = ()
    layer: str = ""
    array: str = ""
    row: int = 0


def read_parts(table: Table, networks: Collection[str]) -> tuple[Part, ...]:
    """Return the rows of a mapping table that are about networks."""
    found = []
    for row in range(len(table)):
        text = table.cell(row, "modelEntityId")
        match = _PART.match(text)
        if match is None:
            if text in networks:
                hint = f"Wanted {text}.inputs[0][0], {text}.outputs[0][0] or {text}.parameters."
                raise table.error(row, "modelEntityId", f"{text!r} names no part of the network", hint)
            continue
        network, kind, rest = match.groups()
        if network not in networks:
            if kind not in KINDS:
                continue
            hint = known_hint(network, networks)
            raise table.error(row, "modelEntityId", f"there is no network {network!r}", hint)
        if kind not in KINDS:
            raise table.error(row, "modelEntityId", f"a network has no {kind!r}", known_hint(kind, KINDS))
        id = table.identifier(row, "petabEntityId")
        if kind == "parameters":
            found.append(_parameters(table, row, id, network, rest))
            continue
        if not _PLACES.match(rest):
            hint = f"Wanted something like {network}.{kind}[0][1]."
            raise table.error(row, "modelEntityId", f"the place {rest!r} cannot be read", hint)
        place = tuple(int(n) for n in re.findall(r"\d+", rest)) or (0,)
        if any(n > 10**9 for n in place):
            raise table.error(row, "modelEntityId", f"the place {rest[:40]!r} is too far")
        found.append(Part(id=id, network=network, kind=kind, place=place, row=row))
    return tuple(found)


def _parameters(table: Table, row: int, id: str, network: str, rest: str) -> Part:
    if not rest:
        return Part(id=id, network=network, kind="parameters", row=row)
    match = _LAYER.match(rest)
    if match is None:
        hint = (
            f"Wanted {network}.parameters, {network}.parameters[layer] or {network}.parameters[layer].weight."
        )
        raise table.error(row, "modelEntityId", f"{rest!r} names no layer and no array", hint)
    layer, array, index = match.groups()
    if index:
        hint = "Name the whole array; single entries cannot have settings of their own."
        raise table.error(row, "modelEntityId", f"the entries {index} of an array are not supported", hint)
    return Part(id=id, network=network, kind="parameters", layer=layer, array=array or "", row=row)


def assignments(table: Table) -> Mapping[str, int]:
    """Return target id -> row of a hybridization table; refuse a target that is there twice."""
    found: dict[str, int] = {}
    for row in range(len(table)):
        target = table.identifier(row, "targetId")
        if target in found:
            raise table.error(row, "targetId", f"{target!r} is assigned already")
        found[target] = row
    return found
