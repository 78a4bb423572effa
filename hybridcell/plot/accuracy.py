"""How good the predictions are: predicted against measured, and a model beside the baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell.data import as_perturbation_data
from hybridcell.evaluate import metrics
from hybridcell.plot.drawable import check_drawable
from hybridcell.plot.panels import one_axes

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData
    from matplotlib.axes import Axes

    from hybridcell.data import PerturbationData

# Distinct for every kind of color vision, and by shape in print.
_STYLES = {
    "protein": ("#0072B2", "o"),
    "gene": ("#009E73", "s"),
    "phenotype": ("#D55E00", "^"),
    "drug": ("#999999", "x"),
}
_MODEL, _BASELINE = "#D55E00", "#0072B2"
_METRICS = {
    "r": "Pearson r, pooled",
    "r_centered": "Pearson r, training mean removed",
    "r_node_median": "Pearson r, median over readouts",
    "r_phenotype": "Pearson r, phenotypes",
    "mse": "Mean squared error",
}


def predicted_measured(
    predicted: Any,
    data: AnnData | PerturbationData,
    *,
    include_drugs: bool = False,
    unit: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw predicted against measured values, one point per condition and readout.

    Parameters
    ----------
    predicted
        What `hc.predict` returns, or a (C, R) array in the order of the readouts of `data`.
    data
        The measured conditions.
    include_drugs
        Also draw readouts of kind drug, which are inputs rather than measurements.
    unit
        Unit of the values, for the axes; by default "log ratio to control" where the data imply that.
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError
        When a readout has no prediction.
    InvalidValueError
        When the prediction has another number of conditions or readouts.

    Examples
    --------
    >>> import hybridcell as hc
    >>> screen = hc.PerturbationData(
    ...     values=[[0.0], [-1.2]], readouts=["ERK"], kinds=["protein"], conditions=["c0", "c1"],
    ...     perturbations=["aMEK"], doses=[[0], [1]], control="implied",
    ... )
    >>> hc.pl.predicted_measured([[0.1], [-1.0]], screen).get_xlabel()
    'Measured (log ratio to control)'
    """
    screen = as_perturbation_data(data)
    wanted = np.flatnonzero([include_drugs or kind != "drug" for kind in screen.kinds])
    measured = screen.values[:, wanted]
    values = _values(predicted, screen)[:, wanted]
    kinds = np.array(screen.kinds)[wanted]
    unit = unit or ("log ratio to control" if screen.control == "implied" else "unit of the data")
    ax = one_axes(ax)
    if not (shown := ~np.isnan(measured)).any():
        raise InvalidValueError("Nothing is measured among the readouts to draw; wanted at least one value.")
    seen = np.concatenate([measured[shown], values[shown & np.isfinite(values)]])
    margin = 0.05 * (np.ptp(seen) or 1.0)
    limits = (seen.min() - margin, seen.max() + margin)
    ax.plot(limits, limits, color="#555555", linewidth=0.8, linestyle="--", zorder=1)
    for kind, (color, marker) in _STYLES.items():
        if (columns := kinds == kind).any():
            ax.scatter(
                measured[:, columns].ravel(),
                values[:, columns].ravel(),
                s=12,
                color=color,
                marker=marker,
                alpha=0.55,
                label=kind,
                zorder=2,
                linewidths=0.9 if marker == "x" else 0.0,
            )
    r = metrics.pearson(measured, values)
    ax.set(
        xlabel=f"Measured ({unit})",
        ylabel=f"Predicted ({unit})",
        xlim=limits,
        ylim=limits,
        title=f"r = {r:.3f}, {shown.any(axis=1).sum()} conditions, {shown.sum()} values",
    )
    ax.set_aspect("equal")
    ax.legend(frameon=False, loc="upper left")
    return ax


def baselines(
    table: pd.DataFrame, *, metric: str = "r", readouts: str = "measured", ax: Axes | None = None
) -> Axes:
    """Draw the scores of a model and of the baselines, the best at the top.

    Predictors without a score (a constant has no correlation) are listed at the bottom as such.

    Parameters
    ----------
    table
        What `hc.evaluate` returns.
    metric
        Column to draw: r, r_centered, r_node_median, r_phenotype or mse.
    readouts
        "measured" or "all".
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    UnknownNameError
        When the table has no such column or scope.

    Examples
    --------
    >>> import hybridcell as hc, pandas as pd
    >>> index = pd.MultiIndex.from_tuples(
    ...     [("measured", "model"), ("measured", "ridge")], names=["readouts", "predictor"]
    ... )
    >>> table = pd.DataFrame({"r": [0.95, 0.94]}, index=index)
    >>> [label.get_text() for label in hc.pl.baselines(table).get_yticklabels()]
    ['ridge', 'model']
    """
    check_drawable("baselines", table, "columns", "index", wanted="the table that hc.evaluate returns")
    if metric not in _METRICS or metric not in table.columns:
        raise unknown_name("metric", metric, [name for name in _METRICS if name in table.columns])
    scopes = list(dict.fromkeys(table.index.get_level_values("readouts")))
    if readouts not in scopes:
        raise unknown_name("set of readouts", readouts, scopes)
    scores = table.xs(readouts, level="readouts")[metric]
    names, values = list(scores.index), scores.to_numpy(dtype=float)
    # Worst first, since the first is drawn lowest; those without a score below all.
    goodness = np.nan_to_num(-values if metric == "mse" else values, nan=-np.inf)
    order = np.argsort(goodness, kind="stable")
    ax = one_axes(ax)
    low = float(min([0.0, *values[np.isfinite(values)].tolist()]))
    for y, i in enumerate(order):
        name, score = names[i], float(values[i])
        color, marker = (_MODEL, "D") if name == "model" else (_BASELINE, "o")
        if np.isnan(score):
            ax.text(low, y, " no score: constant", va="center", color="#777777", fontsize="small")
            continue
        ax.plot([low, score], [y, y], color=color, linewidth=1.2, alpha=0.5)
        ax.plot(score, y, marker=marker, color=color, markersize=7, linestyle="none")
        ax.annotate(
            f"{score:.3g}" if metric == "mse" else f"{score:.3f}",
            (score, y),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
        )
    ax.set_yticks(range(len(order)), [str(names[i]).replace("_", " ") for i in order])
    ax.set(xlabel=f"{_METRICS[metric]} ({readouts} readouts)", ylim=(-0.6, len(order) - 0.4))
    ax.margins(x=0.14)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _values(predicted: Any, screen: PerturbationData) -> np.ndarray:
    """Return predictions (C, R) in the order of the readouts of the screen."""
    if hasattr(predicted, "var_names"):
        names = list(predicted.var_names)
        for name in screen.readouts:
            if name not in names:
                raise unknown_name("predicted node", name, names)
        values = np.asarray(predicted.X, dtype=float)[:, [names.index(name) for name in screen.readouts]]
    else:
        try:
            values = np.asarray(predicted, dtype=float)
        except (TypeError, ValueError):
            raise InvalidValueError(
                f"predicted is a {type(predicted).__name__}; wanted what hc.predict(model, data) returns, or "
                "an array of numbers."
            ) from None
    if values.shape != screen.values.shape:
        raise InvalidValueError(
            f"The prediction has shape {values.shape}; the data have {screen.values.shape} (rows x readouts)."
        )
    return values
