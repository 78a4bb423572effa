"""Where in a step the first comparison flips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hybridcell.simulate.kinetics.interpreted.march import March
    from hybridcell.simulate.kinetics.interpreted.steps import Step

#: Where within a step the comparisons are looked at.
_LOOKS = np.array([0.25, 0.5, 0.75, 1.0])
_HALVINGS = 60


@dataclass(frozen=True, eq=False)
class Crossing:
    """The switches that flip first, when, and their signs after it."""

    time: float
    switches: np.ndarray
    after: np.ndarray


def first_crossing(march: March, step: Step) -> Crossing | None:
    """Return the first crossing within a step; None when all held signs stay right."""
    switches, events = march.switches, march.events
    watched = None if switches is None or not switches.watched.any() else switches.watched
    if watched is None and events is None:
        return None

    def flipped(t: float) -> tuple[np.ndarray, np.ndarray, bool]:
        x = step.state(t)
        none = np.zeros(0, bool)
        signs = none if switches is None else switches.signs_at(t, x)
        away = none if switches is None else _away(switches.signs, signs) & switches.watched & ~switches.loose
        turned = events is not None and not np.array_equal(events.triggers(t, x), events.was)
        return away, signs, turned

    low = step.start
    for share in _LOOKS:
        high = step.end if share == 1.0 else step.start + share * (step.end - step.start)
        away, signs, turned = flipped(high)
        if away.any() or turned:
            break
        low = high
    else:
        return None
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        found = flipped(middle)
        if found[0].any() or found[2]:
            high, (away, signs, turned) = middle, found
        else:
            low = middle
    return _together(march, step, high, away, signs, flipped)


def _together(march: March, step: Step, time: float, away: np.ndarray, signs: np.ndarray, flipped) -> Crossing:
    """Take what flips within the accuracy of the solution for one instant, a time to report if one is so near."""
    if not away.any():  # a trigger that no comparison explains: it is true or not at this very time
        return Crossing(time, np.zeros(0, int), signs[:0])
    blur = max(march.steps.blur * (step.end - step.start), march.slack)
    near = march.ts[np.abs(march.ts - time) <= blur]
    at = min(float(near[0]), step.end) if len(near) else time
    if at <= step.start:
        at = time
    later = min(max(time, at) + blur, step.end)
    away_later, signs_later, _ = flipped(later)
    if away_later.any():
        new = away_later & ~away
        away, signs = away | away_later, np.where(new, signs_later, signs)
    places = np.flatnonzero(away)
    return Crossing(at, places, signs[places])


def _away(held: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Tell which signs have left those held. Exactly equal sides have left nothing yet."""
    return (now != held) & (now != 0) & ~(np.isnan(now) & np.isnan(held))
