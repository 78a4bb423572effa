"""Predictors over many splits: every split a dot, the mean a marker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell.plot.panels import one_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MODEL, _BASELINE = "#D55E00", "#0072B2"


def splits(
    scores: pd.DataFrame, *, metric: str = "r", readouts: str = "measured", ax: Axes | None = None
) -> Axes:
    """Draw the scores of models and baselines over the splits of one study, the best mean at the top.

    Parameters
    ----------
    scores
        One row per split, set of readouts and predictor, as ``hc.run(...).tables["scores"]`` holds for each
        study: columns split, readouts, predictor, is_model and the metrics of `hc.evaluate`.
    metric
        Column to draw.
    readouts
        "measured" or "all".
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes
        Predictors without a score (a constant has no correlation) are left out.

    Raises
    ------
    UnknownNameError
        When the table has no such metric or set of readouts.
    InvalidValueError
        When no predictor has a score.

    Examples
    --------
    >>> import hybridcell as hc, pandas as pd
    >>> scores = pd.DataFrame({"split": ["1", "2"], "readouts": "measured", "r": [0.9, 0.7],
    ...                        "predictor": ["ode", "ridge"], "is_model": [True, False]})
    >>> [label.get_text() for label in hc.pl.splits(scores).get_yticklabels()]
    ['ridge', 'ode']
    """
    if metric not in scores.columns:
        raise unknown_name("metric", metric, [c for c in scores.columns if scores[c].dtype.kind == "f"])
    if readouts not in set(scores["readouts"]):
        raise unknown_name("set of readouts", readouts, sorted(set(scores["readouts"])))
    rows = scores[(scores["readouts"] == readouts) & scores[metric].notna()]
    if rows.empty:
        raise InvalidValueError(f"No predictor has a value of {metric!r}; there is nothing to draw.")
    means: Any = rows.groupby("predictor")[metric].mean()
    means = means.sort_values(ascending=metric != "mse")
    models = set(rows.loc[rows["is_model"], "predictor"])
    ax = one_axes(ax)
    for y, (name, mean) in enumerate(means.items()):
        color, marker = (_MODEL, "D") if name in models else (_BASELINE, "o")
        values = rows.loc[rows["predictor"] == name, metric].to_numpy()
        if len(values) > 1:
            spread = np.linspace(-0.22, 0.22, len(values))
            ax.scatter(values, y + spread, s=7, color=color, alpha=0.35, edgecolors="none")
        ax.plot(mean, y, marker=marker, color=color, markersize=7, markeredgecolor="white", linestyle="none")
        ax.annotate(
            f"{mean:.4f}", (1.0, y), xycoords=("axes fraction", "data"), xytext=(4, 0),
            textcoords="offset points", va="center", fontsize="small", color=color, annotation_clip=False,
        )  # fmt: skip
    ax.set_yticks(range(len(means)), [str(name).replace("_", " ") for name in means.index])
    name = "Mean squared error" if metric == "mse" else f"Pearson {metric.replace('_', ' ')}"
    ax.set(xlabel=f"{name} ({readouts} readouts), mean at the right", ylim=(-0.6, len(means) - 0.4))
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
