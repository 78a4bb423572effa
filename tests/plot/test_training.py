from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError

matplotlib.use("agg")


@pytest.fixture
def ax():
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def table(members=1, *, validated=False):
    frame = pd.DataFrame({"member": np.repeat(range(members), 4), "step": np.tile([1, 2, 3, 4], members)})
    frame["train_loss"] = 1.0 / frame["step"] + 0.1 * frame["member"]
    frame["validation_loss"] = frame["train_loss"] + 1 if validated else np.nan
    return frame


def test_a_single_fit_is_one_line_and_no_validation_is_no_line(ax):
    (line,) = hc.pl.history(table().drop(columns="member"), ax=ax).get_lines()
    np.testing.assert_allclose(line.get_ydata(), [1, 0.5, 1 / 3, 0.25])
    assert ax.get_yscale() == "log"


def test_an_ensemble_shows_members_and_their_median(ax):
    lines = hc.pl.history(table(3, validated=True), ax=ax).get_lines()
    assert len(lines) == 2 * (3 + 1)
    median = next(line for line in lines if line.get_label() == "training (median of 3)")
    np.testing.assert_allclose(median.get_ydata(), 1.0 / np.arange(1, 5) + 0.1)


def test_members_that_stopped_early_do_not_end_the_median(ax):
    short = table(2).iloc[:-1]
    lines = hc.pl.history(short, ax=ax).get_lines()
    assert np.isfinite(lines[-1].get_ydata()).all()


def test_losses_below_zero_have_a_linear_axis_and_columns_of_nothing_no_line(ax):
    frame = table(2, validated=True)
    frame["train_loss"] -= 1.0
    frame["validation_loss"] = np.nan
    lines = hc.pl.history(frame, ax=ax).get_lines()
    assert ax.get_yscale() == "linear"
    assert len(lines) == 2 + 1
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Step", "Loss (mean over values)")


def test_what_has_no_history_is_refused(ax):
    model = hc.CellBox(["a"], ["protein"], [[0.0]])
    for empty in (table().drop(columns="train_loss"), table().iloc[:0], model):
        with pytest.raises(InvalidValueError, match="no history"):
            hc.pl.history(empty, ax=ax)
    with pytest.raises(InvalidValueError, match="no history"):
        hc.pl.history(hc.Ensemble.from_models([model]), ax=ax)
