from __future__ import annotations

import math
import pickle

import pytest

from hybridcell._core.expressions import number, symbol, time
from hybridcell.io.petab import PetabMathError
from hybridcell.io.petab.math import parse_math
from hybridcell.io.petab.math.functions import FUNCTIONS, takes
from hybridcell.io.petab.math.tokens import tokens
from tests.io.petab.problems import SUITE, evaluated, needs_suite


@needs_suite
def test_the_cases_of_the_standard():
    import yaml

    text = (SUITE / "v2.0.0" / "math" / "math_tests.yaml").read_text(encoding="utf-8")
    cases = yaml.safe_load(text)["cases"]
    assert len(cases) == 98
    for case in cases:
        wanted = 21.0 if case["expected"] == "a * b" else float(case["expected"])
        found = evaluated(parse_math(str(case["expression"])), a=3.0, b=7.0)
        assert found == pytest.approx(wanted, rel=1e-13, abs=1e-13), case


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2^4", -16), ("2^2^3", 256), ("9 * 3 ^ -2", 1), ("2^-3^2", 2.0**-9), ("2**3**2", 512), ("--1", 1),
        ("8/4/2", 1), ("8-4-2", 2), ("2*-3", -6), ("-2*3+1", -5), ("1 < 2 == true", 1), ("!1 + 1", 1),
        ("true || false && false", 0), ("true || (false && false)", 1), ("log(8, 2)", 3),
        ("log(1000, 10)", 3),
        ("log2(8)", 3), ("log(exp(2))", 2), ("min(3, 1, 2)", 1), ("max(3, 1, 2)", 3), ("sign(-3)", -1),
        ("sign(0)", 0), ("piecewise(1, 2 < 1, 2, 1 < 2, 3)", 2), (".5e1 + 1.", 6), ("acot(1)", math.pi / 4),
        ("arcsec(2)", math.acos(0.5)), ("asech(0.5)", math.acosh(2)), ("floor(-1.5) + ceil(1.5)", 0),
        ("-inf", -math.inf), ("sqrt(abs(-4))", 2), ("a*(b + 1)", 24),
    ],
)  # fmt: skip
def test_values(text, value):
    assert evaluated(parse_math(text), a=3.0, b=7.0) == pytest.approx(value, rel=1e-14)


def test_leaves():
    assert parse_math("time") is time()
    assert parse_math("t") is symbol("t")
    assert parse_math(" 1.25E-07 ") is number(1.25e-7)
    assert math.isnan(float(parse_math("nan").value))
    # a function's name without parentheses is an id
    assert parse_math("exp + 1").args[0] is symbol("exp")


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("1 +", 4, "expected a number, an id"),
        ("", 1, "found the end"),
        ("(1 + 2", 7, "'(' at character 1"),
        ("1)", 2, "expected an operator, found ')'"),
        ("a b", 3, "expected an operator"),
        ("(1, 2)", 3, "expected an operator or ')'"),
        ("max(1 2)", 7, "',' or ')'"),
        ("1, 2", 2, "expected an operator"),
        ("2 * sinn(1)", 5, "did you mean 'sin'"),
        ("pow(1)", 1, "takes 2 arguments, found 1"),
        ("exp(1, 2)", 1, "takes 1 argument, found 2"),
        ("piecewise(1, true)", 1, "takes 3, 5, 7"),
        ("sin()", 5, "found ')'"),
        ("1.2.3", 4, "operator"),
        ("a $ b", 3, "'$' has no meaning"),
        ("a = b", 3, "'=' has no meaning"),
        ("a.b", 2, "'.' has no meaning"),
        ("1 * * 2", 5, "found '*'"),
        ("2 + ١", 5, "'١' has no meaning"),
        ("2e٣", 3, "'٣' has no meaning"),
    ],
)
def test_what_is_wrong_is_said(text, column, words):
    with pytest.raises(PetabMathError) as caught:
        parse_math(text)
    assert caught.value.column == column
    assert words in str(caught.value)
    assert repr(text) in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)


def test_a_long_formula_is_shown_in_part():
    with pytest.raises(PetabMathError) as caught:
        parse_math("+".join(["a"] * 1000) + "?" + "+".join(["a"] * 1000))
    assert len(str(caught.value)) < 200


def test_nothing_is_too_deep():
    assert evaluated(parse_math("+".join(["1"] * 20_000))) == 20_000
    assert evaluated(parse_math("+".join(["a"] * 20_000)), a=1.0) == 20_000
    assert parse_math("(" * 20_000 + "a" + ")" * 20_000) is symbol("a")
    assert evaluated(parse_math("exp(0*" * 5_000 + "a" + ")" * 5_000), a=1.0) == 1
    assert evaluated(parse_math("!" * 10_001 + "a"), a=1.0) == 0


def test_every_function_takes_what_it_says():
    for name, (make, count) in FUNCTIONS.items():
        most = [n for n in range(8) if takes(count, [number(1.0)] * n)]
        assert most, name
        for n in most:
            make(*[symbol("a")] * n)


def test_tokens():
    assert [(t.kind, t.text, t.column) for t in tokens("a<=1e-3")] == [
        ("name", "a", 1), ("operator", "<=", 2), ("number", "1e-3", 4), ("end", "", 8)
    ]  # fmt: skip
