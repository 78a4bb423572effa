"""What experiments would tell: the ranking of candidates, and the batch that was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import is_whole
from hybridcell.plot.panels import one_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hybridcell.infer.design import Design

_CHOSEN, _OTHER, _LINE = "#D55E00", "#0072B2", "#333333"
_SHORT = {
    "D": "Information, nats",
    "disagreement": "Information on disagreement, nats",
    "A": "Share of the summed variance of {about}",
    "E": "Share of the largest variance of {about}",
}


def information(design: Design, ax: Axes | None = None, *, most: int = 25) -> Axes:
    """Draw what each experiment would tell: the chosen batch in order, then the best of the others.

    Parameters
    ----------
    design
        From `hc.infer.design`.
    ax
        Axes to draw on; by default new ones.
    most
        How many experiments, at most; those chosen are always shown.

    Returns
    -------
    matplotlib.axes.Axes
        Bars: the gain of each as it was chosen (orange, numbered), and what others would still add (blue).
        Open bars: the gain of each if it were the only experiment. Line: gain of the batch so far.
        Remarks of the design stand below.

    Raises
    ------
    InvalidValueError
        When no candidate can be simulated, or `most` is not positive.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.infer.design import design
    >>> from hybridcell.plot.design import information
    >>> screen = hc.datasets.signaling(drugs=["aMEK", "aAKT"], doses=[1.0], order=1)
    >>> fit = hc.fit(hc.CellBox.from_data(screen, key=jr.key(0)), screen, steps=20, key=jr.key(1))
    >>> found = design(fit, [{"aMEK": -1.0}, {"amTOR": -1.0}], criterion="D", key=jr.key(2))
    >>> information(found).get_xlabel()
    'Information, nats'
    """
    if not is_whole(most) or most < 1:
        raise InvalidValueError(f"most is {most!r}; wanted a positive whole number.")
    everything: Any = design.table
    table: Any = everything[np.isfinite(everything["alone"].to_numpy(float))]
    if not len(table):
        raise InvalidValueError("There is nothing to draw: none of the candidates can be simulated.")
    shown = table.head(max(int(most), len(design.chosen)))
    n, chosen = len(shown), shown["chosen"].to_numpy(bool)
    ys = np.arange(n)
    drawn = one_axes(ax, (7.2, max(2.6, 1.3 + 0.27 * n)))
    alone, gain = shown["alone"].to_numpy(float), shown["gain"].to_numpy(float)
    drawn.barh(
        ys, alone, height=0.72, facecolor="none", edgecolor="#9AA5AE", linewidth=0.9, zorder=2, label="alone"
    )
    drawn.barh(
        ys[chosen], gain[chosen], height=0.72, color=_CHOSEN, zorder=3, label="chosen, given those before it"
    )
    if (~chosen).any():
        drawn.barh(
            ys[~chosen], gain[~chosen], height=0.72, color=_OTHER, zorder=3, label="others, given the batch"
        )
    count = int(chosen.sum())
    if count > 1:
        drawn.plot(
            shown["cumulative"].to_numpy(float)[chosen], ys[chosen], color=_LINE, marker="o", markersize=3.5,
            linewidth=1.2, zorder=4, label="batch so far",
        )  # fmt: skip
    names = [str(name) for name in shown["candidate"]]
    labels = [f"{k + 1}. {name}" if c else name for k, (name, c) in enumerate(zip(names, chosen))]
    drawn.set_yticks(ys, [_cut(label) for label in labels], fontsize="small" if n > 15 else "medium")
    for label, c in zip(drawn.get_yticklabels(), chosen):
        label.set_fontweight("bold" if c else "normal")
    drawn.set_ylim(n - 0.5, -0.5)
    drawn.set_xlim(left=0.0)
    drawn.set_xlabel(_SHORT[design.criterion].format(about=design.about))
    left_out = len(design.table) - n
    title = f"{count} chosen of {len(design.table)} candidates"
    drawn.set_title(title + (f", {left_out} not shown" if left_out else ""), loc="left", fontsize="medium")
    drawn.legend(frameon=False, loc="lower right", fontsize="small")
    drawn.tick_params(axis="y", length=0)
    drawn.spines[["top", "right", "left"]].set_visible(False)
    drawn.grid(axis="x", color="#EEEEEE", linewidth=0.8)
    drawn.set_axisbelow(True)
    _remarks(drawn, design.remarks)
    return drawn


def _remarks(ax: Axes, remarks: tuple[str, ...]) -> None:
    """Write what to know of the design below the axes."""
    import textwrap

    lines = [line for remark in remarks for line in textwrap.wrap(remark, 96)]
    if lines:
        ax.annotate(
            "\n".join(lines), (0.0, 0.0), xycoords="axes fraction", xytext=(0, -38),
            textcoords="offset points", ha="left", va="top", fontsize="x-small", color="#555555",
        )  # fmt: skip


def _cut(label: str, most: int = 46) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"
