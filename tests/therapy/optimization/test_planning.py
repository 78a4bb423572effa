"""Which drugs and doses: against grids, limits, budgets and bad requests."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, NotConvergedError, UnknownNameError
from tests.therapy.optimization.problems import ensemble, model

AIM = {"minimize": "growth", "input_range": -1.0, "progress": False}


@pytest.fixture(scope="module")
def plan():
    return hc.optimize_therapy(model(), limits={"stress": (None, 0.4)}, max_drugs=2, **AIM)


def test_it_is_at_least_as_good_as_a_grid_and_asks_for_less(plan):
    grid = plan.compare_with_grid(9)
    assert grid["gain"] >= -1e-9
    assert grid["n_simulations"] == 1 + 3 * 8 + 3 * 64
    assert plan.n_simulations < grid["n_simulations"] / 2
    assert plan.complete


def test_what_is_promised_is_what_the_model_does(plan):
    found = hc.predict(model(), plan.doses).to_df().iloc[0]
    assert found["growth"] == pytest.approx(plan.value, abs=1e-7)
    assert found["stress"] <= 0.4 + 1e-5
    assert plan.table["stress <= 0.4"].iloc[0] == pytest.approx(found["stress"], abs=1e-7)
    assert plan.untreated == pytest.approx(0.0, abs=1e-9)


def test_the_limit_is_used_up_and_a_drug_against_the_aim_is_left_out(plan):
    assert plan.table["stress <= 0.4"].iloc[0] == pytest.approx(0.4, abs=1e-5)
    assert plan.drugs == ("a", "b")
    assert "minimize growth" in repr(plan)
    assert "stress &lt;= 0.4" in plan._repr_html_()


def test_a_budget_is_kept_and_costs_count():
    plan = hc.optimize_therapy(model(), budget=0.8, costs={"a": 4.0}, **AIM)
    cost = 4 * abs(plan.doses.get("a", 0.0)) + abs(plan.doses.get("b", 0.0)) + abs(plan.doses.get("c", 0.0))
    assert cost <= 0.8 + 1e-6
    assert plan.table["cost"].iloc[0] == pytest.approx(cost)
    free = hc.optimize_therapy(model(), **AIM)
    assert free.value < plan.value


def test_one_drug_only():
    plan = hc.optimize_therapy(model(), max_drugs=1, **AIM)
    assert plan.drugs == ("a",)
    assert plan.doses["a"] == pytest.approx(-1.0, abs=1e-6)


def test_raising_a_readout_is_lowering_it_in_the_mirror():
    up = hc.optimize_therapy(model(), maximize="growth", input_range=1.0, max_drugs=2, progress=False)
    down = hc.optimize_therapy(model(), max_drugs=2, **AIM)
    assert up.value == pytest.approx(-down.value, abs=1e-6)  # the network is odd


def test_the_worst_member_is_no_better_than_the_mean():
    values = [
        hc.optimize_therapy(ensemble(), risk=risk, max_drugs=2, **AIM).value
        for risk in ("mean", "cvar", "worst")
    ]
    assert values[0] < values[1] <= values[2] + 1e-9


def test_a_healthy_model_sets_the_limit():
    plan = hc.optimize_therapy(
        model(), healthy=model(0.7), healthy_limits={"stress": (None, 0.2)}, max_drugs=2, **AIM
    )
    found = hc.predict(model(0.7), plan.doses).to_df().iloc[0]
    assert found["stress"] == pytest.approx(0.2, abs=1e-4)
    front = plan.pareto("stress", [0.1, 0.2], healthy=True)
    assert front["value"].iloc[1] == pytest.approx(plan.value, abs=1e-6)


def test_looser_limits_never_cost_anything(plan):
    front = plan.pareto("stress", [-1.0, 0.1, 0.3, 0.5, 0.9])
    assert np.isnan(front["value"].iloc[0])
    assert (np.diff(front["value"].iloc[1:]) <= 1e-7).all()
    kept = front.iloc[1:]
    assert (kept["stress"] <= kept["bound"] + 1e-4).all()


def test_many_drugs_are_first_cut_to_the_useful_ones():
    rng = np.random.default_rng(0)
    n = 14
    w = np.zeros((n + 1, n + 1))
    w[0, 1:] = np.where(np.arange(n) < 3, 0.8, 0.02) * rng.uniform(0.8, 1.2, n)
    big = hc.CellBox(["y", *(f"d{i}" for i in range(n))], ["phenotype", *["drug"] * n], w)
    plan = hc.optimize_therapy(big, minimize="y", input_range=-1.0, max_drugs=3, n_starts=1, progress=False)
    assert not plan.complete
    assert plan.drugs == ("d0", "d1", "d2")
    with pytest.raises(InvalidValueError, match="Take fewer levels"):
        plan.compare_with_grid(30)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"minimize": None}, InvalidValueError, "one of minimize= and maximize="),
        ({"minimize": "growht"}, UnknownNameError, "Did you mean 'growth'"),
        ({"drugs": ["a", "d"]}, UnknownNameError, "no drug 'd'|drug 'd'"),
        ({"limits": {"stres": (None, 1)}}, UnknownNameError, "Did you mean 'stress'"),
        ({"limits": {"stress": 0.4}}, InvalidValueError, r"wanted \(lowest, highest\)"),
        ({"limits": {"stress": (1, 0)}}, InvalidValueError, "lowest is above"),
        ({"limits": {"stress": (None, None)}}, InvalidValueError, "one finite bound"),
        ({"healthy_limits": {"stress": (None, 1)}}, InvalidValueError, "without a healthy model"),
        ({"healthy": "self"}, InvalidValueError, "say what is toxic"),
        ({"budget": -1}, InvalidValueError, "wanted a positive number"),
        ({"costs": {"a": -1}}, InvalidValueError, "0 or more"),
        ({"risk": "median"}, InvalidValueError, "risk"),
        ({"tail": 0}, InvalidValueError, "share between 0 and 1"),
        ({"max_drugs": 0}, InvalidValueError, "at least 1"),
        ({"limits": {"stress": (None, -3.0)}}, NotConvergedError, "stress <= -3 .*missed.*untreated control"),
    ],
)
def test_bad_requests_are_told(changes, error, message):
    changes = {k: model() if v == "self" else v for k, v in changes.items()}
    with pytest.raises(error, match=message):
        hc.optimize_therapy(model(), **{**AIM, **changes})
