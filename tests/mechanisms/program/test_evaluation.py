"""Templates computed on columns: what several steps divide by is divided by once."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.expressions import Expression, apply, constant, number, state
from hybridcell.mechanisms.program.evaluation import Evaluation
from hybridcell.mechanisms.program.templates import make_template
from tests.tolerances import ANALYTIC

A, B, C, K, V = state("A"), state("B"), state("C"), constant("K"), constant("V")
VALUES = {A: 0.7, B: 1.3, C: 0.2, K: 0.9, V: 3.7}


def over(node: Expression) -> Expression:
    return apply("div", node, V)


#: Mass action, forth and back; Michaelis-Menten.
REVERSIBLE = apply("sub", apply("mul", apply("mul", K, over(A)), over(B)), over(C))
SATURATED = apply("div", over(A), apply("add", apply("add", over(A), over(B)), K))
CHOSEN = apply("if", apply("gt", A, number(0.5)), apply("add", over(A), over(B)), over(C))


def made(root: Expression) -> tuple[Any, tuple[jax.Array, ...]]:
    template, operands = make_template(root, lambda node: node in VALUES or node.is_number)
    values = [VALUES.get(node, node.value) for node in operands]
    return template, tuple(jnp.full(3, value) for value in values)  # pyright: ignore[reportArgumentType]


def divisions(function: Any, columns: Any) -> int:
    return sum(equation.primitive.name == "div" for equation in jax.make_jaxpr(function)(columns).eqns)


@pytest.mark.parametrize(
    ("root", "wanted", "steps"),
    [
        (REVERSIBLE, 0.9 * (0.7 / 3.7) * (1.3 / 3.7) - 0.2 / 3.7, 1),
        (SATURATED, (0.7 / 3.7) / ((0.7 + 1.3) / 3.7 + 0.9), 2),
        # where branches choose, harmless arguments take the place of those that are not taken
        (CHOSEN, (0.7 + 1.3) / 3.7, 3),
    ],
)
def test_a_common_divisor_is_divided_by_once(root: Expression, wanted: float, steps: int) -> None:
    template, columns = made(root)
    np.testing.assert_allclose(Evaluation(template, columns).value, wanted, **ANALYTIC)
    assert divisions(lambda columns: Evaluation(template, columns).value, columns) == steps


@pytest.mark.parametrize("root", [REVERSIBLE, SATURATED, CHOSEN])
def test_partial_derivatives_are_those_of_the_value(root: Expression) -> None:
    template, columns = made(root)
    wanted = jax.grad(lambda columns: jnp.sum(Evaluation(template, columns).value))(columns)
    found = Evaluation(template, columns).partials(range(len(columns)))
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, **ANALYTIC)
