"""What symbols mean over time: amounts and concentrations, sizes that change, conversion, rates."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import UnsupportedSBMLError
from hybridcell.mechanisms.reactions.elements import Compartment
from tests.mechanisms.reactions.resolve.building import (
    Numbers,
    event,
    parameter,
    reaction,
    rule,
    side,
    species,
    start,
)

K = parameter("k", 3.0)


def growing(rate="0.5", size=2.0):
    return (Compartment(id="C", size=size, constant=False), rule("rate", "C", rate))


def test_states_are_amounts_and_symbols_concentrations():
    numbers = Numbers(species("S", 6.0), K, reaction("v", ["S"], [], "k * S * C"))
    assert numbers.start() == {"S": 6.0}
    assert numbers.value("S") == 3.0
    assert numbers.value("v") == 18.0
    assert numbers.change() == {"S": -18.0}


def test_substance_only_species_are_amounts_in_math():
    numbers = Numbers(species("S", 6.0, only_substance=True), reaction("v", ["S"], [], "S"))
    assert numbers.value("S") == 6.0
    assert numbers.at(numbers.equations.concentrations["S"]) == 3.0


def test_concentrations_of_the_file_are_turned_into_amounts():
    numbers = Numbers(species("S", initial_concentration=3.0), reaction("v", ["S"], [], "S"))
    assert numbers.constants == {"C": 2.0, "S": 3.0}
    assert numbers.start() == {"S": 6.0}


def test_species_in_a_compartment_without_dimensions_are_amounts():
    numbers = Numbers(Compartment(id="C", dimensions=0.0), species("S", 6.0), reaction("v", ["S"], [], "S"))
    assert numbers.value("S") == 6.0
    assert numbers.at(numbers.equations.concentrations["S"]) == 6.0


def test_what_does_not_change_is_no_state():
    numbers = Numbers(species("A", 4.0), species("B", initial_concentration=5.0, boundary=True), K)
    assert numbers.equations.states == ()
    assert [numbers.value("A"), numbers.value("B")] == [2.0, 5.0]
    assert numbers.at(numbers.equations.amounts["B"]) == 10.0


@pytest.mark.parametrize("option", ["boundary", "constant"])
def test_reactions_leave_boundary_and_constant_species_alone(option):
    numbers = Numbers(
        species("A", 4.0, **{option: True}), species("B", 0.0), reaction("v", ["A"], ["B"], "A")
    )
    assert numbers.change() == {"B": 2.0}


def test_ids_that_differ_in_case():
    numbers = Numbers(
        parameter("K", 2.0), K, parameter("y", constant=False), rule("assignment", "y", "K - k")
    )
    assert numbers.value("y") == -1.0


def test_local_parameters():
    law = reaction("v", [], ["S"], "v.k * k", local_parameters=(parameter("v.k", 7.0),))
    numbers = Numbers(K, species("S", 0.0), law)
    assert numbers.change() == {"S": 21.0}
    assert set(numbers.constants) == {"C", "S", "k", "v.k"}


def test_assignments_are_put_in_order():
    rules = [
        rule("assignment", name, math) for name, math in (("a", "b + 1"), ("b", "2 * c"), ("c", "k * time"))
    ]
    numbers = Numbers(K, *(parameter(name, constant=False) for name in "abc"), *rules)
    assert numbers.value("a", 2.0) == 13.0
    assert set(numbers.constants) == {"C", "k"}


def test_fluxes_and_stoichiometries_in_math():
    numbers = Numbers(
        K,
        species("S", 4.0),
        reaction("v", [side("S", 2.5, id="n")], [], "S"),
        parameter("y", constant=False),
        rule("assignment", "y", "v * n + k"),
    )
    assert numbers.value("y") == 8.0
    assert numbers.change() == {"S": -5.0}
    assert numbers.value("n") == 2.5
    assert "n" not in numbers.constants


def test_one_species_on_both_sides_and_twice():
    numbers = Numbers(species("S", 1.0), reaction("v", ["S", side("S", 2.0)], [side("S", 5.0)], "4"))
    assert numbers.change() == {"S": 8.0}
    assert numbers.equations.coefficients.tolist() == [2.0]


def test_a_catalyst_on_both_sides_is_no_entry():
    numbers = Numbers(species("E", 1.0), reaction("v", ["E"], ["E"], "E"))
    assert numbers.equations.rows.size == 0
    assert not numbers.equations.discrete.any()


@pytest.mark.parametrize(
    ("of_network", "of_species", "wanted"),
    [("", "k", 3.0), ("k", "", 3.0), ("other", "k", 3.0), ("", "", 1.0)],
)
def test_conversion_factors(of_network, of_species, wanted):
    numbers = Numbers(
        K,
        parameter("other", 7.0),
        species("S", 1.0, conversion_factor=of_species),
        reaction("v", [], [side("S", 2.0)], "5"),
        conversion_factor=of_network,
    )
    assert numbers.change() == {"S": 10.0 * wanted}
    # a factor stays a constant, so that it can be changed and differentiated
    assert bool(numbers.equations.rates) == (wanted != 1.0)


def test_a_rate_rule_of_a_concentration_moves_the_amount():
    numbers = Numbers(species("S", 6.0), rule("rate", "S", "S * 10"))
    assert numbers.change() == {"S": 60.0}


def test_a_rate_rule_of_a_substance_is_one_of_the_amount():
    numbers = Numbers(species("S", 6.0, only_substance=True), rule("rate", "S", "S * 10"))
    assert numbers.change() == {"S": 60.0}


def test_a_concentration_with_a_rate_in_a_growing_compartment():
    """d(cV)/dt = V dc/dt + c dV/dt."""
    numbers = Numbers(*growing(), species("S", 6.0), rule("rate", "S", "7"))
    assert numbers.change(S=6.0, C=2.0) == {"C": 0.5, "S": 2.0 * 7.0 + 3.0 * 0.5}


def test_the_same_where_the_size_is_assigned():
    numbers = Numbers(
        K,
        Compartment(id="C", constant=False),
        rule("assignment", "C", "1 + time ^ 2 * q"),
        parameter("q", 1.0, constant=False),
        rule("rate", "q", "0.25"),
        species("S", initial_concentration=3.0),
        rule("rate", "S", "7"),
    )
    assert numbers.start() == {"S": 3.0, "q": 1.0}
    t, q, amount = 2.0, 1.5, 6.0
    size, swelling = 1 + t**2 * q, 2 * t * q + t**2 * 0.25
    found = numbers.change(t, S=amount, q=q)["S"]
    np.testing.assert_allclose(found, size * 7 + amount / size * swelling)


def test_amounts_are_kept_while_a_compartment_grows():
    numbers = Numbers(*growing(), species("A", 4.0), species("B", initial_concentration=5.0))
    assert numbers.equations.states == ("C",)
    assert numbers.value("A", C=8.0) == 0.5
    assert numbers.value("B", C=8.0) == 10.0 / 8.0
    assert numbers.at(numbers.equations.amounts["B"], C=8.0) == 10.0


def test_substance_only_with_a_concentration_in_a_growing_compartment():
    numbers = Numbers(*growing(), species("B", initial_concentration=5.0, only_substance=True))
    assert numbers.value("B", C=8.0) == 10.0
    assert numbers.at(numbers.equations.concentrations["B"], C=8.0) == 1.25


def test_an_assigned_concentration_has_an_amount():
    numbers = Numbers(*growing(), species("S"), rule("assignment", "S", "time + 1"))
    assert numbers.at(numbers.equations.amounts["S"], 2.0, C=5.0) == 15.0
    assert numbers.value("S", 2.0, C=5.0) == 3.0


def test_stoichiometry_that_is_computed():
    def one(*elements, **options):
        return Numbers(
            K,
            species("S", 1.0),
            reaction("v", [], [side("S", id="n", constant=False, **options)], "2"),
            *elements,
        )

    assert one(rule("assignment", "n", "k * time")).change(4.0) == {"S": 24.0}
    assert one(start("n", "k + 1")).change() == {"S": 8.0}
    changing = one(rule("rate", "n", "0.5"), stoichiometry=3.0)
    assert changing.change(n=5.0) == {"S": 10.0, "n": 0.5}
    assert changing.start() == {"S": 1.0, "n": 3.0}
    jumping = one(event("e", "time > 1", {"n": "4"}), stoichiometry=3.0)
    assert jumping.change(n=4.0)["S"] == 8.0
    assert jumping.equations.discrete.tolist() == [False, True]


def test_stoichiometry_that_turns_out_a_number_is_one():
    numbers = Numbers(species("S", 1.0), reaction("v", [], [side("S", id="n")], "2"), start("n", "1 + 2"))
    assert numbers.equations.coefficients.tolist() == [3.0]
    assert not numbers.equations.rates


def test_stoichiometry_math_of_level_two():
    from hybridcell.mechanisms.reactions.elements import SpeciesReference
    from tests.mechanisms.formula import f

    reference = SpeciesReference(species="S", math=f("k * 2"))
    numbers = Numbers(K, species("S", 1.0), reaction("v", [], [reference], "5"))
    assert numbers.change() == {"S": 30.0}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("rate_of(S)", (-6.0 - 4.0 / 2.0 * 0.5) / 2.0),  # of a concentration, in a growing compartment
        ("rate_of(A)", -6.0),  # of an amount
        ("rate_of(C)", 0.5),
        ("rate_of(k)", 0.0),
        ("rate_of(B)", 0.0),
        ("rate_of(d)", 0.0),
        ("rate_of(y)", 2 * 0.5 * 2.0 + 1),  # y = C^2 + time
        ("rate_of(v)", 1.5 * -6.0),  # of a flux
        ("2 * rate_of(q) + 1", 9.0),
    ],
)
def test_rates(text, wanted):
    numbers = Numbers(
        K,
        *growing(),
        species("S", 4.0),
        species("A", 4.0, only_substance=True),
        species("B", 4.0, boundary=True, only_substance=True),
        reaction("v", ["S", "A", "B"], [], "1.5 * A"),
        parameter("y", constant=False),
        rule("assignment", "y", "C ^ 2 + time"),
        parameter("q", 0.0, constant=False),
        rule("rate", "q", "4"),
        parameter("d", 0.0, constant=False),
        event("e", "time > 1", {"d": "1"}),
        parameter("r", constant=False),
        rule("assignment", "r", text),
    )
    np.testing.assert_allclose(numbers.value("r"), wanted, rtol=1e-14)


def test_rates_of_fast_species_are_refused():
    with pytest.raises(UnsupportedSBMLError, match="rateOf 'S', which the fast reaction 'v' changes"):
        Numbers(
            species("S", 1.0),
            reaction("v", ["S"], [], "S", fast=True),
            parameter("r", constant=False),
            rule("assignment", "r", "rate_of(S)"),
        )


def test_the_past_of_what_only_time_changes_needs_no_history():
    numbers = Numbers(
        parameter("x", constant=False), rule("assignment", "x", "10 * time"), parameter("y", constant=False),
        rule("assignment", "y", "delay(x, 0.5)"),
    )  # fmt: skip
    assert not numbers.equations.has_delays
    assert numbers.value("y", 2.0) == 15.0


def test_rates_are_zero_before_the_start():
    numbers = Numbers(
        parameter("q", 1.0, constant=False), rule("rate", "q", "4"), parameter("y", constant=False),
        rule("assignment", "y", "delay(rate_of(q) + q, 1)"),
    )  # fmt: skip
    y = numbers.equations.observables["y"]
    assert y.op == "if"
    began = [name for name in numbers.equations.states if name != "q"]
    assert numbers.at(y.args[0], 3.0, **{began[0]: 2.5}) == 0.0
    assert numbers.at(y.args[0], 3.5, **{began[0]: 2.5}) == 1.0
    assert (numbers.at(y.args[1].args[0]), numbers.at(y.args[2].args[0])) == (5.0, 1.0)
    assert numbers.start(2.5)[began[0]] == 2.5
