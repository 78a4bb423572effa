"""Algebraic rules: which variable each determines, and how."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import SBMLError
from hybridcell.mechanisms.reactions.elements import Compartment
from tests.mechanisms.reactions.resolve.building import (
    Numbers,
    event,
    parameter,
    reaction,
    rule,
    species,
    start,
)

K = parameter("k", 5.0)


def free(name, value=1.0):
    return parameter(name, value, constant=False)


def algebraic(text):
    return rule("algebraic", "", text)


def test_a_linear_rule_becomes_an_assignment():
    numbers = Numbers(K, free("q"), algebraic("2 * q + k - time"))
    assert numbers.equations.states == ()
    assert numbers.value("q", 9.0) == 2.0
    assert "q" not in numbers.equations.constants


def test_a_species_is_solved_in_the_unit_of_its_symbol():
    numbers = Numbers(
        species("S", 4.0), species("T", 1.0), K, reaction("v", ["S"], [], "S"), algebraic("S + T - k")
    )
    assert numbers.equations.states == ("S",)
    assert numbers.value("T", S=4.0) == 3.0
    assert numbers.at(numbers.equations.amounts["T"], S=4.0) == 6.0


def test_species_of_reactions_are_not_for_rules():
    numbers = Numbers(
        species("S", 4.0),
        species("B", 1.0, boundary=True),
        reaction("v", ["B"], ["S"], "B"),
        algebraic("S - B"),
    )
    assert numbers.equations.states == ("S",)
    assert numbers.value("B", S=6.0) == 3.0
    assert numbers.change(S=6.0) == {"S": 3.0}


def test_constant_variables_are_not_for_rules():
    numbers = Numbers(parameter("p", 2.0), free("q", 3.0), algebraic("p - q"))
    assert numbers.value("q") == 2.0


def test_boundary_species_give_way_to_others():
    numbers = Numbers(species("B", 6.0, boundary=True), species("S", 4.0), algebraic("B - S"))
    assert numbers.value("S") == 3.0
    assert numbers.equations.constants == ("C", "B")


def test_variables_of_events_give_way_to_others():
    numbers = Numbers(free("q"), free("r", 7.0), algebraic("q - r"), event("e", "time > 1", {"q": "3"}))
    assert numbers.equations.states == ("q",)
    assert numbers.value("r", q=3.0) == 3.0


def test_a_size_that_may_change_is_not_sought_behind_a_rate():
    numbers = Numbers(
        Compartment(id="C", size=2.0, constant=False),
        species("S", 4.0),
        reaction("v", ["S"], [], "S"),
        free("q"),
        algebraic("2 * q - rate_of(S)"),
    )
    assert numbers.value("q") == -0.5
    assert numbers.value("C") == 2.0


def test_systems_are_solved_together():
    numbers = Numbers(
        free("a"), free("b"), free("c"), algebraic("a + b - 10"), algebraic("a - b - c"), algebraic("c - 4")
    )
    assert [numbers.value(name) for name in "abc"] == [7.0, 3.0, 4.0]


def test_variables_are_found_through_assignments_and_laws():
    numbers = Numbers(K, free("a"), free("b"), rule("assignment", "b", "3 * a"), algebraic("b - k - 1"))
    assert numbers.value("a") == 2.0
    assert numbers.value("b") == 6.0
    numbers = Numbers(free("a"), species("S", 1.0), reaction("v", [], ["S"], "a * 2"), algebraic("v - 6"))
    assert numbers.change() == {"S": 6.0}


def test_a_compartment_can_be_solved_for():
    numbers = Numbers(
        Compartment(id="C", size=1.0, constant=False), species("S", 4.0), algebraic("C - 2 - time")
    )
    assert numbers.value("C", 3.0) == 5.0
    assert numbers.value("S", 6.0) == 0.5


def test_slopes_that_are_expressions_are_divided_by():
    numbers = Numbers(K, free("q"), free("r", 2.0), rule("rate", "r", 1.0), algebraic("k * r * q - 30"))
    assert numbers.value("q", r=3.0) == 2.0


def test_rules_that_are_not_linear_are_left_to_the_integrator():
    numbers = Numbers(
        species("S", 4.0), free("q", 1.5), reaction("v", ["S"], [], "q"), algebraic("q ^ 2 - S")
    )
    equations = numbers.equations
    assert equations.states == ("S", "q")
    np.testing.assert_array_equal(equations.differential, [[1, 0]])
    np.testing.assert_array_equal(equations.relaxation, [[0], [0]])
    assert numbers.at(equations.residuals[0], S=8.0, q=2.0) == 0.0
    assert numbers.start() == {"S": 4.0, "q": 1.5}
    assert not equations.discrete.any()


@pytest.mark.parametrize(
    "text", ["abs(q) - 2", "max(q, 1) - 3", "(q if q > 1 else 2 * q) - 3", "q * q - q * 4"]
)
def test_steps_do_not_pass_for_linear(text):
    assert len(Numbers(free("q"), algebraic(text)).equations.residuals) == 1


def test_a_linear_rule_beside_one_that_is_not():
    numbers = Numbers(free("a"), free("b"), algebraic("a + b - 3"), algebraic("a * b - 2"))
    equations = numbers.equations
    assert len(equations.states) == len(equations.residuals) == 1
    for value in (1.0, 2.0):
        assert numbers.at(equations.residuals[0], **{equations.states[0]: value}) == 0.0


def test_the_start_follows_the_rule():
    numbers = Numbers(
        K,
        free("q", 99.0),
        parameter("p", constant=False),
        algebraic("q - k"),
        start("p", "q + 1"),
        rule("rate", "p", "0"),
    )
    assert numbers.start() == {"p": 6.0}


def test_what_a_rule_determines_has_a_rate():
    numbers = Numbers(
        free("q"),
        free("s", 2.0),
        free("w"),
        rule("rate", "s", "3"),
        algebraic("q - 2 * s"),
        rule("assignment", "w", "rate_of(q)"),
    )
    assert numbers.value("w") == 6.0


def test_too_many_rules_are_refused():
    with pytest.raises(SBMLError, match="overdetermined"):
        Numbers(free("q"), algebraic("q - 1"), algebraic("q - 2"))
    with pytest.raises(SBMLError, match=r"0 = k - 1 to determine \(it reads no variable\)"):
        Numbers(K, algebraic("k - 1"))
    with pytest.raises(SBMLError, match="overdetermined"):
        Numbers(free("a"), free("b"), algebraic("a + b - 1"), algebraic("2 * a + 2 * b - 2"))


def test_an_event_cannot_overrule_a_rule():
    numbers = Numbers(
        K, free("q"), free("r"), algebraic("q - k"), event("e", "time > 1", {"q": "3", "r": "4"})
    )
    (happening,) = numbers.equations.events
    assert [numbers.equations.states[a.state] for a in happening.assignments] == ["r"]
