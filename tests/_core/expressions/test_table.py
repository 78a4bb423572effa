"""Formulas in files."""

from __future__ import annotations

import pytest
from hypothesis import given

from hybridcell._core.errors import FileFormatError
from hybridcell._core.expressions import apply, number, symbol
from hybridcell._core.expressions.expression import call
from hybridcell._core.expressions.table import from_table, to_table
from tests._core.expressions.strategies import TERMS


@given(TERMS)
def test_what_is_written_comes_back_as_the_same_object(expression):
    assert from_table(to_table(expression)) is expression


def test_shared_terms_are_written_once():
    x = apply("exp", symbol("x"))
    rows = to_table(apply("mul", x, apply("add", x, number(2.5))))
    assert len(rows) == 5
    assert rows[-1][0] == "mul"


def test_calls_and_numbers_that_are_not_finite_come_back():
    for expression in (call("f", (symbol("x"),)), number(float("inf")), number(-0.0)):
        assert from_table(to_table(expression)) is expression


@pytest.mark.parametrize(
    "rows",
    [
        [], {}, [["mul", [0, 1], None]], [["system", [], "rm"]], [["number", [], "two"]],
        [["symbol", [], 3]],
        [["symbol", [], "x"], ["exp", [0, 0], None]], [["symbol"]],
        [["symbol", [], "x"], ["exp", [-1], None]],
    ],
)  # fmt: skip
def test_anything_else_is_refused(rows):
    with pytest.raises(FileFormatError):
        from_table(rows)
