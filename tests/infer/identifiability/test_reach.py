import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.identifiability.reach import reach_of
from hybridcell.infer.target import as_target

from .toys import decay


def test_logarithms():
    found = reach_of(as_target(decay(), at={"k": 3.0, "a": 0.2}), 2.0)
    np.testing.assert_allclose(found.down, np.log10(2.0))
    np.testing.assert_allclose(found.up, np.log10(2.0))
    np.testing.assert_allclose(found.unit, 1 / np.log(10.0), rtol=1e-6)


def test_linear_ones_are_relative_and_may_be_zero():
    toy = FunctionObjective(
        ["a", "b", "c", "d"], [-10, -10, -10, -np.inf], [10, 10, 10, np.inf], residuals=lambda p: p
    )
    found = reach_of(as_target(toy, at=jnp.array([8.0, -8.0, 0.0, 0.0])), 2.0)
    assert found.down.tolist() == [4.0, 4.0, 1.0, 0.0]
    assert found.up.tolist() == [8.0, 8.0, 1.0, 0.0]
    np.testing.assert_allclose(found.unit, [8.0, 8.0, 1 / np.log(2.0), 1.0], rtol=1e-6)


@pytest.mark.parametrize("factor", [1.0, -2.0, np.nan, np.inf])
def test_factor_is_above_one(factor):
    with pytest.raises(InvalidValueError, match="above 1"):
        reach_of(as_target(decay(), at={"k": 1.0, "a": 1.0}), factor)
