"""The interaction graph: `graph` draws the network in layers, `edges` the strongest edges with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.graph import Interactions, layered_layout
from hybridcell.plot.edge_route import edge_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACTIVATES, INHIBITS = "#0072B2", "#D55E00"
#: Fill of a node's box by kind; light, so that the name stays readable.
_FILLS = {"drug": "#FFF3C4", "protein": "#EEF2F6", "gene": "#E3F3EC", "phenotype": "#F6E3EE"}
_TITLES = {"drug": "Drugs", "phenotype": "Phenotypes"}
_LARGEST, _SMALLEST = 9.0, 4.0  # font size in points
_BOX_HEIGHT = 0.66  # of the distance between two rows
_BOX_WIDTH = 0.62  # most of the distance between two columns that a box may take
_WIDEST, _THINNEST = 2.8, 0.5  # line width in points
_BAND, _PALE = 2.0, 0.3  # widest band of an interval, in strongest edges; its opacity


def graph(
    interactions: Interactions,
    *,
    top: int | None = 60,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the strongest edges as a network: drugs left, phenotypes right.

    Arrows (blue) are positive edges, T-bars (vermillion) negative ones. Width grows with \\|weight\\|, and a
    pale band is as wide as the largest weight in the interval; the more the members agree on the sign, the
    darker an edge. Where inhibitors are given as negative strengths, an inhibitor has a positive edge to what
    it inhibits: both fall.

    Parameters
    ----------
    interactions : Interactions
        From `hc.interactions`; filter it first to choose the edges.
    top : int or None
        Number of strongest edges to draw; None draws all. Nodes without an edge are left out.
    title : str, optional
    ax : matplotlib.axes.Axes, optional
        Default: a new figure, as large as the network needs.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InvalidValueError
        When there is no edge to draw.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["ERK", "growth", "aMEK"], ["protein", "phenotype", "drug"],
    ...                    [[0, 0, 0.8], [0.5, 0, 0], [0, 0, 0]])
    >>> ax = hc.pl.graph(hc.interactions(model))
    >>> sorted(text.get_text() for text in ax.texts)
    ['Drugs', 'ERK', 'Phenotypes', 'aMEK', 'growth']
    """
    import matplotlib.pyplot as plt

    drawn = _drawable(interactions, top)
    used = set(drawn.edges["source"]) | set(drawn.edges["target"])
    nodes = drawn.nodes[drawn.nodes["name"].isin(list(used))]
    kinds = dict(zip(nodes["name"], nodes["kind"]))
    pairs = list(zip(drawn.edges["source"], drawn.edges["target"]))
    place = layered_layout(list(kinds), list(kinds.values()), pairs)
    n_columns = 1 + max(column for column, _ in place.values())
    n_rows = 1.0 + 2 * max(abs(height) for _, height in place.values())
    if ax is None:
        _, ax = plt.subplots(
            # no narrower than the legend, for which the layout would squeeze everything else
            figsize=(max(7.4, 2.0 * n_columns), max(2.4, 0.29 * n_rows + 1.1)),
            layout="constrained",
        )
    ax.set_axis_off()
    ax.set_xlim(-0.5, n_columns - 0.5)
    ax.set_ylim(-n_rows / 2 - 0.3, n_rows / 2 + 0.7)
    boxes = _draw_nodes(ax, place, kinds)
    _draw_edges(ax, drawn, place, boxes)
    for kind, text in _TITLES.items():
        for column, y in (
            [max(place[name] for name in kinds if kinds[name] == kind)] if kind in kinds.values() else []
        ):
            ax.text(column, y + 0.75, text, ha="center", va="center", fontsize=9, color="#555555")
    _legend(ax, drawn)
    if title is not None:
        ax.set_title(title, fontsize=11)
    return ax


def edges(interactions: Interactions, *, top: int = 25, ax: Axes | None = None) -> Axes:
    """Draw the strongest edges as dots with their intervals over the members.

    Filled dots: the interval does not contain 0. Single models have no intervals, and filled dots.

    Parameters
    ----------
    interactions : Interactions
        From `hc.interactions`.
    top : int
        Number of edges.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InvalidValueError
        When there is no edge to draw.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["ERK", "aMEK"], ["protein", "drug"], [[0, 0.8], [0, 0]])
    >>> hc.pl.edges(hc.interactions(model)).get_xlabel()
    'Weight W (dimensionless)'
    """
    import matplotlib.pyplot as plt
    from matplotlib.lines import Line2D

    drawn = _drawable(interactions, top)
    rows = drawn.edges
    if ax is None:
        _, ax = plt.subplots(figsize=(5.6, 0.24 * len(rows) + 1.2), layout="constrained")
    y = np.arange(len(rows))[::-1]
    color = [ACTIVATES if w >= 0 else INHIBITS for w in rows["weight"]]
    crosses = (rows["lower"] <= 0) & (rows["upper"] >= 0)
    face = ["white" if open_ else c for open_, c in zip(crosses, color)]
    ax.axvline(0.0, color="#999999", linewidth=0.8, zorder=0)
    ax.hlines(y, rows["lower"], rows["upper"], colors=color, linewidth=1.6, zorder=1)
    ax.scatter(rows["weight"], y, s=28, c=face, edgecolors=color, linewidths=1.3, zorder=2)
    sign = ["→" if w >= 0 else "⊣" for w in rows["weight"]]
    ax.set_yticks(y, [f"{s} {a} {t}" for s, a, t in zip(rows["source"], sign, rows["target"])], fontsize=8)
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.set_xlabel(_weight_label(drawn.kind))
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    if drawn.n_members > 1:
        handles = [
            Line2D([], [], color="#555555", marker="o", linewidth=1.6, markersize=5,
                   label=f"median, central {drawn.level:.0%} of {drawn.n_members} members"),
            Line2D([], [], color="#555555", marker="o", markerfacecolor="white", linewidth=1.6, markersize=5,
                   label="interval contains 0"),
        ]  # fmt: skip
        shown = handles if crosses.any() else handles[:1]
        ax.legend(
            handles=shown, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(shown), fontsize=8,
            frameon=False,
        )  # fmt: skip
    return ax


def _weight_label(kind: str) -> str:
    return {
        "structural": "Weight W (dimensionless)",
        "response": "Local response (ε/α) W",
        "local": "Local effect, ∂(dx/dt / α) of target per source",
        "global": "Response of the steady state per push on the source",
        "association": "Rank correlation, times √(SNR of both)",
    }[kind]


def _drawable(interactions: Interactions, top: int | None) -> Interactions:
    if not isinstance(interactions, Interactions):
        raise InvalidValueError(
            f"There is no graph in a {type(interactions).__name__}; pass hc.interactions(model)."
        )
    drawn = interactions.filter(top=top)
    if not len(drawn):
        raise InvalidValueError("There is no edge to draw; filter less, or raise top.")
    return drawn


def _points_per_unit(ax: Axes) -> tuple[float, float]:
    """Return how many points one unit of x and of y takes on paper."""
    box = ax.get_window_extent()
    scale = 72.0 / ax.figure.dpi
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    return box.width * scale / (x1 - x0), box.height * scale / (y1 - y0)


def _draw_nodes(ax: Axes, place: dict[str, tuple[int, float]], kinds: dict[str, str]) -> dict[str, Any]:
    """Draw a labeled box per node; the size of the letters is what fits the rows and columns."""
    from matplotlib.patches import FancyBboxPatch
    from matplotlib.textpath import TextPath

    # a constrained layout has its final size only once it was drawn
    ax.figure.canvas.draw()
    per_x, per_y = _points_per_unit(ax)
    width_at_one = {name: TextPath((0, 0), name or " ", size=1.0).get_extents().width for name in place}
    longest = max(max(width_at_one.values()), 1.0)
    fit_rows, fit_columns = _BOX_HEIGHT * per_y / 1.45, _BOX_WIDTH * per_x / (longest + 0.9)
    size = float(np.clip(min(fit_rows, fit_columns), _SMALLEST, _LARGEST))
    height = min(_BOX_HEIGHT, 1.75 * size / per_y)
    boxes = {}
    for name, (column, y) in place.items():
        width = (width_at_one[name] + 0.9) * size / per_x
        box = FancyBboxPatch(
            (column - width / 2, y - height / 2), width, height,
            boxstyle=f"round,pad=0,rounding_size={0.35 * height * per_y / per_x}",
            mutation_aspect=per_x / per_y, facecolor=_FILLS.get(kinds[name], "#EEF2F6"), edgecolor="#8A8F98",
            linewidth=0.7, zorder=3,
        )  # fmt: skip
        boxes[name] = ax.add_patch(box)
        ax.text(column, y, name, ha="center", va="center_baseline", fontsize=size, zorder=4, parse_math=False)
    return boxes


def _draw_edges(
    ax: Axes, drawn: Interactions, place: dict[str, tuple[int, float]], boxes: dict[str, Any]
) -> None:
    from matplotlib.patches import FancyArrowPatch, PathPatch

    size = np.abs(drawn.edges["weight"].to_numpy())
    largest = max(float(size.max()), 1e-300)
    share = size / largest
    reach = np.clip(drawn.edges[["lower", "upper"]].abs().max(axis=1).to_numpy() / largest, share, _BAND)
    stability = drawn.edges["sign_stability"].fillna(1.0).to_numpy()
    half = {name: box.get_width() / 2 for name, box in boxes.items()}
    # weakest first, so that the strong ones lie on top
    for e in range(len(drawn.edges))[::-1]:
        row = drawn.edges.iloc[e]
        positive = row["weight"] >= 0
        color, path = (
            ACTIVATES if positive else INHIBITS,
            edge_path(row["source"], row["target"], place, half),
        )
        if np.isfinite(reach[e]):
            width = _THINNEST + (_WIDEST - _THINNEST) * reach[e]
            ax.add_patch(PathPatch(path, fill=False, linewidth=width, color=color, alpha=_PALE, zorder=1.5))
        ax.add_patch(
            FancyArrowPatch(
                path=path,
                arrowstyle="-|>,head_length=4.5,head_width=2.2" if positive else "|-|,widthA=0,widthB=4.2",
                mutation_scale=1.0, linewidth=_THINNEST + (_WIDEST - _THINNEST) * share[e],
                alpha=_alpha(stability[e]), color=color, zorder=2,
                capstyle="butt", joinstyle="miter",
            )
        )  # fmt: skip


def _alpha(stability: float) -> float:
    """Return the opacity: from 0.25 where members are split to 0.9 where all agree."""
    return 0.25 + 0.65 * float(np.clip(2.0 * stability - 1.0, 0.0, 1.0)) ** 1.5


def _legend(ax: Axes, drawn: Interactions) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=ACTIVATES, linewidth=1.8, label="→ positive"),
        Line2D([], [], color=INHIBITS, linewidth=1.8, label="⊣ negative"),
    ]
    if drawn.n_members > 1:
        handles.append(
            Line2D([], [], color="#555555", alpha=0.3, label="faint: members disagree on the sign")
        )
        handles.append(
            Line2D(
                [],
                [],
                color="#555555",
                alpha=_PALE,
                linewidth=5,
                label="band: largest weight in the interval",
            )
        )
    ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=len(handles), frameon=False,
        fontsize=8, handlelength=2.2,
    )  # fmt: skip
