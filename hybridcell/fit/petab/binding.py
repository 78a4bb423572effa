"""A problem's ids in terms of a network's states and constants."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import SBMLWarning, unknown_name
from hybridcell._core.expressions import Expression, constant
from hybridcell._core.expressions.expression import apply, rewrite
from hybridcell.fit.petab.quotients import split_quotients
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.statement import Statement
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.mechanisms.reactions.start import freed_start


@dataclass(frozen=True, eq=False)
class Binding:
    """A network and the columns of numbers that each span has.

    Attributes
    ----------
    network : ReactionNetwork
    equations : Equations
        In which every state starts from a constant of its own, the last ones.
    own : int
        Number of constants before these.
    columns : tuple of str
        The network's constants, then ids that only formulas and conditions know.
    defaults : ndarray, shape (M,)
        The model's own values; NaN where there are none.
    aliases : mapping of str to str
        Other names of ids of the model, from the mapping table.
    assigned : mapping of str to Expression
        What the model gives to columns at the start, unless a condition sets them.
    """

    network: ReactionNetwork
    equations: Equations
    own: int
    columns: tuple[str, ...]
    defaults: Float[np.ndarray, " M"]
    aliases: Mapping[str, str] = field(default_factory=dict)
    assigned: Mapping[str, Expression] = field(default_factory=dict)

    @cached_property
    def column(self) -> dict[str, int]:
        """Id -> place among the columns."""
        return {id: k for k, id in enumerate(self.columns)}

    @cached_property
    def state(self) -> dict[str, int]:
        """Id -> place among the states."""
        return {id: k for k, id in enumerate(self.equations.states)}

    @property
    def initial(self) -> tuple[Expression, ...]:
        """The states at the start, as the model has them."""
        return self.network.equations.initial

    def resolve(self, expression: Expression, *, also: dict[str, Expression] | None = None) -> Expression:
        """Return an expression over states and columns; `also` has the meaning of further ids."""
        known, more = self.network.equations.observables, also or {}

        def change(node: Expression, _: tuple[Expression, ...]) -> Expression | None:
            if node.op != "symbol":
                return None
            id = str(node.value)
            if id in more:
                return more[id]
            if id in known:
                return known[id]
            if id in self.column:
                return constant(id)
            if self.aliases.get(id) in known:
                return known[self.aliases[id]]
            raise unknown_name("id (in a formula)", id, [*known, *self.columns])

        return rewrite([expression], change)[expression]

    def volume(self, id: str) -> Expression | None:
        """Return by what a state is divided to give the value of its id; None where it is the value."""
        return _divisor(self.network.equations.observables[id], id)

    def kind(self, id: str) -> str:
        """Return what a condition that sets an id sets: a "state" or a "column"."""
        return "state" if id in self.state else "column"

    def value_for_column(self, id: str, value: Expression) -> Expression:
        """Return the number to write to the column of an id, given the value that is meant.

        A species that never changes is a column too, whose number may be an amount.
        """
        known = self.network.equations.observables.get(id)
        if known is None:
            return value
        volume = _divisor(known, id)
        return value if volume is None else apply("mul", value, volume)


def _divisor(known: Expression, id: str) -> Expression | None:
    if known.op == "div" and known.args[0].op in ("state", "constant") and known.args[0].value == id:
        return known.args[1]
    return None


def bind(statement: Statement, network: ReactionNetwork, *, more: Iterable[str] = ()) -> Binding:
    """Return the problem's ids in terms of the network; `more` are ids that become columns.

    Raises
    ------
    PetabError
        If a condition sets what a rule of the model decides.
    """
    targets = {
        change.target: experiment
        for experiment in statement.experiments
        for period in experiment.periods
        for change in period.changes
    }
    given = {parameter.id for parameter in statement.parameters}
    # of a state, a condition sets the start itself
    free = given | (set(targets) - set(network.equations.states))
    assigned = {
        a.variable: a.math
        for a in network.definition.initial_assignments
        if a.variable in free - given and a.math is not None
    }
    network = _without_initial_assignments(network, free)
    equations = network.equations
    constants, states = set(equations.constants), set(equations.states)
    for id in [*targets, *given]:
        if id in equations.observables and id not in constants and id not in states:
            table = "conditions" if id in targets else "parameters"
            raise PetabError(
                statement.file.name,
                reason=f"{id!r} is decided by a rule of the model, so that the {table} cannot set it",
                hint="Set what the rule reads.",
            )
    wanted = [*(p.id for p in statement.parameters), *targets, *more]
    extra = [id for id in dict.fromkeys(wanted) if id not in constants and id not in states]
    values = np.array(network.values, float)
    freed, _ = freed_start(equations, values[None])
    return Binding(
        network=network,
        equations=split_quotients(freed),
        own=len(equations.constants),
        columns=(*equations.constants, *extra),
        defaults=np.concatenate([values, np.full(len(extra), np.nan)]),
        aliases=statement.parts,
        assigned=assigned,
    )


def _without_initial_assignments(network: ReactionNetwork, ids: set[str]) -> ReactionNetwork:
    """Return the network in which what the problem sets does not depend on an initial assignment.

    That of a species stays: a condition may leave it alone.
    """
    definition = network.definition
    species = {one.id for one in definition.species}
    dropped = {a.variable for a in definition.initial_assignments} & (ids - species)
    if not dropped:
        return network
    kept = tuple(a for a in definition.initial_assignments if a.variable not in dropped)
    with warnings.catch_warnings():
        # what has no value now gets one from the problem
        warnings.simplefilter("ignore", SBMLWarning)
        return ReactionNetwork.from_definition(replace(definition, initial_assignments=kept))
