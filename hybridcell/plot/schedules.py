"""A course of treatment: the doses over time, above what they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.number_checks import is_finite_number
from hybridcell.data import Schedule
from hybridcell.plot.panels import two_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hybridcell.simulate import Trajectory

_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B8A800")
_DASHES = ("-", "--", ":", "-.")
#: Readouts that are drawn when nobody says which.
_MOST = 5
#: Times at which inputs are drawn, beside those where they jump.
_TIMES = 600


def schedule(
    course: Trajectory,
    doses: Mapping[str, Schedule | float],
    readouts: str | Sequence[str] | None = None,
    *,
    condition: str | None = None,
    time_unit: str = "",
    axes: Sequence[Axes] | None = None,
) -> np.ndarray:
    """Draw the doses of one condition over time, and below them what was simulated under these doses.

    Parameters
    ----------
    course : Trajectory
        From `hc.simulate` with these doses as its condition.
    doses : dict
        Perturbation -> `hc.Schedule`, or a constant dose.
    readouts : str or sequence of str, optional
        States to draw; by default the phenotypes or, where there are none, the proteins and genes that move
        most (five at most).
    condition : str, optional
        Which condition of the trajectory; may be left out where there is one.
    time_unit : str
        Unit of time, for the label.
    axes : sequence of two Axes, optional
        Upper and lower; by default those of a new figure, which share their times.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (2,)

    Raises
    ------
    UnknownNameError
        When the trajectory has no such state or condition.
    InvalidValueError
        When there are no doses, a dose is neither a schedule nor a number, the trajectory has several
        conditions and none is named, or there are not two axes.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["growth", "a"], ["phenotype", "drug"], [[0, 1.0], [0, 0]])
    >>> doses = {"a": hc.Schedule.bolus([0, 24, 48], -1.0, half_life=8.0)}
    >>> course = hc.simulate(model, t1=72.0, conditions=doses)
    >>> upper, lower = hc.pl.schedule(course, doses, "growth", time_unit="h")
    >>> upper.get_ylabel(), lower.get_xlabel(), lower.get_ylabel()
    ('Input', 'Time (h)', 'growth')
    """
    _check_doses(course, doses)
    row = _condition(course, condition)
    chosen = _readouts(course, row, readouts)
    upper, lower = panels = two_axes(axes, nrows=2, figsize=(6.6, 4.6), height_ratios=[1, 1.7], sharex=True)
    first, last = float(course.ts[0]), float(course.ts[-1])
    for k, (name, dose) in enumerate(doses.items()):
        times = _times(dose, first, last)
        values = dose.at(times) if isinstance(dose, Schedule) else np.full(len(times), float(dose))
        color, dashes = _COLORS[k % len(_COLORS)], _DASHES[(k // len(_COLORS)) % len(_DASHES)]
        upper.plot(times, values, label=name, color=color, linestyle=dashes)
        upper.fill_between(times, values, color=color, alpha=0.15, linewidth=0)
    upper.axhline(0.0, color="black", linewidth=0.8)
    upper.set_ylabel("Input")
    for k, name in enumerate(chosen):
        dashes = _DASHES[k % len(_DASHES)]
        lower.plot(
            course.ts, course[name][row], color=_COLORS[k % len(_COLORS)], linestyle=dashes, label=name
        )
    lower.set_ylabel(chosen[0] if len(chosen) == 1 else "State")
    lower.set_xlabel(f"Time ({time_unit})" if time_unit else "Time")
    for ax, n in ((upper, len(doses)), (lower, len(chosen))):
        ax.set_xlim(first, last)
        ax.spines[["top", "right"]].set_visible(False)
        if n > 1 or ax is upper:
            ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return np.array(panels)


def _check_doses(course: Trajectory, doses: Mapping[str, Schedule | float]) -> None:
    if not isinstance(doses, Mapping) or not doses:
        raise InvalidValueError(f"doses is {doses!r:.60}; wanted a dict from perturbations to schedules.")
    for name, dose in doses.items():
        if name not in course.names:
            raise unknown_name("state", str(name), course.names)
        if not isinstance(dose, Schedule) and not is_finite_number(dose):
            raise InvalidValueError(
                f"The dose of {name!r} is {dose!r:.60}; wanted an hc.Schedule or a finite number."
            )


def _condition(course: Trajectory, condition: str | None) -> int:
    if condition is None:
        if len(course.conditions) > 1:
            raise InvalidValueError(
                f"The trajectory has {len(course.conditions)} conditions; say which by condition=, such as "
                f"{course.conditions[0]!r}."
            )
        return 0
    if condition not in course.conditions:
        raise unknown_name("condition", condition, course.conditions)
    return course.conditions.index(condition)


def _readouts(course: Trajectory, row: int, readouts: str | Sequence[str] | None) -> list[str]:
    if readouts is not None:
        chosen = [readouts] if isinstance(readouts, str) else [str(name) for name in readouts]
        if not chosen:
            raise InvalidValueError("readouts is empty; wanted one state at least.")
        for name in chosen:
            if name not in course.names:
                raise unknown_name("state", name, course.names)
        return chosen
    kinds = dict(zip(course.names, course.kinds))
    wanted = [name for name in course.names if kinds[name] == "phenotype"]
    wanted = wanted or [name for name in course.names if kinds[name] != "drug"]
    spans = {name: _span(course[name][row]) for name in wanted}
    most = sorted(wanted, key=lambda name: -spans[name])[:_MOST]
    return [name for name in wanted if name in most]


def _span(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.ptp(finite)) if finite.size else 0.0


def _times(dose: Schedule | float, first: float, last: float) -> np.ndarray:
    """Return times that show every jump as one: evenly spaced, and just before and at each break."""
    times = np.linspace(first, last, _TIMES)
    if not isinstance(dose, Schedule):
        return times
    breaks = dose.breaks[(dose.breaks >= first) & (dose.breaks <= last)]
    before = np.nextafter(breaks, -np.inf)
    return np.unique(np.concatenate([times, breaks, before[before >= first]]))
