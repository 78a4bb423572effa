"""How training went: loss curves of a fit or of every member of an ensemble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.plot.panels import one_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_STYLES = {
    "train_loss": ("#0072B2", "-", "training"),
    "validation_loss": ("#D55E00", "--", "validation"),
}


def history(fitted: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the losses over the steps: thin lines for members, a thick one for their median.

    Parameters
    ----------
    fitted
        A `Fit`, an `Ensemble`, or the DataFrame that their ``history`` is.
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes
        Loss (mean squared error in squared units of the values, unless the fit used another loss) on a
        logarithmic axis.

    Raises
    ------
    InvalidValueError
        When there is no history, as in an ensemble that was put together from models.

    Examples
    --------
    >>> import hybridcell as hc, pandas as pd
    >>> table = pd.DataFrame({"step": [1, 2, 3], "train_loss": [1.0, 0.5, 0.4],
    ...                       "validation_loss": [1.1, 0.8, 0.7]})
    >>> [line.get_label() for line in hc.pl.history(table).get_lines()]
    ['training', 'validation']
    """
    table: pd.DataFrame = getattr(fitted, "history", fitted)
    if "train_loss" not in getattr(table, "columns", ()) or not len(table):
        raise InvalidValueError(
            "There is no history to draw; wanted a Fit or an Ensemble from hc.fit_ensemble."
        )
    ax = one_axes(ax)
    for column, (color, dashes, label) in _STYLES.items():
        if column not in table or not bool(table[column].notna().any()):
            continue
        curves = _curves(table, column)
        if curves.shape[1] > 1:
            ax.plot(curves.index, curves.to_numpy(), color=color, linestyle=dashes, linewidth=0.7, alpha=0.35)
            label = f"{label} (median of {curves.shape[1]})"
        ax.plot(curves.index, curves.median(axis=1), color=color, linestyle=dashes, linewidth=2, label=label)
    if np.nanmin(table["train_loss"]) > 0:
        ax.set_yscale("log")
    ax.set(xlabel="Step", ylabel="Loss (mean over values)")
    ax.legend(frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _curves(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return steps x members."""
    if "member" not in table:
        return table.set_index("step").filter([column])
    return table.pivot(index="step", columns="member", values=column)
