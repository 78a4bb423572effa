"""Small systems with known solutions, and a short way to run one."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hybridcell.simulate.kinetics.compiled import integrate_compiled
from hybridcell.simulate.solve import Solve
from tests.simulate.kinetics.compiled.toy import Toy, make_toy


def run(system: Toy, p: Any, ts: Any, *, seed: int = 0, **solve: Any) -> tuple[Any, Any, Any]:
    """Integrate from t = 0; p (m,) or (c, m)."""
    p = jnp.atleast_2d(jnp.asarray(p, float))
    found = integrate_compiled(
        system,  # pyright: ignore[reportArgumentType]
        p,
        t0=0.0,
        ts=np.asarray(ts, float),
        solve=Solve(**solve),
        key=jax.random.key(seed),
    )
    return found


#: A -> B, 2 B -> B + C, B + C -> A + C.
ROBERTSON = (0.04, 1e4, 3e7)


def robertson() -> Toy:
    def rhs(t: Any, x: Any, p: Any, delayed: Any, modes: Any) -> Any:
        a, b, c = p[0] * x[0], p[1] * x[1] * x[2], p[2] * x[1] ** 2
        return jnp.array([b - a, a - b - c, c])

    return make_toy(rhs, lambda t, p: [1.0, 0.0, 0.0], 3, 3)


#: Gravity, restitution, height.
BALL = (9.81, 0.8, 1.0)


def ball() -> Toy:
    """A ball that falls and bounces."""
    return make_toy(
        lambda t, x, p, d, modes: [x[1], -p[0]],
        lambda t, p: [p[2], 0.0],
        2,
        3,
        signs=[-1],
        at_zero=[0],
        events=1,
        owners=[0, 0],
        states=[0, 1],
        roots=lambda t, x, p, d, modes: x[:1],
        triggers=lambda t, x, p, d, modes: modes[:1],
        event_values=lambda t, x, p, d, modes: jnp.array([0.0, -p[1] * x[1]]),
    )


def height(t: float, g: float, restitution: float, h: float) -> float:
    """Of the ball."""
    hit, speed = np.sqrt(2 * h / g), np.sqrt(2 * g * h)
    if t < hit:
        return h - g * t**2 / 2
    while True:
        speed *= restitution
        if t < hit + 2 * speed / g:
            return speed * (t - hit) - g * (t - hit) ** 2 / 2
        hit += 2 * speed / g


#: Decay, dose, time of the first dose, interval, later influx.
DOSING = (0.5, 2.0, 1.23, 1.7, 0.6)


def dosing() -> Toy:
    """A drug that decays; a dose at p2, another a delay of p3 later, an influx until 2 p3."""
    return make_toy(
        lambda t, x, p, d, modes: jnp.array([-p[0] * x[0] + p[4] * modes[1]]),
        lambda t, p: [1.0],
        1,
        5,
        signs=[1, -1],
        at_zero=[1, 0],
        timed=[True, True],
        events=2,
        delayed_events=[False, True],
        owners=[0, 1],
        states=[0, 0],
        roots=lambda t, x, p, d, modes: jnp.array([t - p[2], t - 2 * p[3]]),
        switch_times=lambda t, x, p: jnp.array([p[2], 2 * p[3]]),
        triggers=lambda t, x, p, d, modes: modes[:1].repeat(2),
        event_delays=lambda t, x, p, d, modes: jnp.array([0.0, p[3]]),
        event_values=lambda t, x, p, d, modes: jnp.array([x[0] + p[1], 2 * x[0] + p[1] * t]),
    )


#: Decay, offset, start.
CONSTRAINED = (0.7, 1.0, 1.0)


def constrained() -> Toy:
    """x decays, y^2 = x + p1; x is halved once y is below 1.2."""
    return make_toy(
        lambda t, x, p, d, modes: jnp.array([-p[0] * x[0], x[1] ** 2 - x[0] - p[1]]),
        lambda t, p: jnp.array([p[2], 1.0]),
        2,
        3,
        mass=[[1, 0], [0, 0]],
        signs=[-1],
        at_zero=[0],
        events=1,
        owners=[0],
        states=[0],
        roots=lambda t, x, p, d, modes: x[1:] - 1.2,
        triggers=lambda t, x, p, d, modes: modes,
        event_values=lambda t, x, p, d, modes: x[:1] * 0.5,
    )
