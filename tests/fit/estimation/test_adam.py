from __future__ import annotations

import jax
import numpy as np
import optax
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import estimate
from tests.fit.estimation.objectives import Counting, cornered, failing, rosenbrock


class Line:
    """A straight line through 50 points, of which a part may be asked for."""

    names, n, has_least_squares, accepts_rows = ("a", "b"), 50, False, True
    lower, upper = np.full(2, -3.0), np.full(2, 3.0)

    def __init__(self):
        self.x = np.linspace(-1, 1, 50)
        self.y = 1.0 + 0.5 * self.x
        self.seen = []

    def values(self, thetas):
        return self.values_and_gradients(thetas)[0]

    def values_and_gradients(self, thetas, rows=None):
        rows = np.arange(50) if rows is None else rows
        self.seen.append(tuple(rows.tolist()))
        x, weight = self.x[rows], 50 / len(rows)
        off = thetas[:, :1] + thetas[:, 1:] * x - self.y[rows]
        slopes = np.stack([off.sum(1), (off * x).sum(1)], axis=1)
        return weight * 0.5 * np.sum(off**2, 1), weight * slopes


def test_any_optimizer_of_optax():
    found = estimate(
        cornered(),
        n_starts=3,
        method="adam",
        optimizer=optax.sgd(0.2),
        max_iterations=200,
        key=jax.random.key(0),
    )
    assert (found.thetas[:, 0] == 1.0).all()
    np.testing.assert_allclose(found.thetas[:, 1], 0.5, atol=1e-5)
    assert found.best.reason == "the gradient is small"


def test_minibatches_reach_the_minimum_and_are_drawn_from_the_key():
    one, two, other = Line(), Line(), Line()
    options = {"n_starts": 3, "method": "adam", "rows": 10, "max_iterations": 400, "learning_rate": 0.1}
    found = estimate(one, key=jax.random.key(0), **options)
    np.testing.assert_allclose(found.thetas, [[1.0, 0.5]] * 3, atol=0.02)
    assert {len(rows) for rows in one.seen} == {10, 50}
    estimate(two, key=jax.random.key(0), **options)
    estimate(other, key=jax.random.key(1), **options)
    assert one.seen == two.seen != other.seen


def test_a_region_that_fails_is_left():
    o = Counting(failing())
    found = estimate(
        o, n_starts=4, method="adam", learning_rate=0.5, max_iterations=600, key=jax.random.key(0)
    )
    assert not np.isfinite(failing().values(np.concatenate(o.thetas))).all()
    np.testing.assert_allclose(found.best.theta, 1.0, atol=1e-3)


def test_rows_are_measurements():
    with pytest.raises(InvalidValueError, match="rows is 51; wanted from 1 to the 50"):
        estimate(Line(), n_starts=1, method="adam", rows=51, key=jax.random.key(0))


def test_the_learning_rate_sets_the_first_step():
    o = Counting(rosenbrock())
    estimate(
        o, starts=[[0.5, 0.5]], method="adam", learning_rate=0.25, max_iterations=1, key=jax.random.key(0)
    )
    np.testing.assert_allclose(np.abs(o.thetas[1] - o.thetas[0]), 0.25, rtol=1e-6)
