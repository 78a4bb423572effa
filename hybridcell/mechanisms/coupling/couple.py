"""A CellBox network joined to a network of reactions, on one state vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.expressions import Expression, apply, number, symbol
from hybridcell._core.expressions.expression import total
from hybridcell._core.parameter import Freedom
from hybridcell.mechanisms.cellbox import CellBox
from hybridcell.mechanisms.coupling.envelope import envelope_expression
from hybridcell.mechanisms.coupling.response import LEAST, factor_expression, response_expression
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.composition.editor import Editor, as_id
from hybridcell.mechanisms.reactions.composition.parameter import as_global, constant_parameter
from hybridcell.mechanisms.reactions.composition.typical import typical_scales
from hybridcell.mechanisms.reactions.network import ReactionNetwork

_POSITIVE = Freedom(transform="log")


def couple(
    network: ReactionNetwork,
    cellbox: CellBox,
    *,
    reads: Mapping[str, str] | None = None,
    drives: Mapping[str, str] | None = None,
) -> ReactionNetwork:
    """Return both as one network; see `ReactionNetwork.couple`."""
    if len(network.holes):
        raise InvalidValueError("Couple the mechanisms first, and put neural pieces into what comes out.")
    if isinstance(cellbox, CellBox) and cellbox.doses is not None:
        raise InvalidValueError(
            "The CellBox has a dose layer, which cannot be coupled to reactions; couple the network before "
            "with_doses, or give the reactions drugs of their own."
        )
    if not isinstance(cellbox, CellBox):
        raise InvalidValueError(f"couple was given a {type(cellbox).__name__}; wanted a CellBox.")
    reads, drives = _checked(network, cellbox, reads, drives)
    editor = Editor(network)
    join = _Join(editor, cellbox, reads)
    join.add_nodes()
    for parameter, node in drives.items():
        _drive(network, editor, parameter, join.ids[node], cellbox.scale)
    made = ReactionNetwork.from_definition(editor.definition)
    return made.with_freedoms({**network.holes.freedoms, **editor.freedoms})


def _checked(
    network: ReactionNetwork,
    cellbox: CellBox,
    reads: Mapping[str, str] | None,
    drives: Mapping[str, str] | None,
) -> tuple[dict[str, str], dict[str, str]]:
    usually = {"reads": "{'node': 'species'}", "drives": "{'parameter': 'node'}"}
    for (what, usual), given in zip(usually.items(), (reads, drives)):
        if given is not None and not isinstance(given, Mapping):
            raise InvalidValueError(f"{what} is {given!r:.60}; wanted a dict such as {usual}.")
    species = {s.id for s in network.definition.species}
    if reads is None:
        reads = {name: name for name in cellbox.names if name in species}
    for node, id in reads.items():
        cellbox.index(node)
        if id not in species:
            raise unknown_name(f"species (read by node {node!r})", id, species)
    drives = dict(drives or {})
    for node in drives.values():
        cellbox.index(node)
    if not reads and not drives:
        raise InvalidValueError(
            "Nothing couples the two: no node has the id of a species. Name what a node reads, "
            "reads={'pERK': 'ERKpp'}, or which parameter it drives, drives={'k1': 'pERK'}."
        )
    return dict(reads), drives


class _Join:
    """Puts the nodes of a CellBox into a definition."""

    def __init__(self, editor: Editor, model: CellBox, reads: Mapping[str, str]):
        self.editor, self.model, self.reads = editor, model, reads
        self.ids: dict[str, str] = {}
        for name in model.names:
            plain = as_id(name)
            wish = plain if plain[:1].isalpha() or plain[:1] == "_" else f"n_{plain}"
            read = f"{'change' if model.scale == 'linear' else 'log'}_{wish}"
            id = editor.new_prefix(read if name in reads else wish)
            editor.taken.add(id)
            self.ids[name] = id

    def add_nodes(self) -> None:
        """Add every node: those that read a species as its response, others with a rate rule."""
        scales = typical_scales(self.editor.network, tuple(self.reads.values()))
        for i, node in enumerate(self.model.names):
            if node in self.reads:
                species = self.reads[node]
                reference = self.editor.add_constant(
                    f"ref_{species}", scales[species], Freedom(transform="log", trainable=False),
                    name=f"{species} in the untreated control",
                )  # fmt: skip
                share = apply("max", apply("div", symbol(species), reference), number(LEAST))
                response = response_expression(share, self.model.scale)
                self.editor.add_variable(self.ids[node], response, name=f"response of {species}")
            else:
                self._add_state(i, node)

    def _add_state(self, i: int, node: str) -> None:
        editor, model, id = self.editor, self.model, self.ids[node]
        x = symbol(id)
        rates = {
            name: editor.add_constant(f"{name}_{id}", float(getattr(model, name)[i]), _POSITIVE)
            for name in ("epsilon", "alpha", *(("psi",) if model.input == "scaled" else ()))
        }
        u = self._input(node, id)
        if model.clamp and model.kinds[i] == "drug":
            editor.add_variable(id, u or number(0.0), name=node)
            return
        s = self._sum(i, x)
        inside = [*s, *([u] if u is not None and model.input == "inside" else [])]
        phi = envelope_expression(model.envelope, model.power, total(inside))
        if u is not None and model.input == "outside":
            phi = apply("add", phi, u)
        made = apply("mul", rates["epsilon"], phi)
        if u is not None and model.input == "scaled":
            made = apply("add", made, apply("mul", rates["psi"], u))
        element = e.ParameterElement(id=id, name=node, value=0.0, constant=False)
        rule = e.Rule(kind="rate", variable=id, math=apply("sub", made, apply("mul", rates["alpha"], x)))
        d = editor.definition
        editor.definition = replace(d, parameters=(*d.parameters, element), rules=(*d.rules, rule))

    def _input(self, node: str, id: str) -> Expression | None:
        if self.model.drugs and node not in self.model.drugs:
            return None
        return self.editor.add_constant(f"u_{id}", 0.0, Freedom(trainable=False), name=f"input of {node}")

    def _sum(self, i: int, x: Expression) -> list[Expression]:
        weights = np.asarray(self.model.weights)
        terms = []
        for j in np.flatnonzero(weights[i]):
            source = self.ids[self.model.names[j]]
            wish = f"w_{self.ids[self.model.names[i]]}_{source}"
            w = self.editor.add_constant(wish, float(weights[i, j]), Freedom())
            value = symbol(source) if self.model.degree == 1 else apply("add", symbol(source), x)
            terms.append(apply("mul", w, value))
        return terms


def _drive(network: ReactionNetwork, editor: Editor, parameter: str, node: str, scale: str) -> None:
    """Let a node multiply a parameter by the factor that its response stands for."""
    element = constant_parameter(network, editor, parameter)
    if element.value is None:
        raise InvalidValueError(f"Parameter {parameter!r} has no value that a node could drive.")
    id = as_global(editor, element)
    base = editor.add_constant(f"{id}_base", element.value, _POSITIVE, name=f"{id} where {node} is 0")
    d = editor.definition
    driven = tuple(replace(p, constant=False, value=None) if p.id == id else p for p in d.parameters)
    law = apply("mul", base, factor_expression(symbol(node), scale))
    rule = e.Rule(kind="assignment", variable=id, math=law)
    editor.definition = replace(d, parameters=driven, rules=(*d.rules, rule))
