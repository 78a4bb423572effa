"""The equations of all lanes, with what is given on the way: constants, truth of switches, the past."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.history import History, look_back, shortest
from hybridcell.simulate.kinetics.compiled.lanes import by_lane, by_state, over_lanes


class Field(eqx.Module):
    """Equations of all lanes.

    Attributes
    ----------
    p : (c, m)
    modes : (c, s) or None
        Truth of the switches' comparisons.
    history : History or None
        The past, for systems with delays.
    columns : (m, *c) or None
        The constants by state, where a caller has them so: a loop would turn p each time it is asked.
    """

    system: System
    p: Float[Array, "c m"]
    modes: Float[Array, "c s"] | None
    history: History | None
    columns: Float[Array, " m *c"] | None = None

    def _call(self, name: str, t: Array, x: Array) -> Any:
        function = getattr(self.system, name)

        def one(t: Array, x: Array, p: Array, modes: Any, history: Any) -> Any:
            delayed = None if history is None else look_back(self.system, history, t, x, p, modes)
            return function(t, x, p, delayed, modes)

        return over_lanes(one)(t, x, self.p, self.modes, self.history)

    def rate(self, t: Float[Array, " c"], x: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """F in M dx/dt = F."""
        return self._call("rhs", t, x)

    def linearized(self, t: Float[Array, " c"], x: Float[Array, "c n"]) -> tuple[Array, Array, Array]:
        """F, dF/dx, dF/dt (through the past too)."""
        f, jacobian, slope = self._call("linearized", t, x)
        along = self.system.along
        if along is not None:
            # where no fast reaction changes the rate of a fast one, as at rate 0, that one does not move
            at_rest = jnp.any(along != 0, axis=-1) & ~jnp.any(jacobian @ along.T != 0, axis=-1)
            jacobian = jnp.where(at_rest[..., None], along, jacobian)
        if self.history is not None:
            slope = jax.jvp(lambda t: self.rate(t, x), (t,), (jnp.ones_like(t),))[1]
        return f, jacobian, slope

    def by_state(self, rows: Array) -> Array:
        """See `lanes.by_state`."""
        return by_state(rows)

    def constants_by_state(self) -> Float[Array, " m *c"]:
        """Return p as the equations take it side by side."""
        return self.by_state(self.p) if self.columns is None else self.columns

    def by_lane(self, columns: Array) -> Array:
        """See `lanes.by_lane`."""
        return by_lane(columns, len(self.p))

    def rate_by_state(self, t: Float[Array, "*c"], x: Float[Array, " n *c"]) -> Float[Array, " n *c"]:
        """F, side by side in all lanes."""
        return self.system.rhs(t, x, self.constants_by_state(), *self.given(t, x))

    def linearized_sparsely(
        self, t: Float[Array, "*c"], x: Float[Array, " n *c"]
    ) -> tuple[Float[Array, " n *c"], Float[Array, " entries *c"], Float[Array, " n *c"]]:
        """F, the values of dF/dx in the pattern of `system.elimination`, dF/dt (through the past too)."""
        f, jacobian, slope = self.system.linearized_sparsely(
            t, x, self.constants_by_state(), *self.given(t, x)
        )
        if self.history is not None:
            slope = jax.jvp(lambda t: self.rate_by_state(t, x), (t,), (jnp.ones_like(t),))[1]
        return f, jacobian, slope

    def given(self, t: Float[Array, "*c"], x: Float[Array, " n *c"]) -> tuple[Array | None, Array | None]:
        """Values of the delay nodes, and modes, by state."""
        modes = None if self.modes is None else self.by_state(self.modes)
        delayed = None if self.history is None else self.delayed(jnp.atleast_1d(t), self.by_lane(x))
        return None if delayed is None else self.by_state(delayed), modes

    def roots(self, t: Float[Array, " c"], x: Float[Array, "c n"]) -> Float[Array, "c s"]:
        """Left minus right of the switches' comparisons."""
        return self._call("roots", t, x)

    def compare(self, t: Float[Array, " c"], x: Float[Array, "c n"]) -> Float[Array, "c s"]:
        """Truth of the switches' comparisons, made here."""

        def one(t: Array, x: Array, p: Array, history: Any) -> Array:
            delayed = None if history is None else look_back(self.system, history, t, x, p, None)
            return self.system.compare(t, x, p, delayed)

        return over_lanes(one)(t, x, self.p, self.history)

    def delayed(self, t: Float[Array, " c"], x: Float[Array, "c n"]) -> Float[Array, "c k"] | None:
        """Values of the delay nodes."""
        if self.history is None:
            return None

        def one(t: Array, x: Array, p: Array, modes: Any, history: History) -> Array:
            return look_back(self.system, history, t, x, p, modes)

        return over_lanes(one)(t, x, self.p, self.modes, self.history)

    def shortest_delay(self, t: Float[Array, " c"], x: Float[Array, "c n"]) -> Float[Array, " c"]:
        """How long a step may be that looks at nothing which is not written yet."""

        def one(t: Array, x: Array, p: Array, modes: Any, delayed: Array) -> Array:
            return shortest(self.system, t, x, p, delayed, modes)

        return over_lanes(one)(t, x, self.p, self.modes, self.delayed(t, x))

    def derivative(self, t: Float[Array, " c"], x: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """dx/dt, of states that constraints determine too."""
        if self.system.mass is None:
            return self.rate(t, x)
        f, jacobian, slope = self.linearized(t, x)
        algebraic = algebraic_rows(self.system.mass)
        matrix = self.system.mass + algebraic[:, None] * jacobian
        return jnp.linalg.solve(matrix, jnp.where(algebraic, -slope, f)[..., None])[..., 0]


def algebraic_rows(mass: Float[Array, "n n"] | None) -> Array:
    """Return which rows are constraints."""
    assert mass is not None
    return ~jnp.any(mass != 0, axis=1)
