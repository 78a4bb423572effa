"""A PEtab problem's measurements beside what its model says: one small panel per observable."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import check_is_list, unknown_name
from hybridcell.plot.panels import columns_of, panels_of
from hybridcell.plot.petab_curves import Curve, finite, measured_curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hybridcell.fit.petab.problem import PetabProblem

_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B8A800")
_CHANGE = "#8A94A0"
#: With more experiments than this, the legend names only the first ones.
_LABELS = 16


def petab_fit(
    problem: PetabProblem,
    theta: Any = None,
    *,
    observables: Sequence[str] | None = None,
    axes: Sequence[Axes] | None = None,
) -> np.ndarray:
    """Draw the measurements of a PEtab problem and the simulation, a panel for each observable.

    Parameters
    ----------
    problem
        From `hc.read_petab`.
    theta
        Parameters, as the methods of the problem take them; by default the nominal values.
    observables
        Ids of those to draw; by default all that are measured. About twenty panels are readable.
    axes
        One for each observable; by default those of a new figure.

    Returns
    -------
    ndarray of matplotlib.axes.Axes
        Points with bars (one standard deviation, as the noise formula says at these parameters) and curves,
        a color for each experiment. Axes are logarithmic where noise is. Dotted lines are changes of
        condition. Points at the far right that stand apart were measured at the steady state. Experiments
        stand side by side where nothing was measured over time.

    Raises
    ------
    UnknownNameError
        When there is no such observable.
    InvalidValueError
        When there are not as many axes as observables.

    Examples
    --------
    >>> import hybridcell as hc
    >>> problem = hc.read_petab(hc.networks.load("jak_stat").petab)
    >>> [ax.get_yscale() for ax in hc.pl.petab_fit(problem)]
    ['linear', 'linear', 'log']
    """
    statement = problem.statement
    chosen = _chosen(problem, observables)
    columns = columns_of(len(chosen))
    size = (3.4 if columns <= 3 else 3.0, 2.7 if len(chosen) <= 3 * columns else 2.2)
    panels = panels_of(len(chosen), axes, what="observables", size=size, least=4.8, more=0.5)
    table = problem.simulate(theta)
    groups = measured_curves(problem, theta, chosen)
    used = sorted({g.experiment for number in chosen for g in groups[number]})
    colors = dict(zip(used, _colors(len(used))))
    for ax, number in zip(panels, chosen):
        _panel(ax, problem, number, groups[number], table, colors)
    if len(used) > 1:
        names = [statement.experiments[e].id for e in used]
        _legend(panels, names, [colors[e] for e in used], new=axes is None)
    return panels


def _chosen(problem: PetabProblem, observables: Sequence[str] | None) -> list[int]:
    statement = problem.statement
    ids = [o.id for o in statement.observables]
    measured = sorted({int(k) for k in statement.measurements.observable})
    if observables is None:
        return measured
    check_is_list("observables", observables)
    for id in observables:
        if id not in [ids[k] for k in measured]:
            raise unknown_name("observable with measurements", id, [ids[k] for k in measured])
    return [ids.index(id) for id in observables]


def _colors(n: int) -> list[Any]:
    if n <= len(_COLORS):
        return [*_COLORS[:n]]
    import matplotlib as mpl

    return [*mpl.colormaps["viridis"](np.linspace(0.0, 0.92, n))]


def _panel(
    ax: Axes,
    problem: PetabProblem,
    number: int,
    groups: list[Curve],
    table: Any,
    colors: dict[int, Any],
) -> None:
    """Draw one observable."""
    observable = problem.statement.observables[number]
    measured = problem.statement.measurements
    logarithmic = observable.distribution.startswith("log")
    rows = np.concatenate([g.rows for g in groups])
    values = measured.value[rows]
    low, high = _bars(observable.distribution, measured.value, table["noise"].to_numpy(float))
    times = measured.time
    by_experiment = len(groups) > 1 and len(np.unique(times[rows])) == 1
    if logarithmic:
        ax.set_yscale("log")
    rest = _rest_place(times[rows])
    for place, group in enumerate(groups):
        color, mine = colors[group.experiment], group.rows
        at = np.where(np.isfinite(times[mine]), times[mine], rest)
        said = table["simulation"].to_numpy(float)[mine]
        if by_experiment:
            at = np.full(len(mine), float(place))
        else:
            ax.plot(group.ts, group.curve, color=color, linewidth=1.5, zorder=2, solid_capstyle="round")
        apart = np.isinf(times[mine]) | by_experiment | (len(group.ts) < 2)
        ax.scatter(at[apart], said[apart], marker="_", s=130, color=color, linewidths=1.8, zorder=2)
        bars = np.abs(np.stack([measured.value[mine] - low[mine], high[mine] - measured.value[mine]]))
        ax.errorbar(
            at, measured.value[mine], yerr=np.where(np.isfinite(bars), bars, 0.0), fmt="o", color=color,
            markersize=3.6, markeredgecolor="white", markeredgewidth=0.4, elinewidth=0.9, alpha=0.85,
            zorder=3,
        )  # fmt: skip
    said = table["simulation"].to_numpy(float)[rows]
    curves = [] if by_experiment else [g.curve for g in groups]
    _limits(ax, values, low[rows], high[rows], said, curves, logarithmic)
    if not np.isfinite(said).all():
        ax.text(0.5, 0.5, "could not be simulated", transform=ax.transAxes, ha="center", color="#8A94A0")
    _finish(ax, observable.name or observable.id, title_of=observable.id)
    if by_experiment:
        _experiment_axis(ax, [problem.statement.experiments[g.experiment].id for g in groups])
    else:
        _time_axis(ax, problem, groups, bool(np.isinf(times[rows]).any()), rest)


def _bars(distribution: str, values: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of one standard deviation around the measurements."""
    # a scale of 1 is a standard deviation of sqrt(2) in a Laplace distribution
    spread = scale * np.sqrt(2.0) if distribution.endswith("laplace") else scale
    if not distribution.startswith("log"):
        return values - spread, values + spread
    with np.errstate(over="ignore"):
        factor = (10.0 if distribution.startswith("log10") else np.e) ** spread
    return values / factor, values * factor


def _limits(
    ax: Axes,
    values: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    said: np.ndarray,
    curves: Sequence[np.ndarray],
    logarithmic: bool,
) -> None:
    """Let measurements and curves fill the panel; logarithms of what starts at 0 would take it all."""
    inside = [values, low, high, said] + ([] if logarithmic else [*curves])
    shown = finite(np.concatenate(inside))
    shown = shown[shown > 0] if logarithmic else shown
    if not len(shown):
        return
    bottom, top = float(shown.min()), float(shown.max())
    if logarithmic:
        margin = max((top / bottom) ** 0.06, 1.15)
        ax.set_ylim(bottom / margin, top * margin)
        if top / bottom < 30:
            _plain_numbers(ax)
    elif top > bottom:
        ax.set_ylim(bottom - 0.06 * (top - bottom), top + 0.06 * (top - bottom))


def _plain_numbers(ax: Axes) -> None:
    """Write 2, 5, 10 at a short logarithmic axis, where powers of ten are rare."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 3.0, 5.0)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())


def _rest_place(times: np.ndarray) -> float:
    known = finite(times)
    return 1.12 * float(known.max()) if len(known) and known.max() > 0 else 1.0


def _time_axis(ax: Axes, problem: PetabProblem, groups: list[Curve], rests: bool, rest: float) -> None:
    changes = set()
    last = max((g.ts[-1] for g in groups if len(g.ts)), default=0.0)
    for group in groups:
        periods = problem.statement.experiments[group.experiment].periods
        starts = [p.time for p in periods if np.isfinite(p.time)]
        changes |= {t for t in starts[1:] if t < last}
    for t in sorted(changes):
        ax.axvline(t, color=_CHANGE, linewidth=0.9, linestyle=":", zorder=0)
    ax.set_xlabel("Time")
    if rests:
        ticks = [t for t in ax.get_xticks() if 0 <= t < 0.95 * rest and len(finite(groups[0].ts))]
        ax.set_xticks([*ticks, rest], [*(f"{t:g}" for t in ticks), "rest"])


def _experiment_axis(ax: Axes, names: Sequence[str]) -> None:
    ax.set_xlim(-0.6, len(names) - 0.4)
    if len(names) <= _LABELS:
        # names that begin alike differ in what follows
        start = _shared(names)
        ax.set_xticks(range(len(names)), [name[start:] for name in names])
        long = max(len(name) - start for name in names) * len(names) > 30
        ax.tick_params(axis="x", rotation=90 if long else 0, labelsize="small")
    else:
        ax.set_xticks([])
        ax.set_xlabel(f"{len(names)} experiments")


def _shared(names: Sequence[str]) -> int:
    """Return how many characters all names have in common at their start, up to an underscore."""
    start = 0
    for number, letters in enumerate(zip(*names)):
        if len(set(letters)) > 1:
            break
        start = number + 1 if letters[0] == "_" else start
    return start if start < min(map(len, names)) else 0


def _finish(ax: Axes, title: str, *, title_of: str) -> None:
    text = textwrap.wrap(title, 34)
    shown = "\n".join(text[:2]) + (" …" if len(text) > 2 else "")
    ax.set_title(shown or title_of, fontsize="medium", loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize="small")


def _legend(panels: np.ndarray, names: list[str], colors: list[Any], *, new: bool) -> None:
    """Say which color is which experiment, below the panels."""
    from matplotlib.lines import Line2D

    shown = len(names) if len(names) <= _LABELS else _LABELS - 1
    handles = [
        Line2D([], [], color=color, marker="o", markersize=4, linewidth=1.5, label=name)
        for name, color in zip(names[:shown], colors)
    ]
    if shown < len(names):
        handles.append(Line2D([], [], linestyle="none", label=f"and {len(names) - shown} more"))
    if not new:
        panels[0].legend(handles=handles, frameon=False, fontsize="small")
        return
    columns = max(
        1, min(len(handles), int(panels[0].figure.get_figwidth() * 12 / (max(map(len, names)) + 7)))
    )
    panels[0].figure.legend(
        handles=handles, loc="outside lower center", ncols=columns, frameon=False, fontsize="small"
    )
