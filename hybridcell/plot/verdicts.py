"""What the data can tell: the spectrum of the information, and an interval for each parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.infer.identifiability import EdgeIdentifiability, Identifiability

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLORS = {"identifiable": "#0072B2", "practically not": "#E69F00", "structurally not": "#B2182B"}
_GRID, _TEXT = "#EEEEEE", "#444444"
#: Parameters that are shown, and edges, at most, unless told.
_MOST, _EDGES = 60, 30
#: Ends of intervals that are shown, as factors of the value; an arrow says that there is more.
_FARTHEST = 1e3
#: Eigenvalues below this, relative to the largest, are shown as none.
_LEAST = 1e-16


def identifiability(
    found: Identifiability | EdgeIdentifiability, ax: Any = None, *, most: int | None = None
) -> Any:
    """Draw the spectrum of the information beside intervals of the parameters, colored by verdict.

    Parameters
    ----------
    found
        From `hybridcell.infer.identifiability`.
    ax : Axes or pair of Axes, optional
        For the intervals, or for spectrum and intervals; by default a new figure with both.
    most : int, optional
        How many parameters (60) or edges (30, the largest weights) at most.

    Returns
    -------
    matplotlib.axes.Axes, or array of two of them
        As given; both of a new figure.

    Raises
    ------
    InvalidValueError
        If there is nothing to draw.

    Notes
    -----
    Spectrum: eigenvalues of the Fisher information per e-fold change; below the line the data leave a
    direction free beyond the factor. Intervals: values relative to the estimate; an arrow is an open end, or
    one too far to be shown. Edges: shares of certainty that come from data.

    Examples
    --------
    >>> import jax.numpy as jnp, jax.random as jr, hybridcell as hc
    >>> from hybridcell.fit.estimation import FunctionObjective
    >>> product = FunctionObjective(["a", "b"], [0.1, 0.1], [10, 10],
    ...                             residuals=lambda p: (p[0] * p[1] - 1.0) * jnp.ones(4) / 0.1)
    >>> found = hc.infer.identifiability(product, at=[1.0, 1.0], key=jr.key(0))
    >>> axes = hc.pl.identifiability(found)
    >>> [label.get_text() for label in axes[1].get_yticklabels()]
    ['a', 'b']
    """
    if not len(found):
        raise InvalidValueError("There is nothing to draw: no parameter, or no edge, was looked at.")
    edges = isinstance(found, EdgeIdentifiability)
    shown = found.table.head(most or (_EDGES if edges else _MOST))
    spectrum, bars, both = _axes(ax, len(shown))
    if spectrum is not None:
        _spectrum(spectrum, found)
    if edges:
        _shares(bars, shown)
    else:
        _intervals(bars, shown, found.factor)
    _names(bars, shown, len(found), edges)
    _legend(bars, found)
    return np.array([spectrum, bars]) if both else bars


def _axes(ax: Any, rows: int) -> tuple[Any, Any, bool]:
    if ax is not None:
        given = np.ravel(np.asarray(ax, dtype=object))
        if len(given) > 2:
            raise InvalidValueError(f"ax holds {len(given)} axes; wanted one or two.")
        return (None, given[0], False) if len(given) == 1 else (given[0], given[1], True)
    import matplotlib.pyplot as plt

    height = max(3.4, 1.6 + 0.23 * rows)
    _, axes = plt.subplots(
        1, 2, figsize=(9.0, height), width_ratios=[1, 2.1], layout="constrained"
    )  # fmt: skip
    return axes[0], axes[1], True


def _spectrum(ax: Axes, found: Identifiability | EdgeIdentifiability) -> None:
    values = np.asarray(found.spectrum, float)
    ax.set_title("Spectrum", loc="left", fontsize="medium")
    if not len(values):
        ax.text(0.5, 0.5, "too many edges\nfor a spectrum", ha="center", va="center", color=_TEXT)
        ax.set_axis_off()
        return
    edges = isinstance(found, EdgeIdentifiability)
    line = 1.0 if edges else (1.96 / np.log(found.factor)) ** 2
    floor = max(float(values.max()), line) * _LEAST
    fine = values > floor
    ranks = np.arange(1, len(values) + 1)
    told = fine & (values >= line)
    for part, color in ((told, _COLORS["identifiable"]), (fine & ~told, _COLORS["practically not"])):
        ax.scatter(ranks[part], values[part], marker="_", s=180 if len(values) < 30 else 60, color=color)
    ax.set_yscale("log")
    ax.axhline(line, color="#999999", linewidth=1, linestyle="--", zorder=0)
    low = values[fine].min() if fine.any() else line
    ax.set_ylim(min(low, line) / 10, max(values.max(), line) * 10)
    meaning = "as much as the penalty" if edges else f"known to a factor of {found.factor:g}"
    ax.annotate(
        meaning, (1.0, line), xycoords=("axes fraction", "data"), xytext=(-2, 3), ha="right",
        textcoords="offset points", fontsize="x-small", color=_TEXT,
    )  # fmt: skip
    if (~fine).any():
        ax.text(
            0.03, 0.02, f"not shown: {int(np.sum(~fine))} of {len(values)},\nabout which data say nothing",
            fontsize="small", transform=ax.transAxes, va="bottom", color=_COLORS["structurally not"],
        )  # fmt: skip
    what = "edges, per unit of the penalty" if edges else "parameters, per e-fold"
    ax.set(xlabel="Direction, the best known first", ylabel=f"Information of {what}")
    ax.set_xlim(0.2, len(values) + 0.8)
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.spines[["top", "right"]].set_visible(False)


def _intervals(ax: Axes, table: Any, factor: float) -> None:
    ys = np.arange(len(table))
    ax.axvspan(1 / factor, factor, color="#0072B2", alpha=0.07, linewidth=0, zorder=0)
    ax.axvline(1.0, color="#999999", linewidth=1, zorder=1)
    width = max(factor**2, _reach(table))
    for y, (_, row) in zip(ys, table.iterrows()):
        color = _COLORS[row["verdict"]]
        low, high = _relative(row)
        ends = np.clip([low, high], 1 / width, width)
        ax.plot(ends, [y, y], color=color, linewidth=3.2, solid_capstyle="butt", zorder=2)
        for end, open_, marker in ((ends[0], low < 1 / width, "<"), (ends[1], high > width, ">")):
            if open_:
                ax.plot(end, y, marker, color=color, markersize=6, zorder=3, clip_on=False)
        ax.plot(1.0, y, "o", color="white", markeredgecolor=color, markersize=4, zorder=4)
    ax.set_xscale("log")
    ax.set_xlim(1 / width / 1.15, width * 1.15)
    if width < 30:
        from matplotlib.ticker import NullFormatter

        ticks = [t for t in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if 1 / width <= t <= width]
        ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
        ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("95 % interval, relative to the estimate (arrows: no end, or farther)")
    ax.set_title(f"Parameters (shaded: within a factor of {factor:g})", loc="left", fontsize="medium")


def _relative(row: Any) -> tuple[float, float]:
    """Return the ends of an interval as factors of the estimate; of what may be zero, e-folds of its sd."""
    value, low, high = float(row["value"]), float(row["lower"]), float(row["upper"])
    if value == 0:
        return 0.0 if low < 0 else 1.0, np.inf if high > 0 else 1.0
    ends = sorted((low / value, high / value))
    return max(ends[0], 0.0), ends[1]


def _reach(table: Any) -> float:
    """Return the farthest end that is worth showing."""
    ends = np.array([_relative(row) for _, row in table.iterrows()])
    with np.errstate(divide="ignore"):
        far = np.concatenate([1 / ends[:, 0], ends[:, 1]])
    far = far[np.isfinite(far) & (far <= _FARTHEST)]
    return float(far.max(initial=4.0)) * 1.1


def _shares(ax: Axes, table: Any) -> None:
    ys = np.arange(len(table))
    colors = [_COLORS[verdict] for verdict in table["verdict"]]
    ax.barh(ys, np.maximum(table["share"], 0.003), color=colors, height=0.7, zorder=2)
    ax.set_xlim(0, 1)
    ax.set_xlabel("Share of certainty that comes from data")
    ax.set_title("Edges, the largest first", loc="left", fontsize="medium")


def _names(ax: Axes, table: Any, total: int, edges: bool) -> None:
    names = [f"{r.source} → {r.target}" for r in table.itertuples()] if edges else list(table.index)
    size = "x-small" if len(names) > 25 else "small"
    ax.set_yticks(np.arange(len(names)), names, fontsize=size)
    ax.set_ylim(len(names) - 0.4, -0.6)
    if total > len(names):
        ax.annotate(
            f"{total - len(names)} more are not shown", (1, 1), xycoords="axes fraction", ha="right",
            xytext=(0, 4), textcoords="offset points", fontsize="x-small", color=_TEXT,
        )  # fmt: skip
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", color=_GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "left"]].set_visible(False)


def _legend(ax: Axes, found: Identifiability | EdgeIdentifiability) -> None:
    """Say what the colors mean, below the label of the axis."""
    from matplotlib.patches import Patch
    from matplotlib.transforms import ScaledTranslation

    counts = found.table["verdict"].value_counts()
    handles = [
        Patch(color=color, label=f"{verdict} ({counts[verdict]})")
        for verdict, color in _COLORS.items()
        if verdict in counts
    ]
    figure: Any = ax.figure
    below = ax.transAxes + ScaledTranslation(0, -0.48, figure.dpi_scale_trans)
    ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.4, 0.0), bbox_transform=below,
        ncols=len(handles), frameon=False, fontsize="small", borderaxespad=0.0,
    )  # fmt: skip
