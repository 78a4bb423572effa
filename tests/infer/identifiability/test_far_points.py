import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.identifiability.far_points import far_points, value_at
from hybridcell.infer.target import as_target

AT = np.array([1.0, 1.0])


def valley(p):
    """Rosenbrock's: the minimum over y given x is at y = x^2, with the value (1 - x)^2 / 2 * 4."""
    return jnp.array([10.0 * (p[1] - p[0] ** 2), 2.0 * (1.0 - p[0])])


def target_of(**functions):
    return as_target(FunctionObjective(["x", "y"], [-5.0, -5.0], [5.0, 5.0], **functions), at=AT)


@pytest.mark.parametrize("kind", ["residuals", "value"])
def test_minimum_with_one_held(kind):
    half = lambda p: 0.5 * jnp.sum(valley(p) ** 2)  # noqa: E731
    target = target_of(**{kind: valley if kind == "residuals" else half})
    starts = np.array([[2.0, 1.0], [1.0, 4.0]])
    found = far_points(target, np.array([0, 1]), starts, limit=-1.0, max_iterations=200)
    assert found.settled.all()
    np.testing.assert_allclose(found.value[0], 2.0, atol=0.05)
    assert found.theta[0, 0] == 2.0
    assert found.theta[1, 1] == 4.0
    assert found.value[1] < value_at(target, starts[1])[0]
    np.testing.assert_allclose(found.theta[1, 0], 1.99, atol=0.03)


def test_ends_when_below_the_limit():
    found = far_points(target_of(residuals=valley), np.array([0]), np.array([[1.5, -4.0]]), limit=10.0)
    assert found.settled.all()
    assert found.value[0] <= 10.0


def test_value_and_what_a_step_would_gain():
    assert value_at(target_of(residuals=valley), AT) == (0.0, 0.0)
    line = target_of(residuals=lambda p: jnp.array([3.0 * (p[0] - 2.0), p[1]]))
    value, gain = value_at(line, np.array([1.0, 0.0]))
    assert value == 4.5
    np.testing.assert_allclose(gain, 4.5, rtol=1e-5)


def test_bounds_hold():
    target = as_target(FunctionObjective(["x", "y"], [-5.0, -5.0], [5.0, 2.0], residuals=valley), at=AT)
    found = far_points(target, np.array([0]), np.array([[2.0, 1.0]]), limit=-1.0)
    assert found.theta[0].tolist() == [2.0, 2.0]
    np.testing.assert_allclose(found.value, 0.5 * (20.0**2 + 2.0**2))


def test_start_that_cannot_be_computed_settles_nothing():
    target = target_of(residuals=lambda p: jnp.where(p[0] > 3, jnp.nan, 1.0) * valley(p))
    found = far_points(target, np.array([0, 0]), np.array([[4.0, 1.0], [1.5, 1.0]]), limit=-1.0)
    assert np.isinf(found.value[0])
    assert found.settled.tolist() == [False, True]
