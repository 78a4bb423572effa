"""Neural networks in a problem: which are part of the equations, which of formulas, which come before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import Expression, number, symbol
from hybridcell._core.expressions.expression import leaves, substitute, walk
from hybridcell.io.petab.network_use import ArrayInput, NetworkUse
from hybridcell.io.petab.statement import Change, Experiment, PetabParameter, Statement
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.level2_stoichiometry import ids_of
from hybridcell.mechanisms.reactions.network import ReactionNetwork


def entry_id(network: str, array: str, place: tuple[int, ...]) -> str:
    """Return the id of one entry of an array: one that SBML allows."""
    return "_".join([network, re.sub(r"[^A-Za-z0-9_]", "_", array), *map(str, place)])


def entry_ids(network: str, array: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return the ids of all entries."""
    found = np.empty(shape, object)
    for place in np.ndindex(shape):
        found[place] = entry_id(network, array, place)
    return found


@dataclass(frozen=True, eq=False)
class WithNetworks:
    """A problem whose networks have found their places.

    Attributes
    ----------
    statement : Statement
        With what conditions give to networks as changes, and outputs in formulas replaced by what they are.
    network : ReactionNetwork
        With the networks that act along the simulation.
    weights : tuple of PetabParameter
        Every entry of every array, network by network.
    before : tuple of NetworkUse
        Networks that are computed once per condition, before the simulation.
    columns : tuple of str
        Ids that spans need a number for besides.
    """

    statement: Statement
    network: ReactionNetwork
    weights: tuple[PetabParameter, ...] = ()
    before: tuple[NetworkUse, ...] = ()
    columns: tuple[str, ...] = field(default=())


def place_networks(statement: Statement, network: ReactionNetwork) -> WithNetworks:
    """Find the place of every network.

    What reads states of the model acts along the simulation: where the hybridization table sends its outputs
    to the model, as formulas in the model itself, and where observables read them, in these. Everything else
    is computed before.

    Raises
    ------
    InvalidValueError
        If networks read each other in a circle, or entries of arrays have ids that something else has.
    """
    if not statement.networks:
        return WithNetworks(statement, network)
    _check_entry_ids(statement, network)
    along, before = _sorted(statement.networks, network)
    definition = network.definition
    formulas: dict[Expression, Expression] = {}
    columns: list[str] = []
    changes: list[tuple[str, Change]] = []
    symbolic = {}
    for use in along:
        symbolic[use.id] = made = _Symbolic(use, formulas)
        formulas |= made.outputs
        columns += [*made.weight_ids, *made.input_ids]
        changes += made.changes
    for use in before:
        columns += [*use.outputs]
    for use in along:
        if use.targets:
            definition = _in_the_model(definition, use, symbolic[use.id], formulas)
    if definition is not network.definition:
        definition = _with_constants(definition, columns)
    if definition is not network.definition:
        network = ReactionNetwork.from_definition(definition)
    observables = tuple(
        replace(o, formula=substitute(o.formula, formulas), noise=substitute(o.noise, formulas))
        for o in statement.observables
    )
    experiments = tuple(_with_changes(each, changes) for each in statement.experiments)
    statement = replace(statement, observables=observables, experiments=experiments)
    weights = tuple(weight for use in statement.networks for weight in _weights(use))
    return WithNetworks(statement, network, weights, before, tuple(columns))


def _check_entry_ids(statement: Statement, network: ReactionNetwork) -> None:
    """Refuse entries of arrays whose ids, in which dots are underscores, are those of something else."""
    owners = dict.fromkeys(ids_of(network.definition), "the model")
    owners |= {p.id: "the parameter table" for p in statement.parameters}
    owners |= {id: f"an output of network {use.id!r}" for use in statement.networks for id in use.outputs}
    for use in statement.networks:
        shapes = {name: array.value.shape for name, array in use.arrays.items()}
        shapes |= {
            f"input{i}": use.input_shape(i) for i, x in enumerate(use.inputs) if isinstance(x, ArrayInput)
        }
        for name, shape in shapes.items():
            owner = f"array {name!r} of network {use.id!r}"
            for id in entry_ids(use.id, name, shape).ravel():
                if id in owners:
                    raise InvalidValueError(
                        f"The id {id!r} is both that of an entry of {owner} and one of {owners[id]}; wanted "
                        "different ids. Rename the layer in the file of the network."
                    )
                owners[id] = owner


def _sorted(
    uses: tuple[NetworkUse, ...], network: ReactionNetwork
) -> tuple[tuple[NetworkUse, ...], tuple[NetworkUse, ...]]:
    """Return the networks that read states, and the others, each after those whose outputs it reads."""
    made_by = {output: use for use in uses for output in use.outputs}
    order: list[NetworkUse] = []
    along: list[NetworkUse] = []

    def visit(use: NetworkUse, path: tuple[str, ...]) -> None:
        if use.id in path:
            raise InvalidValueError(f"Networks read each other in a circle: {' -> '.join([*path, use.id])}.")
        if use in order:
            return
        read = {id for x in _expressions(use) for id in leaves([x], "symbol")}
        needed = [made_by[id] for id in read if id in made_by]
        for other in needed:
            visit(other, (*path, use.id))
        order.append(use)
        if _reads_states(use, network) or any(other in along for other in needed):
            along.append(use)

    for use in uses:
        visit(use, ())
    # what a target reads of a network along the simulation makes all of it one
    for use in uses:
        read = {id for x in use.targets.values() for id in leaves([x], "symbol")}
        if use not in along and any(made_by.get(id) in along for id in read):
            along.append(use)
    return tuple(u for u in order if u in along), tuple(u for u in order if u not in along)


def _expressions(use: NetworkUse) -> list[Expression]:
    return [x for given in use.inputs if not isinstance(given, ArrayInput) for x in given]


def _reads_states(use: NetworkUse, network: ReactionNetwork) -> bool:
    known = network.equations.observables
    own = _expressions(use)
    read = [known[id] for x in own for id in leaves([x], "symbol") if id in known]
    return any(node.op in ("state", "time") for node in walk([*own, *read]))


def _weights(use: NetworkUse) -> list[PetabParameter]:
    return [
        PetabParameter(
            id=str(id), lower=array.lower, upper=array.upper, nominal=float(value), estimate=array.estimate,
            prior=array.prior,
        )
        for name, array in use.arrays.items()
        for id, value in zip(entry_ids(use.id, name, array.value.shape).ravel(), array.value.ravel())
    ]  # fmt: skip


class _Symbolic:
    """A network as formulas.

    Attributes
    ----------
    outputs : dict of symbol to Expression
    weight_ids, input_ids : list of str
    changes : list of (condition, Change)
        What conditions set the entries of array inputs to.
    """

    def __init__(self, use: NetworkUse, formulas: dict[Expression, Expression]):
        from hybridcell.neural.traced.network import output_entry  # takes long, and few problems need it

        ids = {name: entry_ids(use.id, name, a.value.shape) for name, a in use.arrays.items()}
        self.weight_ids = [str(id) for each in ids.values() for id in each.ravel()]
        self.input_ids: list[str] = []
        self.changes: list[tuple[str, Change]] = []
        arrays = {name: _symbols(each) for name, each in ids.items()}
        inputs = [self._input(use, k, formulas) for k in range(len(use.inputs))]
        found = use.network.symbolic(arrays, *inputs)
        self.outputs = {symbol(id): output_entry(found, place) for id, place in use.outputs.items()}

    def _input(self, use: NetworkUse, argument: int, formulas: dict[Expression, Expression]) -> np.ndarray:
        given, shape = use.inputs[argument], use.input_shape(argument)
        entries = np.empty(int(np.prod(shape)), object)
        if not isinstance(given, ArrayInput):
            entries[:] = [substitute(expression, formulas) for expression in given]
        elif set(given.values) == {""}:
            entries[:] = [number(float(v)) for v in given.values[""].ravel()]
        else:
            ids = entry_ids(use.id, f"input{argument}", shape).ravel()
            self.input_ids += [str(id) for id in ids]
            for condition, values in given.values.items():
                pairs = zip(ids, values.ravel())
                self.changes += [(condition, Change(target=str(i), value=number(float(v)))) for i, v in pairs]
            entries[:] = [symbol(str(id)) for id in ids]
        return entries.reshape(shape)


def _symbols(ids: np.ndarray) -> np.ndarray:
    found = np.empty(ids.shape, object)
    for place in np.ndindex(ids.shape):
        found[place] = symbol(str(ids[place]))
    return found


def _in_the_model(
    definition: e.Definition, use: NetworkUse, symbolic: _Symbolic, formulas: dict[Expression, Expression]
) -> e.Definition:
    """Return the definition in which what a network decides follows from a rule."""
    if symbolic.input_ids:
        raise InvalidValueError(
            f"Network {use.id!r} is part of the equations and has an input array that differs between "
            "conditions; wanted one array for all, or inputs by id."
        )
    known = {one.id for one in definition.parameters}
    for target in use.targets:
        if target not in known:
            raise InvalidValueError(
                f"The hybridization table sends network {use.id!r} to {target!r} along the simulation; "
                "wanted a parameter of the model. What a network says of a species is of its start only, "
                "and reads no states for that."
            )
    rules = tuple(
        e.Rule(kind="assignment", variable=target, math=substitute(value, formulas))
        for target, value in use.targets.items()
    )
    parameters = tuple(
        replace(one, constant=False, value=None) if one.id in use.targets else one
        for one in definition.parameters
    )
    starts = tuple(a for a in definition.initial_assignments if a.variable not in use.targets)
    return replace(
        definition, parameters=parameters, rules=(*definition.rules, *rules), initial_assignments=starts
    )


def _with_constants(definition: e.Definition, ids: list[str]) -> e.Definition:
    """Return the definition with weights, and outputs of networks before, as constants for rules."""
    read = {id for rule in definition.rules if rule.math for id in leaves([rule.math], "symbol")}
    known = {one.id for one in definition.parameters}
    new = tuple(e.ParameterElement(id=id, value=0.0) for id in ids if id in read and id not in known)
    return replace(definition, parameters=(*definition.parameters, *new))


def _with_changes(experiment: Experiment, changes: list[tuple[str, Change]]) -> Experiment:
    def one(conditions: tuple[str, ...]) -> tuple[Change, ...]:
        return tuple(change for condition, change in changes if condition in conditions)

    periods = tuple(replace(p, changes=(*p.changes, *one(p.conditions))) for p in experiment.periods)
    return replace(experiment, periods=periods)


class NetworkEntries:
    """Where the entries of networks' arrays stand in the vector of all parameters."""

    def __init__(self, uses: tuple[NetworkUse, ...], first: int):
        self.uses, self._first = uses, first

    @cached_property
    def places(self) -> Mapping[str, Mapping[str, np.ndarray]]:
        """Network -> array -> place of each entry."""
        found: dict[str, dict[str, np.ndarray]] = {}
        start = self._first
        for use in self.uses:
            found[use.id] = {}
            for name, array in use.arrays.items():
                size = array.value.size
                found[use.id][name] = np.arange(start, start + size).reshape(array.value.shape)
                start += size
        return found
