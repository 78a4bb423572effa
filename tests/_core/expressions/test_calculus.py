"""Derivatives against differences, rule by rule and for random terms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings

from hybridcell._core.expressions import Expression, apply, number, state, time
from hybridcell._core.expressions.calculus import derivative
from hybridcell._core.expressions.expression import walk
from tests._core.expressions.strategies import TERMS, VALUES
from tests.mechanisms.formula import evaluate, f
from tests.tolerances import ANALYTIC, GRADIENT


def with_respect_to(name: str):
    x = state(name)
    return lambda leaf: number(1.0) if leaf is x else None


def difference(term: Expression, values: dict[str, float], name: str, t: float, h: float = 1e-6) -> float:
    up, down = ({**values, name: values[name] + s * h} for s in (1, -1))
    return (evaluate(term, up, t) - evaluate(term, down, t)) / (2 * h)


@given(term=TERMS, values=VALUES)
@settings(max_examples=150)
def test_partial_derivatives_are_those_of_differences(term, values):
    wanted = difference(term, values, "x", 0.8)
    assume(abs(wanted) < 1e4)
    found = evaluate(derivative(term, with_respect_to("x")), values, 0.8)
    np.testing.assert_allclose(found, wanted, **GRADIENT)


@given(term=TERMS, values=VALUES)
@settings(max_examples=60)
def test_the_total_derivative_follows_the_states(term, values):
    """x = sin t and y = t^2 make the term a function of time alone."""

    def slope(leaf: Expression) -> Expression | None:
        if leaf.op == "state":
            return apply("cos", time()) if leaf.value == "x" else apply("mul", number(2.0), time())
        return number(1.0) if leaf.op == "time" else None

    t, h = 0.8, 1e-6

    def along(s: float) -> float:
        return evaluate(term, {**values, "x": np.sin(s), "y": s * s}, s)

    wanted = (along(t + h) - along(t - h)) / (2 * h)
    assume(abs(wanted) < 1e4)
    here = {**values, "x": np.sin(t), "y": t * t}
    np.testing.assert_allclose(evaluate(derivative(term, slope), here, t), wanted, **GRADIENT)


_UNARY = [
    "neg",
    "abs",
    "exp",
    "ln",
    "log10",
    "sqrt",
    "floor",
    "ceil",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "atanh",
]


@pytest.mark.parametrize("op", _UNARY)
@pytest.mark.parametrize("x", [0.3, 0.65])
def test_every_function_of_one_argument(op, x):
    term = apply(op, state("x"))
    found = evaluate(derivative(term, with_respect_to("x")), {"x": x})
    np.testing.assert_allclose(found, difference(term, {"x": x}, "x", 0.0), **GRADIENT)


def test_acosh_lives_above_one():
    found = evaluate(derivative(apply("acosh", state("x")), with_respect_to("x")), {"x": 1.7})
    np.testing.assert_allclose(found, 1 / np.sqrt(1.7**2 - 1), **ANALYTIC)


def test_abs_of_a_negative_number_falls():
    assert evaluate(derivative(apply("abs", state("x")), with_respect_to("x")), {"x": -2.0}) == -1.0


@pytest.mark.parametrize("op", ["pow", "min", "max", "rem", "div"])
@pytest.mark.parametrize("point", [(2.3, 0.7), (0.7, 2.3)])
def test_functions_of_two_arguments(op, point):
    term = apply(op, state("x"), state("y"))
    values = dict(zip("xy", point))
    for name in "xy":
        found = evaluate(derivative(term, with_respect_to(name)), values)
        np.testing.assert_allclose(found, difference(term, values, name, 0.0), **GRADIENT)


def test_a_power_with_a_fixed_exponent_needs_no_logarithm():
    slope = derivative(apply("pow", state("x"), number(3.0)), with_respect_to("x"))
    assert not any(node.op == "ln" for node in walk([slope]))
    assert evaluate(slope, {"x": -2.0}) == 12.0


def test_the_derivative_of_a_factorial_is_by_digamma():
    slope = derivative(apply("factorial", state("x")), with_respect_to("x"))
    assert {node.op for node in walk([slope])} == {"state", "number", "add", "factorial", "digamma", "mul"}


def test_comparisons_and_steps_are_flat():
    x = with_respect_to("x")
    for term in (
        apply("gt", state("x"), number(1.0)),
        apply("floor", state("x")),
        apply("quotient", state("x"), number(2.0)),
        apply("and", state("x"), state("x")),
    ):
        assert derivative(term, x) is number(0.0)


def test_what_does_not_read_the_variable_has_no_derivative():
    assert derivative(f("sin(a) * b"), with_respect_to("x")) is number(0.0)


def test_a_delay_is_refused():
    with pytest.raises(NotImplementedError, match="delay"):
        derivative(apply("delay", state("x"), number(1.0)), with_respect_to("x"))


def test_deep_terms_need_no_recursion():
    deep = state("x")
    for _ in range(20_000):
        deep = apply("sin", deep)
    assert sum(1 for _ in walk([derivative(deep, with_respect_to("x"))])) > 20_000
