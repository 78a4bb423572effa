"""The figures of a run, drawn with `hc.pl` as a user would draw them, on canvases that no window needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hybridcell as hc

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
    hc.pl.history(fitted, ax=figure.subplots())
    return figure


def accuracy_figure(predicted: Any, test: Any, table: pd.DataFrame) -> Figure:
    """Draw predicted against measured values, and the model beside the baselines."""
    figure = canvas(11.0, 4.8)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    hc.pl.predicted_measured(predicted, test, ax=left)
    hc.pl.baselines(table, ax=right)
    return figure


def graph_figure(called: Any, truth: pd.DataFrame | None) -> Figure:
    """Draw the strongest confident edges as a network, and with their intervals."""
    figure = canvas(15.0, 9.0)
    left, right = figure.subplots(1, 2, width_ratios=(2.4, 1))
    hc.pl.graph(called, ax=left)
    hc.pl.edges(called, ax=right)
    return figure


def studies_figure(means: pd.DataFrame) -> Figure:
    """Draw the mean r of every predictor, one panel per study."""
    studies = list(dict.fromkeys(means.index.get_level_values("study")))
    figure = canvas(12.0, 4.2 * ((len(studies) + 1) // 2))
    axes = figure.subplots((len(studies) + 1) // 2, 2, squeeze=False).ravel()
    for ax, study in zip(axes, studies):
        hc.pl.baselines(means.loc[study], ax=ax)
        ax.set_title(study)
    for ax in axes[len(studies) :]:
        ax.set_axis_off()
    return figure


def screen_figure(found: Any, best: pd.DataFrame) -> Figure:
    """Draw the synergy of all pairs, and the dose surface of the best."""
    figure = canvas(12.5, 5.2)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    hc.pl.synergy_map(found, by="additive", ax=left)
    hc.pl.dose_surface(found, best["drug_a"].iloc[0], best["drug_b"].iloc[0], ax=right)
    return figure
