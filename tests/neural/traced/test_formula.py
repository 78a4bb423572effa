"""Formulas against the numbers that the same steps give, where writing them out is harder than computing."""

from __future__ import annotations

import math
from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.expressions import number, symbol
from hybridcell._core.expressions.calculus import derivative
from hybridcell.neural.traced import TracedNetwork
from hybridcell.neural.traced.formula import FORMULAS, Term, expression_of
from tests.neural.formulas import value_of
from tests.neural.traced.networks import by_formula, one_call

#: What acts on the sum and then gives an array of several entries.
AFTER_A_NUMBER: list[tuple[str, list[Any], Any]] = [
    ("flatten", ["f"], np.array([3.0])),
    ("expand", ["f", 2], np.array([3.0, 3.0])),
    ("sum", ["f"], np.array(3.0)),
    ("squeeze", ["f"], np.array(3.0)),
    ("prelu", ["f", "x0"], np.array([3.0, 3.0])),
]


def values(array: Any, known: Any = None) -> np.ndarray:
    entries = [float(value_of(expression_of(entry), known or {})) for entry in np.ravel(array)]
    return np.reshape(entries, np.shape(array))


@pytest.mark.parametrize(("name", "args", "wanted"), AFTER_A_NUMBER, ids=[case[0] for case in AFTER_A_NUMBER])
@pytest.mark.parametrize("first", [("getitem", ["x0", 1], 1.0), ("sum", ["x0"], 0.6)], ids=["entry", "sum"])
def test_what_has_no_axes_stays_an_array(name: str, args: list[Any], wanted: Any, first: Any) -> None:
    target, given_args, factor = first
    x = np.array([2.0, 3.0])
    forward: list[dict[str, Any]] = [
        {"name": "x0", "op": "placeholder", "target": "x0"},
        {"name": "e", "op": "call_function", "target": target, "args": given_args},
        {"name": "f", "op": "call_function", "target": "mul", "args": ["e", factor]},
        {"name": "g", "op": "call_function", "target": name, "args": args},
        {"name": "output", "op": "output", "target": "output", "args": ["g"]},
    ]
    network = TracedNetwork({"nn_model_id": "net", "forward": forward})
    for [found] in (network({}, x), by_formula(network, {}, x)):
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=1e-15)


@settings(max_examples=30, deadline=None)
@given(st.floats(-700, 700) | st.floats(-1e-6, 1e-6))
def test_law_expm1_is_exact_on_both_sides(x: float) -> None:
    found = expression_of(one_call("expm1").symbolic({}, np.array(symbol("x")))[0].item())
    np.testing.assert_allclose(value_of(found, {"x": x}), np.expm1(x), rtol=1e-14, atol=1e-300)


@settings(max_examples=30, deadline=None)
@given(st.floats(-1 + 1e-12, 1e300) | st.floats(-1e-6, 1e-6) | st.floats(0, 30).map(np.exp))
def test_law_log1p_is_exact_for_all_sizes(x: float) -> None:
    found = expression_of(one_call("log1p").symbolic({}, np.array(symbol("x")))[0].item())
    np.testing.assert_allclose(value_of(found, {"x": x}), np.log1p(x), rtol=1e-14, atol=1e-300)


ERF_AT = [1e-300, 1e-9, 0.01, 0.3, 0.999999, 1.0, 1.000001, 1.7, 3.0, 5.9, 1e3, 1e200, np.inf]


def test_erf_has_all_digits_at_all_sizes() -> None:
    x = np.array([0.0, *ERF_AT, *(-np.array(ERF_AT))])
    wanted = [math.erf(v) for v in x]
    formula = expression_of(one_call("erf").symbolic({}, np.array(symbol("x")))[0].item())
    np.testing.assert_allclose(value_of(formula, {"x": x}), wanted, rtol=2e-15)
    np.testing.assert_allclose(one_call("erf")({}, x)[0], wanted, rtol=2e-15)


def test_the_slope_of_a_written_erf_is_the_normal_density() -> None:
    formula = expression_of(one_call("erf").symbolic({}, np.array(symbol("x")))[0].item())
    slope = derivative(formula, {symbol("x"): number(1.0)}.get)
    x = np.array([-1e200, -2.0, -1.0001, -0.3, 0.0, 1e-9, 0.7, 0.9999, 1.3, 4.0, 1e200])
    wanted = 2 / np.sqrt(np.pi) * np.exp(-(np.minimum(np.abs(x), 30.0) ** 2))
    np.testing.assert_allclose(value_of(slope, {"x": x}), wanted, rtol=1e-13, atol=1e-15)


def test_numbers_have_expm1_on_both_sides_with_its_slope() -> None:
    x = np.array([-800.0, -1e-9, 0.0, 1e-9, 2.0, 80.0])
    network = one_call("expm1")
    np.testing.assert_allclose(network({}, x)[0], np.expm1(x), rtol=1e-14)
    assert jax.grad(lambda v: network({}, v)[0])(0.0) == 1.0


def test_terms_compute_as_python_does_from_either_side() -> None:
    a, known = Term(symbol("a")), {"a": 0.7}
    found = [a + 2, 2 + a, a - 2, 2 - a, a * 3, 3 * a, a / 4, 4 / a, a**2, 2**a, -a, a + number(5.0)]
    wanted = [2.7, 2.7, -1.3, 1.3, 2.1, 2.1, 0.175, 4 / 0.7, 0.49, 2**0.7, -0.7, 5.7]
    np.testing.assert_allclose(values(np.array(found), known), wanted, rtol=1e-15)
    row = FORMULAS.asarray([1.0, 2.0])
    np.testing.assert_allclose(values(a - row, known), [-0.3, -1.3], rtol=1e-15)
    np.testing.assert_allclose(values(a / row.sum(), known), 0.7 / 3, rtol=1e-15)


@settings(max_examples=25, deadline=None)
@given(
    widths=st.lists(
        st.tuples(st.integers(-1, 2), st.integers(-1, 2), st.integers(0, 2)), min_size=2, max_size=2
    ),
    fill=st.sampled_from([0.0, -1.5]),
)
def test_law_padding_puts_entries_where_they_belong(widths: list[tuple[int, int, int]], fill: float) -> None:
    x = np.arange(1.0, 13.0).reshape(3, 4)
    sizes = [n + (n - 1) * between + low + high for n, (low, high, between) in zip(x.shape, widths)]
    wanted = np.full(sizes, fill)
    for place in np.ndindex(x.shape):
        target = tuple(i * (between + 1) + low for i, (low, _, between) in zip(place, widths))
        if all(0 <= i < n for i, n in zip(target, sizes)):
            wanted[target] = x[place]
    np.testing.assert_array_equal(values(FORMULAS.pad(FORMULAS.asarray(x), widths, fill)), wanted)


@pytest.mark.parametrize(
    ("op", "wanted"), [("add", np.sum), ("mul", np.prod), ("max", np.max), ("min", np.min)]
)
@pytest.mark.parametrize("axes", [(0,), (-1,), (2, 0), (0, 1, 2)])
@pytest.mark.parametrize("keep", [True, False])
def test_reductions_over_axes_in_any_order(op: str, wanted: Any, axes: tuple[int, ...], keep: bool) -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 2))
    found = FORMULAS.reduce(op, FORMULAS.asarray(x), axes, keep=keep)
    np.testing.assert_allclose(values(found), wanted(x, axis=axes, keepdims=keep), rtol=1e-14)
