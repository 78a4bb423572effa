"""Drug combinations: the dose surface of one pair, the synergy of all pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.plot.drawable import check_drawable
from hybridcell.plot.panels import one_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize

    from hybridcell.therapy import CombinationScreen

# Blue, white, vermillion: opposite for every kind of color vision.
_ANTAGONISM, _NONE, _SYNERGY = "#0072B2", "#FFFFFF", "#D55E00"
_UNSOLVED = "#C8C8C8"
_TITLES = {
    "response": "Response of {readout}",
    "effect": "Effect on {readout} (fraction)",
    "bliss": "Excess over Bliss, {readout} (fraction)",
    "hsa": "Excess over best single drug, {readout} (fraction)",
    "additive": "Excess over additivity ({readout})",
}
_SIGNED = ("bliss", "hsa", "additive")
#: Most drugs whose pairs are labeled with their numbers.
_MOST_NUMBERS = 15
#: Drugs from which on the empty half of a map has room for words.
_ROOM_FOR_WORDS = 4


def dose_surface(
    screen: CombinationScreen,
    a: str,
    b: str,
    *,
    value: str = "effect",
    isoboles: Any = None,
    measured: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw one pair of drugs over its doses, with lines of equal value (isoboles).

    Where isoboles are straight lines between the axes, doses of one drug can be traded for doses of the
    other; lines that bow to the origin mean that less of both suffices.

    Parameters
    ----------
    screen
        What `hc.screen_combinations` returns.
    a, b
        The drugs on the horizontal and on the vertical axis.
    value
        "effect", "response", an excess ("bliss", "hsa", "additive") or any other column of the screen.
        Excesses are drawn in colors that part at 0.
    isoboles : int or sequence of float, optional
        Number of lines, or their values; 0 draws none. By default up to seven round values.
    measured
        Mark the conditions of the training data. For "effect" and "response" the marks are filled with what
        was measured, so that a good fit makes them vanish in the surface.
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError
        When the screen has no such drug.
    InvalidValueError
        When the screen has no such column, or nothing of the pair was solved.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["growth", "a", "b"], ["phenotype", "drug", "drug"],
    ...                    [[0, 1.0, 1.0], [0, 0, 0], [0, 0, 0]])
    >>> screen = hc.screen_combinations(model, readout="growth", doses=4, input_range=-2.0)
    >>> hc.pl.dose_surface(screen, "a", "b").get_xlabel()
    'a (|u|)'
    """
    check_drawable("dose_surface", screen, "surface", wanted="a screen, from hc.screen_combinations")
    surface = screen.surface(a, b, value)
    values = surface.to_numpy().T
    if not np.isfinite(values).any():
        raise InvalidValueError(f"No condition of {a} and {b} was solved; there is nothing to draw.")
    ax = one_axes(ax, (4.6, 3.8))
    points = screen.measured(a, b) if measured else None
    filled = points is not None and value in points.columns
    seen = np.append(values, points[value]) if filled and points is not None else values
    norm, cmap = _colors(value, seen)
    x, y = surface.index.to_numpy(), surface.columns.to_numpy()
    ax.set_facecolor(_UNSOLVED)
    # smooth color between doses, unless that would paint over conditions that were not solved
    shading = "gouraud" if np.isfinite(values).all() else "nearest"
    mesh = ax.pcolormesh(x, y, values, norm=norm, cmap=cmap, shading=shading, rasterized=True)
    _draw_isoboles(ax, x, y, values, isoboles)
    if points is not None and len(points):
        ax.scatter(
            points["dose_a"],
            points["dose_b"],
            c=points[value] if filled else "none",
            s=46,
            norm=norm if filled else None,
            cmap=cmap if filled else None,
            edgecolors="black",
            linewidths=1.1,
            clip_on=False,
            zorder=4,
        )
        mark = ax.plot([], [], "o", mfc="none", mec="black", ms=6.5, mew=1.1, label="measured")
        ax.legend(handles=mark, loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, borderaxespad=0.5)
    unit = "|u|" if screen.input == "strength" else "dose"
    ax.set(xlabel=f"{a} ({unit})", ylabel=f"{b} ({unit})")
    ax.figure.colorbar(mesh, ax=ax, label=_title(screen, value))
    return ax


def synergy_map(
    screen: CombinationScreen, *, by: str = "bliss", statistic: str = "mean", ax: Axes | None = None
) -> Axes:
    """Draw the excess of every pair of drugs as a map.

    Parameters
    ----------
    screen
        What `hc.screen_combinations` returns.
    by : {"bliss", "hsa", "additive"}
        Which excess; above 0 (vermillion) is synergy, below (blue) antagonism.
    statistic : {"mean", "max", "min"}
        Over the dose combinations of a pair.
    ax
        Axes to draw on; by default new ones, as large as the number of drugs asks for.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InvalidValueError
        On another excess or statistic.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["growth", "a", "b"], ["phenotype", "drug", "drug"],
    ...                    [[0, 1.0, 1.0], [0, 0, 0], [0, 0, 0]])
    >>> screen = hc.screen_combinations(model, readout="growth", doses=4, input_range=-2.0)
    >>> [label.get_text() for label in hc.pl.synergy_map(screen).get_xticklabels()]
    ['a', 'b']
    """
    from hybridcell._core.errors import check_choice

    check_drawable("synergy_map", screen, "per_pair", wanted="a screen, from hc.screen_combinations")
    check_choice("by", by, _SIGNED)
    table = screen.per_pair(by, statistic=statistic)
    n = len(table)
    ax = one_axes(ax, (max(2.4 + 0.46 * n, 4.0), max(1.5 + 0.42 * n, 3.4)))
    values = np.where(np.tri(n, k=-1, dtype=bool), table.to_numpy(), np.nan)
    norm, cmap = _colors(by, values)
    ax.set_facecolor("white")
    # pairs without a solved condition are gray; the other half of the square stays empty
    lower = np.where(np.tri(n, k=-1, dtype=bool), 0.0, np.nan)
    ax.imshow(lower, cmap=_one_color(_UNSOLVED), aspect="equal")
    image = ax.imshow(values, norm=norm, cmap=cmap, aspect="equal")
    if n <= _MOST_NUMBERS:
        _write_numbers(ax, values, norm)
    ax.set_xticks(range(n), table.columns, rotation=90)
    ax.set_yticks(range(n), table.index)
    ax.set(xlim=(-0.5, n - 1.5), ylim=(n - 0.5, 0.5))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    title = _title(screen, by)
    ax.figure.colorbar(
        image, ax=ax, label=f"{title[0].upper()}{title[1:]},\n{statistic} over doses", shrink=0.8
    )
    _label_ends(ax, n)
    return ax


def _label_ends(ax: Axes, n: int) -> None:
    """Say in the empty half what the two colors mean; above the map where that half is too small."""
    if n < _ROOM_FOR_WORDS:
        ax.text(0.0, 1.14, "synergy", color=_SYNERGY, transform=ax.transAxes, fontweight="bold")
        ax.text(0.0, 1.03, "antagonism", color=_ANTAGONISM, transform=ax.transAxes, fontweight="bold")
        return
    ax.text(n - 1.6, 0.7, "synergy", color=_SYNERGY, ha="right", va="top", fontweight="bold")
    ax.text(n - 1.6, 1.25, "antagonism", color=_ANTAGONISM, ha="right", va="top", fontweight="bold")


def _write_numbers(ax: Axes, values: np.ndarray, norm: Normalize) -> None:
    largest = np.nanmax(np.abs(values)) if np.isfinite(values).any() else 0.0
    digits = 2 if largest >= 0.095 else 3
    for (i, j), v in np.ndenumerate(values):
        if np.isfinite(v):
            strong = abs(float(norm(v)) - 0.5) > 0.38
            text = f"{v:.{digits}f}".replace("0.", ".", 1).replace("-", "−")
            ax.text(
                j, i, text, ha="center", va="center", fontsize=7.5, color="white" if strong else "#333333"
            )


def _draw_isoboles(ax: Axes, x: np.ndarray, y: np.ndarray, values: np.ndarray, isoboles: Any) -> None:
    from matplotlib import patheffects
    from matplotlib.ticker import MaxNLocator

    low, high = np.nanmin(values), np.nanmax(values)
    if isoboles is None or np.ndim(isoboles) == 0:
        count = 8 if isoboles is None else int(isoboles)
        levels = (
            MaxNLocator(count, steps=[1, 2, 5, 10], min_n_ticks=1).tick_values(low, high)
            if count > 0
            else np.zeros(0)
        )
    else:
        levels = np.sort(np.asarray(isoboles, dtype=float))
    # a line that no value crosses cannot be drawn; a surface that is flat to solver tolerance has none
    levels = levels[(levels > low) & (levels < high)] if high - low > 1e-6 else levels[:0]
    if not len(levels) or min(values.shape) < 2:
        return
    lines = ax.contour(
        x, y, np.ma.masked_invalid(values), levels=levels, colors="black", linewidths=0.9, linestyles="solid"
    )
    for text in ax.clabel(lines, fontsize=7, fmt=lambda v: f"{v:.3g}".replace("-", "−")):
        text.set_path_effects([patheffects.withStroke(linewidth=2.0, foreground="white")])
        text.set_clip_on(False)


def _colors(value: str, values: np.ndarray) -> tuple[Normalize, Any]:
    """Return the norm and color map: parting at 0 for what has a sign, else from low to high."""
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    known = values[np.isfinite(values)]
    if value.startswith(_SIGNED) and not value.endswith("_probability"):
        end = max(float(np.abs(known).max()) if known.size else 0.0, 1e-6)
        diverging = LinearSegmentedColormap.from_list("excess", [_ANTAGONISM, _NONE, _SYNERGY])
        return Normalize(-end, end), diverging
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if value.startswith("effect"):
        low = min(low, 0.0)
    return Normalize(low, high if high > low else low + 1e-6), "cividis"


def _one_color(color: str) -> Any:
    from matplotlib.colors import ListedColormap

    return ListedColormap([color])


def _title(screen: CombinationScreen, value: str) -> str:
    return _TITLES.get(value, value.replace("_", " ")).format(readout=screen.readout)
