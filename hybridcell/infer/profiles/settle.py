"""Re-optimization of all parameters but one, as a dialogue: it yields thetas and is sent what they gave."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np

from hybridcell.infer.profiles.memory import Memory
from hybridcell.infer.profiles.point import Box, Point

#: What yields thetas, is sent points (None where nothing could be computed), and ends with a result.
Dialogue = Generator[np.ndarray, Point | None, Point | None]

#: Evaluations that one point of a profile may take.
_MOST = 40
#: Radius, in reaches, below which no step helps any more.
_LEAST_RADIUS = 1e-8
#: Fall, in tolerances, that the model may still promise further away.
_LEFT = 10.0
#: Largest radius.
_WIDEST = 10.0


def settle(theta: np.ndarray, box: Box, fixed: int | None, tolerance: float, memory: Memory) -> Dialogue:
    """Minimize from theta on, with one parameter fixed.

    Newton steps of the model in the box, whose size shrinks where the model was wrong.

    Parameters
    ----------
    tolerance : float
        It ends where the model says that the value falls by less.
    memory : Memory
        Of the walk; it learns from the steps.

    Returns
    -------
    Point or None
        None where theta cannot be computed; not ``settled`` where it took too many steps.
    """
    found = yield theta
    if found is None:
        return None
    point, radius = memory.model(found), 1.0
    for _ in range(_MOST):
        step, rise = point.step(box, fixed, radius=radius)
        if -rise <= tolerance:
            # where the box has shrunk, little is left in it of what the slope promises
            whole = rise if radius >= 1.0 else point.step(box, fixed)[1]
            return replace(point, settled=-whole <= _LEFT * tolerance)
        found = yield np.clip(point.theta + step, box.lower, box.upper)
        length = float(np.max(np.abs(step) / box.reach))
        gain = -np.inf if found is None else point.value - found.value
        if gain < 0.25 * -rise:
            radius = 0.25 * length
        elif gain > 0.75 * -rise:
            radius = min(max(radius, 2 * length), _WIDEST)
        if found is not None:
            # a point that is no better still teaches the curvature
            memory.note(point, found)
            point = memory.model(found if gain > 0 else point)
        if radius < _LEAST_RADIUS:
            break
    return replace(point, settled=False)
