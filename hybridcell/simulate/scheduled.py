"""Integration under inputs that change with time: from break to break, so that no step crosses a jump."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.arrays import namespace
from hybridcell._core.model import AbstractField
from hybridcell.data import Schedule
from hybridcell.data.pharmacokinetics import concentration
from hybridcell.simulate.integrate import integrate_conditions
from hybridcell.simulate.solve import Solve

#: Numbers that describe a dose: those of a schedule, the node, and whether it has begun and not ended.
_WIDTH = 7
#: Breaks this close, as a share of the time, are one and the same: no solver steps from one to the other.
_ROUNDING = 1e-12


class ScheduledField(AbstractField):
    """A field whose inputs have doses behind them: u is (C, n + 7 K), each dose acting on one node.

    Doses travel with the inputs of their condition, so that conditions can be solved in any grouping.
    """

    field: AbstractField
    n: int = eqx.field(static=True)

    def __call__(self, t: Any, x: Float[Array, "c n"], u: Float[Array, "c m"]) -> Float[Array, "c n"]:
        """Return dx/dt with the doses of time t added to the inputs."""
        xp = namespace(x, u)
        doses = xp.reshape(u[:, self.n :], (u.shape[0], -1, _WIDTH))
        node, on = doses[..., -2], doses[..., -1]
        given = doses_inputs(xp.asarray(t), doses[..., :-2], node, on, self.n, xp)
        return self.field(t, x, u[:, : self.n] + given)

    @property
    def relaxation(self) -> Float[Array, " n"]:
        """Those of the field itself."""
        return self.field.relaxation


def doses_inputs(
    t: Float[Any, "*b"],
    doses: Float[Any, "*b k 5"],
    node: Float[Any, "*b k"],
    on: Float[Any, "*b k"],
    n: int,
    xp: Any,
) -> Float[Any, "*b n"]:
    """Return what doses add to the inputs of n nodes at a time; axes before the last may be 1, or absent.

    Parameters
    ----------
    doses
        As in `Schedule.doses`.
    node
        Where each acts.
    on
        Whether it has begun and not ended.
    """
    start, duration, amount, absorption, elimination = xp.moveaxis(doses, -1, 0)
    kept = elimination > 0
    by_kinetics = concentration(
        t[..., None], start=start, duration=xp.where(kept, duration, 0.0), amount=amount,
        absorption=absorption, elimination=xp.where(kept, elimination, 1.0), xp=xp,
    )  # fmt: skip
    given = on * xp.where(kept, by_kinetics, amount)
    places = xp.arange(n) == node[..., None]
    # a product: of a sum, XLA would make one loop with the exponentials inside, and take them for every node
    return (given[..., None, :] @ places.astype(given.dtype))[..., 0, :]


def integrate_schedules(
    field: AbstractField,
    x0: Float[np.ndarray, "c n"],
    u: Float[np.ndarray, "c n"],
    schedules: Mapping[tuple[int, int], Schedule],
    *,
    t0: float,
    ts: Float[np.ndarray, " t"],
    solve: Solve,
) -> tuple[Float[np.ndarray, "c t n"], list[str]]:
    """Return states at `ts` and a verdict per condition, as `integrate_conditions`.

    Parameters
    ----------
    schedules
        (condition, node) -> doses.
    """
    doses = _dose_table(schedules, len(x0))
    breaks = np.concatenate([schedule.breaks for schedule in schedules.values()])
    ends = _apart(np.unique(np.append(breaks[(breaks > t0) & (breaks < ts[-1])], ts[-1])), t0)
    values = np.full((len(x0), len(ts), x0.shape[1]), np.nan)
    results = ["success"] * len(x0)
    state, begin = np.array(x0, dtype=float), t0
    values[:, ts == t0] = state[:, None]
    scheduled = ScheduledField(field=field, n=x0.shape[1])
    for end in ends:
        inside = (ts > begin) & (ts <= end)
        times = np.unique(np.append(ts[inside], end))
        rows = np.array([result == "success" for result in results])
        if not rows.any():
            break
        extended = np.concatenate([u, _during(doses, (begin + end) / 2.0).reshape(len(u), -1)], axis=1)
        found, verdicts = integrate_conditions(
            scheduled, state[rows], extended[rows], t0=begin, ts=times, solve=solve
        )
        values[np.ix_(rows, inside)] = found[:, np.isin(times, ts[inside])]
        state[rows] = found[:, -1]
        for row, verdict in zip(np.flatnonzero(rows), verdicts):
            results[row] = verdict
        begin = end
    return values, results


def _apart(ends: Float[np.ndarray, " b"], t0: float) -> Float[np.ndarray, " b"]:
    """Leave out breaks that the rounding of sums of times has put just before another one, or after t0."""
    least = _ROUNDING * max(abs(t0), abs(float(ends[-1])))
    alone = np.append(np.diff(ends) > least, True)
    return ends[alone & ((ends > t0 + least) | (ends == ends[-1]))]


def _dose_table(schedules: Mapping[tuple[int, int], Schedule], n: int) -> Float[np.ndarray, "c k 7"]:
    """Return the doses of each condition, filled up with doses of nothing."""
    per_condition: list[list[np.ndarray]] = [[] for _ in range(n)]
    for (condition, node), schedule in schedules.items():
        per_condition[condition] += [np.append(dose, [node, 1.0]) for dose in schedule.doses]
    most = max(len(rows) for rows in per_condition)
    nothing = np.array([0.0, 0.0, 0.0, np.inf, 1.0, 0.0, 0.0])
    return np.array([[*rows, *[nothing] * (most - len(rows))] for rows in per_condition])


def _during(doses: np.ndarray, middle: float) -> np.ndarray:
    """Return the doses with those switched off that have not begun, or are pulses that have ended."""
    start, duration, elimination = doses[..., 0], doses[..., 1], doses[..., 4]
    on = (start <= middle) & ((elimination > 0) | (middle < start + duration))
    found = doses.copy()
    found[..., 6] *= on
    return found
