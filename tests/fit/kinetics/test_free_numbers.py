"""Which constants a fit moves, and how."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell._core.parameter import Freedom
from hybridcell.fit.kinetics.free_numbers import find_free_numbers
from tests.fit.kinetics.courses import HYBRID, TURNOVER, free

WEIGHTS = {*HYBRID.holes.holes[0].weights, "nn_turn_k"}


def ids(network, wanted=None):
    return {*find_free_numbers(network, wanted).ids}


def theta_of(network, numbers):
    return numbers.theta(np.asarray(network.values))


def test_without_a_word_all_parameters_are_free():
    assert ids(TURNOVER) == {"V", "K", "k"}
    # V and K stand in the old law alone
    assert ids(HYBRID) == {"k", *WEIGHTS}


def test_declared_ones_are_free_instead():
    assert ids(free(TURNOVER, "k", "S")) == {"k", "S"}
    assert ids(free(HYBRID, "S")) == {"S", *WEIGHTS}
    held = free(TURNOVER, "k").with_parameters({"V": hc.Parameter(1.0, trainable=False)})
    assert ids(held) == {"k"}


def test_all_neural_or_a_list():
    assert ids(free(TURNOVER, "k"), "all") == {"V", "K", "k"}
    assert ids(free(HYBRID, "k"), "neural") == WEIGHTS
    assert ids(HYBRID, ["S"]) == {"S", *WEIGHTS}
    assert ids(TURNOVER, ["V", "S"]) == {"V", "S"}
    held = free(TURNOVER, "k").with_parameters({"V": hc.Parameter(1.0, trainable=False)})
    assert ids(held, "all") == {"K", "k"}


def test_what_is_held_in_a_piece_stays():
    assert not any("_s_" in id for id in ids(HYBRID, "all"))
    numbers = find_free_numbers(HYBRID, None)
    assert {id for id, neural in zip(numbers.ids, numbers.neural) if neural} == {
        *HYBRID.holes.holes[0].weights
    }


def test_parameters_of_value_zero_do_not_move():
    assert ids(TURNOVER.with_values({"K": 0.0})) == {"V", "k"}


@given(
    value=st.floats(1e-3, 1e3),
    transform=st.sampled_from(["identity", "log", "softplus", "logit"]),
    move=st.floats(-2, 2),
)
@settings(max_examples=40, deadline=None)
def test_values_come_back_from_theta(value, transform, move):
    declared = hc.Parameter(value, transform=transform, bounds=(1e-4, 1e4) if transform == "logit" else _OPEN)
    network = TURNOVER.with_parameters({"k": declared})
    numbers = find_free_numbers(network, None)
    theta = theta_of(network, numbers)
    assert_allclose(numbers.values(jnp.asarray(theta)), [value], rtol=1e-9)
    moved = numbers.place(network, theta + move)
    assert_allclose(theta_of(moved, numbers), theta + move, rtol=1e-6, atol=1e-6)
    slope = jax.jacobian(numbers.values)(jnp.asarray(theta + move))
    assert_allclose(numbers.slopes(jnp.asarray(theta + move)), np.diag(slope), rtol=1e-9)


_OPEN = (-np.inf, np.inf)


def test_several_transforms_side_by_side():
    network = TURNOVER.with_parameters(
        {
            "V": hc.Parameter(2.0),
            "K": hc.Parameter(3.0, transform="log"),
            "k": hc.Parameter(0.25, transform="logit", bounds=(0.0, 1.0)),
        }
    )
    numbers = find_free_numbers(network, None)
    theta = dict(zip(numbers.ids, theta_of(network, numbers)))
    assert_allclose([theta["V"], theta["K"], theta["k"]], [2.0, np.log(3.0), np.log(0.25 / 0.75)])
    placed = numbers.place(network, np.zeros(3))
    found = dict(zip(placed.equations.constants, np.asarray(placed.values)))
    assert (found["V"], found["K"], found["k"]) == (0.0, 1.0, 0.5)
    assert found["S"] == 3.0


def test_bounds_are_those_of_theta():
    network = TURNOVER.with_parameters(
        {
            "V": hc.Parameter(2.0, bounds=(1.0, 4.0)),
            "K": hc.Parameter(3.0, transform="log", bounds=(0.5, 8.0)),
            "k": hc.Parameter(0.5, transform="log"),
        }
    )
    numbers = find_free_numbers(network, None)
    low, high = dict(zip(numbers.ids, numbers.low)), dict(zip(numbers.ids, numbers.high))
    assert (low["V"], high["V"]) == (1.0, 4.0)
    assert_allclose((low["K"], high["K"]), np.log([0.5, 8.0]))
    assert low["k"] < np.log(0.5) - 10
    outside = numbers.theta(np.asarray(network.with_values({"V": 9.0}).values))
    assert dict(zip(numbers.ids, outside))["V"] == 4.0


@pytest.mark.parametrize(
    ("prior", "transform", "center", "spread"),
    [
        (("normal", 0.4, 0.1), "identity", 0.4, 0.1),
        (("log-normal", -1.0, 0.5), "log", -1.0, 0.5),
        (("normal", 0.4, 0.1), "log", np.log(0.4), 0.25),
        (None, "log", 0.0, np.inf),
    ],
)
def test_priors_are_those_of_theta(prior, transform, center, spread):
    numbers = find_free_numbers(free(TURNOVER, "k", prior=prior, transform=transform), None)
    assert_allclose((numbers.center[0], numbers.spread[0]), (center, spread))


@pytest.mark.parametrize(
    ("change", "wanted", "error", "message"),
    [
        (lambda n: n, ["kk"], UnknownNameError, r"no constant \(to be fitted\) 'kk'. Did you mean 'k'"),
        (lambda n: n, "k", InvalidValueError, "free is 'k'; wanted a list of ids, 'all', 'neural' or None"),
        (lambda n: n, "neural", InvalidValueError, "nothing to fit: the network has no free constants"),
        (lambda n: n, [], InvalidValueError, "nothing to fit"),
        (
            lambda n: n.with_values({"k": np.nan}),
            ["k"],
            InvalidValueError,
            "value of 'k' is nan; a fit needs",
        ),
        (
            lambda n: free(n, "k").with_values({"k": -1.0}),
            None,
            InvalidValueError,
            "'k' is -1; a number on a log scale starts above 0",
        ),
        (
            lambda n: free(n, "k", prior=("log-normal", 0.0, 1.0), transform="logit", bounds=(0.0, 2.0)),
            None,
            InvalidValueError,
            "prior of 'k' is 'log-normal' on a 'logit' scale; wanted",
        ),
    ],
)
def test_bad_requests_are_refused(change, wanted, error, message):
    with pytest.raises(error, match=message):
        find_free_numbers(change(TURNOVER), wanted)


def test_a_prior_has_a_width():
    network = TURNOVER.with_freedoms({"k": Freedom(transform="log", prior=("log-normal", 0.0, 0.0))})
    with pytest.raises(InvalidValueError, match="prior of 'k' has the width 0"):
        find_free_numbers(network, None)


def test_constants_whose_name_looks_neural_are_still_declared():
    named = hc.read_sbml("model m\n S -> ; nn_k*S; nn_k = 0.5; S = 1; q = 3; S2 -> ; q*S2; S2 = 1\nend")
    assert ids(free(named, "nn_k")) == {"nn_k"}
    assert ids(named) == {"nn_k", "q"}


def test_pieces_of_every_kind_bring_their_weights():
    model = HYBRID + hc.NeuralResidual(outputs=["P"], conserve=False, width=1, key=jr.key(0))
    model = model + hc.NeuralParameter("k", ["line"], width=0, key=jr.key(1))
    found = ids(model, "neural")
    assert {"nn_turn_k", "nn_k_base"} <= found
    assert {id for hole in model.holes for id in hole.weights} <= found
    assert "line" not in found
