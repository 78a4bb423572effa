"""Functions as sources."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.sources.function_source import FunctionSource
from hybridcell.io.petab.statement import PetabParameter


def test_scales_are_those_of_the_parameters():
    parameters = [
        PetabParameter(id="a", scale="log10"),
        PetabParameter(id="b", scale="log"),
        PetabParameter(id="c"),
    ]
    objective = FunctionObjective(list("abc"), [-9] * 3, [9] * 3, value=jnp.sum, parameters=parameters)
    source = FunctionSource(objective)
    np.testing.assert_allclose(source.linear([[1.0, 1.0, 1.0]]), [[10.0, np.e, 1.0]])
    np.testing.assert_allclose(source.scaled([10.0, np.e, 1.0]), [1.0, 1.0, 1.0])


def test_only_what_nothing_limits_is_improper():
    objective = FunctionObjective(
        list("abc"), [-np.inf, -np.inf, -1], [np.inf, np.inf, 1], residuals=lambda p: p[:1]
    )
    assert FunctionSource(objective).improper(np.zeros(3)).tolist() == [False, True, False]


def test_what_its_bounds_fix_cannot_make_up_for_what_is_loose():
    for low, high, improper in ((2, 2, [False, False]), (-np.inf, np.inf, [True, True])):
        product = FunctionObjective(
            ["a", "b"], [low, -np.inf], [high, np.inf], residuals=lambda p: jnp.stack([p[0] * p[1] - 2])
        )
        assert FunctionSource(product).improper(np.array([2.0, 1.0])).tolist() == improper


def test_what_jax_cannot_follow_has_no_density():
    class Plain(FunctionObjective):
        traceable = None

        def __setattr__(self, name, value):
            if name != "traceable":
                super().__setattr__(name, value)

    source = FunctionSource(Plain(["a"], [-9], [9], residuals=lambda p: p))
    with pytest.raises(InvalidValueError, match="no function of JAX"):
        source.density()
