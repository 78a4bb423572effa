import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.infer.design import design, optimize_design
from hybridcell.infer.design.optimize import _evaluator

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
