"""Concentration after a dose, in one compartment with absorption: closed formulas, for NumPy and JAX."""

from __future__ import annotations

from typing import Any

#: Below this a share of exponentials is taken from its series, which subtracts nothing.
_SMALL = 1e-3


def concentration(
    time: Any, *, start: Any, duration: Any, amount: Any, absorption: Any, elimination: Any, xp: Any
) -> Any:
    """Return the concentration at a time, of one dose; 0 before its start.

    The amount enters at once (duration 0) or evenly over `duration`, passes into the compartment at the rate
    `absorption` (infinite: it is given into it) and leaves it at the rate `elimination`. Its unit is the
    concentration that it would give all at once.

    Parameters
    ----------
    time, start, duration, amount, absorption, elimination : array_like
        Broadcast together; elimination positive.
    xp
        numpy or jax.numpy.

    References
    ----------
    Bateman, Proc. Cambridge Phil. Soc. 15 (1910) 423-427.
    """
    since = xp.maximum(time - start, 0.0)
    at_once = _after_bolus(since, absorption, elimination, xp)
    # how much of an even stream is there: the integral of what is left of each part of it
    stream = _after_stream(since, absorption, elimination, xp) - _after_stream(
        xp.maximum(since - duration, 0.0), absorption, elimination, xp
    )
    length = xp.where(duration > 0, duration, 1.0)
    found = xp.where(duration > 0, stream / length, at_once)
    return xp.where(time >= start, amount * found, 0.0)


def _after_bolus(since: Any, absorption: Any, elimination: Any, xp: Any) -> Any:
    rate = xp.where(xp.isinf(absorption), 1.0, absorption)
    # alike for both rates: with the slower one outside no exponential grows
    slow_in = rate < elimination
    slower = xp.where(slow_in, rate, elimination)
    apart = xp.where(slow_in, elimination - rate, rate - elimination)
    absorbed = rate * xp.exp(-slower * since) * since * _mean_decay(apart * since, xp)
    return xp.where(xp.isinf(absorption), xp.exp(-elimination * since), absorbed)


def _after_stream(since: Any, absorption: Any, elimination: Any, xp: Any) -> Any:
    given = since * _mean_decay(elimination * since, xp)
    rate = xp.where(xp.isinf(absorption), 1.0, absorption)
    # what is in the compartment: what came in, less what still waits, less what has left
    absorbed = given - _after_bolus(since, absorption, elimination, xp) / rate
    return xp.where(xp.isinf(absorption), given, absorbed)


def _mean_decay(z: Any, xp: Any) -> Any:
    """Return (1 - exp(-z)) / z, 1 at 0."""
    near = xp.abs(z) < _SMALL
    safe = xp.where(near, 1.0, z)
    return xp.where(near, 1.0 - z / 2.0 + z**2 / 6.0 - z**3 / 24.0, -xp.expm1(-safe) / safe)
