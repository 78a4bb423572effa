"""Residuals of time courses, and derivatives that are those of differences."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from tests.fit.kinetics.courses import HYBRID, TIMES, TURNOVER, courses, differences, free, objective

FINE = hc.Solve(rtol=1e-9, atol=1e-12)
DOSES = ({}, {"k": 0.2}, {"S": 1.0, "k": 0.9})


@pytest.fixture(scope="module")
def model():
    """Return the hybrid with weights that matter, two constants and a start declared."""
    moved = HYBRID.with_values(dict.fromkeys(HYBRID.holes.holes[0].weights, 0.2))
    return free(moved, "k", "S")


@pytest.mark.parametrize(
    ("noise", "penalty"), [("normal", 2.0), pytest.param("log-normal", 0.0, marks=pytest.mark.suite)]
)
def test_the_jacobian_is_that_of_differences(model, noise, penalty):
    data = courses(conditions=DOSES, noise=0.002)
    made, numbers, theta = objective(model, data, noise=noise, penalty=penalty, solve=FINE)
    theta = theta + 0.1
    r, j = made.linearized(theta)
    assert_allclose(r, made.residuals(theta), rtol=1e-6, atol=1e-6)
    assert j.shape == (len(r), len(numbers))
    wanted = differences(made.residuals, theta)
    assert_allclose(j, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())
    # a constant that a condition sets does not move there
    k, start = numbers.ids.index("k"), numbers.ids.index("S")
    condition = np.repeat(np.arange(len(DOSES)), 2 * len(TIMES))
    rows = j[: made.n_data]
    assert not rows[condition == 1][:, k].any()
    assert rows[condition == 1][:, start].any()
    assert not rows[condition == 2][:, [k, start]].any()
    assert rows[condition == 0][:, k].any()


def test_the_jacobian_crosses_events_and_reaches_weights_of_parameters():
    pulsed = hc.read_sbml(
        """model pulsed
        S -> ; k*S; S = 3; k = 0.5; pulse = 1; when = 2
        at time > when: S = S + pulse
        at S < 0.9: S = 0.5*S
        end"""
    )
    model = pulsed + hc.NeuralParameter("k", ["line"], width=1, key=jr.key(1))
    model = model.with_values(dict.fromkeys(model.holes.holes[0].weights, 0.2))
    data = courses(model, readouts=["S"], conditions=({}, {"line": 1.0}))
    made, numbers, theta = objective(free(model, "pulse", "when", "nn_k_base"), data, solve=FINE)
    _, j = made.linearized(theta)
    wanted = differences(made.residuals, theta)
    assert_allclose(j, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())
    assert (np.abs(j).max(axis=0) > 1e-3).all(), numbers.ids


def test_residuals_are_in_units_of_their_errors():
    data = courses(noise=0.02)
    data.layers["sd"] = np.random.default_rng(0).uniform(0.01, 0.1, data.shape)
    made, _, theta = objective(free(TURNOVER, "k"), data)
    exact = courses()
    wanted = (np.asarray(exact.X) - np.asarray(data.X)) / data.layers["sd"]
    assert_allclose(made.residuals(theta)[: made.n_data], wanted.reshape(-1), atol=1e-2)
    assert_allclose(made.chi2(theta), np.sum(wanted**2), rtol=1e-3)
    assert_allclose(
        made.predict(jnp.asarray(theta), made.task), np.asarray(exact.X).reshape(-1), rtol=1e-4, atol=1e-5
    )


def test_log_normal_residuals_are_of_logarithms():
    data = courses(noise=0.02)
    made, _, theta = objective(free(TURNOVER, "k"), data, noise="log-normal")
    wanted = (np.log(np.asarray(courses().X)) - np.log(np.asarray(data.X))) / 0.05
    assert_allclose(made.residuals(theta)[: made.n_data], wanted.reshape(-1), atol=2e-2)
    data.X[3, 1] = 0.0
    with pytest.raises(InvalidValueError, match="noise='log-normal' needs positive measurements"):
        objective(free(TURNOVER, "k"), data, noise="log-normal")


def test_the_prior_follows_the_measurements():
    prior = free(TURNOVER, "k", prior=("log-normal", 0.5, 0.2))
    made, _, theta = objective(prior, courses())
    assert_allclose(made.residuals(theta)[made.n_data :], (np.log(0.5) - 0.5) / 0.2)
    plain, _, theta = objective(free(TURNOVER, "k"), courses())
    assert not plain.residuals(theta)[plain.n_data :].any()


def test_a_penalty_is_the_mean_square_of_what_pieces_put_out():
    data = courses(conditions=DOSES)
    model = HYBRID.with_values({"nn_turn_b1_1": 0.3, "nn_turn_w2_1_1": 0.7, "nn_turn_l_1_1": -0.4})
    bare, _, theta = objective(model, data)
    made, _, _ = objective(model, data, penalty=3.0)
    z = hc.simulate(model, t1=6.0, ts=TIMES, conditions=[*DOSES], solve=hc.Solve(backend="numpy", rtol=1e-9))[
        "nn_turn"
    ]
    # the penalty counts once, not once per time: the square sum over data stays what it is
    extra = np.sum(made.residuals(theta) ** 2) - np.sum(bare.residuals(theta) ** 2)
    assert_allclose(extra, 3.0 * np.mean(np.asarray(z) ** 2), rtol=1e-3)


def test_a_horizon_counts_early_times_alone():
    data = courses(noise=0.02)
    made, _, theta = objective(free(TURNOVER, "k"), data)
    early = np.asarray(made.compute(jnp.asarray(theta), made.task.up_to(0.5)))[: made.n_data]
    late = np.repeat(TIMES, 2) > 3.0
    assert not early[late].any()
    assert_allclose(early[~late], made.residuals(theta)[: made.n_data][~late])


def test_another_data_set_needs_no_other_program():
    one, _, _ = objective(free(TURNOVER, "k"), courses())
    two, _, _ = objective(free(TURNOVER, "k"), courses(noise=0.3, sd=0.2))
    assert one.compute is two.compute
    assert one.differentiate is two.differentiate


def test_other_errors_scale_residuals():
    made, _, theta = objective(free(TURNOVER, "k"), courses(noise=0.02))
    loose = made.task.with_errors(2 * np.asarray(made.task.sd))
    assert_allclose(2 * np.asarray(made.compute(jnp.asarray(theta), loose)), made.residuals(theta))
