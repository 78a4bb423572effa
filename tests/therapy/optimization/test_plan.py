"""The plan, its grid and its front, on responses made by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError
from hybridcell.therapy.optimization.plan import TherapyPlan, grid_of_shares
from hybridcell.therapy.optimization.problem import Limit
from hybridcell.therapy.optimization.search import Candidate
from tests.therapy.optimization.made import Made, problem

OPTIONS = {"max_drugs": 2, "n_starts": 1, "seed": 0}


def _plan(candidates, **changes):
    one = problem(**changes)
    found = [Candidate(drugs, np.array(z), value, excess) for drugs, z, value, excess in candidates]
    return TherapyPlan.of(one, found, complete=True, **OPTIONS)


@settings(max_examples=20)
@given(st.integers(1, 4), st.integers(2, 4), st.integers(1, 5))
def test_a_grid_holds_each_set_of_doses_once(n_drugs, levels, most):
    rows = [tuple(row) for row in grid_of_shares(n_drugs, levels, most)]
    every = product(np.linspace(0, 1, levels), repeat=n_drugs)
    assert sorted(rows) == sorted(row for row in every if np.count_nonzero(row) <= most)


def test_a_grid_that_is_too_large_is_refused_with_its_size():
    with pytest.raises(InvalidValueError, match=r"11 levels of 7 drugs, up to 7 together, has 19,487,171"):
        grid_of_shares(7, 11, 7)


def test_a_table_has_doses_in_their_unit_and_the_readouts_that_have_limits():
    plan = _plan([((0, 1), [0.5, 0.25, 0.0], -1.0, 0.0), ((2, 0), [0.0, 0.0, 1.0], 0.0, 9e-5)], sign=-1.0)
    assert plan.aim == "maximize"
    assert plan.drugs == ("a", "b")
    assert plan.doses == {"a": -0.5, "b": 0.5}
    assert plan.table["cost"].tolist() == [1.25, 0.5]
    assert plan.untreated == 0.0
    states = plan._problem.systems[0].values(np.array([[-0.5, 0.5, 0.0]]))[:, 0]
    first = plan.table.iloc[0]
    mean = np.array([1, 2, 1]) / 4 @ states
    assert first["value"] == pytest.approx(mean[0])
    assert first["stress <= 0.3"] == pytest.approx(mean[1])
    assert first["stress >= -0.4"] == pytest.approx(mean[1])
    assert (first["lower"], first["upper"]) == (states[:, 0].min(), states[:, 0].max())
    assert "growth <= 0.2 (healthy)" in plan.table


def test_what_breaks_a_limit_is_left_out_and_one_therapy_is_listed_once():
    z = [0.5, 0.0, 0.0]
    plan = _plan([((0, 1), z, -1.0, 0.0), ((0, 2), z, -1.0, 0.0), ((1, 2), [0, 1.0, 0], -2.0, 1e-3)])
    assert plan.table["drugs"].tolist() == [("a",)]
    nothing = _plan([((0, 1), [0.0, 0.0, 0.0], 0.0, 0.0)])
    assert nothing.doses == {}
    assert "by no drug; " in repr(nothing)


def test_the_best_of_a_grid_is_that_of_a_search_through_all_of_it():
    plan = _plan([((0, 1), [0.5, 0.0, 0.0], 0.0, 0.0)], budget=2.0)
    found = plan.compare_with_grid(5)
    one = plan._problem
    best = np.inf
    for z in product(np.linspace(0, 1, 5), repeat=3):
        if np.count_nonzero(z) <= 2 and np.dot(z, one.costs) <= 2.0:
            numbers = one.certified(np.array([z]))[0]
            best = min(best, numbers[0]) if (numbers[1:] <= 0).all() else best
    assert found["value"] == pytest.approx(best)
    assert found["gain"] == pytest.approx(best - plan.value)
    assert found["n_simulations"] == 1 + 3 * 4 + 3 * 16
    given = np.array([[found["doses"].get(drug, 0.0) for drug in "abc"]])
    assert one.certified(given / one.tops)[0, 0] == pytest.approx(best)


def test_a_grid_without_anything_allowed_is_empty():
    plan = _plan([((0,), [0.5, 0.0, 0.0], 0.0, 0.0)], limits=[Limit(0, "stress", 1.0, -2.0)])
    found = plan.compare_with_grid(2)
    assert found["doses"] == {}
    assert np.isnan([found["value"], found["gain"]]).all()
    for levels in (1, 2.5, True, "3"):
        with pytest.raises(InvalidValueError, match=f"levels is {levels!r}; wanted a whole number"):
            plan.compare_with_grid(levels)


def test_a_front_takes_the_place_of_the_limit_on_that_side_and_leaves_the_others():
    # the plan's own bound cannot be kept, and the healthy model's binds all along the front
    limits = [Limit(0, "stress", 1.0, -2.0), Limit(1, "stress", 1.0, 0.05)]
    plan = _plan([((0,), [0.0, 0.0, 0.0], 0.0, 0.0)], limits=limits)
    front = plan.pareto("stress", [-1.5, 0.1, 0.9], progress=False)
    assert front.iloc[0].drop("bound").isna().all()
    kept = front.iloc[1:]
    assert (kept["stress"] <= kept["bound"] + 1e-4).all()
    assert (np.diff(kept["value"]) <= 1e-6).all()
    doses = kept[["a", "b", "c"]].to_numpy()
    assert (np.count_nonzero(doses, axis=1) <= 2).all()
    numbers = plan._problem.certified(doses / plan._problem.tops)
    np.testing.assert_allclose(kept["value"], numbers[:, 0], atol=1e-12)
    np.testing.assert_allclose(numbers[:, 2], 0.0, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bounds": []}, "wanted finite numbers, at least one"),
        ({"bounds": [0.1, np.nan]}, "wanted finite numbers, at least one"),
        ({"bounds": [0.1], "side": "upper"}, "side is 'upper'; wanted 'highest' or 'lowest'"),
        ({"bounds": [0.1], "healthy": True}, "no healthy model in this plan; give healthy="),
    ],
)
def test_a_front_of_nothing_is_told(options, message):
    plan = _plan([((0,), [0.5, 0.0, 0.0], 0.0, 0.0)], systems=[Made()], limits=[])
    with pytest.raises(InvalidValueError, match=message):
        plan.pareto("stress", **options)
