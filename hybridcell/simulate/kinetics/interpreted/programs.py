"""All that is evaluated along a run, made once per network and shared by its runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np

from hybridcell._core.expressions import Expression, number
from hybridcell._core.expressions.expression import walk
from hybridcell.mechanisms.interpreter import Interpreter, jacobian_terms, rates_of_change
from hybridcell.mechanisms.reactions.delays import delay_terms
from hybridcell.mechanisms.reactions.equations import Equations


class Derivatives:
    """Partial derivatives of some roots with respect to the states, as a dense matrix."""

    def __init__(self, roots: Sequence[Expression], equations: Equations):
        rows, columns, values = jacobian_terms(roots, equations.states)
        self.rows, self.columns = np.array(rows, int), np.array(columns, int)
        self.values = Interpreter(values, equations)
        self.shape = (len(roots), equations.n)


class Programs:
    """Interpreters of a network's expressions, each made when first needed."""

    def __init__(self, equations: Equations):
        self.equations = equations
        rates = rates_of_change(equations)
        touched = {*map(int, equations.rows), *map(int, equations.rates)}
        #: States with a rate of change, and these rates.
        self.moving = np.array(sorted(touched), int)
        self.rate_terms = tuple(rates[i] for i in self.moving)
        self.delays = delay_terms(equations)
        read = set(walk([*self.rate_terms, *equations.residuals]))
        #: Delay terms that decide where the state moves; others are only looked at.
        self.moving_delays = tuple(k for k, term in enumerate(self.delays) if term in read)

    def _of(self, roots: Sequence[Expression]) -> Interpreter:
        return Interpreter(roots, self.equations)

    @cached_property
    def initial(self) -> Interpreter:
        """x at the start."""
        return self._of(self.equations.initial)

    @cached_property
    def rates(self) -> Interpreter:
        """Rates of change of the moving states."""
        return self._of(self.rate_terms)

    @cached_property
    def rate_derivatives(self) -> Derivatives:
        """Their derivatives with respect to the states."""
        return Derivatives(self.rate_terms, self.equations)

    @cached_property
    def have_edges(self) -> bool:
        """Whether rates may be no numbers where states are below zero: powers and roots."""
        return any(node.op == "sqrt" or _is_broken_power(node) for node in walk(self.rate_terms))

    @cached_property
    def residuals(self) -> Interpreter:
        """What algebraic rules and fast reactions keep at zero."""
        return self._of(self.equations.residuals)

    @cached_property
    def residual_derivatives(self) -> Derivatives:
        """Its derivatives with respect to the states."""
        return Derivatives(self.equations.residuals, self.equations)

    @cached_property
    def sides(self) -> Interpreter:
        """Left sides of all switches, then right sides."""
        relations = [switch.relation for switch in self.equations.switches]
        return self._of([r.args[0] for r in relations] + [r.args[1] for r in relations])

    @cached_property
    def switch_times(self) -> Interpreter:
        """Times of the switches, NaN for those that have to be found along the solution."""
        never = number(float("nan"))
        return self._of([never if s.time is None else s.time for s in self.equations.switches])

    @cached_property
    def triggers(self) -> Interpreter:
        """Triggers of the events."""
        return self._of([event.trigger for event in self.equations.events])

    @cached_property
    def event_delays(self) -> Interpreter:
        """Delays of the events, 0 where they have none."""
        zero = number(0.0)
        return self._of([zero if e.delay is None else e.delay for e in self.equations.events])

    @cached_property
    def priorities(self) -> Interpreter:
        """Priorities of the events, NaN where they have none."""
        none = number(float("nan"))
        return self._of([none if e.priority is None else e.priority for e in self.equations.events])

    @cached_property
    def event_values(self) -> tuple[Interpreter, ...]:
        """What each event assigns."""
        return tuple(self._of([a.value for a in event.assignments]) for event in self.equations.events)

    @cached_property
    def event_scales(self) -> tuple[Interpreter, ...]:
        """What each assigned value is multiplied with."""
        one = number(1.0)
        return tuple(
            self._of([one if a.scale is None else a.scale for a in event.assignments])
            for event in self.equations.events
        )

    @cached_property
    def lags(self) -> tuple[Interpreter, ...]:
        """How long ago, per delay term."""
        return tuple(self._of([term.args[1]]) for term in self.delays)

    @cached_property
    def arguments(self) -> tuple[Interpreter, ...]:
        """What is delayed, per delay term."""
        return tuple(self._of([term.args[0]]) for term in self.delays)


_made: WeakKeyDictionary[Equations, Programs] = WeakKeyDictionary()


def programs_of(equations: Equations) -> Programs:
    """Return the programs of a network."""
    found = _made.get(equations)
    if found is None:
        found = _made[equations] = Programs(equations)
    return found


def _is_broken_power(node: Expression) -> bool:
    if node.op != "pow":
        return False
    exponent = node.args[1]
    return not (exponent.is_number and float(exponent.value or 0).is_integer())
