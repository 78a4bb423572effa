from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError

matplotlib.use("agg")


@pytest.fixture
def ax():
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


SCORES = pd.DataFrame(
    {
        "split": ["1", "2"] * 3,
        "readouts": "measured",
        "predictor": ["ridge"] * 2 + ["ode"] * 2 + ["control"] * 2,
        "is_model": [False] * 2 + [True] * 2 + [False] * 2,
        "r": [0.7, 0.8, 0.9, 0.8, np.nan, np.nan],
        "mse": [0.2, 0.3, 0.1, 0.1, 0.5, 0.5],
    }
)


def rows(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_the_best_mean_is_at_the_top_and_constants_are_left_out(ax):
    hc.pl.splits(SCORES, ax=ax)
    assert rows(ax) == ["ridge", "ode"]
    assert [text.get_text() for text in ax.texts] == ["0.7500", "0.8500"]
    assert [len(dots.get_offsets()) for dots in ax.collections] == [2, 2]
    colors = {line.get_color() for line in ax.get_lines()}
    assert len(colors) == 2, "models and baselines must look different"


def test_the_dots_are_the_splits_and_the_marker_their_mean(ax):
    hc.pl.splits(SCORES, metric="mse", ax=ax)
    for y, (name, dots) in enumerate(zip(rows(ax), ax.collections)):
        wanted = SCORES.loc[SCORES["predictor"] == name, "mse"]
        np.testing.assert_allclose(np.sort(dots.get_offsets()[:, 0]), np.sort(wanted))
        assert (np.abs(dots.get_offsets()[:, 1] - y) <= 0.22 + 1e-12).all()
        np.testing.assert_allclose(ax.get_lines()[y].get_xydata(), [[wanted.mean(), y]])
    assert ax.get_xlabel() == "Mean squared error (measured readouts), mean at the right"


def test_one_split_is_a_marker_without_dots(ax):
    hc.pl.splits(SCORES.iloc[::2], ax=ax)
    assert not ax.collections
    assert [float(line.get_xdata()[0]) for line in ax.get_lines()] == [0.7, 0.9]


def test_errors_rank_the_other_way_round(ax):
    hc.pl.splits(SCORES, metric="mse", ax=ax)
    assert rows(ax) == ["control", "ridge", "ode"]


def test_what_the_table_does_not_have_is_named(ax):
    with pytest.raises(UnknownNameError, match="'mse'"):
        hc.pl.splits(SCORES, metric="mes", ax=ax)
    with pytest.raises(UnknownNameError, match="measured"):
        hc.pl.splits(SCORES, readouts="all", ax=ax)
    with pytest.raises(InvalidValueError, match="nothing to draw"):
        hc.pl.splits(SCORES[SCORES["predictor"] == "control"], ax=ax)
