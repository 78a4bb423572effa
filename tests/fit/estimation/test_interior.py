from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import least_squares

from hybridcell.fit.estimation import FunctionObjective, Tolerances, trust_region
from hybridcell.fit.estimation.interior import Interior
from hybridcell.fit.estimation.lockstep import Lockstep
from hybridcell.fit.estimation.objective import Evaluator
from hybridcell.fit.estimation.trust_region import TrustRegion
from tests.fit.estimation.objectives import Counting, cornered, exponentials, failing, rosenbrock, waves


def run(o, starts, *, method=Interior, batch=None):
    steps = method(lower=o.lower, upper=o.upper, tolerances=Tolerances())
    crew, evaluate = (
        Lockstep(steps, capacity=len(starts), max_iterations=500),
        Evaluator(o, batch or len(starts)),
    )
    for i, theta in enumerate(starts):
        crew.admit(i, np.array(theta))
    runs = []
    while len(crew):
        runs += crew.advance(evaluate)
    return sorted(runs, key=lambda one: one.start)


def points(o, n, seed=0):
    return np.random.default_rng(seed).uniform(o.lower, o.upper, (n, len(o.names)))


def test_the_best_minimum_is_that_of_scipy():
    o = exponentials()
    starts = points(o, 6, seed=3)
    found = [
        least_squares(lambda x: o.least_squares(x[None])[0][0], theta, bounds=(o.lower, o.upper))
        for theta in starts
    ]
    best = min(run(o, starts), key=lambda one: one.value)
    assert best.value == pytest.approx(min(one.cost for one in found), rel=1e-8)


def test_rosenbrock_is_solved_in_few_steps():
    o = rosenbrock()
    for one in run(o, points(o, 6)):
        np.testing.assert_allclose(one.theta, [1.0, 1.0], rtol=1e-6)
        assert one.iterations < 60


def test_a_minimum_on_bounds_is_found():
    o = cornered()
    for one in run(o, points(o, 6)):
        assert one.theta[0] == 1.0
        assert one.theta[1] == pytest.approx(0.5, abs=1e-5)


def test_where_nothing_can_be_computed_no_run_goes():
    o = failing()
    starts = [theta for theta in points(o, 30) if theta.sum() > 0 and theta[0] < 1.5][:6]
    for one in run(o, starts):
        assert one.value < 1e-10
    assert run(o, [[-2.0, -2.0]])[0].reason == "the start cannot be simulated"


def test_a_run_does_not_depend_on_the_others():
    o = waves()
    starts = points(o, 5)
    for one in run(o, starts):
        alone = run(o, [starts[one.start]], batch=5)[0]
        assert alone.theta.tobytes() == one.theta.tobytes()
        assert alone.history[:, :4].tobytes() == one.history[:, :4].tobytes()


def test_the_curvature_is_known_and_not_learned():
    # of linear residuals the first model is the function: one step arrives, where learning takes more
    matrix = np.array([[3.0, 1.0, 0.2], [0.5, 2.0, 0.1], [0.3, 0.1, 0.4], [1.0, 1.0, 1.0]])
    o = FunctionObjective(
        ["a", "b", "c"],
        [-40.0] * 3,
        [40.0] * 3,
        residuals=lambda p: jnp.asarray(matrix) @ p - jnp.arange(4.0),
    )
    one, learning = (run(o, [[4.0, 3.0, -5.0]], method=m)[0] for m in (Interior, TrustRegion))
    best = np.linalg.lstsq(matrix, np.arange(4.0), rcond=None)[0]
    np.testing.assert_allclose(one.theta, best, rtol=1e-6)
    assert one.iterations < learning.iterations


def test_steps_towards_a_bound_stop_half_way():
    o = Counting(FunctionObjective(["a"], [-1.0], [1.0], residuals=lambda p: jnp.array([10 * (p[0] - 5.0)])))
    one = run(o, [[-0.9]])[0]
    tried = np.concatenate(o.thetas).ravel()
    gone = (tried[1:] - tried[:-1]) / (1.0 - tried[:-1])
    far = 1.0 - tried[:-1] > 0.1
    assert np.all(gone[far] <= 0.5 + 1e-12)
    assert one.theta[0] == 1.0


def test_a_long_flat_canyon_is_slow(monkeypatch):
    monkeypatch.setattr(Interior, "crawl", 1e12)
    monkeypatch.setattr(trust_region, "_WINDOW", 3)
    o = rosenbrock(10)
    one = run(o, np.full((1, 10), -1.5))[0]
    assert one.reason == "progress was slow"
