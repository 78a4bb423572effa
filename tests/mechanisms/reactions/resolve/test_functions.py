"""Calls replaced by what functions compute."""

from __future__ import annotations

import pytest

from hybridcell._core.errors import SBMLError
from hybridcell.mechanisms.reactions.elements import Element
from hybridcell.mechanisms.reactions.resolve.functions import Functions
from tests.mechanisms.formula import f
from tests.mechanisms.reactions.resolve.building import function

OWNER = Element(id="v1", line=12)


def inlined(text: str, *definitions):
    return Functions(definitions).inline(f(text), OWNER, "the rate law")


def test_arguments_are_replaced_all_at_once():
    swap = function("g", "x y", "x - 2 * y")
    assert inlined("g(y, x) + 1", swap) is f("(y - 2 * x) + 1")


def test_functions_may_call_functions_defined_later():
    outer, inner = function("outer", "a", "inner(a, 3) ^ 2"), function("inner", "b c", "b / c")
    assert inlined("outer(inner(S, 1))", outer, inner) is f("(S / 1 / 3) ^ 2")


def test_functions_differ_by_case():
    assert inlined("g(1) * G(1)", function("g", "x", "x + p"), function("G", "x", "x - p")) is f(
        "(1 + p) * (1 - p)"
    )


def test_a_function_without_arguments():
    assert inlined("half()", function("half", "", 0.5)) is f("0.5")


def test_a_function_without_math_may_not_be_called():
    empty = function("g", "x", None)
    assert inlined("S", empty) is f("S")
    with pytest.raises(SBMLError, match="'v1', line 12: the rate law calls 'g', which has no math"):
        inlined("g(S)", empty)


@pytest.mark.parametrize("bodies", [{"g": "g(x)"}, {"g": "h(x) + 1", "h": "k(x)", "k": "2 * g(x)"}])
def test_recursion_is_refused_and_named(bodies):
    with pytest.raises(SBMLError, match=r"circle: g -> .*g") as caught:
        Functions([function(name, "x", body) for name, body in bodies.items()])
    assert caught.value.element == "g"


def test_unknown_functions_suggest_the_nearest():
    with pytest.raises(SBMLError, match=r"unknown function 'hil'.*Did you mean 'hill'"):
        inlined("hil(S)", function("hill", "x", "x"))


def test_the_number_of_arguments_must_fit():
    with pytest.raises(SBMLError, match=r"'g' with 1 arguments; it takes 2.*g\(x, y\)"):
        inlined("g(S)", function("g", "x y", "x * y"))


def test_a_function_bomb_is_refused_at_once():
    """Forty functions of two calls each would be 2^40 terms written out."""
    bombs = [function("g0", "x", "x * x + 1")]
    bombs += [function(f"g{i}", "x", f"g{i - 1}(2 * x) + g{i - 1}(x + {i})") for i in range(1, 40)]
    with pytest.raises(SBMLError, match="terms"):
        Functions(bombs)
