"""Neural pieces of a reaction network: what they have learned, how much they supply, where they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice, unknown_name
from hybridcell.hybrid import NeuralShare, input_output
from hybridcell.plot.drawable import check_drawable
from hybridcell.plot.panels import one_axes
from hybridcell.plot.time_courses import simulated

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_NEURAL, _MECHANISM, _OUTSIDE = "#D55E00", "#0072B2", "#EEEEEE"
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B8A800")
_VIEWS = ("species", "reaction", "condition")


def neural_response(
    model: Any,
    trajectory: Any = None,
    *,
    piece: str | None = None,
    input: str | None = None,
    quantity: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what a neural piece answers to one of its inputs, the others held at their median.

    Parameters
    ----------
    model
        A fitted hybrid: what `hc.fit` gave back, or its network. Several of them (other seeds): the median,
        and a band in which 90 % of them lie.
    trajectory
        Of the first network under the conditions of its data; not needed where `model` is a fit.
    piece
        Id of the piece, or what it determines ("v7"); not needed where there is only one.
    input
        What to draw over; default: the first input.
    quantity
        A reaction, whose rate is drawn, or an output of the piece; default: the reaction, where there is one.
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes
        Marks at the bottom are where the input was along the data; outside of their range the ground is grey.

    Raises
    ------
    UnknownNameError, InvalidValueError
        On names that the piece does not have; without a trajectory where the model is no fit.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> network = hc.read_sbml(hc.networks.load("predator_prey"))
    >>> hybrid = network.replace("hunt", hc.NeuralRate(key=jr.key(0)))
    >>> seen = hc.simulate(hybrid, t1=20.0, solve=hc.Solve(backend="numpy"))
    >>> hc.pl.neural_response(hybrid, seen, input="prey").get_xlabel()
    'prey'
    """
    members = list(model) if isinstance(model, Sequence) else [model]
    if trajectory is None:
        if not hasattr(members[0], "chi2"):
            raise InvalidValueError(
                "A network alone does not say where its inputs were; give a trajectory under the conditions "
                "of the data, or what hc.fit gave back."
            )
        trajectory = simulated(members[0])[1]
    curves = input_output([getattr(m, "network", m) for m in members], trajectory, piece)
    curves = _picked(_picked(curves, "input", input), "quantity", quantity, last=True)
    name, shown = str(curves["input"].iloc[0]), str(curves["quantity"].iloc[0])
    ax = one_axes(ax)
    x, inside = curves["x"].to_numpy(), curves["inside"].to_numpy(bool)
    low, high = x[inside].min(), x[inside].max()
    for start, end in ((x.min(), low), (high, x.max())):
        if end > start:
            ax.axvspan(start, end, color=_OUTSIDE, linewidth=0, zorder=0)
    if len(members) > 1:
        ax.fill_between(x, curves["lower"], curves["upper"], color=_NEURAL, alpha=0.25, linewidth=0)
    ax.plot(x, curves["value"], color=_NEURAL, linewidth=2)
    seen = np.tile(trajectory.ts, len(trajectory.conditions)) if name == "time" else trajectory[name].ravel()
    seen = seen[np.isfinite(seen)]
    ax.plot(
        seen, np.full(len(seen), 0.02), "|", transform=ax.get_xaxis_transform(), color="#444444", alpha=0.5
    )
    rate = shown in {r.id for r in trajectory.network.definition.reactions}
    ax.set(xlabel=name, ylabel=f"Rate of {shown}" if rate else shown, xlim=(x.min(), x.max()))
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def neural_share(share: NeuralShare, *, by: str = "species", ax: Axes | None = None) -> Axes:
    """Draw what share of all change neural pieces supply.

    Parameters
    ----------
    share
        From `hybridcell.hybrid.neural_share`.
    by
        "species", "reaction" or "condition".
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes
        A bar each, neural at the left, mechanism at the right, and the total as a dashed line.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.hybrid import neural_share
    >>> network = hc.read_sbml(hc.networks.load("predator_prey"))
    >>> hybrid = network.replace("hunt", hc.NeuralRate(key=jr.key(0)))
    >>> found = hc.simulate(hybrid, t1=20.0, solve=hc.Solve(backend="numpy"))
    >>> ax = hc.pl.neural_share(neural_share(hybrid, found), by="reaction")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['grow', 'crowd', 'hunt', 'die']
    """
    check_choice("by", by, _VIEWS)
    values = getattr(share, f"by_{by}")
    ax = one_axes(ax)
    y, neural = np.arange(len(values)), values.to_numpy(float)
    ax.barh(y, neural, color=_NEURAL, label="neural")
    ax.barh(y, 1 - neural, left=neural, color=_MECHANISM, alpha=0.35, label="mechanism")
    ax.axvline(share.total, color="black", linestyle="--", linewidth=1, label=f"in all: {share.total:.0%}")
    ax.set_yticks(y, [str(name) for name in values.index])
    ax.invert_yaxis()
    ax.set(xlim=(0, 1), xlabel="Share of all change" if by != "reaction" else "Share of the flux")
    ax.xaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
    ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def extrapolation(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how far the inputs of neural pieces are from those they were trained on, over time.

    Parameters
    ----------
    table
        From `hybridcell.hybrid.extrapolation`.
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes
        A line per condition (of several pieces: the largest distance). Above 1, on grey ground, a piece
        extrapolates.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.hybrid import extrapolation
    >>> network = hc.read_sbml(hc.networks.load("predator_prey"))
    >>> hybrid = network.replace("hunt", hc.NeuralRate(key=jr.key(0)))
    >>> seen = hc.simulate(hybrid, t1=20.0, solve=hc.Solve(backend="numpy"))
    >>> hc.pl.extrapolation(extrapolation(hybrid, seen, seen)).get_ylabel()
    'Distance to the training inputs'
    """
    wanted = "the table that hybridcell.hybrid.extrapolation returns"
    check_drawable("extrapolation", table, "columns", "index", wanted=wanted)
    farthest = table.drop(columns="outside").max(axis=1, skipna=False).unstack("condition")
    # unstack sorts conditions; as they came they are easier to find again
    farthest = farthest[list(dict.fromkeys(table.index.get_level_values("condition")))]
    ax = one_axes(ax)
    top = max(float(np.nanmax(farthest.to_numpy())) * 1.1, 1.5)
    ax.axhspan(1.0, top, color=_OUTSIDE, linewidth=0, zorder=0)
    ax.axhline(1.0, color="#888888", linewidth=1)
    for i, name in enumerate(farthest.columns):
        ax.plot(farthest.index, farthest[name], color=_COLORS[i % len(_COLORS)], label=str(name))
    if 1 < len(farthest.columns) <= 2 * len(_COLORS):
        ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    ax.set(xlabel="Time", ylabel="Distance to the training inputs", ylim=(0, top))
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _picked(curves: pd.DataFrame, column: str, name: str | None, *, last: bool = False) -> pd.DataFrame:
    """Return the rows of one input or quantity; without a name the first (or last) one."""
    known = list(dict.fromkeys(curves[column]))
    if name is None:
        name = known[-1 if last else 0]
    elif name not in known:
        raise unknown_name(f"{column} (of the neural piece)", name, known)
    rows: Any = curves[curves[column] == name]
    return rows
