"""The plan against usual regimens, a grid, and the model itself."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.therapy.optimization.problem import Limit
from hybridcell.therapy.scheduling.plan import SchedulePlan
from hybridcell.therapy.scheduling.search import Found
from tests.therapy.scheduling.made import Made, problem
from tests.therapy.scheduling.models import ensemble
from tests.therapy.scheduling.test_regimen import _regimen

QUICK = hc.Solve(backend="numpy", rtol=1e-6, atol=1e-8)
TS = np.linspace(0, 24, 481)


def test_it_beats_usual_regimens_and_a_grid(plan):
    rivals = plan.rivals.set_index("regimen")
    assert list(rivals.index) == ["as given", "evenly spaced", "as early as possible", "untreated"]
    assert (rivals["gain"] > 0.05).all()
    grid = plan.compare_with_grid(4)
    assert grid["gain"] > 0.0
    assert grid["n_simulations"] > 2 * plan.n_simulations
    assert plan.untreated == pytest.approx(0.0, abs=1e-12)


def test_what_is_promised_is_what_simulate_shows(plan):
    # the members differ in what stress a makes; the last is the worst
    course = hc.simulate(ensemble().member(2), t1=24.0, ts=TS, conditions=plan.schedules, solve=QUICK)
    assert np.trapezoid(course["growth"][0], TS) / 24 == pytest.approx(plan.value, abs=1e-5)
    assert 0.4999 < course["stress"].max() <= 0.5 + 1e-5
    doses = plan.to_dataframe()
    assert (np.diff(doses.loc[doses["drug"] == "a", "start"]) >= 1.0 - 1e-6).all()
    assert (np.diff(doses.loc[doses["drug"] == "b", "start"]) >= 5.0 - 1e-6).all()
    assert "minimize mean of growth" in repr(plan)
    assert "stress &lt;= 0.5" in plan._repr_html_()


def test_grids_are_bounded(plan):
    with pytest.raises(InvalidValueError, match="Take fewer levels"):
        plan.compare_with_grid(12)
    with pytest.raises(InvalidValueError, match="at least 2"):
        plan.compare_with_grid(1)


def _made(shares, **changes):
    one = problem(**changes)
    points = np.repeat(one.regimen.point[None], len(shares), axis=0)
    points[:, 10:] *= np.array(shares)[:, None]
    return SchedulePlan.of(one, [Found(point, 0.0, 0.0) for point in points]), points


def test_the_table_holds_each_regimen_in_the_order_found():
    plan, points = _made([0.5, 0.0, 0.5, 1.0], sign=-1.0)
    numbers = plan._problem.certified(points)
    assert plan.aim == "maximize"
    np.testing.assert_allclose(plan.table["value"], -numbers[[0, 1, 3], 0], atol=1e-12)
    np.testing.assert_allclose(plan.table["excess"], np.maximum(numbers[[0, 1, 3], 1:].max(axis=1), 0.0))
    assert plan.table["doses"].tolist() == [5, 0, 5]
    assert plan.cost == pytest.approx(0.5 * plan._problem.regimen.cost(plan._problem.regimen.point)[0])
    assert plan.n_simulations == 0
    assert plan.to_dataframe()["start"].is_monotonic_increasing
    assert len(plan.to_dataframe()) == 5


def test_rivals_take_the_best_share_that_is_allowed():
    plan, _ = _made([0.5], budget=4.0)
    rivals = plan.rivals.set_index("regimen")
    one = plan._problem
    point = one.regimen.point
    most = 4.0 / one.regimen.cost(point)[0]
    tried = np.repeat(point[None], 21, axis=0)
    tried[:, 10:] *= most * np.linspace(0, 1, 21)[:, None]
    numbers = one.certified(tried)
    numbers[(numbers[:, 1:] > 1e-5).any(axis=1)] = np.inf
    best = int(np.argmin(numbers[:, 0]))
    row = rivals.loc["as given"]
    assert row["share"] == pytest.approx(most * best / 20)
    assert row["value"] == pytest.approx(numbers[best, 0])
    assert row["cost"] <= 4.0 + 1e-9
    assert row["gain"] == pytest.approx(row["value"] - plan.value)
    assert rivals.loc["untreated", ["share", "value", "cost"]].tolist() == [0, plan.untreated, 0]


def test_rivals_that_break_a_limit_at_any_share_have_no_value():
    # starts alone move these courses, also where nothing is given
    plan, _ = _made([0.5], limits=[Limit(0, "stress", 1.0, -9.0)])
    assert plan.rivals["value"].isna().tolist() == [True, True, True, False]
    grid = plan.compare_with_grid(2)
    assert (grid["schedules"], np.isnan(grid["value"]), np.isnan(grid["gain"])) == ({}, True, True)


def test_a_grid_has_nothing_given_once_for_each_drug():
    plan, _ = _made([0.5])
    # per drug nothing, or each first time x interval x share above nothing
    assert plan.compare_with_grid(3)["n_simulations"] == (1 + 3 * 3 * 2) ** 2
    alone = problem(systems=[Made(_regimen({"b": hc.Schedule.pulses(3.0, 4.0, -1.0)}))])
    one = SchedulePlan.of(alone, [Found(alone.regimen.point, 0.0, 0.0)])
    assert one.compare_with_grid(4)["n_simulations"] == 1 + 4 * 3


def test_no_dose_is_no_row():
    plan, _ = _made([0.0])
    assert plan.schedules == {}
    assert list(plan.to_dataframe().columns) == ["drug", "start", "duration", "amount"]
    assert plan.to_dataframe().empty
    assert "doses: none; " in repr(plan)
    words = {"mean": "mean of growth", "end": "growth at the end", "max": "lowest growth"}
    for over, text in words.items():
        assert f"maximize {text}: " in repr(_made([0.0], over=over, sign=-1.0)[0])
