"""Terms are shared, immutable, deep without recursion, and folded without changing a value."""

from __future__ import annotations

import copy
import gc
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.expressions import Expression, apply, constant, number, state, symbol, time
from hybridcell._core.expressions.expression import (
    call,
    leaves,
    product,
    rebuilt,
    rewrite,
    substitute,
    total,
    walk,
)
from hybridcell._core.expressions.operators import ARITY
from tests._core.expressions.strategies import TERMS, VALUES
from tests.mechanisms.formula import evaluate, f
from tests.tolerances import ANALYTIC

DEEP = 30_000


def test_equal_terms_are_one_object():
    assert f("k * S + 1") is f("k * S + 1")
    assert f("k * S") is not f("S * k")
    assert call("g", [symbol("a")]) is call("g", [symbol("a")])
    assert state("S") is not constant("S") is not symbol("S")
    assert time() is time()


def test_ids_that_differ_in_case_are_different():
    assert symbol("S") is not symbol("s")


def test_numbers_are_told_apart_by_what_they_are():
    assert number(0.0) is not number(-0.0)
    assert number(math.nan) is number(float("nan"))
    assert number(1) is number(1.0)


def test_copies_and_pickles_are_the_same_object():
    term = f("sin(x) ^ 2 if time > 3 else g(x, y)")
    assert copy.copy(term) is copy.deepcopy(term) is pickle.loads(pickle.dumps(term)) is term


def test_terms_cannot_be_changed():
    with pytest.raises(AttributeError, match="immutable"):
        f("a + b").op = "mul"  # pyright: ignore[reportAttributeAccessIssue]


def test_terms_vanish_with_their_last_user():
    term = symbol("seen once and never again")
    before = id(term)
    del term
    gc.collect()
    assert Expression("symbol", (), "seen once and never again") is not before


def test_the_number_of_arguments_is_checked():
    with pytest.raises(ValueError, match="sin takes 1 arguments, not 2"):
        apply("sin", time(), time())


def test_folding_keeps_what_may_be_infinite_or_nan():
    x = state("x")
    assert apply("mul", x, number(0.0)).op == "mul"
    assert apply("sub", x, x).op == "sub"
    assert apply("pow", x, number(0.0)).op == "pow"
    assert apply("div", number(1.0), number(0.0)).op == "div"
    assert apply("pow", number(-1.0), number(0.5)).op == "pow"
    assert apply("mul", number(1e200), number(1e200)).op == "mul"


def test_folding_drops_neutral_elements():
    x = state("x")
    for folded in (
        apply("add", x, number(0.0)),
        apply("add", number(0.0), x),
        apply("sub", x, number(0.0)),
        apply("mul", number(1.0), x),
        apply("mul", x, number(1.0)),
        apply("div", x, number(1.0)),
        apply("pow", x, number(1.0)),
        apply("neg", apply("neg", x)),
        apply("if", number(1.0), x, time()),
        apply("if", number(0.0), time(), x),
    ):
        assert folded is x
    assert f("2 ^ 3 - 1") is number(7.0)


_OPS = st.sampled_from([op for op in ARITY if op in ("add", "sub", "mul", "div", "neg", "if", "pow")])
_ARGS = st.sampled_from(
    [number(v) for v in (0.0, 1.0, -1.0, 2.0, 0.5)] + [state("x"), apply("neg", state("x"))]
)


@given(op=_OPS, args=st.tuples(_ARGS, _ARGS, _ARGS), x=st.floats(0.1, 3.0))
def test_folding_changes_no_value(op, args, x):
    args = args[: ARITY[op]]
    plain = Expression(op, args)
    folded = apply(op, *args)
    try:
        wanted = evaluate(plain, {"x": x})
    except (ZeroDivisionError, TypeError):
        assert folded is plain
        return
    np.testing.assert_equal(evaluate(folded, {"x": x}), wanted)


def test_walk_gives_arguments_first_and_each_node_once():
    term = f("(x + y) * (x + y) + sin(x + y)")
    nodes = list(walk([term, f("x + y")]))
    assert len(nodes) == len(set(nodes)) == 6
    for i, node in enumerate(nodes):
        assert all(nodes.index(arg) < i for arg in node.args)


@given(term=TERMS)
def test_rewriting_nothing_gives_the_same_term(term):
    assert rewrite([term], lambda node, args: None)[term] is term


@given(term=TERMS, values=VALUES, other=TERMS)
@settings(max_examples=60)
def test_substitution_is_evaluation_with_another_value(term, values, other):
    x = evaluate(other, values, 0.7)
    found = evaluate(substitute(term, {state("x"): other}), values, 0.7)
    np.testing.assert_allclose(found, evaluate(term, {**values, "x": x}, 0.7), **ANALYTIC)


def test_substitution_is_simultaneous():
    swapped = substitute(f("x - y"), {symbol("x"): symbol("y"), symbol("y"): symbol("x")})
    assert swapped is f("y - x")


def test_calls_are_rebuilt():
    assert rebuilt(call("g", [symbol("a")]), (symbol("b"),)) is call("g", [symbol("b")])


def test_sums_and_products_are_balanced():
    terms = [state(f"x{i}") for i in range(1024)]
    for build, empty in ((total, 0.0), (product, 1.0)):
        assert build([]) is number(empty)
        assert build(terms[:1]) is terms[0]
        depth: dict[Expression, int] = {}
        for node in walk([build(terms)]):
            depth[node] = 1 + max((depth[arg] for arg in node.args), default=0)
        assert max(depth.values()) == 11
    values = {f"x{i}": float(i) for i in range(1024)}
    assert evaluate(total(terms[:101]), values) == 5050.0


def test_leaves_are_listed_in_order_of_appearance():
    assert leaves([f("b + a * b"), f("c")], "symbol") == ("b", "a", "c")


def test_deep_terms_need_no_recursion():
    deep = symbol("x")
    for i in range(DEEP):
        deep = apply("add", apply("sin", deep), symbol(f"y{i % 7}"))
    assert sum(1 for _ in walk([deep])) == 2 * DEEP + 8
    shallow = rewrite([deep], lambda node, args: args[0] if node.op == "sin" else None)[deep]
    assert sum(1 for _ in walk([shallow])) == DEEP + 8
    assert len(repr(deep)) < 5000
