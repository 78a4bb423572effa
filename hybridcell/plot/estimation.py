"""How an estimation went: values of all runs, parameters of the best ones, and the way there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import is_whole
from hybridcell.plot.drawable import check_drawable
from hybridcell.plot.panels import one_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hybridcell.fit.estimation import Estimation

_BEST, _OTHER, _LINE, _BOUND = "#D55E00", "#0072B2", "#B8C4CE", "#999999"
#: With more parameters than this, their names are not written.
_MOST_NAMES = 80
#: Values that differ by less than this count as the same optimum, as in `Estimation.n_best`.
_SAME = 0.1


def waterfall(estimation: Estimation, ax: Axes | None = None) -> Axes:
    """Draw the values of all runs, the best first: plateaus are optima that several runs found.

    Parameters
    ----------
    estimation
        From `estimate`.
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes
        Distances from the best value, plus one, on a logarithmic axis: runs on the shaded strip are within
        0.1 of the best one. Runs that failed are left out, and counted.

    Raises
    ------
    InvalidValueError
        When all runs failed.

    Examples
    --------
    >>> import jax, numpy as np
    >>> from hybridcell.fit.estimation import FunctionObjective, estimate
    >>> from hybridcell.plot.estimation import waterfall
    >>> one = FunctionObjective(["a"], [-1.0], [1.0], residuals=lambda p: p)
    >>> waterfall(estimate(one, n_starts=3, key=jax.random.key(0))).get_xlabel()
    'Runs, the best first'
    """
    wanted = "an Estimation, from hc.fit of a PEtab problem or of your own function"
    check_drawable("waterfall", estimation, "values", "n_best", wanted=wanted)
    values = _finite(estimation)
    above = values - values[0] + 1.0
    n, best = len(values), estimation.n_best
    ranks = np.arange(1, n + 1)
    ax = one_axes(ax, (6.4, 4.2))
    ax.axhspan(1.0, 1.0 + _SAME, color=_BEST, alpha=0.12, linewidth=0)
    ax.plot(ranks, above, color=_LINE, linewidth=1, zorder=1)
    style: dict[str, Any] = {"s": 26 if n <= 100 else 10, "edgecolors": "white", "linewidths": 0.5}
    ax.scatter(ranks[:best], above[:best], color=_BEST, zorder=3, label=f"best value ({best} runs)", **style)
    if best < n:
        ax.scatter(ranks[best:], above[best:], color=_OTHER, zorder=2, label=f"others ({n - best})", **style)
    if estimation.n_failed:
        ax.plot([], [], linestyle="none", label=f"failed ({estimation.n_failed}), not shown")
    ax.set_yscale("log")
    if above[-1] < 10:
        # one tick would be all that such an axis has
        ax.set_ylim(0.9, 12)
    ax.set(xlabel="Runs, the best first", ylabel="Value − best value + 1")
    _whole_numbers(ax)
    ax.legend(frameon=False, loc="upper left", title=f"Best value {values[0]:.6g}", alignment="left")
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def parameters(estimation: Estimation, ax: Axes | None = None, *, most: int = 30) -> Axes:
    """Draw the parameters of the best runs within their bounds, a line for each run.

    Parameters
    ----------
    estimation
        From `estimate`.
    ax
        Axes to draw on; by default new ones.
    most
        How many runs, at most.

    Returns
    -------
    matplotlib.axes.Axes
        Where lines of runs with the best value part, the data do not tell the parameter.

    Raises
    ------
    InvalidValueError
        When all runs failed, or `most` is no number of runs.

    Examples
    --------
    >>> import jax, numpy as np
    >>> from hybridcell.fit.estimation import FunctionObjective, estimate
    >>> from hybridcell.plot.estimation import parameters
    >>> one = FunctionObjective(["a"], [-1.0], [1.0], residuals=lambda p: p)
    >>> ax = parameters(estimate(one, n_starts=3, key=jax.random.key(0)))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['a']
    """
    import matplotlib as mpl
    from matplotlib.colors import Normalize

    if not is_whole(most) or most < 1:
        raise InvalidValueError(f"most is {most!r}; wanted a number of runs, 1 or more.")
    values = _finite(estimation)[:most]
    thetas = estimation.thetas[: len(values)]
    q = len(estimation.names)
    ys = np.arange(q)
    new = ax is None
    ax = one_axes(ax, (6.4, max(2.5, 1.1 + 0.24 * min(q, _MOST_NAMES))))
    # ranks of distances look alike, distances of several orders do not: their logarithms are shown
    above = np.log10(values - values[0] + 1.0)
    norm = Normalize(0.0, max(float(above[-1]), np.log10(1 + _SAME)))
    colors = mpl.colormaps["viridis"]
    for theta, shade in zip(thetas[::-1], above[::-1]):
        ax.plot(
            theta, ys, marker="o", markersize=3.5, linewidth=1.0, alpha=0.75,
            color=colors(0.92 * norm(shade)), zorder=2,
        )  # fmt: skip
    ax.plot(
        thetas[0], ys, marker="o", markersize=5.5, linewidth=1.8, color=_BEST, zorder=4, label="best",
        markeredgecolor="white", markeredgewidth=0.6,
    )  # fmt: skip
    for bound in (estimation.lower, estimation.upper):
        fine = np.isfinite(bound)
        ax.plot(bound[fine], ys[fine], "|", color=_BOUND, markersize=9, markeredgewidth=1.4, zorder=1)
    if q <= _MOST_NAMES:
        ax.set_yticks(ys, list(estimation.names), fontsize="small" if q > 25 else "medium")
    ax.set_ylim(q - 0.5, -0.5)
    ax.set_xlabel("Estimate, on the parameter's scale (gray: bounds)")
    ax.grid(axis="y", color="#EEEEEE", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    if len(values) > 1:
        _color_bar(ax, norm, colors, values[-1] - values[0], new)
    return ax


def _color_bar(ax: Axes, norm: Any, colors: Any, largest: float, new: bool) -> None:
    """Add what the colors of runs mean: distances from the best value."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap

    shown = ListedColormap(colors(np.linspace(0, 0.92, 256)))
    ticks = [0.0, _SAME, *[10.0**i for i in range(0, 12) if 10.0**i <= largest]]
    ticks = (
        [t for t in ticks if t <= max(largest, _SAME)] if largest < 1 else [t for t in ticks if t != _SAME]
    )
    if len(ticks) > 6:
        ticks = [ticks[0], *ticks[1 :: len(ticks) // 5 + 1]]
    bar = ax.figure.colorbar(ScalarMappable(norm, shown), ax=ax, fraction=0.04 if new else 0.05, pad=0.02)
    bar.set_ticks([float(np.log10(1 + t)) for t in ticks], labels=[f"{t:g}" for t in ticks])
    bar.set_label("Value − best value")
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]


def histories(estimation: Estimation, ax: Axes | None = None) -> Axes:
    """Draw the values of all runs over their iterations; the runs that reached the best value stand out.

    Parameters
    ----------
    estimation
        From `estimate`.
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes
        Distances from the best value, plus one, on a logarithmic axis; the best value so far of each run.

    Raises
    ------
    InvalidValueError
        When all runs failed.

    Examples
    --------
    >>> import jax, numpy as np
    >>> from hybridcell.fit.estimation import FunctionObjective, estimate
    >>> from hybridcell.plot.estimation import histories
    >>> one = FunctionObjective(["a"], [-1.0], [1.0], residuals=lambda p: p)
    >>> len(histories(estimate(one, n_starts=3, key=jax.random.key(0))).get_lines())
    3
    """
    values = _finite(estimation)
    n, best = len(values), estimation.n_best
    ax = one_axes(ax, (6.4, 4.2))
    for i in reversed(range(n)):
        history = estimation.runs[i].history
        x, y = history[:, 0], np.maximum(history[:, 2] - values[0], 0.0) + 1.0
        fine = np.isfinite(y)
        color = _BEST if i < best else _OTHER
        label = None
        if i == 0:
            label = f"reached the best value ({best})"
        elif i == best:
            label = f"others ({n - best})"
        ax.plot(
            x[fine], y[fine], color=color, linewidth=1.9 if i == 0 else 0.9, alpha=1.0 if i == 0 else 0.35,
            label=label, solid_capstyle="round", zorder=4 if i == 0 else 3 if i < best else 2,
        )  # fmt: skip
        ax.scatter(
            x[fine][-1:], y[fine][-1:], color=color, s=14, edgecolors="white", linewidths=0.5, zorder=5
        )
    ax.set_yscale("log")
    ax.set(xlabel="Iteration", ylabel="Value − best value + 1")
    handles, labels = ax.get_legend_handles_labels()
    order = np.argsort([not label.startswith("reached") for label in labels])
    ax.legend([handles[i] for i in order], [labels[i] for i in order], frameon=False, loc="upper right")
    _whole_numbers(ax)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _whole_numbers(ax: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))


def _finite(estimation: Estimation) -> np.ndarray:
    values = estimation.values[np.isfinite(estimation.values)]
    if not len(values):
        raise InvalidValueError(
            f"There is nothing to draw: none of the {len(estimation.runs)} runs found a finite value."
        )
    return values
