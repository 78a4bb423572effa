import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.infer.design import design, optimize, optimize_design
from hybridcell.infer.design.optimize import _at_bounds, _evaluator, _grid, _optimum
from hybridcell.infer.design.outlook import Outlook

VARY = {"aMEK": (-3.0, 0.0), "amTOR": (-3.0, 0.0)}
OF = [{"aMEK": -1.0, "amTOR": -1.0}, {"amTOR": -0.5}]


@pytest.mark.parametrize(("criterion", "of"), [("D", None), ("A", OF)])
def test_gradients_of_steady_states_are_exact(fitted, criterion, of):
    lower, upper = np.full(2, -3.0), np.zeros(2)
    gains = _evaluator(
        fitted, list(VARY), lower, upper, {"aAKT": -0.5}, criterion, of, None, ["ERK", "AKT"], None, None
    )
    x, step = np.array([-1.0, -0.7]), 1e-5
    value, slope = gains.value_and_gradient(x)
    moved = gains.values(np.concatenate([x + step * np.eye(2), x - step * np.eye(2)]))
    np.testing.assert_allclose(slope, (moved[:2] - moved[2:]) / (2 * step), rtol=1e-5, atol=1e-7)
    assert value == pytest.approx(float(gains.values(x[None])[0]))


def test_the_gain_is_that_of_the_ranking_and_no_less_than_on_the_grid(fitted):
    found = optimize_design(fitted, VARY, readouts=["ERK", "AKT"], n=2, starts=2, levels=3, key=jr.key(0))
    assert (found.table["gain"] >= found.table["grid"]).all()
    ranked = design(fitted, found.experiments, criterion="D", readouts=["ERK", "AKT"], key=jr.key(0))
    alone = ranked.table.set_index("candidate")["alone"]
    assert alone.max() == pytest.approx(found.table["gain"][0], rel=1e-5)
    # the second experiment is given the first
    assert found.table["gain"][1] < found.table["gain"][0]
    assert "best of the grid" in repr(found)
    assert "criterion" in found._repr_html_()


def test_times_of_networks_are_optimized_inside_of_bounds(network_fit):
    found = optimize_design(network_fit, {"time": (0.2, 6.0)}, levels=4, starts=1, key=jr.key(0))
    best = found.experiments[0]["time"]
    assert 0.2 <= best <= 6.0
    ranked = design(network_fit, [{"time": best}, {"time": 0.3}], criterion="D", key=jr.key(0))
    assert ranked.table["alone"][0] == pytest.approx(found.table["gain"][0], rel=1e-4)
    assert ranked.table["alone"][0] > ranked.table["alone"][1]


@pytest.mark.parametrize(
    ("vary", "options", "error", "words"),
    [
        ({}, {}, InvalidValueError, "vary"),
        ({"aMEK": (0, -1)}, {}, InvalidValueError, "lower"),
        ({"aMEK": 3}, {}, InvalidValueError, "lower, upper"),
        ({"aMEKK": (-1, 0)}, {}, UnknownNameError, "aMEK"),
        ({"aMEK": (-1, 0)}, {"fixed": {"aMEK": 1.0}}, InvalidValueError, "both"),
        ({"aMEK": (-1, 0)}, {"criterion": "A"}, InvalidValueError, "of="),
        ({"aMEK": (-1, 0)}, {"n": 0}, InvalidValueError, "n is"),
        ({"aMEK": (-1, 0)}, {"criterion": "E"}, InvalidValueError, "criterion"),
    ],
)
def test_bad_input_is_said(fitted, vary, options, error, words):
    with pytest.raises(error, match=words):
        optimize_design(fitted, vary, key=jr.key(0), **options)


def test_problems_of_petab_are_refused_in_words():
    problem = hc.read_petab(hc.networks.load("jak_stat").petab)
    with pytest.raises(InvalidValueError, match="tables"):
        optimize_design(problem, {"time": (0, 1)}, key=jr.key(0))


class Hill:
    """Gains with a hill inside of the bounds and a lower one in a corner."""

    def __init__(self, reach=np.inf):
        self.reach, self.taken = reach, []

    def value_and_gradient(self, x):
        value = 2.0 - np.sum((x - [0.3, -0.2]) ** 2) if np.abs(x).max() <= self.reach else -np.inf
        return value, -2 * (x - [0.3, -0.2])

    def values(self, xs):
        return np.array([self.value_and_gradient(x)[0] for x in xs])


def test_the_optimum_between_points_of_the_grid_is_found_and_compared_with_these():
    lower, upper = np.full(2, -1.0), np.full(2, 1.0)
    grid = _grid(lower, upper, 3, np.random.default_rng(0))
    ticks = []
    best, row, first = _optimum(Hill(), grid, lower, upper, 3, np.random.default_rng(1), ticks.append)
    np.testing.assert_allclose(best, [0.3, -0.2], atol=1e-6)
    assert row["gain"] == pytest.approx(2.0)
    assert (row["reached"], row["grid"], first.tolist()) == (3, pytest.approx(2.0 - 0.13), [0.0, 0.0])
    assert ticks == [1] * 4
    # also where points cannot be simulated; where none can, it is said
    best, _, _ = _optimum(Hill(0.5), grid, lower, upper, 1, np.random.default_rng(1), ticks.append)
    np.testing.assert_allclose(best, [0.3, -0.2], atol=1e-6)
    with pytest.raises(InvalidValueError, match="give narrower bounds"):
        _optimum(Hill(-1.0), grid, lower, upper, 1, np.random.default_rng(1), ticks.append)


@settings(max_examples=20)
@given(st.integers(1, 5), st.integers(2, 6))
def test_grids_have_both_bounds_and_are_drawn_where_they_would_be_too_large(d, levels):
    lower, upper = -np.arange(1.0, d + 1), np.arange(1.0, d + 1) ** 2
    grid = _grid(lower, upper, levels, np.random.default_rng(0))
    assert ((grid >= lower) & (grid <= upper)).all()
    if levels**d <= 256:
        assert len(np.unique(grid, axis=0)) == len(grid) == levels**d
        np.testing.assert_array_equal([grid.min(axis=0), grid.max(axis=0)], [lower, upper])
    else:
        assert grid.shape == (256, d)


def test_a_bound_at_which_an_optimum_lies_is_told():
    experiments = [{"a": -3.0, "b": 0.5, "c": 1.0}, {"a": -1.0, "b": 0.5, "c": 1.0 - 1e-9}]
    lower, upper = np.array([-3.0, 0.0, 0.0]), np.array([0.0, 1.0, 1.0])
    assert _at_bounds(["a", "b", "c"], experiments, lower, upper) == ("a", "c")
    assert _at_bounds(["a", "b", "c"], experiments[1:], lower, upper) == ("c",)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n": 0}, "n is 0; wanted a whole number from 1 on"),
        ({"n": True}, "n is True"),
        ({"starts": 1.5}, "starts is 1.5"),
        ({"levels": 1}, "levels is 1; wanted a whole number from 2 on"),
        ({"levels": "4"}, "levels is '4'"),
        ({"vary": [("aMEK", (-1, 0))]}, "vary names nothing; wanted for example"),
        ({"vary": {"aMEK": (-np.inf, 0)}}, "wanted finite ones, lower < upper"),
        ({"vary": {"aMEK": (-1, 0, 1)}}, r"wanted \(lower, upper\)"),
        ({"vary": {"time": (-1, 2)}}, "wanted times from 0 on"),
    ],
)
def test_what_was_found_and_what_was_wanted_is_said_before_anything_is_looked_at(options, words):
    given = {"vary": {"aMEK": (-1, 0)}, "key": jr.key(0), **options}
    with pytest.raises(InvalidValueError, match=words):
        optimize_design(None, given.pop("vary"), **given)


def test_one_readout_may_be_given_by_its_name(fitted):
    with pytest.raises(UnknownNameError, match=r"There is no readout 'ERKK'. Did you mean 'ERK'"):
        optimize_design(fitted, VARY, readouts="ERKK", key=jr.key(0))


def test_of_networks_only_the_experiments_that_are_sought_set_what_is_fixed(network_fit, monkeypatch):
    asked = []

    def seen(target, candidates, **_):
        asked.append(candidates)
        n = len(candidates)
        return Outlook(tuple(map(str, range(n))), np.ones((n, 1, 1)), np.ones((1, 1)), "x", np.ones(n, bool))

    monkeypatch.setattr(optimize, "kinetic_outlook", seen)
    bounds = np.array([0.1]), np.array([5.0])
    of = [{"time": 3.0}]
    gains = _evaluator(network_fit, ["time"], *bounds, {"dose": 2.0}, "A", of, None, None, None, None)
    gains.values(np.array([[1.0]]))
    assert asked == [[{"time": 3.0}, {"dose": 2.0, "time": 1.0}]]
    with pytest.raises(InvalidValueError, match="An experiment in of needs a time"):
        _evaluator(network_fit, ["time"], *bounds, {}, "A", [{"dose": 1.0}], None, None, None, None)
    with pytest.raises(InvalidValueError, match="needs a time: vary it, or give it in fixed"):
        _evaluator(network_fit, ["dose"], *bounds, {}, "D", None, None, None, None, None)
    with pytest.raises(InvalidValueError, match="a fit of a network knows its own"):
        _evaluator(network_fit, ["time"], *bounds, {}, "D", None, "data", None, None, None)
