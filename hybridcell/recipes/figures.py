"""The figures of a run, drawn with `hc.pl` as a user would draw them, on canvases that no window needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hybridcell import plot as pl

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


def canvas(width: float, height: float) -> Figure:
    """Return an empty figure (inches) that never touches the user's Matplotlib state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def training_figure(fitted: Any) -> Figure:
    """Draw the losses over the steps."""
    figure = canvas(6.0, 3.6)
    pl.history(fitted, ax=figure.subplots())
    return figure


def accuracy_figure(predicted: Any, test: Any, table: pd.DataFrame) -> Figure:
    """Draw predicted against measured values, and the model beside the baselines."""
    figure = canvas(11.0, 4.8)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    pl.predicted_measured(predicted, test, ax=left)
    pl.baselines(table, ax=right)
    return figure


def graph_figure(called: Any) -> Figure:
    """Draw the strongest confident edges as a network, and with their intervals."""
    figure = canvas(15.0, 9.0)
    left, right = figure.subplots(1, 2, width_ratios=(2.4, 1))
    pl.graph(called, ax=left)
    pl.edges(called, ax=right)
    return figure


def studies_figure(scores: pd.DataFrame) -> Figure:
    """Draw the r of every predictor on every split, one panel per study."""
    studies = list(dict.fromkeys(scores["study"]))
    n_rows, n_columns = (len(studies) + 1) // 2, min(len(studies), 2)
    figure = canvas(6.2 * n_columns, 4.2 * n_rows)
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for ax, study in zip(axes, studies):
        pl.splits(scores[scores["study"] == study], ax=ax)
        ax.set_title(study)
    for ax in axes[len(studies) :]:
        ax.set_axis_off()
    return figure


def screen_figure(found: Any, best: pd.DataFrame) -> Figure:
    """Draw the synergy of all pairs, and the dose surface of the best."""
    figure = canvas(12.5, 5.2)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    pl.synergy_map(found, by="additive", ax=left)
    pl.dose_surface(found, best["drug_a"].iloc[0], best["drug_b"].iloc[0], ax=right)
    return figure
