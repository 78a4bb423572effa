from __future__ import annotations

import pytest

from hybridcell._core.expressions import apply, number, symbol
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.facts import equation, facts_of, initial_value, quantity, summary


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        (e.SpeciesReference(species="A"), "A"),
        (e.SpeciesReference(species="A", stoichiometry=2.5), "2.5 A"),
        (e.SpeciesReference(species="A", id="n", constant=False), "n A"),
        (e.SpeciesReference(species="A", id="n", stoichiometry=None), "n A"),
        (e.SpeciesReference(species="A", stoichiometry=None), "? A"),
        (e.SpeciesReference(species="A", math=apply("mul", number(2.0), symbol("k"))), "(2*k) A"),
    ],
)
def test_equations(reference, text):
    assert equation(e.Reaction(reactants=(reference,), reversible=False)) == f"{text} -> ∅"
    assert equation(e.Reaction(products=(reference,))) == f"∅ <-> {text}"


def test_what_a_species_starts_from():
    amount = e.Species(id="A", initial_amount=2.0, unit="mole", compartment="c")
    concentration = e.Species(id="A", initial_concentration=0.0, compartment="c")
    assert (initial_value(amount), quantity(amount)) == (2.0, "amount")
    assert (initial_value(concentration), quantity(concentration)) == (0.0, "concentration")
    assert quantity(e.Species(only_substance=True)) == "amount"
    assert summary(amount) == "2 mole in c"
    assert summary(concentration) == "concentration 0 in c"
    assert summary(e.Species(compartment="c")) == "in c"


def test_every_kind_has_facts():
    factors = (("mole", 1.0, -3, 1.0),)
    assert facts_of(e.UnitDefinition(id="mM", factors=factors))["definition"] == "(1 × 10^-3 mole)^1"
    assert facts_of(e.SpeciesReference(species="A"))["value"] == 1
    assert facts_of(e.InitialAssignment(variable="x", math=number(1.0)))["math"] == "1"
    assert facts_of(e.Definition(id="net", sbo="SBO:0000293")) == {
        "id": "net",
        "name": "",
        "sbo": "SBO:0000293",
    }
    assert summary(e.Rule(kind="algebraic", math=symbol("x"))) == "0 = x"
    assert len(summary(e.Rule(variable="x" * 500, math=symbol("x")))) == 100
