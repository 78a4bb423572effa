"""Analytic objectives that the tests of estimation share, and what is asked of estimations."""

from __future__ import annotations

import functools

import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.fit.estimation.function_objective import FunctionObjective

TIMES = np.linspace(0, 5, 40)
TRUTH = np.log10([1.0, 0.3, 0.5, 1.2, 0.8, 6.0])


@functools.cache
def rosenbrock(q=2, low=-2.0, high=2.0):
    def residuals(p):
        return jnp.concatenate([10 * (p[1:] - p[:-1] ** 2), 1 - p[:-1]])

    return FunctionObjective([f"x{i}" for i in range(q)], [low] * q, [high] * q, residuals=residuals)


@functools.cache
def exponentials():
    """Three decays at once: their rates and sizes are hard to tell apart."""

    def model(p):
        p = 10.0**p
        return sum(p[2 * i] * jnp.exp(-p[2 * i + 1] * TIMES) for i in range(3))

    data = np.asarray(model(TRUTH)) + 0.01 * np.random.default_rng(0).normal(size=len(TIMES))
    names = [f"{what}{i}" for i in range(3) for what in ("size", "rate")]
    return FunctionObjective(names, [-3.0] * 6, [3.0] * 6, residuals=lambda p: (model(p) - data) / 0.01)


@functools.cache
def failing():
    """A bowl of which a part cannot be computed, up to close to the minimum at (1, 1)."""

    def residuals(p):
        bad = (p[0] + p[1] < 0) | (p[0] > 1.5)
        return jnp.where(bad, jnp.inf, jnp.array([p[0] - 1, 3 * (p[1] - 1), p[0] * p[1] - 1]))

    return FunctionObjective(["a", "b"], [-3.0, -3.0], [3.0, 3.0], residuals=residuals)


@functools.cache
def flat():
    """Only the sum of both counts."""
    return FunctionObjective(
        ["a", "b", "c"],
        [-5.0] * 3,
        [5.0] * 3,
        residuals=lambda p: jnp.array([p[0] + p[1] - 2, p[2] ** 2 - 1]),
    )


@functools.cache
def cornered():
    """The minimum of the bowl is outside; within bounds it is at (1, 0.5)."""
    return FunctionObjective(
        ["a", "b"], [-1.0, -1.0], [1.0, 1.0], residuals=lambda p: jnp.array([p[0] - 2, p[1] - p[0] / 2])
    )


@functools.cache
def waves():
    """Many minima; the least is at 0."""
    return FunctionObjective(
        ["a", "b"],
        [-4.0] * 2,
        [4.0] * 2,
        residuals=lambda p: jnp.concatenate([0.3 * p, 3 * jnp.sin(1.5 * p)]),
    )


class Counting:
    """An objective that counts and notes the calls of another."""

    def __init__(self, inner, *, stop_at=None):
        self._inner, self.sizes, self.thetas, self.stop_at = inner, [], [], stop_at

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def _note(self, thetas):
        if self.stop_at is not None and len(self.sizes) == self.stop_at:
            raise KeyboardInterrupt
        self.sizes.append(len(thetas))
        self.thetas.append(np.array(thetas))

    def values(self, thetas):
        self._note(thetas)
        return self._inner.values(thetas)

    def values_and_gradients(self, thetas, **options):
        self._note(thetas)
        return self._inner.values_and_gradients(thetas, **options)

    def least_squares(self, thetas):
        self._note(thetas)
        return self._inner.least_squares(thetas)


def same(one, other):
    """Whether two estimations are the same to the last bit, but for the clock."""
    assert one.method == other.method
    assert one.redrawn == other.redrawn
    assert len(one) == len(other)
    for a, b in zip(one.runs, other.runs):
        assert (a.start, a.reason, a.value) == (b.start, b.reason, b.value)
        assert a.theta.tobytes() == b.theta.tobytes()
        assert a.theta0.tobytes() == b.theta0.tobytes()
        assert a.history[:, :4].tobytes() == b.history[:, :4].tobytes()


def needs(method):
    if method in ("fides", "cma-es"):
        pytest.importorskip({"fides": "fides", "cma-es": "cma"}[method])
