"""Numbers as booleans and booleans as numbers."""

from __future__ import annotations

import pytest

from hybridcell._core.expressions import number
from hybridcell.mechanisms.reactions.resolve.booleans import is_boolean, truth
from tests.mechanisms.formula import f
from tests.mechanisms.reactions.resolve.building import Numbers, parameter, rule


def test_what_is_boolean_stays_as_it_is():
    for text in ("a > b", "not a", "a > 1 and b", "1", "0", "(a > 1) if b > 2 else ((c > 1) if d else 0)"):
        assert is_boolean(f(text))
        assert truth(f(text)) is f(text)


def test_numbers_are_true_unless_zero():
    assert truth(f("a + 1")) is f("(a + 1) != 0")
    assert truth(number(3.0)) is number(1.0)
    assert truth(f("2 if a > 1 else 0")).op == "ne"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 if p else 2", 1.0),
        ("1 if z else 2", 2.0),
        ("(p > 1) + (p > 2) * 10", 11.0),
        ("p and (p - 3)", 0.0),
        ("p or z", 1.0),
        ("xor(p, p)", 0.0),
        ("xor(p, z)", 1.0),
        ("not p", 0.0),
        ("not z", 1.0),
    ],
)
def test_both_ways_in_rules(text, wanted):
    numbers = Numbers(
        parameter("p", 3.0),
        parameter("z", 0.0),
        parameter("y", constant=False),
        rule("assignment", "y", text),
    )
    assert numbers.value("y") == wanted
