"""The state at the start, and variables that keep their value from there."""

from __future__ import annotations

import numpy as np
import pytest

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

K = parameter("k", 3.0)


def moving(name, value=1.0):
    return parameter(name, value, constant=False), rule("rate", name, "0")


def test_initial_assignments_go_before_numbers():
    numbers = Numbers(*moving("q", 99.0), K, start("q", "k + 1"))
    assert numbers.start() == {"q": 4.0}
    assert "q" not in numbers.constants


def test_initial_assignments_may_need_each_other_rules_fluxes_and_stoichiometries():
    numbers = Numbers(
        K,
        *moving("a"),
        *moving("b"),
        parameter("y", constant=False),
        rule("assignment", "y", "2 * k"),
        species("S", 8.0),
        reaction("v", ["S"], [], "S * 10"),
        start("a", "b + y + v"),
        start("b", "S + rate_of(S)"),
    )
    assert numbers.start()["b"] == 4.0 - 40.0 / 2.0
    assert numbers.start()["a"] == -16.0 + 6.0 + 40.0


def test_the_rate_of_a_law_over_a_given_concentration_may_set_the_size():
    numbers = Numbers(
        species("S", initial_concentration=3.0),
        parameter("p", constant=False),
        reaction("v", ["S"], [], "1"),
        rule("rate", "p", "S / 2"),
        start("C", "rate_of(p)"),
    )
    assert numbers.start()["S"] == 3.0 * 1.5


def test_a_species_is_assigned_in_the_unit_of_its_symbol():
    reacting = reaction("v", ["S", "A"], [], "1")
    numbers = Numbers(
        species("S"), species("A", only_substance=True), reacting, start("S", 3.0), start("A", 3.0)
    )
    assert numbers.start() == {"S": 6.0, "A": 3.0}


def test_a_constant_set_from_constants_is_put_in_its_place():
    numbers = Numbers(
        K,
        parameter("c", None),
        start("c", "2 * k"),
        *moving("q"),
        rule("rate", "k2", "c"),
        parameter("k2", constant=False),
    )
    assert numbers.change()["k2"] == 6.0
    assert numbers.equations.states == ("q", "k2")
    assert numbers.value("c") == 6.0


def test_a_constant_set_from_time_is_kept():
    numbers = Numbers(
        K,
        parameter("c"),
        start("c", "2 * time"),
        species("S", 2.0),
        start("S", "time + k"),
        *moving("q"),
        rule("rate", "r", "c * S"),
        parameter("r", constant=False),
    )
    equations = numbers.equations
    assert dict(zip(equations.states, equations.discrete)) == {"S": True, "c": True, "q": False, "r": False}
    assert numbers.start(5.0) == {"S": 16.0, "c": 10.0, "q": 1.0, "r": 1.0}
    assert numbers.change(9.0, S=16.0, c=10.0)["r"] == 80.0


def test_the_past_at_the_start_is_as_the_start():
    numbers = Numbers(*moving("q", 7.0), *moving("p"), start("p", "delay(q + time, 2)"))
    assert numbers.start(10.0)["p"] == 15.0


def test_missing_numbers_that_something_else_gives_are_no_constants():
    numbers = Numbers(
        Compartment(id="C", constant=False), rule("assignment", "C", "2"), species("S"), start("S", 3.0),
        reaction("v", ["S"], [], "S"),
    )  # fmt: skip
    assert numbers.constants == {}
    assert numbers.start() == {"S": 6.0}


def test_a_size_set_at_the_start_counts_for_amounts():
    numbers = Numbers(
        Compartment(id="C"),
        K,
        start("C", "k"),
        species("S", initial_concentration=2.0),
        reaction("v", ["S"], [], "S"),
    )
    assert numbers.start() == {"S": 6.0}
    assert numbers.value("v", S=6.0) == 2.0


@pytest.mark.parametrize("grown", [4.0, 5.0])
def test_events_on_a_size_keep_amounts(grown):
    numbers = Numbers(
        Compartment(id="C", size=2.0, constant=False),
        species("S", initial_concentration=3.0),
        event("e", "time > 1", {"C": "4"}),
    )
    assert numbers.equations.states == ("C",)
    np.testing.assert_allclose(numbers.value("S", C=grown), 6.0 / grown)
