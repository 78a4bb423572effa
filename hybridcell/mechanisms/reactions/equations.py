"""A network as equations: all that a backend computes with, and nothing of SBML's many ways to say it.

    L (N v(t, x, p) + r(t, x, p))  =  L dx/dt        rows of `differential` (L is the identity where None)
    0                              =  g(t, x, p)     `residuals`: algebraic rules, fast reactions at rest

Expressions are over the leaves time, state(id), constant(id) and numbers; the operators rate_of and call are
gone. `delay` remains where the network has delays. Species' states are amounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from hybridcell._core.expressions import Expression


@dataclass(frozen=True, kw_only=True, eq=False)
class EventAssignment:
    """State `state` becomes ``value * scale``.

    `value` is evaluated when the event triggers or executes, as the event says; `scale` always when it
    executes, before any of its assignments is done: a concentration that is set together with the size of its
    compartment gives the amount by the size from before. None is 1.
    """

    state: int
    value: Expression
    scale: Expression | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class EventEquations:
    """An event over states. Attributes as in `elements.Event`.

    `time_only`: the trigger reads no changing state (discrete ones may be read: they change at events only).
    """

    id: str
    trigger: Expression
    initial_value: bool
    persistent: bool
    delay: Expression | None
    priority: Expression | None
    use_trigger_values: bool
    assignments: tuple[EventAssignment, ...]
    time_only: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Switch:
    """A comparison, somewhere in triggers or rates, that may flip while time goes on.

    Attributes
    ----------
    relation : Expression
        The comparison itself (op of `operators.RELATIONS`), as it stands in the expressions that hold it.
    root : Expression
        Left minus right: zero where the comparison flips.
    time : Expression or None
        Where `root` is linear in time and otherwise made of constants and discrete states: the time at which
        it is zero (a known discontinuity; not finite when there is none). None: found along the solution.
    in_trigger, in_rate : bool
        Whether a trigger (its delay or priority) or dx/dt reads the comparison.
    """

    relation: Expression
    root: Expression
    time: Expression | None
    in_trigger: bool
    in_rate: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Equations:
    """See the top of this file.

    Attributes
    ----------
    states : tuple of str, length n
        Ids of x.
    discrete : ndarray of bool, shape (n,)
        States that only events change.
    constants : tuple of str, length m
        Ids of p: constant parameters (local ones as ``v1.k``), compartments' sizes, and, under the id of a
        state that starts from a number of the file, that number (a species' initial amount or concentration
        as the file gives it, a stoichiometry that changes).
    values : ndarray, shape (m,)
        The file's values; NaN where it gives none and nothing else does.
    initial : tuple of Expression, length n
        x at the start, over constants and time. For states that residuals determine: where to search from.
    reactions : tuple of str, length r
    fluxes : tuple of Expression, length r
        v, extent per time.
    rows, columns, coefficients : ndarray, shape (nnz,)
        N: state rows, reaction columns, numbers. Coefficients that are not numbers are in `rates` instead.
    rates : mapping of state index to Expression
        r: rate rules, and reactions whose stoichiometry or conversion factor is not a plain number.
    differential : ndarray, shape (n - a, n), or None
        L. None: the identity (no residuals).
    residuals : tuple of Expression, length a
        g.
    relaxation : ndarray, shape (n, a), or None
        dx/ds = relaxation @ g is what fast reactions alone do to x. Of several solutions of g = 0 with the
        same L x, the one to which this leads is meant. Columns of algebraic rules are 0. None without any.
    events : tuple of EventEquations
    switches : tuple of Switch
        Every comparison that can flip between events in what moves the state or in triggers, delays and
        priorities of events, once. Those inside a delay are not among them: they are compared in the past.
    observables : mapping of str to Expression
        Value of every id of the network: species as in math, compartments, parameters, species references
        (stoichiometry), reactions (flux).
    amounts, concentrations : mapping of str to Expression
        Of species.
    """

    states: tuple[str, ...]
    discrete: Bool[np.ndarray, " n"]
    constants: tuple[str, ...]
    values: Float[np.ndarray, " m"]
    initial: tuple[Expression, ...]
    reactions: tuple[str, ...]
    fluxes: tuple[Expression, ...]
    rows: Int[np.ndarray, " nnz"]
    columns: Int[np.ndarray, " nnz"]
    coefficients: Float[np.ndarray, " nnz"]
    rates: Mapping[int, Expression]
    differential: Float[np.ndarray, "d n"] | None
    residuals: tuple[Expression, ...]
    relaxation: Float[np.ndarray, "n a"] | None = None
    events: tuple[EventEquations, ...]
    switches: tuple[Switch, ...]
    observables: Mapping[str, Expression]
    amounts: Mapping[str, Expression]
    concentrations: Mapping[str, Expression]

    @property
    def n(self) -> int:
        """Number of states."""
        return len(self.states)

    @property
    def has_delays(self) -> bool:
        """Whether anything that moves the state reads its past."""
        from hybridcell._core.expressions.expression import walk

        return any(node.op == "delay" for node in walk(self.dynamic))

    @property
    def dynamic(self) -> tuple[Expression, ...]:
        """Every expression that decides where the state goes."""
        found = [*self.fluxes, *self.rates.values(), *self.residuals]
        for event in self.events:
            found.append(event.trigger)
            found.extend(e for e in (event.delay, event.priority) if e is not None)
            for assignment in event.assignments:
                found.append(assignment.value)
                if assignment.scale is not None:
                    found.append(assignment.scale)
        return tuple(found)
