"""What a driver integrates: the equations of one network as functions of arrays, whatever program computes them."""

from __future__ import annotations

import abc
from typing import TypeAlias

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

Scalar: TypeAlias = Float[Array, ""]


class System(eqx.Module):
    """Equations as functions of arrays, for one condition (a driver vmaps over x, p, delayed, modes and t).

    Everything that tells one network from another is an array leaf, so that two networks whose arrays have equal
    shapes (and whose static fields are equal) run in one executable: pass the system as an *argument* of the
    compiled function, never close over it, and leave it out of the vmapped arguments (``in_axes=None``).

    **Padding.** A system may have more entries than its network: `n`, `m`, `s`, `e`, `a`, `k` below are the
    sizes of the arrays. The network's own entries always come first, in the order of `Equations`; the rest is
    inert. `pad_constants` lengthens p, `state_mask` says which entries of x are real (padded ones start at 0
    and have rate 0, Jacobian 0 and mass 1 on the diagonal), and a result is cut to the network's number of
    states outside of the compiled function (``x[..., : equations.n]``). Padded switches have root 1, no time and
    are not read; padded events never trigger; padded assignments belong to event ``e`` and state ``n`` (use
    ``mode="drop"``); padded delays have the time 0 and the argument 0.

    **Arguments of all functions**

    t : scalar
        Time.
    x : (n,)
        State.
    p : (m,)
        Constants, after `pad_constants`.
    delayed : (k,) or None
        Values of the delay nodes, in the order of `delay_terms(equations)`, inner before outer. None: zeros, for
        networks without delays.
    modes : (s,) or None
        Truth (0.0 or 1.0) of the comparison of each switch, in the order of `equations.switches`, wherever it
        stands in rates, triggers and event expressions. None: the comparisons are made (`compare`). With modes,
        everything is smooth between events, across the places where comparisons flip too.

    Derivatives treat modes and delayed as given. Where a derivative would be infinite or undefined at the edge of
    an operator's domain (sqrt, x^a at 0), it is taken as 0, and terms in a branch that is not taken never count:
    a NaN or infinity there reaches neither values nor derivatives.

    Attributes
    ----------
    mass : (n, n) array or None
        M in M dx/dt = F. None is the identity. It is singular where `residuals` hold: rows as in `rhs`.
    state_mask : (n,) bool
        Entries of x that are real.
    discrete : (n,) bool
        States that only events change (padded ones included).
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
    """

    mass: eqx.AbstractVar[Float[Array, "n n"] | None]
    state_mask: eqx.AbstractVar[Bool[Array, " n"]]
    discrete: eqx.AbstractVar[Bool[Array, " n"]]
    switch_mask: eqx.AbstractVar[Bool[Array, " s"]]
    switch_in_trigger: eqx.AbstractVar[Bool[Array, " s"]]
    switch_in_rate: eqx.AbstractVar[Bool[Array, " s"]]
    switch_timed: eqx.AbstractVar[Bool[Array, " s"]]
    switch_sign: eqx.AbstractVar[Float[Array, " s"]]
    switch_at_zero: eqx.AbstractVar[Float[Array, " s"]]
    event_mask: eqx.AbstractVar[Bool[Array, " e"]]
    event_initial: eqx.AbstractVar[Bool[Array, " e"]]
    event_persistent: eqx.AbstractVar[Bool[Array, " e"]]
    event_uses_trigger_values: eqx.AbstractVar[Bool[Array, " e"]]
    event_time_only: eqx.AbstractVar[Bool[Array, " e"]]
    event_has_delay: eqx.AbstractVar[Bool[Array, " e"]]
    event_has_priority: eqx.AbstractVar[Bool[Array, " e"]]
    assignment_event: eqx.AbstractVar[Int[Array, " a"]]
    assignment_state: eqx.AbstractVar[Int[Array, " a"]]

    @property
    @abc.abstractmethod
    def m(self) -> int:
        """Length of p, padding included."""

    @property
    @abc.abstractmethod
    def k(self) -> int:
        """Number of delay nodes, padding included."""

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

    def pad_constants(self, p: Float[Array, "*batch m_network"]) -> Float[Array, "*batch m"]:
        """Lengthen the network's constants (the order of `equations.constants`) to what the functions take."""
        missing = self.m - p.shape[-1]
        return p if missing == 0 else jnp.pad(p, [(0, 0)] * (p.ndim - 1) + [(0, missing)])

    @abc.abstractmethod
    def initial(self, t0: Scalar, p: Float[Array, " m"]) -> Float[Array, " n"]:
        """x at the start; for states that residuals determine, where to start the search."""

    @abc.abstractmethod
    def rhs(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " n"]:
        """F in M dx/dt = F: L (N v + r), below it the residuals g; simply dx/dt where `mass` is None."""

    @abc.abstractmethod
    def linearized(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> tuple[Float[Array, " n"], Float[Array, "n n"], Float[Array, " n"]]:
        """F, dF/dx and dF/dt in one pass: what a Rosenbrock step asks for at its start."""

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

    def time_derivative(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " n"]:
        """Partial derivative of F with respect to the time."""
        return self.linearized(t, x, p, delayed, modes)[2]

    @abc.abstractmethod
    def compare(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
    ) -> Float[Array, " s"]:
        """Truth (0.0 or 1.0) of every switch's comparison, made at this point: `modes` to start from."""

    @abc.abstractmethod
    def roots(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " s"]:
        """Left minus right of every switch's comparison."""

    @abc.abstractmethod
    def switch_times(self, t: Scalar, x: Float[Array, " n"], p: Float[Array, " m"]) -> Float[Array, " s"]:
        """When each timed switch flips, given the discrete states in x; inf where it never does or is not timed."""

    @abc.abstractmethod
    def triggers(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " e"]:
        """Triggers: true where not 0."""

    @abc.abstractmethod
    def event_delays(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " e"]:
        """Delay of every event if triggered now, 0 where it has none."""

    @abc.abstractmethod
    def event_priorities(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " e"]:
        """Priority of every event now, -inf where it has none."""

    @abc.abstractmethod
    def event_values(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " a"]:
        """Value of every flat assignment now, before its scale."""

    @abc.abstractmethod
    def event_scales(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " a"]:
        """Scale of every flat assignment now, 1 where it has none."""

    @abc.abstractmethod
    def delay_times(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " k"]:
        """How long ago each delay node looks (its second argument)."""

    @abc.abstractmethod
    def delay_arguments(
        self,
        t: Scalar,
        x: Float[Array, " n"],
        p: Float[Array, " m"],
        delayed: Float[Array, " k"] | None = None,
        modes: Float[Array, " s"] | None = None,
    ) -> Float[Array, " k"]:
        """What each delay node looks at (its first argument), here and now: evaluate it at the earlier time."""
