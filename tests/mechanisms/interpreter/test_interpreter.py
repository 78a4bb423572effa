"""Both ways to evaluate give IEEE arithmetic, and the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybridcell._core.expressions import Expression, apply, constant, number, state, time
from hybridcell._core.expressions.expression import rewrite
from hybridcell._core.expressions.operators import ARITY
from hybridcell.mechanisms.interpreter import Interpreter, jacobian_terms, rates_of_change
from hybridcell.mechanisms.reactions.elements import Definition, ParameterElement, Rule
from hybridcell.mechanisms.reactions.resolve import resolve
from tests.mechanisms.formula import evaluate, f
from tests.tolerances import ANALYTIC, GRADIENT

VALUES = (-2.5, -1.0, -0.3, -0.0, 0.0, 0.4, 1.0, 3.0, 171.0, 1e300, np.inf, -np.inf, np.nan)
OPS = [op for op in ARITY if op not in ("delay", "rate_of")]


@pytest.fixture(scope="module")
def equations():
    """Two states x and y, one constant k, one switch."""
    names = {"x": 1.0, "y": 2.0, "k": 3.0}
    return resolve(
        Definition(
            parameters=tuple(ParameterElement(id=n, value=v, constant=n == "k") for n, v in names.items()),
            rules=(
                Rule(kind="rate", variable="x", math=f("k * x if x < y else y / k")),
                Rule(kind="rate", variable="y", math=f("0 - y")),
            ),
        )
    )


def constants(equations, k: float | list[float]) -> np.ndarray:
    """Return p with this k (the states' numbers at the start are not read here)."""
    places = [name == "k" for name in equations.constants]
    return np.where(np.array(places)[:, None], k, 0.0) if isinstance(k, list) else np.where(places, k, 0.0)


def bound(text: str) -> Expression:
    """Return a formula over the states x, y and the constant k."""
    root = f(text)
    leaf = {"x": state("x"), "y": state("y"), "k": constant("k")}
    return rewrite([root], lambda node, _: leaf[str(node.value)] if node.op == "symbol" else None)[root]


@pytest.mark.parametrize("op", OPS)
def test_floats_and_arrays_agree(op, equations):
    args = [state("x"), state("y"), constant("k")][: ARITY[op]]
    interpreter = Interpreter([Expression(op, tuple(args))], equations)
    points = [(a, b) for a in VALUES for b in (VALUES if ARITY[op] > 1 else (0.0,))]
    x = np.array(points).T
    at_once = interpreter(0.0, x, constants(equations, 3.0))[0]
    one_by_one = [interpreter(0.0, np.array(point), constants(equations, 3.0))[0] for point in points]
    np.testing.assert_allclose(one_by_one, at_once, rtol=1e-13)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 / (x - x)", np.inf),
        ("(x - x) / (x - x)", np.nan),
        ("1 if x > 0 else 1 / (x - x) - 1 / (x - x)", 1.0),
        ("factorial(k)", 6.0),
        ("quotient(0 - 7, k) * 10 + rem(0 - 7, k)", -21.0),
        ("(0 - x)^0.5", np.nan),
        ("xor(x > 0, y > 0) + (x > 0 and not y > 5)", 1.0),
    ],
)
def test_values(text, wanted, equations):
    found = Interpreter([bound(text)], equations)(0.0, np.array([1.0, 2.0]), constants(equations, 3.0))
    np.testing.assert_allclose(found, [wanted], **ANALYTIC)


@pytest.mark.parametrize("op", [op for op in OPS if op not in ("min", "max")])
def test_floats_and_arrays_agree_in_the_sign_of_zero(op, equations):
    args = [state("x"), state("y"), constant("k")][: ARITY[op]]
    interpreter = Interpreter([Expression(op, tuple(args))], equations)
    zeros = np.array([(a, b) for a in (-0.3, -0.0, 0.0, 0.3) for b in (-0.0, 0.0, 3.0)]).T
    at_once = interpreter(0.0, zeros, constants(equations, 3.0))[0]
    one_by_one = np.array([interpreter(0.0, point, constants(equations, 3.0))[0] for point in zeros.T])
    zero = at_once == 0
    np.testing.assert_array_equal(np.signbit(one_by_one[zero]), np.signbit(at_once[zero]))


def test_one_state_at_many_times_is_that_state_at_each(equations):
    interpreter = Interpreter([bound("x + 10 * y + k * time")], equations)
    x, p = np.array([1.0, 2.0]), constants(equations, 3.0)
    for times in ([0.0, 1.0], [0.0, 1.0, 2.0]):
        found = interpreter(np.array(times), x, p)
        np.testing.assert_allclose(found, [[21.0 + 3.0 * t for t in times]], **ANALYTIC)


@pytest.mark.parametrize("count", [1, 16, 17, 40])
def test_many_points_are_those_one_by_one(count, equations):
    interpreter = Interpreter([bound("x * y if x < y else k / y"), bound("time + k")], equations)
    rng = np.random.default_rng(count)
    t, x, modes = rng.uniform(size=count), rng.uniform(1.0, 3.0, (2, count)), np.array([np.nan])
    at = interpreter.bind(constants(equations, 3.0))
    wanted = np.stack([at(t[i], x[:, i], None, modes) for i in range(count)], axis=1)
    np.testing.assert_allclose(at.many(t, x, None, modes), wanted, **ANALYTIC)
    assert wanted.shape == (2, count)


def test_what_a_call_was_given_is_forgotten_by_the_next(equations):
    at = Interpreter([equations.rates[0]], equations).bind(constants(equations, 3.0))
    x = np.array([1.0, 20.0])
    assert at(0.0, x, None, np.array([0.0]))[0] == pytest.approx(20.0 / 3.0)
    assert at(0.0, x)[0] == pytest.approx(3.0)


def test_a_rate_that_is_no_number_spoils_only_what_it_moves(equations):
    bad = replace(
        equations,
        rates={1: bound("0 - y")},
        fluxes=(bound("(x - x) / (x - x)"), bound("2 * y")),
        rows=np.array([0, 1, 1]),
        columns=np.array([0, 1, 1]),
        coefficients=np.array([1.0, -3.0, 0.5]),
    )
    found = Interpreter(rates_of_change(bad), bad)(0.0, np.array([1.0, 2.0]), constants(equations, 3.0))
    np.testing.assert_allclose(found, [np.nan, -2.0 - 2.5 * 4.0], **ANALYTIC)


def test_large_expressions_run_in_groups(equations):
    roots = [bound(f"x^{i} * sin({i} * y) + k / (x + {i + 1}) + time") for i in range(200)]
    interpreter = Interpreter(roots, equations)
    assert not interpreter.prefers_scalars
    values = {"x": 0.9, "y": 1.7, "k": 2.0}
    found = interpreter(0.5, np.array([0.9, 1.7]), constants(equations, 2.0))
    np.testing.assert_allclose(found, [evaluate(root, values, 0.5) for root in roots], **ANALYTIC)


def test_batches_of_states_times_and_constants(equations):
    interpreter = Interpreter([bound("x * y + k * time")], equations)
    x, t, k = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0, 3.0]), [2.0, 3.0, 4.0]
    found = interpreter(t, x, constants(equations, k))
    np.testing.assert_allclose(found, [x[0] * x[1] + np.array(k) * t], **ANALYTIC)


@pytest.mark.parametrize(("mode", "wanted"), [(1.0, 3.0), (0.0, 20.0 / 3.0), (np.nan, 3.0)])
def test_modes_replace_comparisons(mode, wanted, equations):
    assert [repr(switch.relation) for switch in equations.switches] == ["x < y"]
    interpreter = Interpreter([equations.rates[0]], equations)
    x, p, modes = np.array([1.0, 20.0]), constants(equations, 3.0), np.array([mode])
    np.testing.assert_allclose(interpreter(0.0, x, p, None, modes), [wanted], **ANALYTIC)
    np.testing.assert_allclose(
        interpreter(0.0, x[:, None].repeat(2, 1), p, None, modes), [[wanted] * 2], **ANALYTIC
    )


@pytest.mark.parametrize(
    "text",
    [
        "x * y / (k + x)",
        "x^k + k^y",
        "exp(0 - x) * sin(y)",
        "x * y if x < y else x",
        "max(x, y) - abs(x - y)",
    ],
)
def test_derivatives_against_differences(text, equations):
    root = bound(text)
    rows, columns, terms = jacobian_terms(
        [root, number(2.0), apply("mul", time(), state("y"))], equations.states
    )
    values = Interpreter(terms, equations)(0.3, np.array([1.2, 1.9]), constants(equations, 2.5))
    found = np.zeros((3, 2))
    found[rows, columns] = values
    interpreter, h = Interpreter([root], equations), 1e-6
    wanted = np.zeros((3, 2))
    wanted[2, 1] = 0.3
    for j in range(2):
        shift = h * np.eye(2)[j]
        high, low = (
            interpreter(0.3, np.array([1.2, 1.9]) + s, constants(equations, 2.5))[0] for s in (shift, -shift)
        )
        wanted[0, j] = (high - low) / (2 * h)
    np.testing.assert_allclose(found, wanted, **GRADIENT)


@pytest.mark.parametrize("op", [op for op in OPS if op != "digamma"])
def test_the_derivative_of_every_operator_is_that_of_differences(op, equations):
    """Where it has a finite one; digamma comes only as a derivative itself."""
    root = Expression(op, (state("x"), state("y"), constant("k"))[: ARITY[op]])
    p, step = constants(equations, 3.0), 1e-6
    points = np.array([(0.37, 0.81), (1.6, 2.3), (-0.4, 0.7), (2.6, -1.2)]).T
    _, columns, terms = jacobian_terms([root], equations.states)
    found = np.zeros((2, 4))
    if terms:
        found[columns] = Interpreter(terms, equations)(0.0, points, p)
    value = Interpreter([root], equations)
    for j, shift in enumerate(step * np.eye(2)[:, :, None]):
        wanted = (value(0.0, points + shift, p)[0] - value(0.0, points - shift, p)[0]) / (2 * step)
        known = np.isfinite(wanted)
        np.testing.assert_allclose(found[j, known], wanted[known], rtol=1e-5, atol=1e-7)
        assert known.any()
