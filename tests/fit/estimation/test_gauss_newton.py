from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.fit.estimation import FunctionObjective, Tolerances, estimate, gauss_newton
from hybridcell.fit.estimation.gauss_newton import GaussNewton
from hybridcell.fit.estimation.lockstep import Lockstep
from hybridcell.fit.estimation.objective import Evaluator
from tests.fit.estimation.objectives import Counting, exponentials, rosenbrock, same


def valley():
    """A canyon along a parabola, with a floor that descends slowly."""
    return FunctionObjective(
        ["x", "y"], [-4.0, -4.0], [4.0, 20.0],
        residuals=lambda p: jnp.array([1000 * (p[1] - p[0] ** 2), p[0] - 3]),
    )  # fmt: skip


def evaluations(o, theta, **options):
    found = estimate(o, starts=[theta], key=jax.random.key(0), **options)
    assert found.best.value < 1e-10
    return found.best.evaluations


def test_bends_are_followed(monkeypatch):
    with_bends = evaluations(valley(), [-3.0, 9.0])
    monkeypatch.setattr(gauss_newton, "_BEND", 0.0)
    assert with_bends < evaluations(valley(), [-3.0, 9.0])


def test_climbing_makes_the_way_shorter(monkeypatch):
    climbing = evaluations(rosenbrock(), [-1.9, 1.9])
    monkeypatch.setattr(gauss_newton, "_MEMORY", 1)
    assert climbing <= evaluations(rosenbrock(), [-1.9, 1.9])


def test_the_best_point_is_kept_though_steps_climb():
    o = Counting(valley())
    run = estimate(o, starts=[[-3.0, 9.0]], max_iterations=20, key=jax.random.key(0)).best
    points = np.concatenate(o.thetas)
    points = points[~np.isnan(points).any(axis=1)]
    costs = 0.5 * np.sum(valley().least_squares(points)[0] ** 2, axis=1)
    np.testing.assert_allclose(run.value, costs.min(), rtol=1e-9)


@pytest.mark.parametrize("patient", [False, True])
def test_slow_runs_end_and_patient_ones_go_on(patient, monkeypatch):
    o = rosenbrock(10)
    monkeypatch.setattr(gauss_newton, "_CRAWL", 0.9999999)
    monkeypatch.setattr(gauss_newton, "_WINDOW", 2)
    steps = GaussNewton(lower=o.lower, upper=o.upper, tolerances=Tolerances(), patient=patient)
    crew = Lockstep(steps, capacity=1, max_iterations=200)
    crew.admit(0, np.full(10, -1.5))
    runs = []
    while len(crew):
        runs += crew.advance(Evaluator(o, 1))
    assert (runs[0].reason == "progress was slow") is not patient
    assert (runs[0].value < 1e-8) is patient


def test_the_best_slow_runs_go_on_at_the_end(monkeypatch):
    monkeypatch.setattr(gauss_newton, "_CRAWL", 0.9)
    monkeypatch.setattr(gauss_newton, "_WINDOW", 3)
    found = estimate(exponentials(), n_starts=12, candidates=1, key=jax.random.key(1))
    slow = [run.reason == "progress was slow" for run in found.runs]
    assert any(slow)
    assert not slow[0]
    for run in found.runs:
        assert (np.diff(run.history[:, :2], axis=0) >= 1).all()
        assert (np.diff(run.history[:, 2]) <= 0).all()
        assert run.value == pytest.approx(found_value(run), rel=1e-9)


def found_value(run):
    return 0.5 * float(np.sum(exponentials().least_squares(run.theta[None])[0] ** 2))


def test_going_on_is_the_same_from_a_checkpoint(tmp_path):
    path = tmp_path / "checkpoint.npz"
    options = {"n_starts": 6, "batch": 3, "candidates": 2, "key": jax.random.key(3)}
    with pytest.raises(KeyboardInterrupt):
        estimate(Counting(exponentials(), stop_at=25), checkpoint=path, **options)
    same(estimate(exponentials(), checkpoint=path, **options), estimate(exponentials(), **options))
