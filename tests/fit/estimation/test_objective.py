from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import FunctionObjective, Objective
from hybridcell.fit.estimation.objective import KINDS, Evaluator
from tests.fit.estimation.objectives import Counting, failing, rosenbrock


def test_batches_are_filled_up_and_divided():
    o = Counting(rosenbrock())
    thetas = np.random.default_rng(0).normal(size=(7, 2))
    for kind in KINDS:
        found = Evaluator(o, 3)(kind, thetas)
        assert found.values.shape == (7,)
        np.testing.assert_allclose(found.values, rosenbrock().values(thetas), rtol=1e-14)
        if kind != "values":
            np.testing.assert_allclose(
                found.gradients, rosenbrock().values_and_gradients(thetas)[1], rtol=1e-10
            )
    assert o.sizes == [3] * 9


def test_what_is_not_finite_is_an_infinite_value():
    thetas = np.array([[1.0, 1.0], [-1.0, -1.0], [0.2, 0.3]])
    for kind in KINDS:
        found = Evaluator(failing(), 4)(kind, thetas)
        np.testing.assert_array_equal(np.isfinite(found.values), [True, False, True])
        for part in (found.gradients, found.residuals, found.jacobians):
            assert part is None or np.isfinite(part).all()


def test_rows_of_what_was_found():
    found = Evaluator(rosenbrock(), 4)("least-squares", np.ones((3, 2)))[1:]
    assert found.values.shape == (2,)
    assert found.jacobians is not None
    assert found.jacobians.shape == (2, 2, 2)
    assert Evaluator(rosenbrock(), 4)("values", np.ones((3, 2)))[:1].jacobians is None


def test_an_objective_of_functions_is_one():
    assert isinstance(rosenbrock(), Objective)
    bowl = FunctionObjective(["a"], [-1.0], [1.0], value=lambda p: jnp.sum(p**2))
    assert isinstance(bowl, Objective)
    assert not bowl.has_least_squares
    assert [part.tolist() for part in bowl.values_and_gradients([[3.0]])] == [[9.0], [[6.0]]]
    with pytest.raises(InvalidValueError, match="no residuals"):
        bowl.least_squares([[1.0]])
    with pytest.raises(InvalidValueError, match="not both"):
        FunctionObjective(["a"], [-1.0], [1.0])


@pytest.mark.parametrize(
    ("lower", "upper", "message"),
    [
        ([0.0], [1.0, 1.0], "2 names but bounds of shape"),
        ([0.0, 2.0], [1.0, 1.0], "The bounds of 'b' are 2.0"),
    ],
)
def test_bounds_are_checked(lower, upper, message):
    o = FunctionObjective(["a", "b"], lower, upper, value=jnp.sum)
    with pytest.raises(InvalidValueError, match=message):
        Evaluator(o, 2)


def test_one_text_is_no_list_of_parameters():
    with pytest.raises(InvalidValueError, match="names is 'ab'; wanted a list of names"):
        FunctionObjective("ab", [0, 0], [1, 1], value=lambda p: p.sum())
