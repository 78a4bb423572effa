from __future__ import annotations

import pytest

from hybridcell._core.errors import UnsupportedSBMLError
from hybridcell._core.expressions import Expression, apply, number, symbol
from hybridcell._core.expressions.expression import substitute
from hybridcell.io.sbml.level3_version1 import to_version_1

A, B = symbol("a"), symbol("b")
LESS = apply("lt", A, B)


def test_truth_values_and_numbers_are_kept_apart():
    assert repr(to_version_1(apply("mul", LESS, A))) == "piecewise(1, a < b, 0)*a"
    assert repr(to_version_1(A, condition=True)) == "a != 0"
    assert to_version_1(LESS, condition=True) is LESS
    assert to_version_1(number(1.0), condition=True) is number(1.0)
    assert repr(to_version_1(Expression("and", (A, LESS)), condition=True)) == "a != 0 && a < b"
    assert repr(to_version_1(apply("if", A, LESS, B))) == "piecewise(piecewise(1, a < b, 0), a != 0, b)"
    both = apply("eq", LESS, apply("gt", A, B))
    assert to_version_1(both, condition=True) is both


@pytest.mark.parametrize(
    ("op", "a", "b", "value"),
    [("min", 2, 3, 2), ("max", 2, 3, 3), ("quotient", -7, 2, -3), ("rem", -7, 2, -1), ("rem", 7, -2, 1)],
)
def test_missing_operators_are_written_out(op, a, b, value):
    written = to_version_1(apply(op, A, B))
    assert op not in repr(written)
    assert evaluated(substitute(written, {A: number(a), B: number(b)})) == value


def evaluated(node):
    args = [evaluated(arg) for arg in node.args]
    functions = {
        "le": lambda a, b: a <= b, "ge": lambda a, b: a >= b, "lt": lambda a, b: a < b, "neg": lambda a: -a,
        "if": lambda c, a, b: a if c else b, "div": lambda a, b: a / b, "mul": lambda a, b: a * b,
        "sub": lambda a, b: a - b, "ceil": lambda a: -(-a // 1), "floor": lambda a: a // 1,
    }  # fmt: skip
    return node.value if node.is_number else functions[node.op](*args)


def test_rate_of_cannot_be_said():
    with pytest.raises(UnsupportedSBMLError, match="rateOf"):
        to_version_1(apply("rate_of", A))
