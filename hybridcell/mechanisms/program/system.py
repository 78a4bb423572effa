"""What a driver integrates: the equations of one network as functions of arrays."""

from __future__ import annotations

from typing import Any, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float, Int

from hybridcell.mechanisms.program.elimination import Elimination
from hybridcell.mechanisms.program.evaluator import Evaluator
from hybridcell.mechanisms.program.layout import join
from hybridcell.mechanisms.program.transposed import Transposed

Scalar: TypeAlias = Float[Array, ""]

#: Below zero by less than this is zero, in whatever unit: next to nothing, yet within reach of a short step.
_NOTHING = 1e-50


class System(eqx.Module):
    """Equations as functions of arrays, for one condition (a driver vmaps over x, p, delayed, modes and t).

    Everything that tells one network from another is an array leaf, so that two networks whose arrays have
    equal shapes (and whose static fields are equal) run in one executable: pass the system as an *argument*
    of the compiled function, never close over it, and leave it out of the vmapped arguments
    (``in_axes=None``).

    **Padding.** A system may have more entries than its network: `n`, `m`, `s`, `e`, `a`, `k` below are the
    sizes of the arrays. The network's own entries always come first, in the order of `Equations`; the rest is
    inert. `pad_constants` lengthens p, `state_mask` says which entries of x are real (padded ones start at 0
    and have rate 0, Jacobian 0 and mass 1 on the diagonal), and a result is cut to the network's number of
    states outside of the compiled function (``x[..., : equations.n]``). Padded switches have root 1, no time
    and are not read; padded events never trigger; padded assignments belong to event ``e`` and state ``n``
    (use ``mode="drop"``); padded delays have the time 0 and the argument 0.

    **Arguments of all functions** (`rhs`, `roots` and `linearized_sparsely` take and give conditions side by
    side too, as a last axis of everything, modes included: the fastest way to compute many)

    t : scalar
        Time.
    x : (n,)
        State.
    p : (m,)
        Constants, after `pad_constants`.
    delayed : (k,) or None
        Values of the delay nodes, in the order of `delay_terms(equations)`, inner before outer. None: zeros,
        for networks without delays.
    modes : (s,) or None
        Truth (0.0 or 1.0) of the comparison of each switch, in the order of `equations.switches`, wherever it
        stands in rates, triggers and event expressions. None: the comparisons are made (`compare`). With
        modes, everything is smooth between events, across the places where comparisons flip too.

    Derivatives treat modes and delayed as given. Where a derivative would be infinite or undefined at the
    edge of an operator's domain (sqrt, x^a at 0), it is taken as 0, and terms in a branch that is not taken
    never count: a NaN or infinity there reaches neither values nor derivatives.

    Attributes
    ----------
    mass : (n, n) array or None
        M in M dx/dt = F. None is the identity. It is singular where `residuals` hold: rows as in `rhs`.
    along : (n, n) array or None
        In the rows of fast reactions: how far x has moved along each. Other rows are zero; None as `mass`.
    state_mask : (n,) bool
        Entries of x that are real.
    discrete : (n,) bool
        States that only events change (padded ones included).
    self_grown : (n,) bool
        States that only grow from themselves; see `self_growth.self_grown`.
    switch_mask : (s,) bool
        Switches that are real.
    switch_in_trigger, switch_in_rate : (s,) bool
        Who reads the comparison: triggers, delays and priorities; dx/dt.
    switch_timed : (s,) bool
        `switch_times` gives where it flips, and `roots` need not be watched.
    switch_sign : (s,) float
        +1: the comparison is true where the root is positive; -1: where it is negative; 0: at zero only
        (or everywhere else), for == and !=.
    switch_at_zero : (s,) float
        Truth where the root is exactly zero.
    event_mask : (e,) bool
        Events that are real.
    event_initial, event_persistent, event_uses_trigger_values, event_time_only : (e,) bool
        As in `EventEquations` (`event_initial` is `initial_value`).
    event_has_delay, event_has_priority : (e,) bool
    assignment_event : (a,) int
        The event of each flat assignment.
    assignment_state : (a,) int
        The state that it sets.
    evaluator : Evaluator
        The program that computes all of it.
    m, k : int
        Lengths of p and of delayed, padding included (n, s, e and a are properties).
    delay_depth : int
        How deep delay nodes are nested: 0 without any, 1 where none looks at another.
    """

    mass: Float[Array, "n n"] | None
    along: Float[Array, "n n"] | None
    state_mask: Bool[Array, " n"]
    discrete: Bool[Array, " n"]
    self_grown: Bool[Array, " n"]
    switch_mask: Bool[Array, " s"]
    switch_in_trigger: Bool[Array, " s"]
    switch_in_rate: Bool[Array, " s"]
    switch_timed: Bool[Array, " s"]
    switch_sign: Float[Array, " s"]
    switch_at_zero: Float[Array, " s"]
    event_mask: Bool[Array, " e"]
    event_initial: Bool[Array, " e"]
    event_persistent: Bool[Array, " e"]
    event_uses_trigger_values: Bool[Array, " e"]
    event_time_only: Bool[Array, " e"]
    event_has_delay: Bool[Array, " e"]
    event_has_priority: Bool[Array, " e"]
    assignment_event: Int[Array, " a"]
    assignment_state: Int[Array, " a"]

    evaluator: Evaluator
    m: int = eqx.field(static=True)
    k: int = eqx.field(static=True)
    delay_depth: int = eqx.field(static=True)

    @property
    def n(self) -> int:
        """Length of x, padding included."""
        return self.state_mask.shape[0]

    @property
    def s(self) -> int:
        """Number of switches, padding included."""
        return self.switch_mask.shape[0]

    @property
    def e(self) -> int:
        """Number of events, padding included; 0 only where the network has none."""
        return self.event_mask.shape[0]

    @property
    def a(self) -> int:
        """Number of flat assignments, padding included."""
        return self.assignment_event.shape[0]

    def pad_constants(self, p: Float[ArrayLike, "*batch m_network"]) -> Float[Any, "*batch m"]:
        """Lengthen constants in the order of `equations.constants` to what the functions take."""
        array: Any = p
        missing = self.m - array.shape[-1]
        pad = np.pad if isinstance(array, np.ndarray) else jnp.pad
        return array if missing == 0 else pad(array, [(0, 0)] * (array.ndim - 1) + [(0, missing)])

    def initial(self, t0: Scalar, p: Float[Array, " m"]) -> Float[Array, " n"]:
        """x at the start; for states that residuals determine, where to start the search."""
        operands = self._operands(t0, jnp.zeros(self.n), p, None, jnp.zeros(self.s))
        return self.evaluator.section("initial", operands)

    def rhs(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " n"]:
        """F in M dx/dt = F: L (N v + r), below it the residuals g; simply dx/dt where `mass` is None."""
        return self.evaluator.field(self._operands(t, _lifted(x), p, delayed, modes))

    def linearized(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> tuple[Float[Array, " n"], Float[Array, "n n"], Float[Array, " n"]]:
        """F, dF/dx and dF/dt in one pass: what a Rosenbrock step asks for at its start."""
        return self.evaluator.linearized(self._operands(t, _lifted(x), p, delayed, modes))

    @property
    def elimination(self) -> Elimination | None:
        """How to solve with matrices of the pattern of dF/dx and the diagonal; None: densely."""
        return self.evaluator.elimination

    def linearized_sparsely(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> tuple[Float[Array, " n"], Float[Array, " entries"], Float[Array, " n"]]:
        """F, the values of dF/dx at the places of `elimination`, and dF/dt."""
        return self.evaluator.linearized_sparsely(self._operands(t, _lifted(x), p, delayed, modes))

    def terms_and_slopes(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> tuple[Float[Array, " terms"], Float[Array, " entries"]]:
        """Return the terms that F is the sum of, and the entries of their derivatives; see `transposed`."""
        return self.evaluator.terms_and_slopes(self._operands(t, _lifted(x), p, delayed, modes))

    @property
    def transposed(self) -> Transposed | None:
        """How cotangents of F go to terms and to states; None for programs that networks share."""
        return self.evaluator.transposed

    def jacobian(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, "n n"]:
        """dF/dx."""
        return self.linearized(t, x, p, delayed, modes)[1]

    def compare(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
    ) -> Float[Array, " s"]:
        """Truth (0.0 or 1.0) of every switch's comparison, made at this point: `modes` to start from."""
        operands = self._operands(t, x, p, delayed, jnp.zeros((self.s, *jnp.shape(x)[1:])))
        return self.evaluator.section("relations", operands)

    def roots(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " s"]:
        """Left minus right of every switch's comparison."""
        return self._section("roots", t, x, p, delayed, modes)

    def switch_times(self, t: Scalar, x: Float[Array, " n"], p: Float[Array, " m"]) -> Float[Array, " s"]:
        """When each timed switch flips, given the discrete states in x; inf where never or not timed."""
        found = self._section("switch_times", t, x, p, None, None)
        return jnp.where(jnp.isfinite(found), found, jnp.inf)

    def triggers(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " e"]:
        """Triggers: true where not 0."""
        return self._section("triggers", t, x, p, delayed, modes)

    def event_delays(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " e"]:
        """Delay of every event if triggered now, 0 where it has none."""
        return self._section("event_delays", t, x, p, delayed, modes)

    def event_priorities(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " e"]:
        """Priority of every event now, -inf where it has none."""
        return self._section("event_priorities", t, x, p, delayed, modes)

    def event_values(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " a"]:
        """Value of every flat assignment now, before its scale."""
        return self._section("event_values", t, x, p, delayed, modes)

    def event_scales(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " a"]:
        """Scale of every flat assignment now, 1 where it has none."""
        return self._section("event_scales", t, x, p, delayed, modes)

    def delay_times(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " k"]:
        """How long ago each delay node looks (its second argument)."""
        return self._section("delay_times", t, x, p, delayed, modes)

    def delay_arguments(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " k"]:
        """What each delay node looks at (its first argument), here and now."""
        return self._section("delay_arguments", t, x, p, delayed, modes)

    def _operands(self, t: Any, x: Any, p: Any, delayed: Any, modes: Any) -> Float[Array, " size"]:
        """Return the vector that programs read; comparisons are made where no modes are given."""
        t, x, p = (jnp.asarray(each, float) for each in (t, x, p))
        lanes = x.shape[1:]
        delayed = jnp.zeros((self.k, *lanes)) if delayed is None else delayed
        if modes is None:
            modes = self.compare(t, x, p, delayed) if self.s else jnp.zeros((0, *lanes))
        return join(t, x, p, delayed, modes, self.evaluator.numbers)

    def _section(self, name: str, t: Any, x: Any, p: Any, delayed: Any, modes: Any) -> Float[Array, " _"]:
        if modes is None and not self.evaluator.reads_modes(name):
            modes = jnp.zeros(self.s)
        return self.evaluator.section(name, self._operands(t, x, p, delayed, modes))


def _lifted(x: Any) -> Float[Array, " n *c"]:
    """Return states with what is next to nothing below zero at zero.

    The last of a long cascade rises so flatly from zero that the stages of a step are on either side of it,
    however short the step is: by x^1.5, none of them would be a number.
    """
    x = jnp.asarray(x, float)
    return x + jax.lax.stop_gradient(jnp.where((x < 0) & (x > -_NOTHING), -x, 0.0))
