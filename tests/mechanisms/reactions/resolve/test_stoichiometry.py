"""Coefficients as numbers where they are, and as rates where they are not."""

from __future__ import annotations

from tests.mechanisms.reactions.resolve.building import (
    Numbers,
    parameter,
    reaction,
    rule,
    side,
    species,
    start,
)

S = species("S", 1.0)


def test_numbers_are_summed_over_both_sides():
    numbers = Numbers(S, reaction("v", [side("S", 0.5), "S"], [side("S", 4.0)], "1"))
    assert numbers.equations.coefficients.tolist() == [2.5]


def test_a_number_and_a_computed_coefficient_of_one_reaction_add_up():
    numbers = Numbers(
        S, parameter("k", 3.0), reaction("v", ["S"], [side("S", id="n")], "5"), start("n", "k + 1")
    )
    assert numbers.equations.coefficients.tolist() == [-1.0]
    assert numbers.change() == {"S": 5.0 * (4.0 - 1.0)}


def test_a_coefficient_that_an_algebraic_rule_determines():
    variable = side("S", None, id="n", constant=False)
    numbers = Numbers(S, reaction("v", [], [variable], "5"), rule("algebraic", "", "n - time"))
    assert numbers.change(3.0) == {"S": 15.0}
    fixed = Numbers(S, reaction("v", [], [variable], "5"), rule("algebraic", "", "n - 2"))
    assert fixed.equations.coefficients.tolist() == [2.0]


def test_a_rate_that_adds_to_nothing_is_none():
    assert Numbers(S, reaction("v", ["S"], [], "1")).equations.rates == {}
