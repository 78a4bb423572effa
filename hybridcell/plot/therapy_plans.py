"""Optimized therapies: what a limit costs, and one plan with its doses, readouts and limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import is_whole
from hybridcell.plot.drawable import check_drawable
from hybridcell.plot.panels import one_axes, two_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from hybridcell.therapy import TherapyPlan

_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_AIM, _KEPT, _FORBIDDEN, _LINE = "#0072B2", "#009E73", "#D55E00", "#8A94A0"
#: What a column of a limit is called: readout, side, bound, and whether it is of the healthy model.
_LIMIT = re.compile(r"(?P<readout>.*) (?P<side><=|>=) (?P<bound>\S+)(?P<healthy> \(healthy\))?")
#: Columns of `TherapyPlan.pareto` before the doses, of which the third is the limited readout.
_BEFORE_DOSES = 4


def pareto(front: pd.DataFrame, *, aim: str = "value of the aim", ax: Axes | None = None) -> Axes:
    """Draw what a limit costs: the best value of the aim under each bound on another readout.

    Parameters
    ----------
    front : DataFrame
        What `TherapyPlan.pareto` returns.
    aim : str
        Label of the vertical axis, such as the readout with its unit.
    ax : Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        One point per bound, at what is reached; colors and marks tell which drugs are given. Bounds that no
        doses keep are dashed lines.

    Raises
    ------
    InvalidValueError
        When the table is of another kind, or no bound can be kept.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["growth", "stress", "a", "b"], ["phenotype", "phenotype", "drug", "drug"],
    ...                    [[0, 0, 1.0, 0.6], [0, 0, -0.8, -0.1], [0, 0, 0, 0], [0, 0, 0, 0]])
    >>> plan = hc.optimize_therapy(model, minimize="growth", input_range=-1.0)
    >>> hc.pl.pareto(plan.pareto("stress", [0.2, 0.6]), aim="growth").get_xlabel()
    'stress'
    """
    readout, doses = _read_front(front)
    known = front["value"].notna().to_numpy()
    reached = front.loc[known].sort_values(readout)
    sets = [" + ".join(doses.columns[row != 0]) or "no drug" for row in doses.loc[reached.index].to_numpy()]
    ax = one_axes(ax, (6.4, 3.8))
    ax.plot(reached[readout], reached["value"], color=_LINE, linewidth=1.2, zorder=1)
    for k, drugs in enumerate(dict.fromkeys(sets)):
        here = np.array([one == drugs for one in sets])
        ax.scatter(
            reached.loc[here, readout], reached.loc[here, "value"], color=_COLORS[k % len(_COLORS)],
            marker=_MARKERS[k % len(_MARKERS)], s=42, label=drugs, zorder=2,
        )  # fmt: skip
    for k, bound in enumerate(front.loc[~known, "bound"]):
        label = None if k else "bound that no doses keep"
        ax.axvline(bound, color=_FORBIDDEN, linestyle="--", linewidth=1.0, label=label, zorder=0)
    ax.set(xlabel=readout, ylabel=aim)
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), title="Drugs", alignment="left")
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _read_front(front: Any) -> tuple[str, pd.DataFrame]:
    """Return the limited readout and the doses of a table of `TherapyPlan.pareto`."""
    columns = list(getattr(front, "columns", ()))
    named = len(columns) > _BEFORE_DOSES and columns[:2] == ["bound", "value"] and columns[3] == "cost"
    if not named:
        found = f"the columns {', '.join(map(str, columns))}" if columns else f"a {type(front).__name__}"
        raise InvalidValueError(
            f"The front has {found:.120}; wanted the table that plan.pareto(readout, bounds) returns: bound, "
            "value, the limited readout, cost, and a dose per drug."
        )
    if not front["value"].notna().any():
        raise InvalidValueError("No doses keep any of these bounds; there is nothing to draw. Loosen them.")
    return str(columns[2]), front[columns[_BEFORE_DOSES:]]


def therapy_plan(plan: TherapyPlan, *, rank: int = 0, axes: Sequence[Axes] | None = None) -> np.ndarray:
    """Draw one therapy of a plan: its doses, and what it does to the aim and to what is limited.

    Parameters
    ----------
    plan : TherapyPlan
        What `hc.optimize_therapy` returns.
    rank : int
        Row of ``plan.table``: 0 is the best.
    axes : sequence of two Axes, optional
        For doses and readouts; by default those of a new figure.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (2,)
        Left, the dose of each drug. Right, the aim untreated (hollow) and treated (filled) with the least and
        greatest value over the members, and the value of each limited readout beside what it may not be
        (shaded).

    Raises
    ------
    InvalidValueError
        When the plan has no such row, or there are not two axes.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["growth", "stress", "a", "b"], ["phenotype", "phenotype", "drug", "drug"],
    ...                    [[0, 0, 1.0, 0.6], [0, 0, -0.8, -0.1], [0, 0, 0, 0], [0, 0, 0, 0]])
    >>> plan = hc.optimize_therapy(model, minimize="growth", input_range=-1.0, limits={"stress": (None, 0.4)})
    >>> [label.get_text() for label in hc.pl.therapy_plan(plan)[0].get_yticklabels()]
    ['a', 'b']
    """
    check_drawable(
        "therapy_plan", plan, "table", "compare_with_grid", wanted="a plan, from hc.optimize_therapy"
    )
    n = len(plan.table)
    if not is_whole(rank) or not 0 <= rank < n:
        raise InvalidValueError(f"rank is {rank!r}; the plan has {n} therapies, 0 to {n - 1}.")
    row = plan.table.iloc[int(rank)]
    limits = [(match, float(row[name])) for name in row.index if (match := _LIMIT.fullmatch(str(name)))]
    left, right = panels = two_axes(
        axes,
        ncols=2,
        figsize=(9.6, 1.3 + 0.42 * max(len(row["drugs"]), 1 + len(limits), 2)),
        width_ratios=[1, 1.3],
    )
    _draw_doses(left, {drug: float(row[drug]) for drug in row["drugs"]})
    _draw_aim(right, plan, row)
    for place, (match, value) in enumerate(limits, start=1):
        _draw_limit(right, place, float(match["bound"]), value, highest=match["side"] == "<=")
    names = [plan.readout] + [match["readout"] + (match["healthy"] or "") for match, _ in limits]
    right.set_yticks(range(len(names)), names)
    right.set(xlabel="Readout at steady state", ylim=(len(names) - 0.4, -0.6))
    right.margins(x=0.2)
    right.spines[["top", "right"]].set_visible(False)
    right.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return np.array(panels)


def _draw_doses(ax: Axes, doses: dict[str, float]) -> None:
    ax.barh(range(len(doses)), list(doses.values()), color=_AIM, height=0.55)
    ax.set_yticks(range(len(doses)), list(doses))
    for place, dose in enumerate(doses.values()):
        ax.annotate(
            f"{dose:.3g}".replace("-", "−"), (dose, place), xytext=(4 if dose > 0 else -4, 0),
            textcoords="offset points", va="center", ha="left" if dose > 0 else "right", fontsize=8,
        )  # fmt: skip
    if not doses:
        ax.text(0.5, 0.5, "no drug", transform=ax.transAxes, ha="center", color=_LINE)
    ax.axvline(0.0, color="black", linewidth=0.8)
    ax.set(xlabel="Dose (the model's input)", ylim=(max(len(doses), 1) - 0.4, -0.6))
    ax.margins(x=0.28)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _draw_aim(ax: Axes, plan: TherapyPlan, row: pd.Series) -> None:
    value = float(row["value"])
    ax.annotate(
        "", xy=(value, 0), xytext=(plan.untreated, 0), zorder=1,
        arrowprops={"arrowstyle": "->", "color": _LINE, "shrinkA": 5, "shrinkB": 6},
    )  # fmt: skip
    ax.plot(plan.untreated, 0, "o", mfc="white", mec="black", ms=7, label="untreated")
    ax.plot(value, 0, "o", color=_AIM, ms=7, label=f"{plan.aim}d ({plan.risk} of the members)", zorder=3)
    if row["upper"] > row["lower"]:
        ax.plot(
            [row["lower"], row["upper"]], [0, 0], color=_AIM, linewidth=3, alpha=0.45, label="all members"
        )


def _draw_limit(ax: Axes, place: int, bound: float, value: float, *, highest: bool) -> None:
    first = place == 1
    ax.plot([bound] * 2, [place - 0.3, place + 0.3], color=_FORBIDDEN, linewidth=2)
    # the strip reaches a fixed width beyond the bound, whatever the range of the axis
    ax.annotate(
        "", xy=(bound, place), xytext=(34 if highest else -34, 0), textcoords="offset points",
        arrowprops={"arrowstyle": "-", "color": _FORBIDDEN, "linewidth": 7, "alpha": 0.25, "shrinkA": 0,
                    "shrinkB": 0},
    )  # fmt: skip
    ax.plot(value, place, "D", color=_KEPT, ms=6.5, zorder=3, label="limited readout" if first else None)
    ax.plot([], [], color=_FORBIDDEN, linewidth=2, label="limit (shaded: not allowed)" if first else None)
