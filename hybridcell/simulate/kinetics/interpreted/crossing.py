"""Where in a step the first comparison flips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridcell.simulate.kinetics.interpreted.steps import Step
from hybridcell.simulate.kinetics.interpreted.switches import Switches, signs_of

#: Where within a step the comparisons are looked at.
_LOOKS = (0.25, 0.5, 0.75, 1.0)
#: How closely a crossing is located, in units of the step, and in how many trials.
_WIDTH, _TRIALS = 1e-13, 100


@dataclass(frozen=True, eq=False)
class Crossing:
    """The switches that flip first, when, and their signs after it."""

    time: float
    switches: np.ndarray
    after: np.ndarray


def first_crossing(switches: Switches, step: Step, ts: np.ndarray, blur: float) -> Crossing | None:
    """Return the first crossing within a step; None when all held signs stay right.

    What flips within `blur` of it is taken for one instant, and that for a time to report if one is so near:
    the solution cannot tell them apart.
    """

    length = step.end - step.start
    low = high = _Look(switches, step, step.start)
    for share in _LOOKS:
        low, high = high, _Look(switches, step, step.end if share == 1.0 else step.start + share * length)
        if high.away.any():
            break
    else:
        switches.grow_old(high.sides)
        return None
    low, high = _closer(switches, step, low, high)
    near = ts[np.searchsorted(ts, high.t - blur) :][:1]
    snaps = len(near) and step.start < near[0] <= min(high.t + blur, step.end)
    time = float(near[0]) if snaps else high.t
    later = _Look(switches, step, min(max(high.t, time) + blur, step.end))
    places = np.flatnonzero(high.away | later.away)
    return Crossing(time, places, np.where(high.away, high.signs, later.signs)[places])


class _Look:
    """The comparisons at one time within a step: `away` are those that have flipped."""

    def __init__(self, switches: Switches, step: Step, t: float):
        self.t = t
        self.sides = switches.sides(t, step.state(t))
        self.difference = switches.differences(self.sides)
        self.signs = signs_of(self.sides)
        self.away = switches.left(self.sides, self.signs)


def _closer(switches: Switches, step: Step, low: _Look, high: _Look) -> tuple[_Look, _Look]:
    """Narrow the interval around the first flip.

    By secants that aim just past the root, and by halves every third time.
    """
    width = max(_WIDTH * (step.end - step.start), 4e-16 * abs(high.t))
    past = -width
    for trial in range(_TRIALS):
        if high.t - low.t <= width:
            break
        middle = 0.5 * (low.t + high.t)
        j = int(np.argmax(high.away))
        a, b = low.difference[j], high.difference[j]
        if trial % 3 != 2 and a * b < 0:
            middle = min(max(low.t + (high.t - low.t) * (a / (a - b)) + 0.5 * past, low.t), high.t)
        if not low.t < middle < high.t:
            middle = 0.5 * (low.t + high.t)
            if not low.t < middle < high.t:
                break
        look = _Look(switches, step, middle)
        if look.away.any():
            high, past = look, -width
        else:
            low, past = look, width
    return low, high
