from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import apply, number, symbol, time
from hybridcell._core.expressions.operators import ARITY
from hybridcell.io.petab.math import parse_math, to_petab_math
from tests.io.petab.problems import evaluated

_WITHOUT = {"factorial", "digamma", "quotient", "rem", "delay", "rate_of", "xor"}
_leaf = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(number),
    st.sampled_from(["a", "b", "k_1", "observableParameter1_x"]).map(symbol),
    st.just(time()),
)


def _applied(inner):
    def of(op):
        return st.tuples(*[inner] * ARITY[op]).map(lambda args: apply(op, *args))

    return st.sampled_from(sorted(set(ARITY) - _WITHOUT)).flatmap(of)


@settings(max_examples=300, deadline=None)
@given(st.recursive(_leaf, _applied, max_leaves=25))
def test_what_is_written_is_read(expression):
    assert parse_math(to_petab_math(expression)) is expression


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab1.e+-*/^(),!<>=&| \texpmin", max_size=20))
def test_any_text_is_read_or_refused(text):
    from hybridcell.io.petab import PetabMathError

    try:
        found = parse_math(text)
    except PetabMathError:
        return
    assert parse_math(to_petab_math(found)) is found


def test_text():
    assert to_petab_math(parse_math("-x^2 + (-x)^2")) == "-x^2 + (-x)^2"
    assert to_petab_math(parse_math("a/(b*c) - (d - e)")) == "a/(b*c) - (d - e)"
    assert to_petab_math(number(0.1 + 0.2)) == "0.30000000000000004"
    assert to_petab_math(number(-math.inf)) == "-inf"
    assert to_petab_math(parse_math("piecewise(1, a < 2, 0)")) == "piecewise(1, a < 2, 0)"


def test_exclusive_or_is_written_with_what_there_is():
    text = to_petab_math(apply("xor", symbol("a"), symbol("b")))
    values = [evaluated(parse_math(text), a=a, b=b) for a in (0.0, 2.0) for b in (0.0, 3.0)]
    assert values == [0, 1, 1, 0]


def test_what_has_no_form_is_refused():
    with pytest.raises(InvalidValueError, match="'factorial'"):
        to_petab_math(apply("factorial", symbol("a")))
    shared = symbol("a")
    for _ in range(25):
        shared = apply("sin", apply("mul", shared, shared))
    with pytest.raises(InvalidValueError, match="characters"):
        to_petab_math(shared)
