"""Which variables algebraic rules may determine, and in which order they are tried."""

from __future__ import annotations

from hybridcell.mechanisms.reactions.elements import Compartment
from hybridcell.mechanisms.reactions.resolve.candidates import candidates
from hybridcell.mechanisms.reactions.resolve.table import Table
from tests.mechanisms.reactions.resolve.building import (
    event,
    network,
    parameter,
    reaction,
    rule,
    side,
    species,
)


def free(*elements):
    return candidates(Table(network(*elements)))


def variable(name):
    return parameter(name, constant=False)


def test_only_what_nothing_else_determines():
    found = free(
        *(variable(name) for name in "abc"),
        parameter("k"),
        species("S", 1.0),
        species("X", 1.0, constant=True),
        reaction("v", ["S"], [], "1"),
        rule("assignment", "b", "1"),
        rule("rate", "c", "1"),
        rule("algebraic", "", "a + b + c + k + S + X + v"),
    )
    assert found == ("a",)


def test_what_is_read_through_something_else():
    found = free(
        *(variable(name) for name in "abc"),
        species("S", 1.0),
        reaction("v", ["S"], [side("S", id="n", constant=False)], "c * S"),
        rule("assignment", "a", "2 * b"),
        rule("algebraic", "", "a + v + n"),
    )
    assert set(found) == {"b", "c", "n"}


def test_boundary_species_and_variables_of_events_come_last():
    found = free(
        variable("a"),
        species("B", 1.0, boundary=True),
        variable("c"),
        event("e", "time > 1", {"a": "1"}),
        rule("algebraic", "", "a + B + c"),
    )
    assert found == ("c", "B", "a")


def test_a_size_that_only_a_rate_reads_comes_where_there_is_no_other():
    elements = (
        variable("a"),
        parameter("k"),
        species("S", 1.0),
        reaction("v", ["S"], [], "k"),
    )

    def rules_over(*texts):
        cell = Compartment(id="C", size=2.0, constant=False)
        return free(cell, *elements, *(rule("algebraic", "", text) for text in texts))

    assert rules_over("a + rate_of(S)") == ("a",)
    assert rules_over("k + rate_of(S)") == ("C",)
    assert rules_over("a", "a + rate_of(S)") == ("a", "C")


def test_the_size_that_a_concentration_reads_comes_where_there_is_no_other():
    elements = (
        Compartment(id="C", size=2.0, constant=False),
        variable("a"),
        parameter("k"),
        species("S", 1.0),
    )
    moving = reaction("v", ["S"], [], "k")
    assert free(*elements, moving, rule("algebraic", "", "a - (S + rate_of(S))")) == ("a",)
    assert free(*elements, moving, rule("algebraic", "", "k - S")) == ("C",)


def test_without_algebraic_rules_there_are_none():
    assert free(variable("a")) == ()
