"""`hc.optimize_schedule`: the times and amounts of doses that do most for a readout within limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, NotConvergedError, check_choice, unknown_name
from hybridcell._core.number_checks import is_finite_number
from hybridcell._core.progress import progress_bar
from hybridcell.data import Schedule
from hybridcell.simulate import Solve
from hybridcell.therapy.optimization.requests import (
    Limits,
    broken_limits,
    check_count,
    check_names,
    check_risk,
    read_aim,
    read_budget,
    read_costs,
    read_systems,
    readouts_of,
)
from hybridcell.therapy.scheduling.courses import Courses
from hybridcell.therapy.scheduling.plan import SchedulePlan
from hybridcell.therapy.scheduling.problem import OVER, ScheduleProblem
from hybridcell.therapy.scheduling.regimen import Regimen
from hybridcell.therapy.scheduling.search import n_ticks, search


def optimize_schedule(
    model: Any,
    *,
    drugs: Mapping[str, Schedule],
    t1: float,
    t0: float = 0.0,
    minimize: str | None = None,
    maximize: str | None = None,
    over: str = "mean",
    window: tuple[float, float] | None = None,
    durations: Mapping[str, tuple[float, float]] | None = None,
    gap: float | Mapping[str, float] = 0.0,
    budget: float | None = None,
    costs: Mapping[str, float] | None = None,
    limits: Limits | None = None,
    healthy: Any = None,
    healthy_limits: Limits | None = None,
    risk: str = "mean",
    tail: float = 0.2,
    n_starts: int = 8,
    solve: Solve | None = None,
    progress: bool | None = None,
    seed: int = 0,
) -> SchedulePlan:
    """Find when to give which dose, and how much, by gradients in times and amounts through the solver.

    Parameters
    ----------
    model
        A model, a `Fit` or an `Ensemble` of interaction networks.
    drugs : dict
        Perturbed node -> `Schedule`: how many doses there may be, of what kind and kinetics, with their
        largest amounts. Its times are the first guess and the rival "as given".
    t1, t0 : float
        End and start of the course, in the model's unit of time; the model is in its initial state at t0.
    minimize, maximize : str
        The readout (a node) to lower or to raise; one of the two.
    over : {"mean", "end", "max"}
        What of the readout counts: its average over the course, its value at t1, or its worst time (the
        highest value where it is to be low, the lowest where it is to be high).
    window : (float, float), optional
        Earliest and latest start of a dose; default: from t0 to t1.
    durations : dict, optional
        Drug -> (least, largest) duration of its pulses or infusions; default: as given.
    gap : float or dict
        Least time from the end of a dose to the start of the next one of the same drug. Pulses and infusions
        of one drug never overlap.
    budget : float, optional
        Most that all doses together may cost: the sum of \\|amount\\| times cost; of a pulse, whose amount
        is an input, times how long it acts before t1.
    costs : dict, optional
        Drug -> cost per unit, 1 where none is given.
    limits : dict, optional
        Readout -> (lowest, highest) allowed value, None for no bound on that side; kept at every time.
    healthy, healthy_limits
        A second model under the same doses, and limits on its readouts: what is toxic.
    risk : {"mean", "worst", "cvar"}
        What counts over the members of an ensemble, as for `hc.optimize_therapy`; at each time, where times
        are compared.
    tail : float
        Share of the members for "cvar".
    n_starts : int
        Starts of the search: the doses as given, evenly spaced, as early as possible, then random ones.
    solve : Solve, optional
        Its `max_steps` bounds the steps of the solver.
    progress : bool, optional
        Show a progress bar.
    seed : int
        Of the random starts.

    Returns
    -------
    SchedulePlan
        The schedules, and how they stand against usual regimens; compare with a grid of regimens by
        ``plan.compare_with_grid()``.

    Raises
    ------
    UnknownNameError
        On a drug or readout that a model does not have; the nearest is suggested.
    InvalidValueError
        When the aim is missing or double, drugs have no schedules, doses as given break the window or the
        gaps, or a number is out of range.
    NotConvergedError
        When no regimen keeps the limits.

    Notes
    -----
    Starts and ends of doses are nodes of the solver's mesh (classical Runge-Kutta steps, halved until the
    readouts no longer change), so that derivatives by times hold at the jumps; the search is sequential
    quadratic programming from several starts. The best of finitely many starts need not be the global
    optimum.

    References
    ----------
    Kraft, DFVLR-FB 88-28 (1988), for the method (SLSQP).

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.therapy import optimize_schedule
    >>> model = hc.CellBox(["growth", "stress", "a"], ["phenotype", "phenotype", "drug"],
    ...                    [[0, 0, 1.0], [0, 0, -0.8], [0, 0, 0]])
    >>> daily = hc.Schedule.bolus([0.0, 1.0, 2.0], -2.0, half_life=4.0)
    >>> plan = optimize_schedule(model, drugs={"a": daily}, t1=24.0, minimize="growth", gap=1.0,
    ...                          limits={"stress": (None, 0.5)}, n_starts=2)
    >>> bool(plan.value < plan.rivals["value"].min()), list(plan.schedules)
    (True, ['a'])
    """
    readout, sign = read_aim(minimize, maximize)
    check_choice("over", over, OVER)
    check_risk(risk, tail)
    check_count("n_starts", n_starts)
    regimen = _regimen(drugs, t0, t1, window, durations or {}, gap, costs)
    ensembles, asked = read_systems(model, healthy, limits, healthy_limits)
    most = read_budget(budget)
    systems = []
    for which, one in enumerate(ensembles):
        wanted = readouts_of(which, readout, asked)
        check_names(one.model, wanted, regimen.drugs, healthy=which == 1)
        systems.append(Courses(one, regimen, wanted, solve))
    problem = ScheduleProblem(
        systems=systems,
        readout=readout,
        sign=sign,
        over=over,
        limits=asked,
        budget=most,
        risk=risk,
        tail=float(tail),
    )
    with progress_bar(total=n_ticks(n_starts), description="scheduling", show=progress) as bar:
        found = search(problem, n_starts=n_starts, rng=np.random.default_rng(seed), tick=bar.update)
    if found[0].excess > 1e-4:
        raise NotConvergedError(_in_the_way(problem, found[0].point))
    return SchedulePlan.of(problem, [one for one in found if one.excess <= 1e-4])


def _regimen(
    drugs: Any, t0: Any, t1: Any, window: Any, durations: Mapping[str, Any], gap: Any, costs: Any
) -> Regimen:
    if not isinstance(drugs, Mapping) or not drugs:
        raise InvalidValueError(
            f"drugs is {drugs!r:.60}; wanted a dict of drugs and their schedules, such as "
            "{'aMEK': hc.Schedule.bolus([0, 24], 1.0, half_life=8.0)}."
        )
    for name, schedule in drugs.items():
        if not isinstance(schedule, Schedule):
            raise InvalidValueError(f"The schedule of {name!r} is {schedule!r:.60}; wanted a Schedule.")
        if not (np.abs(schedule.doses[:, 2]) > 0).all():
            raise InvalidValueError(
                f"A dose of {name!r} has the amount 0; its amounts are the largest allowed."
            )
    if not (is_finite_number(t0) and is_finite_number(t1) and t1 > t0):
        raise InvalidValueError(f"t0 is {t0!r} and t1 is {t1!r}; wanted finite times with t1 > t0.")
    first, last = (t0, t1) if window is None else window
    if not (is_finite_number(first) and is_finite_number(last) and t0 <= first <= last <= t1):
        raise InvalidValueError(
            f"window is {window!r}; wanted the earliest and the latest start of a dose, between t0={t0:g} "
            f"and t1={t1:g}."
        )
    gaps = dict.fromkeys(drugs, gap) if not isinstance(gap, Mapping) else dict(gap)
    for name, least in gaps.items():
        if name not in drugs:
            raise unknown_name("drug (in gap)", name, list(drugs))
        if not (is_finite_number(least) and least >= 0):
            raise InvalidValueError(f"The gap of {name!r} is {least!r}; wanted a time, 0 or more.")
    regimen = Regimen.of(
        {str(name): schedule for name, schedule in drugs.items()},
        _durations(durations, drugs, float(t1 - t0)),
        t0=float(t0),
        t1=float(t1),
        window=(float(first), float(last)),
        gap=np.array([float(gaps.get(name, 0.0)) for name in drugs]),
        costs=read_costs(costs, list(map(str, drugs))),
    )
    _check_given(regimen)
    return regimen


def _durations(given: Mapping[str, Any], drugs: Mapping[str, Schedule], span: float) -> dict[str, Any]:
    found = {}
    for name, pair in given.items():
        if name not in drugs:
            raise unknown_name("drug (in durations)", name, list(drugs))
        try:
            low, high = (float(one) for one in pair)
        except (TypeError, ValueError):
            low = high = np.nan
        if not 0 < low <= high <= span:
            raise InvalidValueError(
                f"durations[{name!r}] is {pair!r}; wanted (least, largest), above 0 and at most {span:g}."
            )
        if (drugs[name].doses[:, 1] == 0).any():
            raise InvalidValueError(f"Doses of {name!r} are given at once; only pulses and infusions last.")
        found[name] = (low, high)
    return found


def _check_given(regimen: Regimen) -> None:
    """Refuse doses that are outside the window, or closer than the gap, before any work."""
    starts = regimen.largest[:, 0]
    outside = (starts < regimen.window[0]) | (starts > regimen.window[1])
    if outside.any():
        dose = int(np.argmax(outside))
        raise InvalidValueError(
            f"A dose of {regimen.drugs[regimen.owner[dose]]!r} starts at {starts[dose]:g}, outside the "
            f"window from {regimen.window[0]:g} to {regimen.window[1]:g}."
        )
    rows, least = regimen.gaps()
    short = rows @ regimen.point < least - 1e-9
    if short.any():
        dose = int(np.argmin(rows[int(np.argmax(short))]) % regimen.k)
        raise InvalidValueError(
            f"Doses of {regimen.drugs[regimen.owner[dose]]!r} as given overlap or are closer than the gap "
            "(with their least durations); move them apart, or give fewer."
        )


def _in_the_way(problem: ScheduleProblem, point: np.ndarray) -> str:
    nothing = point.copy()
    nothing[2 * problem.regimen.k :] = 0.0
    numbers = problem.certified(np.array([point, nothing]))
    already = " The untreated course breaks limits, too." if (numbers[1, 1:] > 1e-6).any() else ""
    return (
        f"No doses were found that keep the limits at all times; closest come doses that break "
        f"{broken_limits(problem.limits, numbers[0, 1:])}.{already} Loosen a limit, or allow more doses."
    )
