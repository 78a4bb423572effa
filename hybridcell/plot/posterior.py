"""Draws of parameters: pairs of them, and chain by chain."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError

if TYPE_CHECKING:
    from hybridcell.infer.posterior.posterior import Posterior

_COLOR, _BAD, _LINE = "#0072B2", "#D55E00", "#8A94A0"
CHAIN_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B8A800")
#: Parameters of a corner, and points in one of its panels, unless told.
_MOST, _POINTS = 8, 2000
_BINS, _RANKS = 30, 20


def corner(
    posterior: Posterior, *, parameters: Sequence[str] | str | None = None, axes: Any = None
) -> np.ndarray:
    """Draw the draws of all pairs of parameters, and histograms of each.

    Parameters
    ----------
    posterior
        From `hc.infer.laplace` or `hc.infer.sample`.
    parameters
        Names; by default the first eight.
    axes
        Of shape (m, m), for m parameters; by default those of a new figure.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (m, m)
        On the scales of the parameters; what is above the diagonal is switched off. Lines are at the optimum
        that it began from, shaded is the central 90 %. Draws of trajectories that diverged stand out. What is
        wrong with the draws is said above.

    Raises
    ------
    UnknownNameError
        If there is no such parameter.
    InvalidValueError
        If axes do not have the shape.

    Examples
    --------
    >>> import jax, jax.numpy as jnp
    >>> from hybridcell.fit.estimation import FunctionObjective
    >>> from hybridcell.infer.posterior.laplace import laplace
    >>> from hybridcell.plot.posterior import corner
    >>> bowl = FunctionObjective(["a", "b"], [-5, -5], [5, 5], residuals=lambda p: p)
    >>> corner(laplace(bowl, at=[0.0, 0.0], key=jax.random.key(0))).shape
    (2, 2)
    """
    places = posterior.target.places(parameters)
    if parameters is None:
        places = places[:_MOST]
    m = len(places)
    grid = grid_of(m, m, axes, size=(1.7, 1.55), sharex="col")
    draws, at = posterior.flat, posterior.target.at
    some = np.linspace(0, len(draws) - 1, min(_POINTS, len(draws))).round().astype(int)
    diverging = posterior.statistics.get("diverging")
    wrong = np.zeros(len(draws), bool) if diverging is None else np.ravel(diverging)
    for row, below in enumerate(places):
        for column, beside in enumerate(places):
            ax = grid[row, column]
            if column > row:
                ax.axis("off")
                continue
            ax.axvline(at[beside], color=_LINE, linewidth=0.9, zorder=0)
            if row == column:
                low, high = np.quantile(draws[:, beside], [0.05, 0.95])
                ax.axvspan(low, high, color=_COLOR, alpha=0.12, linewidth=0)
                ax.hist(draws[:, beside], bins=_BINS, color=_COLOR, histtype="step", linewidth=1.3)
                ax.set_yticks([])
                ax.spines[["top", "right", "left"]].set_visible(False)
            else:
                ax.axhline(at[below], color=_LINE, linewidth=0.9, zorder=0)
                ax.scatter(
                    draws[some, beside], draws[some, below], s=3, color=_COLOR, alpha=0.25, linewidths=0,
                    rasterized=True,
                )  # fmt: skip
                ax.scatter(draws[wrong, beside], draws[wrong, below], s=10, color=_BAD, marker="x", zorder=3)
                ax.spines[["top", "right"]].set_visible(False)
            ax.tick_params(labelsize="x-small")
            if row == m - 1:
                ax.set_xlabel(_label(posterior, beside), fontsize="small")
            if column == 0 and row > 0:
                ax.set_ylabel(_label(posterior, below), fontsize="small")
            elif row != column:
                ax.set_yticklabels([])
    say(grid, posterior, new=axes is None)
    return grid


def traces(
    posterior: Posterior, *, parameters: Sequence[str] | str | None = None, axes: Any = None
) -> np.ndarray:
    """Draw the draws of every chain in their order, and how the ranks of each are distributed.

    Parameters
    ----------
    posterior
        From `hc.infer.sample`.
    parameters
        Names; by default the first eight.
    axes
        Of shape (m, 2), for m parameters; by default those of a new figure.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (m, 2)
        Left the draws, a line for each chain; right the ranks among the draws of all chains. Chains that have
        mixed have about equally many draws in every range of ranks: the dotted line.

    Raises
    ------
    InvalidValueError
        If the draws are no chains (Laplace, Pathfinder), or axes do not have the shape.

    Examples
    --------
    >>> import jax, jax.numpy as jnp
    >>> from hybridcell.fit.estimation import FunctionObjective
    >>> from hybridcell.infer.posterior.sample import sample
    >>> from hybridcell.plot.posterior import traces
    >>> bowl = FunctionObjective(["a"], [-5], [5], residuals=lambda p: p)
    >>> traces(sample(bowl, at=[0.0], n=100, warmup=100, key=jax.random.key(0))).shape
    (1, 2)
    """
    if posterior.method != "nuts":
        raise InvalidValueError(
            f"Draws of {posterior.method} are independent, and no chains; corner() shows them."
        )
    places = posterior.target.places(parameters)
    if parameters is None:
        places = places[:_MOST]
    grid = grid_of(len(places), 2, axes, size=(3.6, 1.25))
    for (left, right), place in zip(grid, places):
        draws = posterior.draws[:, :, place]
        ranks = np.argsort(np.argsort(draws, axis=None)).reshape(draws.shape)
        bins = np.linspace(0, draws.size, _RANKS + 1)
        for chain, (line, rank) in enumerate(zip(draws, ranks)):
            color = CHAIN_COLORS[chain % len(CHAIN_COLORS)]
            left.plot(line, color=color, linewidth=0.5, alpha=0.75)
            counts, _ = np.histogram(rank, bins)
            right.stairs(counts, bins, color=color, linewidth=1.2)
        right.axhline(draws.shape[1] / _RANKS, color=_LINE, linestyle=":", linewidth=1.0)
        right.set_ylim(0, None)
        name = posterior.names[place]
        left.set_ylabel(_label(posterior, place), fontsize="small")
        right.set_title(
            f"R-hat {posterior.rhat[name]:.3f}, effective draws {posterior.ess[name]:.0f}",
            fontsize="x-small", loc="right", color=_LINE,
        )  # fmt: skip
        for ax in (left, right):
            ax.tick_params(labelsize="x-small")
            ax.spines[["top", "right"]].set_visible(False)
    grid[-1, 0].set_xlabel("Draw", fontsize="small")
    grid[-1, 1].set_xlabel("Rank among all chains", fontsize="small")
    say(grid, posterior, new=axes is None)
    return grid


def grid_of(
    rows: int, columns: int, axes: Any, *, size: tuple[float, float], sharex: Any = False
) -> np.ndarray:
    """Return axes of shape (rows, columns): those given, or those of a new figure; size: of one panel."""
    if axes is not None:
        given = np.asarray(axes, dtype=object)
        if given.size != rows * columns:
            raise InvalidValueError(f"axes have the shape {given.shape}; wanted ({rows}, {columns}).")
        return given.reshape(rows, columns)
    import matplotlib.pyplot as plt

    shape = (max(size[0] * columns, 4.2), max(size[1] * rows, 2.2) + 0.4)
    return plt.subplots(rows, columns, squeeze=False, layout="constrained", figsize=shape, sharex=sharex)[1]


def _label(posterior: Posterior, place: int) -> str:
    scale = posterior.scales[place]
    name = "\n".join(textwrap.wrap(posterior.names[place], 18))
    return name if scale == "lin" else f"{scale}\n{name}"


def say(grid: np.ndarray, posterior: Posterior, *, new: bool) -> None:
    """Say above new figures what is wrong with the draws."""
    if not new:
        return
    figure = grid.ravel()[0].figure
    width = int(figure.get_figwidth() * 15)
    words = textwrap.wrap("; ".join(posterior.problems or posterior.notes), width)
    if words:
        shown = "\n".join(words[:4]) + (" …" if len(words) > 4 else "")
        figure.suptitle(shown, fontsize="small", color=_BAD if posterior.problems else _LINE)
