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
