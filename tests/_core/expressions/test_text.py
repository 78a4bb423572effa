"""Terms as text say what they mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.expressions import Expression, apply, number, symbol
from hybridcell._core.expressions.expression import call
from hybridcell._core.expressions.text import to_text
from tests.mechanisms.formula import evaluate, f
from tests.tolerances import ANALYTIC


@pytest.mark.parametrize(
    "text",
    [
        "a + b*c",
        "(a + b)*c",
        "a - (b - c)",
        "a/(b*c)",
        "a/b*c",
        "(a^b)^c",
        "a^(b^c)",
        "-a^2",
        "(-a)^2",
        "a*-b",
        "(a < b) == (b < c)",
        "1/0",
    ],
)
def test_brackets_only_where_they_are_needed(text):
    assert to_text(f(text)) == text


def test_minus_zero_keeps_its_sign():
    assert to_text(apply("div", symbol("a"), number(-0.0))) == "a/-0"
    assert evaluate(f("1/-0"), {}) == -np.inf


def test_functions_and_conditions():
    assert to_text(f("a if b > 1 else sin(c)")) == "piecewise(a, b > 1, sin(c))"
    assert to_text(call("g", [symbol("a"), number(0.5)])) == "g(a, 0.5)"
    assert to_text(f("not (a > 1 and b > 2)")) == "!(a > 1 && b > 2)"
    assert to_text(apply("rate_of", symbol("S"))) == "rateOf(S)"


def _grown(children):
    return st.builds(
        lambda op, a, b: apply(op, a, b), st.sampled_from(["add", "sub", "mul", "div"]), children, children
    )


_TERMS = st.recursive(
    st.sampled_from([symbol("a"), symbol("b")]) | st.builds(number, st.sampled_from([2.0, -3.0, 0.25])),
    lambda c: (
        _grown(c)
        | st.builds(lambda a: apply("neg", a), c)
        | st.builds(lambda a: apply("pow", a, number(2.0)), c)
    ),
    max_leaves=10,
)


@given(term=_TERMS)
@settings(max_examples=150)
def test_text_read_again_is_worth_the_same(term):
    values = {"a": 0.7, "b": 1.9}
    np.testing.assert_allclose(evaluate(f(to_text(term)), values), evaluate(term, values), **ANALYTIC)


def test_a_graph_that_is_small_shared_and_huge_written_out_is_cut_short():
    term: Expression = symbol("a")
    for _ in range(200):
        term = apply("mul", term, apply("add", term, number(1.0)))
    assert len(repr(term)) < 10_000
    assert "..." in repr(term)
