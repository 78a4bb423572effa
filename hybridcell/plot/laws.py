"""Laws in the place of a learned rate: how well they describe it, and the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.errors import check_choice
from hybridcell._core.expressions.expression import leaves
from hybridcell.plot.panels import one_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hybridcell.fit.distillation import Distillation

_COLORS = ("#D55E00", "#009E73", "#CC79A7", "#E69F00")
_GOOD, _POOR = "#0072B2", "#BBBBBB"
_SHOWN = ("laws", "bic")


def distillation(distilled: Distillation, *, show: str = "laws", n: int = 3, ax: Axes | None = None) -> Axes:
    """Draw a distillation.

    Parameters
    ----------
    distilled
        From ``fit.distill(...)``.
    show
        "laws": rates of the best laws and the learned rate along the data, over the input where only one
        changes, else against each other. "bic": how much worse than the best each law describes the data.
    n
        How many laws to draw beside the learned rate.
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    ``fig, (left, right) = plt.subplots(1, 2)``, then ``hc.pl.distillation(found, ax=left)`` and
    ``hc.pl.distillation(found, show="bic", ax=right)``.
    """
    check_choice("show", show, _SHOWN)
    ax = one_axes(ax)
    if show == "bic":
        _draw_differences(ax, distilled)
    else:
        _draw_laws(ax, distilled, n)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _draw_laws(ax: Axes, distilled: Distillation, n: int) -> None:
    learned = distilled.learned
    moving = [
        id for id, v in learned.points.items() if np.ptp(v) > 1e-6 * max(float(np.abs(v).max()), 1e-300)
    ]
    read = {id for id in moving for law in _laws(distilled, n) if id in leaves([law.math], "symbol")}
    if len(read) <= 1:
        (id,) = read or moving[:1]
        order = np.argsort(learned.points[id])
        x = learned.points[id][order]
        ax.plot(x, learned.rates[order], color="black", linewidth=5, alpha=0.3, label="learned")
        ax.set(xlabel=id, ylabel=f"Rate of {distilled.reaction}")
    else:
        order = np.argsort(learned.rates)
        x = learned.rates[order]
        ax.plot(x, x, color="black", linewidth=5, alpha=0.3, label="learned")
        ax.set(xlabel=f"Learned rate of {distilled.reaction}", ylabel="Rate of the law")
    for i, (color, law) in enumerate(zip(_COLORS, _laws(distilled, n))):
        if len(read) <= 1:
            ax.plot(x, law.rates(learned.points)[order], color=color, label=law.name)
        else:
            # rings of different sizes: laws that agree would hide each other
            ax.plot(
                x, law.rates(learned.points)[order], "o", color=color, markersize=3 + 3 * i, fillstyle="none",
                markeredgewidth=0.8, label=law.name,
            )  # fmt: skip
    ax.legend(frameon=False, fontsize="small", loc="lower left", bbox_to_anchor=(0, 1))


def _draw_differences(ax: Axes, distilled: Distillation) -> None:
    table = distilled.table
    y, delta = np.arange(len(table)), table["delta_bic"].to_numpy(float)
    fits = [str(verdict) != "does not describe the data" for verdict in table["verdict"]]
    ax.barh(y, delta, color=[_GOOD if good else _POOR for good in fits])
    for i, value in enumerate(delta):
        ax.annotate(
            f"{value:.3g}", (max(value, 0), i), xytext=(3, 0), textcoords="offset points", va="center"
        )
    ax.set_yticks(y, [f"{law} ({k})" for law, k in zip(table.index, table["constants"])])
    ax.invert_yaxis()
    if delta.max() > 100:
        ax.set_xscale("symlog", linthresh=10)
    ax.set_xlabel("BIC above the best")
    if not all(fits):
        ax.bar(0, 0, color=_POOR, label="does not describe the data")
        ax.legend(frameon=False, fontsize="small", loc="lower left", bbox_to_anchor=(0, 1))


def _laws(distilled: Distillation, n: int) -> list:
    return [distilled.laws[str(name)] for name in distilled.table.index[: min(n, len(_COLORS))]]
