"""What symbols mean while time goes on: expressions over states, constants and time.

Between these stand, for a while, leaves ``symbol(id)``: variables that nothing changes and whose value an
initial assignment computes. They are replaced when the start is known.
"""

from __future__ import annotations

from functools import cached_property, partial

from hybridcell._core.errors import UnsupportedSBMLError
from hybridcell._core.expressions import Expression, apply, constant, number, state, symbol, time
from hybridcell._core.expressions.calculus import derivative
from hybridcell._core.expressions.expression import leaves, rewrite, total, walk
from hybridcell.mechanisms.reactions.elements import SpeciesReference
from hybridcell.mechanisms.reactions.resolve.algebraic import Solution, solve
from hybridcell.mechanisms.reactions.resolve.booleans import with_truths
from hybridcell.mechanisms.reactions.resolve.candidates import candidates
from hybridcell.mechanisms.reactions.resolve.memo import Memo, Steps
from hybridcell.mechanisms.reactions.resolve.table import Side, Table

_ZERO, _ONE = number(0.0), number(1.0)

#: A state that keeps the time of the start, in networks that need it. No id of SBML has a space.
START = "time of the start"


class Dynamics:
    """The meaning of every id over time.

    Parameters
    ----------
    table : Table
    past : bool
        Before the start, when nothing moves: every rate is 0.

    Attributes
    ----------
    unknowns : tuple of str
        Variables that algebraic rules may determine.
    """

    def __init__(self, table: Table, *, past: bool = False):
        self.table = table
        self._past = past
        self.unknowns = candidates(table)
        self._unknown = set(self.unknowns)
        self._memo = Memo(lambda key: getattr(self, f"_{key[0]}")(key[1]))

    @cached_property
    def before(self) -> Dynamics:
        """Return the meaning of ids before the start."""
        return self if self._past else Dynamics(self.table, past=True)

    # What is asked for from outside.

    def value(self, name: str) -> Expression:
        """Return what a symbol means."""
        return self._memo["value", name]

    def amount(self, species: str) -> Expression:
        """Return the amount of a species."""
        return self._memo["amount", species]

    def concentration(self, species: str) -> Expression:
        """Return amount by size; the amount in a compartment without dimensions."""
        return self._memo["concentration", species]

    def coefficient(self, side: Side) -> Expression:
        """Return what a flux is multiplied with to change a species: stoichiometry and conversion."""
        return self._memo["coefficient", side]

    def math(self, root: Expression) -> Expression:
        """Return a term over symbols as one over states."""
        return self._memo["math", root]

    def rate_of(self, root: Expression) -> Expression:
        """Return the total derivative by time of a term over symbols."""
        return self._memo["rate", root]

    def rule_rate(self, name: str) -> Expression:
        """Return dx/dt of the state with a rate rule: of a species, of its amount."""
        return self._memo["rule", name]

    @property
    def solution(self) -> Solution:
        """What the algebraic rules determine."""
        return self._memo["solution", None]

    # What an id is.

    def is_state(self, name: str) -> bool:
        """Whether the value of an id is kept in x (at least until the start is known)."""
        table = self.table
        if name in table.assigned or name in table.reactions:
            return False
        moves = name in table.rate_rules or name in table.sides or name in table.set_by_events
        return moves or name in self._unknown or self._is_diluted(name)

    def varies(self, compartment: str) -> bool:
        """Whether a size changes."""
        return compartment in self.table.assigned or self.is_state(compartment)

    def _is_diluted(self, name: str) -> bool:
        """Whether this is a species that starts from a concentration where the size changes later."""
        species = self.table.species.get(name)
        if species is None or not self.varies(species.compartment):
            return False
        if self.table.by_amount(name):
            return name not in self.table.initial and species.initial_concentration is not None
        return name in self.table.initial or species.initial_amount is None

    # How each is computed: generators for `Memo`.

    def _value(self, name: str) -> Steps:
        table = self.table
        if name in table.species:
            if table.by_amount(name):
                return (yield "amount", name)
            return (yield "concentration", name)
        if name in table.reactions:
            law = table.laws.get(name)
            return _ZERO if law is None else (yield "math", law)
        if name in table.assigned:
            return (yield "math", table.assigned[name])
        if self.is_state(name):
            return state(name)
        if name in table.initial:
            return symbol(name)
        if name in table.fixed:
            return number(table.fixed[name])
        reference = table.references.get(name)
        return constant(name) if reference is None else plain(reference)

    def _amount(self, name: str) -> Steps:
        table, species = self.table, self.table.species[name]
        if self.is_state(name):
            return state(name)
        if table.by_amount(name):
            if name in table.assigned:
                return (yield "math", table.assigned[name])
            if name in table.initial:
                return symbol(name)
            if (
                species.initial_concentration is None
                or table.compartments[species.compartment].dimensions == 0
            ):
                return constant(name)
            return apply("mul", constant(name), (yield "value", species.compartment))
        if name not in table.assigned and name not in table.initial and species.initial_amount is not None:
            return constant(name)
        return apply("mul", (yield "concentration", name), (yield "value", species.compartment))

    def _concentration(self, name: str) -> Steps:
        table, species = self.table, self.table.species[name]
        if table.compartments[species.compartment].dimensions == 0:
            return (yield "amount", name)
        if not table.by_amount(name) and not self.is_state(name):
            if name in table.assigned:
                return (yield "math", table.assigned[name])
            if name in table.initial:
                return symbol(name)
            if species.initial_amount is None:
                return constant(name)
        return apply("div", (yield "amount", name), (yield "value", species.compartment))

    def _math(self, root: Expression) -> Steps:
        meaning: dict[Expression, Expression] = {}
        for node in walk([root]):
            if node.op == "symbol":
                meaning[node] = yield "value", node.value
            elif node.op == "rate_of":
                meaning[node] = yield "rate", node.args[0]
            elif node.op == "delay" and self.table.reads_rates:
                meaning[node] = yield "delayed", node
            elif node.op == "delay" and any(below.op == "rate_of" for below in walk(node.args[:1])):
                meaning[node] = yield "delayed_rate", node
        return rewrite([root], partial(_resolved, meaning))[root]

    def _delayed_rate(self, node: Expression) -> Steps:
        """A delayed term that reads rates: these are zero before the start, where nothing moves."""
        past, ago = node.args
        still = rewrite([past], lambda below, _: number(0.0) if below.op == "rate_of" else None)[past]
        before, after, lag = (yield "math", still), (yield "math", past), (yield "math", ago)
        is_before = apply("lt", apply("sub", time(), lag), number(0.0))
        return apply("if", is_before, apply("delay", before, lag), apply("delay", after, lag))

    def _delayed(self, node: Expression) -> Steps:
        """A delay in a network with rateOf: what is delayed differs before the start if it reads a rate."""
        since = yield "math", node.args[0]
        ago = yield "math", node.args[1]
        before = self.before.math(node.args[0])
        if since is before:
            return apply("delay", since, ago)
        has_started = apply("ge", apply("sub", time(), ago), state(START))
        return apply("if", has_started, apply("delay", since, ago), apply("delay", before, ago))

    def _rate(self, root: Expression) -> Steps:
        """d/dt of a term over symbols, by the chain rule over the states that it reads."""
        if self._past:
            return _ZERO
        resolved = yield "math", root
        slopes = {}
        for name in leaves([resolved], "state"):
            slopes[name] = yield "slope", name
        return total_derivative(resolved, slopes)

    def _slope(self, name: str) -> Steps:
        """dx/dt of a state."""
        table = self.table
        if name in table.rate_rules:
            return (yield "rule", name)
        if name in self._unknown:
            return (yield "solved_slope", name)
        terms = []
        for side in table.sides.get(name, ()):
            if table.reactions[side.reaction].fast:
                raise UnsupportedSBMLError(
                    f"rateOf {name!r}, which the fast reaction {side.reaction!r} changes",
                    name,
                    table.species[name].line,
                    "Write the rate out, or make the reaction an ordinary one.",
                )
            coefficient = yield "coefficient", side
            terms.append(apply("mul", coefficient, (yield "value", side.reaction)))
        return total(terms)

    def _solved_slope(self, name: str) -> Steps:
        solution = yield "solution", None
        if name in solution.values:
            resolved = solution.values[name]
            slopes = {}
            for other in leaves([resolved], "state"):
                slopes[other] = yield "slope", other
            return total_derivative(resolved, slopes)
        if name in solution.implicit:
            raise UnsupportedSBMLError(
                f"the rate of {name!r}, which an algebraic rule determines only implicitly",
                name,
                self.table.owners[name].line,
                "Solve the rule for it, and write it as an assignment rule.",
            )
        return _ZERO

    def _rule(self, name: str) -> Steps:
        table = self.table
        rate = yield "math", table.rate_rules[name]
        species = table.species.get(name)
        if species is None or table.by_amount(name):
            return rate
        size = yield "value", species.compartment
        rate = apply("mul", rate, size)
        if not self.varies(species.compartment):
            return rate
        # the rule says how the concentration changes: the amount also follows the size
        swelling = yield "rate", symbol(species.compartment)
        return apply("add", rate, apply("mul", apply("div", state(name), size), swelling))

    def _coefficient(self, side: Side) -> Steps:
        stoichiometry = yield "stoichiometry", side.reference
        signed = stoichiometry if side.sign > 0 else apply("neg", stoichiometry)
        return apply("mul", signed, (yield "factor", side.reference.species))

    def _stoichiometry(self, reference: SpeciesReference) -> Steps:
        if reference.id:
            return (yield "value", reference.id)
        math = self.table.stoichiometries.get(reference)
        return plain(reference) if math is None else (yield "math", math)

    def _factor(self, name: str) -> Steps:
        factor = self.table.species[name].conversion_factor or self.table.definition.conversion_factor
        return (yield "value", factor) if factor else _ONE

    def _solution(self, nothing: None) -> Steps:
        rules = []
        for rule, math in self.table.algebraic:
            rules.append((rule, (yield "math", math)))
        return solve(rules, self.unknowns, self.table)


def total_derivative(root: Expression, slopes: dict[str, Expression]) -> Expression:
    """Return d/dt of a term over states, given dx/dt of the states that it reads."""

    def of_leaf(leaf: Expression) -> Expression | None:
        if leaf.op == "state":
            slope = slopes[str(leaf.value)]
            return None if slope is _ZERO else slope
        return _ONE if leaf.op == "time" else None

    try:
        return derivative(root, of_leaf)
    except NotImplementedError as error:
        raise UnsupportedSBMLError(
            f"rateOf a term with {error}", "rateOf", 0, "Give the delayed value a variable with a rate rule."
        ) from None


def _resolved(
    meaning: dict[Expression, Expression], node: Expression, args: tuple[Expression, ...]
) -> Expression | None:
    return meaning.get(node) or with_truths(node, args)


def plain(reference: SpeciesReference) -> Expression:
    """Return a stoichiometry that the file gives as a number; 1 where it gives none."""
    return number(1.0 if reference.stoichiometry is None else reference.stoichiometry)
