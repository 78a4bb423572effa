from __future__ import annotations

import re

import matplotlib

matplotlib.use("Agg")

import jax.random as jr
import matplotlib.pyplot as plt
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def parts():
    return hc.split(hc.datasets.demo(seed=0), by="random")


@pytest.fixture(scope="module")
def ensemble(parts):
    train = parts[0]
    model = hc.CellBox.from_data(train, key=jr.key(0))
    return hc.fit_ensemble(model, train, n=1, steps=10, progress=False, key=jr.key(1))


def test_coverage_and_ranks_are_those_of_the_intervals(ensemble, parts):
    left, right = hc.pl.calibration(ensemble, parts[1])
    levels, observed = left.lines[1].get_data()
    predicted = hc.predict(ensemble, parts[1], level=float(levels[9]))
    kept = [n for n, k in zip(parts[1].var_names, parts[1].var["kind"]) if k != "drug"]
    low, high, y = predicted[:, kept].layers["lower"], predicted[:, kept].layers["upper"], parts[1][:, kept].X
    assert observed[9] == pytest.approx(np.mean((y >= low) & (y <= high)))
    heights = [patch.get_height() for patch in right.patches if hasattr(patch, "get_height")][:10]
    assert np.sum(heights) == pytest.approx(10.0)
    assert f"{parts[1].n_obs} conditions" in left.get_title()


def test_one_readout_on_axes_of_ones_own(ensemble, parts):
    axes = plt.subplots(1, 2)[1]
    readout = next(n for n, k in zip(parts[1].var_names, parts[1].var["kind"]) if k != "drug")
    left, right = hc.pl.calibration(ensemble, parts[1], readouts=[readout], axes=axes)
    assert left is axes[0]
    assert right is axes[1]
    assert f"{parts[1].n_obs} values" in left.get_title()


def test_levels_without_bounds_are_drawn_hollow(parts):
    train = parts[0][:14]
    model = hc.CellBox.from_data(train, key=jr.key(0))
    few = hc.fit_ensemble(model, train, n=1, steps=5, progress=False, key=jr.key(1))
    left, _ = hc.pl.calibration(few, parts[1])
    assert left.get_legend().get_texts()[0].get_text() == "some intervals unbounded"


def test_bands_show_what_is_inside_and_outside(ensemble, parts):
    readout = parts[1].var_names[0]
    predicted = hc.predict(ensemble, parts[1], level=0.5)
    ax = hc.pl.prediction_bands(predicted, readout, parts[1])
    drawn = {line.get_label(): len(line.get_xdata()) for line in ax.lines}
    y = parts[1][:, readout].X[:, 0]
    column = predicted[:, readout]
    inside = (y >= column.layers["lower"][:, 0]) & (y <= column.layers["upper"][:, 0])
    assert drawn["measured, inside"] == inside.sum()
    assert drawn["measured, outside"] == (~inside).sum()
    assert ax.get_title() == "Intervals at the level 0.5"
    assert ax.get_ylabel() == readout


def test_unbounded_intervals_are_said_in_words(ensemble, parts):
    predicted = hc.predict(ensemble, parts[1], level=0.9999)
    ax = hc.pl.prediction_bands(predicted, parts[1].var_names[0])
    n = parts[1].n_obs
    assert ax.get_title() == f"Intervals at the level 0.9999, {n} of {n} unbounded"


def test_mistakes_are_refused(ensemble, parts):
    with pytest.raises(InvalidValueError, match="not calibrated"):
        hc.pl.calibration(ensemble.best, parts[1])
    with pytest.raises(UnknownNameError, match="Did you mean"):
        hc.pl.calibration(ensemble, parts[1], readouts=[parts[1].var_names[0] + "x"])
    with pytest.raises(InvalidValueError, match="readouts is 'ERK'; wanted a list of names"):
        hc.pl.calibration(ensemble, parts[1], readouts="ERK")
    with pytest.raises(InvalidValueError, match="no intervals"):
        hc.pl.prediction_bands(hc.predict(ensemble.best, parts[1]), parts[1].var_names[0])
    with pytest.raises(UnknownNameError):
        hc.pl.prediction_bands(hc.predict(ensemble, parts[1]), "nothing")
    reversed_names = f"'{parts[1].obs_names[-1]}', that of the prediction '{parts[1].obs_names[0]}'; wanted"
    backwards = parts[1][np.arange(parts[1].n_obs)[::-1]]
    with pytest.raises(InvalidValueError, match=re.escape(reversed_names)):
        hc.pl.prediction_bands(hc.predict(ensemble, parts[1]), parts[1].var_names[0], backwards)
    with pytest.raises(InvalidValueError, match="The data have 3 conditions"):
        hc.pl.prediction_bands(hc.predict(ensemble, parts[1]), parts[1].var_names[0], parts[1][:3])
