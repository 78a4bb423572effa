"""Amounts that cannot fall below zero do not, and what can does."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

import hybridcell as hc
from hybridcell.simulate.kinetics.compiled import results
from tests.simulate.kinetics.compiled.problems import run
from tests.simulate.kinetics.compiled.toy import make_toy

#: Random constants of the p53 oscillator, at which a step over the corner of the saturated loss ran away.
CORNERS = (
    {"beta_x": 6.242900302725805, "alpha_k": 0.3000625183924015, "k": 1.5262294390802562e-05,
     "beta_y": 10.40245507419477, "alpha_0": 0.1369629044718105, "alpha_y": 0.18059474347611093},
    {"beta_x": 4.583828278039132, "alpha_k": 1.0888190501694326, "k": 1.0152043823739119e-05,
     "beta_y": 4.124083115051378, "alpha_0": 0.24776598853648726, "alpha_y": 0.15418793728488933},
)  # fmt: skip


@pytest.mark.parametrize("constants", CORNERS)
def test_a_step_does_not_jump_over_the_corner_of_a_saturated_rate(constants):
    network = hc.read_sbml(hc.networks.load("p53_mdm2"))
    found = hc.simulate(network, t1=30.0, n_points=11, conditions=[constants])
    c = constants

    def rates(t, x):
        loss = c["alpha_k"] * x[2] * x[0] / (x[0] + c["k"])
        made = c["alpha_0"] * x[1]
        return [c["beta_x"] - loss, c["beta_y"] * x[0] - made, made - c["alpha_y"] * x[2]]

    wanted = solve_ivp(
        rates, (0, 30), [0.0, 0.1, 0.8], method="LSODA", rtol=1e-10, atol=1e-14, t_eval=found.ts
    )
    assert found.result == ("success",)
    scale = np.abs(wanted.y.T).max(axis=0)
    np.testing.assert_allclose(np.asarray(found.values)[0] / scale, wanted.y.T / scale, atol=1e-4)


def test_a_prey_below_the_tolerance_does_not_come_back_negative():
    network = hc.read_sbml(hc.networks.load("lotka_volterra"))
    deep = {"growth": 7.174825937720756, "predation": 1.5269830679547052, "death": 0.18373630735794563}
    found = hc.simulate(network, t1=30.0, n_points=11, conditions=[deep], solve=hc.Solve(atol=1e-15))
    values = np.asarray(found.values)[0]
    assert found.result != ("success",) or values.min() > -1e-4


def test_a_state_that_crosses_zero_is_let_through():
    oscillation = make_toy(
        lambda t, x, p, delayed, modes: jnp.array([-p[0] * x[1], p[0] * x[0]]), lambda t, p: [1.0, 0.0], 1, 2
    )
    ts = np.linspace(0, 20, 41)
    x, _, code = run(oscillation, [1.0], ts, rtol=1e-8)
    assert code[0] == results.SUCCESS
    np.testing.assert_allclose(x[0], np.stack([np.cos(ts), np.sin(ts)], axis=1), atol=1e-5)


def test_what_is_used_up_at_a_constant_rate_falls_below_zero():
    drain = make_toy(lambda t, x, p, delayed, modes: -p[:1], lambda t, p: [1.0], 1, 1)
    x, _, code = run(drain, [1.0], np.linspace(0, 3, 4), rtol=1e-6)
    assert code[0] == results.SUCCESS
    np.testing.assert_allclose(x[0, :, 0], [1.0, 0.0, -1.0, -2.0], atol=1e-9)


CASCADE = """
A = 5; B = 0; C = 0; D = 0; y = 0; k = 0.3; h = 1.5; A -> B; k*A; 2 B -> C; k*B^2; 2 C -> D; k*C^2
-> y; D^h/(1 + D^h)
"""


@pytest.mark.parametrize("method", ["rodas5p", "kvaerno5", "tsit5"])
def test_the_end_of_a_cascade_that_starts_from_nothing_may_stand_under_a_power(method):
    """D rises by the seventh power of the time, which stages follow on either side of zero."""
    network = hc.read_sbml(CASCADE)
    options = {"t1": 10.0, "n_points": 5}
    run = hc.simulate(network, **options, solve=hc.Solve(method=method))
    plain = hc.simulate(network, **options, solve=hc.Solve(backend="numpy", rtol=1e-9))
    assert run.result == ("success",)
    np.testing.assert_allclose(run["y"], plain["y"], rtol=1e-4, atol=1e-9)


def test_that_cascade_has_derivatives_by_the_power():
    network = hc.read_sbml(CASCADE)

    def at_the_end(values):
        solve = hc.Solve(rtol=1e-9)
        return hc.simulate(network.with_values(values), t1=10.0, n_points=2, solve=solve)["y"][0, -1]

    place = network.equations.constants.index("h")
    step = 1e-4 * np.eye(len(network.values))[place]
    difference = (at_the_end(network.values + step) - at_the_end(network.values - step)) / 2e-4
    assert jax.grad(at_the_end)(network.values)[place] == pytest.approx(float(difference), rel=1e-4)


def test_a_power_of_what_is_negative_is_no_number_still():
    run = hc.simulate(hc.read_sbml("S = 1; y = 0; S -> ; 1; -> y; S^0.5"), t1=2.0, n_points=3)
    assert run.result[0].startswith("the solver gave up")
