"""`hc.infer.optimize_design`: doses and times of the experiment that tells most."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import jax.random as jr
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from hybridcell._core.errors import InvalidValueError, check_choice, unknown_name
from hybridcell._core.html import card
from hybridcell._core.number_checks import is_whole
from hybridcell._core.progress import progress_bar
from hybridcell.data import Conditions, as_conditions
from hybridcell.fit.petab.problem import PetabProblem
from hybridcell.infer.design.continuous import AtSteadyState, ByDifferences
from hybridcell.infer.design.kinetic_outlook import kinetic_outlook
from hybridcell.infer.design.outlook import Outlook
from hybridcell.infer.design.ranking import is_screen, screen_case
from hybridcell.infer.design.screen_outlook import ScreenKnowledge, fisher_outlook
from hybridcell.infer.target import as_target

if TYPE_CHECKING:
    import pandas as pd

#: Most points of the grid; where a full one has more, points are drawn.
_MOST_GRID = 256


@dataclass(frozen=True, eq=False, repr=False)
class OptimizedDesign:
    """Experiments with the doses and times that tell most.

    Attributes
    ----------
    experiments : list of dict
        Doses and time of each, in the order of choice; `hc.predict` takes those of screens.
    table : DataFrame
        One row per experiment: the variables, ``gain``, ``grid`` (gain of the best point of the grid) and
        ``reached`` (how many starts ended within 1 % of the gain).
    best_on_grid : list of dict
        The best point of the grid for each experiment.
    criterion, unit : str
        Of the gains.
    at_bounds : tuple of str
        Variables of which an optimum lies at a bound: wider bounds would tell more.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> screen = hc.datasets.signaling(drugs=["aMEK", "aAKT"], doses=[1.0], order=1)
    >>> fit = hc.fit(hc.CellBox.from_data(screen, key=jr.key(0)), screen, steps=20, key=jr.key(1))
    >>> doses = {"aMEK": (-3, 0), "aAKT": (-3, 0)}
    >>> best = hc.infer.optimize_design(fit, doses, starts=1, levels=3, key=jr.key(2))
    >>> [sorted(one) for one in best.experiments]
    [['aAKT', 'aMEK']]
    """

    experiments: list[dict[str, float]]
    table: pd.DataFrame
    best_on_grid: list[dict[str, float]]
    criterion: str
    unit: str
    at_bounds: tuple[str, ...]

    def __repr__(self) -> str:
        lines = [f"OptimizedDesign({len(self.experiments)} experiments by {self.criterion}, {self.unit})"]
        for one, row in zip(self.experiments, self.table.to_dict("records")):
            what = ", ".join(f"{name} {value:.4g}" for name, value in one.items())
            lines.append(f"{what}: {row['gain']:.4g}, best of the grid {row['grid']:.4g}")
        if self.at_bounds:
            lines.append(f"At a bound: {', '.join(self.at_bounds)}. Wider bounds would tell more.")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        facts: dict[str, Any] = {"criterion": f"{self.criterion}: {self.unit}"}
        for k, (one, row) in enumerate(zip(self.experiments, self.table.to_dict("records"))):
            what = ", ".join(f"{name} {value:.4g}" for name, value in one.items())
            facts[f"experiment {k + 1}"] = f"{what} (gain {row['gain']:.4g}, grid {row['grid']:.4g})"
        if self.at_bounds:
            facts["at a bound"] = f"{', '.join(self.at_bounds)}: wider bounds would tell more"
        return card("Optimized design", facts)


def optimize_design(
    model: Any,
    vary: Mapping[str, tuple[float, float]],
    *,
    fixed: Mapping[str, float] | None = None,
    criterion: str = "D",
    of: Any = None,
    data: Any = None,
    readouts: Sequence[str] | None = None,
    noise: Any = None,
    n: int = 1,
    starts: int = 4,
    levels: int = 4,
    at: Any = None,
    progress: bool | None = None,
    key: PRNGKeyArray,
) -> OptimizedDesign:
    """Find the doses and times of the experiments that tell most, by gradients within bounds.

    Parameters
    ----------
    model : Fit, Ensemble or NetworkFit
        As for `design`; of an ensemble the best member.
    vary : mapping of name to (lower, upper)
        Drugs of a screen model, constants that an experiment of a network sets, and "time".
    fixed : mapping of name to number, optional
        What else every experiment sets.
    criterion : {"D", "A"}
        "D": information on all parameters, in nats. "A": the share of the summed variance of predictions (of
        the experiments in `of`) that it removes; for networks without `of`, of parameters.
    of
        Experiments whose predictions matter, as candidates of `design` are given.
    data, readouts, noise, at
        As for `design`.
    n : int
        Experiments, found one after the other, each given those before it.
    starts : int
        Optimizations from the best points of the grid and from random ones.
    levels : int
        Points of the grid in each variable, both bounds included; at most 256 points in all.
    progress : bool, optional
        Whether to show a bar; default: in terminals and notebooks.
    key : PRNGKeyArray
        Of random starts, and of the points where a full grid would be too large.

    Returns
    -------
    OptimizedDesign

    Raises
    ------
    InvalidValueError
        On bounds that are no bounds, and on problems of PEtab, whose experiments are tables.
    UnknownNameError
        On drugs or constants that the model lacks.

    Notes
    -----
    For steady states of screen models gradients are exact (the implicit function theorem, differentiated once
    more). For times and networks, sensitivities are exact and their slopes central differences. Optimized
    by L-BFGS-B; the best point of the grid is always among the starts, so that the result is no worse.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.infer.design import optimize_design
    >>> screen = hc.datasets.signaling(drugs=["aMEK", "aAKT"], doses=[1.0], order=1)
    >>> fit = hc.fit(hc.CellBox.from_data(screen, key=jr.key(0)), screen, steps=20, key=jr.key(1))
    >>> best = optimize_design(fit, {"aMEK": (-3, 0), "aAKT": (-3, 0)}, starts=1, levels=3, key=jr.key(2))
    >>> bool(best.table["gain"][0] >= best.table["grid"][0])
    True
    """
    check_choice("criterion", criterion, ("D", "A"))
    names, lower, upper = _bounds(vary)
    rest = {str(name): float(value) for name, value in (fixed or {}).items()}
    for name in rest:
        if name in names:
            raise InvalidValueError(f"{name!r} is both fixed and to be varied; give it once.")
    for what, value, least in (("n", n, 1), ("starts", starts, 1), ("levels", levels, 2)):
        if not is_whole(value) or value < least:
            raise InvalidValueError(f"{what} is {value!r}; wanted a whole number from {least} on.")
    readouts = [readouts] if isinstance(readouts, str) else readouts
    gains = _evaluator(model, names, lower, upper, rest, criterion, of, data, readouts, noise, at)
    rng = np.random.default_rng(np.asarray(jr.key_data(key)))
    grid = _grid(lower, upper, int(levels), rng)
    rows, experiments, best_on_grid = [], [], []
    with progress_bar(total=n * (starts + 1), description="designing", show=progress) as bar:
        for _ in range(n):
            x, row, first = _optimum(gains, grid, lower, upper, int(starts), rng, bar.update)
            gains.take(x)
            experiments.append({**rest, **dict(zip(names, map(float, x)))})
            best_on_grid.append({**rest, **dict(zip(names, map(float, first)))})
            rows.append({**dict(zip(names, map(float, x))), **row})
    return OptimizedDesign(
        experiments=experiments,
        table=_frame(rows),
        best_on_grid=best_on_grid,
        criterion=criterion,
        unit=_unit(criterion, of),
        at_bounds=_at_bounds(names, experiments, lower, upper),
    )


def _unit(criterion: str, of: Any) -> str:
    if criterion == "D":
        return "nats of information"
    return f"share of the summed variance of {'parameters' if of is None else 'predictions'}"


def _frame(rows: list[dict[str, float]]) -> Any:
    import pandas as pd

    return pd.DataFrame(rows)


def _bounds(vary: Mapping[str, tuple[float, float]]) -> tuple[list[str], np.ndarray, np.ndarray]:
    if not isinstance(vary, Mapping) or not vary:
        raise InvalidValueError("vary names nothing; wanted for example {'aMEK': (-2, 0), 'time': (1, 24)}.")
    names, lower, upper = [], [], []
    for name, given in vary.items():
        try:
            low, high = map(float, given)
        except (TypeError, ValueError):
            raise InvalidValueError(f"The bounds of {name!r} are {given!r}; wanted (lower, upper).") from None
        if not (np.isfinite([low, high]).all() and low < high):
            raise InvalidValueError(
                f"The bounds of {name!r} are {given!r}; wanted finite ones, lower < upper."
            )
        if name == "time" and low < 0:
            raise InvalidValueError(f"The bounds of time are {given!r}; wanted times from 0 on.")
        names.append(str(name))
        lower.append(low)
        upper.append(high)
    return names, np.array(lower), np.array(upper)


def _evaluator(
    model: Any,
    names: list[str],
    lower: np.ndarray,
    upper: np.ndarray,
    rest: Mapping[str, float],
    criterion: str,
    of: Any,
    data: Any,
    readouts: Any,
    noise: Any,
    at: Any,
) -> Any:
    if isinstance(model, PetabProblem):
        raise InvalidValueError(
            "The experiments of a PEtab problem are tables, of which doses and times cannot be varied. Rank "
            "candidates with hc.infer.design, or fit the network with hc.fit."
        )
    if not is_screen(model):
        if data is not None:
            raise InvalidValueError("data is for screen models: a fit of a network knows its own.")
        return _of_network(model, names, lower, upper, rest, criterion, of, readouts, noise, at)
    if criterion == "A" and of is None:
        raise InvalidValueError(
            "criterion='A' of a screen model lowers the variance of predictions: say of which, of=conditions."
        )
    one = {**rest, **dict(zip(names, map(float, upper)))}
    if "time" not in one and model.train is not None and getattr(model.train, "time", None) is None:
        case = screen_case(model, [one], data, readouts, noise)
        for name in one:
            if name not in case.model.names:
                raise unknown_name("perturbation", name, case.model.names)
        interest = (
            _interest_slopes(screen_case(model, of, data, readouts, noise)) if criterion == "A" else None
        )
        return AtSteadyState(case, names, rest, interest)
    interest_rows = [] if criterion == "D" else list(_timed_dicts(as_conditions(of)))
    first = screen_case(model, _conditions([one]), data, readouts, noise)
    known = ScreenKnowledge(first)

    def outlook(experiments: list[dict[str, float]]) -> Outlook:
        return fisher_outlook(replace(first, candidates=_conditions(experiments)), known)

    return ByDifferences(outlook, names, rest, lower, upper, interest_rows)


def _interest_slopes(case: Any) -> Float[np.ndarray, "p q"]:
    slopes, usable = ScreenKnowledge(case).scaled(case)
    return slopes[usable].reshape(-1, slopes.shape[2])


def _timed_dicts(given: Conditions) -> list[dict[str, float]]:
    times = given.time if given.time is not None else np.full(len(given), np.nan)
    return [
        {**dict(zip(given.perturbations, map(float, row))), "time": float(t)}
        for row, t in zip(given.doses, times)
    ]


def _conditions(experiments: list[dict[str, float]]) -> Conditions:
    """Return conditions of dicts of doses that have a time."""
    doses = [{k: v for k, v in one.items() if k != "time"} for one in experiments]
    given = as_conditions(doses)
    times = np.array([one.get("time", np.nan) for one in experiments])
    return Conditions(given.names, given.perturbations, given.doses, None if np.isnan(times).all() else times)


def _of_network(
    model: Any,
    names: list[str],
    lower: np.ndarray,
    upper: np.ndarray,
    rest: Mapping[str, float],
    criterion: str,
    of: Any,
    readouts: Any,
    noise: Any,
    at: Any,
) -> ByDifferences:
    target = as_target(model, at=at)
    if "time" not in names and "time" not in rest:
        raise InvalidValueError("An experiment with a network needs a time: vary it, or give it in fixed.")
    about = "parameters" if criterion == "A" and of is None else "predictions"
    interest = [] if of is None or criterion == "D" else [dict(one) for one in _records(of)]
    if not all("time" in one for one in interest):
        raise InvalidValueError("An experiment in of needs a time; found one without.")

    def outlook(experiments: list[dict[str, float]]) -> Outlook:
        return kinetic_outlook(
            target, experiments, readouts=readouts, noise=noise, about=about, per_readout=False
        )

    return ByDifferences(outlook, names, rest, lower, upper, interest)


def _records(of: Any) -> list[dict[str, float]]:
    found = of.to_dict("records") if hasattr(of, "to_dict") else list(of)
    if not found or not all(isinstance(one, Mapping) for one in found):
        raise InvalidValueError(
            "of is to be a table, or a list of dicts, of experiments; found something else."
        )
    return found


def _grid(lower: np.ndarray, upper: np.ndarray, levels: int, rng: np.random.Generator) -> np.ndarray:
    d = len(lower)
    if levels**d <= _MOST_GRID:
        points = itertools.product(*[np.linspace(a, b, levels) for a, b in zip(lower, upper)])
        return np.array(list(points))
    return lower + (upper - lower) * rng.random((_MOST_GRID, d))


def _optimum(
    gains: Any,
    grid: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    starts: int,
    rng: np.random.Generator,
    tick: Callable[[int], Any],
) -> tuple[np.ndarray, dict[str, float], np.ndarray]:
    """Return the best point, what to report of it, and the best point of the grid."""
    from scipy.optimize import minimize

    on_grid = gains.values(grid)
    tick(1)
    if not np.isfinite(on_grid).any():
        raise InvalidValueError("None of the points of the grid can be simulated; give narrower bounds.")
    order = np.argsort(-on_grid)
    n_best = (starts + 1) // 2
    drawn = lower + (upper - lower) * rng.random((starts - n_best, len(lower)))
    first, width = grid[order[0]], upper - lower

    def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = gains.value_and_gradient(lower + width * z)
        # L-BFGS-B cannot step back from infinity
        return (-value, -slope * width) if np.isfinite(value) else (1e10, np.zeros_like(z))

    ends, values = [first], [float(on_grid[order[0]])]
    for start in [*grid[order[:n_best]], *drawn]:
        found = minimize(
            loss, (start - lower) / width, jac=True, method="L-BFGS-B", bounds=[(0.0, 1.0)] * len(width)
        )
        ends.append(np.clip(lower + width * found.x, lower, upper))
        values.append(-float(found.fun))
        tick(1)
    best = int(np.argmax(values))
    reached = sum(value >= values[best] - 0.01 * abs(values[best]) for value in values[1:])
    return ends[best], {"gain": values[best], "grid": values[0], "reached": reached}, first


def _at_bounds(
    names: list[str], experiments: list[dict[str, float]], lower: np.ndarray, upper: np.ndarray
) -> tuple[str, ...]:
    close = 1e-6 * (upper - lower)
    return tuple(
        name
        for k, name in enumerate(names)
        if any(one[name] <= lower[k] + close[k] or one[name] >= upper[k] - close[k] for one in experiments)
    )
