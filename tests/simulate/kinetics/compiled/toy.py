"""Systems written by hand, so that the driver is tested apart from how networks become systems."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from hybridcell.simulate.kinetics.compiled.switches import truth


class Functions(dict[str, Callable[..., Any]]):
    """Functions by name, compared by identity."""

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


class Toy(eqx.Module):
    """What the driver needs of a `System`, of plain functions."""

    mass: Any
    along: Any
    state_mask: Any
    discrete: Any
    self_grown: Any
    switch_mask: Any
    switch_in_trigger: Any
    switch_in_rate: Any
    switch_timed: Any
    switch_sign: Any
    switch_at_zero: Any
    event_mask: Any
    event_initial: Any
    event_persistent: Any
    event_uses_trigger_values: Any
    event_time_only: Any
    event_has_delay: Any
    event_has_priority: Any
    assignment_event: Any
    assignment_state: Any
    functions: Functions = eqx.field(static=True)
    constants: int = eqx.field(static=True)
    delays: int = eqx.field(static=True)

    @property
    def n(self) -> int:
        return self.state_mask.shape[0]

    @property
    def s(self) -> int:
        return self.switch_mask.shape[0]

    @property
    def e(self) -> int:
        return self.event_mask.shape[0]

    @property
    def a(self) -> int:
        return self.assignment_event.shape[0]

    def pad_constants(self, p: Array) -> Array:
        return p

    @property
    def m(self) -> int:
        return self.constants

    @property
    def k(self) -> int:
        return self.delays

    @property
    def delay_depth(self) -> int:
        return min(self.delays, 1)

    def initial(self, t0: Any, p: Any) -> Array:
        return jnp.asarray(self.functions["initial"](t0, p), float)

    @property
    def elimination(self) -> None:
        return None

    def rhs(self, t: Any, x: Any, p: Any, delayed: Any = None, modes: Any = None) -> Array:
        if x.ndim == 2:
            t = jnp.broadcast_to(t, x.shape[1:])
            return jax.vmap(self.rhs, in_axes=-1, out_axes=-1)(t, x, p, delayed, modes)
        if modes is None and self.s:
            modes = self.compare(t, x, p, delayed)
        return jnp.asarray(self.functions["rhs"](t, x, p, delayed, modes), float)

    def linearized(self, t: Any, x: Any, p: Any, delayed: Any = None, modes: Any = None) -> Any:
        def rate(t: Any, x: Any) -> Array:
            return self.rhs(t, x, p, delayed, modes)

        t = jnp.asarray(t, float)
        f, slope = jax.jvp(lambda t: rate(t, x), (t,), (jnp.ones_like(t),))
        return f, jax.jacfwd(rate, 1)(t, x), slope

    def compare(self, t: Any, x: Any, p: Any, delayed: Any = None) -> Array:
        return truth(self, jnp.sign(self.roots(t, x, p, delayed, None)))

    def _value(self, name: str, default: Array, *args: Any) -> Array:
        found = self.functions.get(name)
        return default if found is None else jnp.asarray(found(*args), float)

    def roots(self, *args: Any) -> Array:
        return self._value("roots", jnp.zeros(self.s), *args)

    def switch_times(self, t: Any, x: Any, p: Any) -> Array:
        return self._value("switch_times", jnp.full(self.s, jnp.inf), t, x, p)

    def triggers(self, *args: Any) -> Array:
        return self._value("triggers", jnp.zeros(self.e), *args)

    def event_delays(self, *args: Any) -> Array:
        return self._value("event_delays", jnp.zeros(self.e), *args)

    def event_priorities(self, *args: Any) -> Array:
        return self._value("event_priorities", jnp.full(self.e, -jnp.inf), *args)

    def event_values(self, *args: Any) -> Array:
        return self._value("event_values", jnp.zeros(self.a), *args)

    def event_scales(self, *args: Any) -> Array:
        return self._value("event_scales", jnp.ones(self.a), *args)

    def delay_times(self, *args: Any) -> Array:
        return self._value("delay_times", jnp.zeros(self.k), *args)

    def delay_arguments(self, *args: Any) -> Array:
        return self._value("delay_arguments", jnp.zeros(self.k), *args)


def make_toy(
    rhs: Callable[..., Any],
    initial: Callable[..., Any],
    n: int,
    m: int,
    *,
    mass: Any = None,
    signs: Sequence[float] = (),
    at_zero: Sequence[float] = (),
    timed: Sequence[bool] = (),
    initial_triggers: Sequence[bool] = (),
    persistent: Sequence[bool] = (),
    trigger_values: Sequence[bool] = (),
    delayed_events: Sequence[bool] = (),
    owners: Sequence[int] = (),
    states: Sequence[int] = (),
    events: int = 0,
    delays: int = 0,
    **functions: Callable[..., Any],
) -> Toy:
    """Return a system; functions that are left out give nothing."""
    s = len(signs)

    def flags(given: Sequence[bool], size: int, default: bool) -> Array:
        return jnp.asarray(np.asarray(given if len(given) else [default] * size, bool))

    return Toy(
        mass=None if mass is None else jnp.asarray(mass, float),
        along=None if mass is None else jnp.zeros_like(jnp.asarray(mass, float)),
        state_mask=flags((), n, True),
        discrete=flags((), n, False),
        self_grown=flags((), n, False),
        switch_mask=flags((), s, True),
        switch_in_trigger=flags((), s, True),
        switch_in_rate=flags((), s, True),
        switch_timed=flags(timed, s, False),
        switch_sign=jnp.asarray(signs, float),
        switch_at_zero=jnp.asarray(at_zero, float),
        event_mask=flags((), events, True),
        event_initial=flags(initial_triggers, events, True),
        event_persistent=flags(persistent, events, True),
        event_uses_trigger_values=flags(trigger_values, events, True),
        event_time_only=flags((), events, False),
        event_has_delay=flags(delayed_events, events, False),
        event_has_priority=flags((), events, "event_priorities" in functions),
        assignment_event=jnp.asarray(owners, jnp.int32),
        assignment_state=jnp.asarray(states, jnp.int32),
        functions=Functions(functions, rhs=rhs, initial=initial),
        constants=m,
        delays=delays,
    )
