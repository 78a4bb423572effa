"""Figures of optimized therapies draw the numbers of the plan."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def plan():
    def model(strength):
        weights = np.zeros((4, 4))
        weights[0, 2:], weights[1, 2:] = [strength, 0.6 * strength], [-0.8, -0.1]
        return hc.CellBox(["growth", "stress", "a", "b"], ["phenotype", "phenotype", "drug", "drug"], weights)

    ensemble = hc.Ensemble.from_models([model(0.8), model(1.2)])
    limits = {"stress": (None, 0.4), "growth": (-5.0, None)}
    return hc.optimize_therapy(
        ensemble, minimize="growth", input_range=-1.0, limits=limits, max_drugs=2, progress=False
    )


FRONT = pd.DataFrame(
    {
        "bound": [-0.1, 0.1, 0.6, 0.3],
        "value": [np.nan, -0.2, -0.8, -0.5],
        "stress": [np.nan, 0.1, 0.55, 0.3],
        "cost": [np.nan, 0.5, 2.0, 1.0],
        "a": [np.nan, -0.0, -1.0, -0.4],
        "b": [np.nan, -0.5, -1.0, -0.6],
    }
)


def _offsets(ax):
    return {c.get_label(): np.asarray(c.get_offsets()) for c in ax.collections}


def test_the_front_is_drawn_in_order_with_its_drugs():
    ax = hc.pl.pareto(FRONT, aim="growth")
    (line,) = [one for one in ax.get_lines() if len(one.get_xdata()) == 3]
    assert list(line.get_xdata()) == [0.1, 0.3, 0.55]
    assert list(line.get_ydata()) == [-0.2, -0.5, -0.8]
    found = _offsets(ax)
    np.testing.assert_allclose(found["b"], [[0.1, -0.2]])
    np.testing.assert_allclose(found["a + b"], [[0.3, -0.5], [0.55, -0.8]])
    dashed = [one for one in ax.get_lines() if one.get_label() == "bound that no doses keep"]
    assert list(dashed[0].get_xdata()) == [-0.1, -0.1]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("stress", "growth")


def test_the_front_of_a_plan_is_taken(plan):
    mine = plt.subplots()[1]
    assert hc.pl.pareto(plan.pareto("stress", [0.2, 0.4]), ax=mine) is mine


@pytest.mark.parametrize(
    ("front", "message"),
    [
        (None, "a NoneType"),
        (pd.DataFrame({"bound": [1.0]}), "the columns bound"),
        (FRONT.assign(value=np.nan), "No doses keep any"),
    ],
)
def test_other_tables_are_no_front(front, message):
    with pytest.raises(InvalidValueError, match=message):
        hc.pl.pareto(front)


def test_a_plan_shows_doses_aim_members_and_limits(plan):
    left, right = hc.pl.therapy_plan(plan)
    assert [bar.get_width() for bar in left.patches] == [plan.doses[drug] for drug in plan.drugs]
    assert [label.get_text() for label in left.get_yticklabels()] == list(plan.drugs)
    assert [label.get_text() for label in right.get_yticklabels()] == ["growth", "stress", "growth"]
    lines = {line.get_label(): line for line in right.get_lines()}
    assert list(np.ravel(lines["untreated"].get_xdata())) == [plan.untreated]
    assert list(np.ravel(lines["minimized (mean of the members)"].get_xdata())) == [plan.value]
    best = plan.table.iloc[0]
    assert list(lines["all members"].get_xdata()) == [best["lower"], best["upper"]]
    assert list(np.ravel(lines["limited readout"].get_xdata())) == [best["stress <= 0.4"]]
    bounds = [line.get_xdata()[0] for line in right.get_lines() if list(line.get_ydata()) == [0.7, 1.3]]
    assert bounds == [0.4]


def test_a_plan_is_drawn_on_given_axes_and_by_rank(plan):
    panels = plt.subplots(1, 2)[1]
    assert hc.pl.therapy_plan(plan, rank=len(plan.table) - 1, axes=panels)[1] is panels[1]
    with pytest.raises(InvalidValueError, match=r"rank is 99; the plan has \d+ therap"):
        hc.pl.therapy_plan(plan, rank=99)
    with pytest.raises(InvalidValueError, match="There are 1 axes; wanted two"):
        hc.pl.therapy_plan(plan, axes=[panels[0]])
