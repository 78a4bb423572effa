from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.expressions import constant, number, state, time
from hybridcell._core.expressions.expression import apply
from hybridcell.fit.petab.formulas import PointFormulas, make_formulas
from tests.tolerances import ANALYTIC

X, K = state("x"), constant("k")
PRODUCT = apply("add", apply("mul", X, K), number(2.0))
LOGARITHM = apply("ln", X)
#: Values of x at 4 points, then of k.
VECTOR = np.array([1.0, 2.0, -3.0, 4.0, 0.5, 0.6, 0.7, 0.8])


def place(leaf, points):
    return points + (0 if leaf.op == "state" else 4)


def test_each_point_has_its_own_formula():
    formulas = PointFormulas([PRODUCT, LOGARITHM, X, number(7.0)], np.array([0, 1, 0, 2]), place, 8)
    wanted = [1 * 0.5 + 2, np.log(2.0), -3 * 0.7 + 2, 4.0]
    np.testing.assert_allclose(formulas(jnp.asarray(VECTOR)), wanted, **ANALYTIC)


def test_formulas_of_one_shape_share_their_work_and_not_their_numbers():
    other = apply("add", apply("mul", K, X), number(5.0))
    formulas = PointFormulas([PRODUCT, other], np.array([1, 0, 1, 0]), place, 8)
    wanted = VECTOR[:4] * VECTOR[4:] + [5, 2, 5, 2]
    np.testing.assert_allclose(formulas(jnp.asarray(VECTOR)), wanted, **ANALYTIC)


def test_a_logarithm_is_not_taken_where_nobody_asks_for_it():
    formulas = PointFormulas([PRODUCT, LOGARITHM], np.array([0, 1, 0, 1]), place, 8)
    slope = jax.grad(lambda v: formulas(v).sum())(jnp.asarray(VECTOR).at[0].set(0.0))
    np.testing.assert_allclose(slope[:4], [0.5, 1 / 2, 0.7, 1 / 4], **ANALYTIC)


@pytest.mark.parametrize("which", [[], [0]])
def test_few_points(which):
    formulas = PointFormulas([number(7.0)], np.array(which, int), place, 8)
    assert formulas(jnp.asarray(VECTOR)).tolist() == [7.0] * len(which)


def test_all_formulas_at_all_points():
    compute = make_formulas([PRODUCT, apply("mul", time(), K), X], ["x"], ["k"])
    t, x, k = np.array([0.0, 1.0]), np.array([[3.0, 4.0]]), np.array([[0.5, 0.25]])
    found = compute(jnp.asarray(t), jnp.asarray(x), jnp.asarray(k))
    np.testing.assert_allclose(found, [[3.5, 3.0], [0.0, 0.25], [3.0, 4.0]], **ANALYTIC)
