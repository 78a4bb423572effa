"""A fitted reaction network beside its data: points with errors, and curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell.plot.panels import one_axes
from hybridcell.simulate import simulate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B8A800")
_DASHES = ("-", "--", ":", "-.")
_MARKERS = ("o", "s", "^", "D")
_LABELS = 16


def network_fit(fit: Any, readouts: str | Sequence[str] | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the data of a fitted reaction network, and what it predicts.

    Parameters
    ----------
    fit
        What `hc.fit` gave back for a reaction network.
    readouts
        Which to draw; default: all.
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes
        Points with error bars (one standard deviation) and curves. Of one readout, a color per condition;
        of several, a color per readout, and line styles by condition.

    Raises
    ------
    InvalidValueError
        When `fit` is none of a reaction network.
    UnknownNameError
        When the data have no such readout.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr, numpy as np, pandas as pd
    >>> from anndata import AnnData
    >>> network = hc.read_sbml("S -> P; k*S; k = 0.5; S = 5; P = 0")
    >>> ts = np.arange(1.0, 6.0)
    >>> exact = hc.simulate(network, t1=5.0, ts=ts)["S"].T
    >>> data = AnnData(exact, obs=pd.DataFrame({"time": ts}, index=[f"{t:g}" for t in ts]))
    >>> data.var_names, data.layers["sd"] = ["S"], np.full(exact.shape, 0.1)
    >>> hc.pl.network_fit(hc.fit(network, data, key=jr.key(0))).get_ylabel()
    'S'
    """
    measured, curves = simulated(fit)
    chosen = (
        list(measured.readouts)
        if readouts is None
        else [readouts]
        if isinstance(readouts, str)
        else [*readouts]
    )
    for name in chosen:
        if name not in measured.readouts:
            raise unknown_name("readout", name, measured.readouts)
    ax = one_axes(ax)
    many = len(chosen) > 1
    labels = [_label(one) for one in measured.conditions]
    for r, name in enumerate(chosen):
        rows = curves[name]
        for c, condition in enumerate(labels):
            color = _COLORS[(r if many else c) % len(_COLORS)]
            style = c if many else 0
            parts = [name] * many + [condition] * (len(labels) > 1)
            ax.plot(
                curves.ts, rows[c], color=color, linestyle=_DASHES[style % len(_DASHES)],
                label=", ".join(parts) or name,
            )  # fmt: skip
            mine = (measured.readout == measured.readouts.index(name)) & (measured.condition == c)
            ax.errorbar(
                measured.time[mine], measured.value[mine],
                yerr=measured.sd[mine] if measured.sd_known else None, fmt=_MARKERS[style % len(_MARKERS)],
                color=color, markersize=3.5, elinewidth=0.8, alpha=0.7,
            )  # fmt: skip
    if 1 < len(chosen) * len(labels) <= _LABELS:
        ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    ax.set(xlabel="Time", ylabel=", ".join(chosen) if len(chosen) <= 3 else "Value")
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def simulated(fit: Any) -> tuple[Any, Any]:
    """Return the measurements of a fit, and the trajectories of its network under their conditions."""
    from hybridcell.fit.kinetics.measurements import read_measurements

    if not hasattr(fit, "chi2") or not hasattr(fit, "network"):
        raise InvalidValueError(
            f"A {type(fit).__name__} is no fit of a reaction network; wanted what hc.fit(network, data, ...) "
            "gives back."
        )
    measured = read_measurements(fit.network, fit.train, sd=fit.sd or None)
    ts = np.unique(np.concatenate([np.linspace(0.0, measured.end, 201), measured.times]))
    return measured, simulate(fit.network, t1=measured.end, ts=ts, conditions=measured.conditions)


def _label(condition: dict[str, float]) -> str:
    return ", ".join(f"{id} = {value:g}" for id, value in condition.items()) or "as the network says"
