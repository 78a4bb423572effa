from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pytest

from hybridcell._core.errors import SBMLWarning
from hybridcell._core.expressions import apply, number, symbol
from hybridcell.io.sbml.read import read_sbml
from hybridcell.mechanisms.interpreter import Interpreter, rates_of_change
from hybridcell.mechanisms.reactions.antimony import antimony_text
from hybridcell.mechanisms.reactions.antimony_units import factor_text
from hybridcell.mechanisms.reactions.elements import (
    Compartment,
    Definition,
    Event,
    ParameterElement,
    Reaction,
    Rule,
    Species,
    SpeciesReference,
    UnitDefinition,
)
from tests.io.sbml.texts import BINDING, EVERYTHING
from tests.tolerances import ANALYTIC

MODELS = Path(os.environ.get("HYBRIDCELL_DATA", "")) / "biomodels" / "sbml"


def speeds(network, seed):
    """Return dx/dt at a random point, by state; and x at the start."""
    equations, p = network.equations, np.asarray(network.values)
    rng = np.random.default_rng(seed)
    order = np.argsort(equations.states)
    x = np.empty(equations.n)
    x[order] = np.exp(rng.normal(size=equations.n))
    rates = Interpreter(rates_of_change(equations), equations)(0.3, x, p)
    start = Interpreter(equations.initial, equations)(0.0, x, p)
    return [equations.states[i] for i in order], rates[order], start[order]


def check_same(text, network):
    """Check that Antimony's reading of the text is the network."""
    pytest.importorskip("antimony", reason="Antimony is not installed (pip install antimony)")
    again = read_sbml(text)
    states, rates, start = speeds(network, 0)
    states_again, rates_again, start_again = speeds(again, 0)
    assert len(states) == len(states_again)
    np.testing.assert_allclose(start_again, start, **ANALYTIC)
    np.testing.assert_allclose(rates_again, rates, **ANALYTIC)


@pytest.mark.parametrize("text", [BINDING, EVERYTHING], ids=["binding", "everything"])
def test_antimony_reads_the_text_as_the_same_network(text):
    network = read_sbml(text)
    check_same(network.to_antimony(), network)


def test_text_is_readable():
    text = read_sbml(EVERYTHING).to_antimony()
    for line in (
        "species S in cell;",
        "substanceOnly species P in cell;",
        "species $X in cell;",
        "v: S -> yield P; start*z*X*hill(S, v_n);",
        "y' = dose - at_*y;",
        "z := piecewise(y, time > 2, 0.5);",
        "model.conversionFactor = cf;",
        "X = 4/cell;",
        "start = 3*at_;",
        "give: at 0.5 after (time > 2), priority = at_, t0 = false, persistent = false, fromTrigger = false: "
        "dose = 1, S = S + 1;",
        'give is "a dose";',
    ):
        assert f"  {line}\n" in text
    text = read_sbml(BINDING).to_antimony()
    assert text.startswith("model *binding()\n")
    assert "bind: A + 2 B => C; cell*bind_k*A*B;" in text
    assert 'binding is "A binds B"' in text.splitlines()[-1]


def test_the_values_of_the_network_are_written():
    network = read_sbml(BINDING).with_values({"bind.k": 0.7, "A": 11.0})
    assert "bind_k = 0.7;" in network.to_antimony()
    assert "A = 11/cell;" in network.to_antimony()


def test_words_of_the_language_and_clashes_are_renamed():
    definition = Definition(
        id="model",
        parameters=tuple(
            ParameterElement(id=sid, value=float(i))
            for i, sid in enumerate(["at", "at_", "v_k", "True", "Min", "e"])
        ),
        compartments=(Compartment(id="c", size=1.0),),
        species=(Species(id="species", name='a "name" \\ here', compartment="c", initial_amount=1.0),),
        units=(UnitDefinition(id="c", factors=(("mole", 1.0, 0, 1.0),)),),
        reactions=(
            Reaction(
                id="v",
                reactants=(SpeciesReference(species="species"),),
                law=apply("mul", symbol("v.k"), apply("mul", symbol("at"), symbol("True"))),
                local_parameters=(ParameterElement(id="v.k", value=5.0, unit="c"),),
            ),
        ),
    )
    text = antimony_text(definition)
    assert "model *model_()" in text
    assert "v: species_ -> ; v_k_2*at__2*True_;" in text
    assert "v_k_2 has c_2;" in text
    assert 'species_ is "a \\"name\\" / here";' in text
    assert "Min = 4;" in text
    antimony = pytest.importorskip("antimony", reason="Antimony is not installed (pip install antimony)")
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(text) >= 0, antimony.getLastError()


def test_what_cannot_be_said_is_said_so():
    definition = Definition(
        compartments=(Compartment(id="c", size=1.0, dimensions=2.0),),
        species=(Species(id="A", compartment="c", initial_amount=1.0),),
        reactions=(
            Reaction(
                id="v",
                fast=True,
                reactants=(SpeciesReference(species="A", stoichiometry=None),),
                law=number(1.0),
            ),
        ),
        rules=(Rule(kind="assignment", variable="A"),),
        events=(Event(id="never"),),
    )
    with pytest.warns(SBMLWarning, match="reaction v is fast") as caught:
        text = antimony_text(definition)
    assert len(caught) == 1
    for left_out in (
        "2 dimensions of compartment c",
        "an empty rule for A",
        "event never",
        "a stoichiometry of A",
    ):
        assert left_out in text


def test_algebraic_rules_are_equations():
    rule = Rule(kind="algebraic", math=apply("sub", symbol("a"), symbol("b")))
    parameters = (ParameterElement(id="a", value=1.0), ParameterElement(id="b", constant=False))
    assert "0 = a - b;" in antimony_text(Definition(rules=(rule,), parameters=parameters))


@pytest.mark.parametrize(
    ("factors", "text"),
    [
        ((), "dimensionless"),
        ((("mole", 1.0, -3, 1.0), ("litre", -1.0, 0, 1.0)), "0.001 mole / litre"),
        ((("second", -1.0, 0, 60.0),), "0.016666666666666666 / second"),
        (
            (("second", -2.0, 0, 1.0), ("metre", 0.5, 0, 1.0), ("mole", -1.0, 0, 1.0)),
            "metre^0.5 / (second^2 * mole)",
        ),
        ((("second", -1.0, 0, 1.0),), "1 / second"),
    ],
)
def test_units(factors, text):
    unit = UnitDefinition(id="u", factors=factors)
    assert factor_text(unit) == text
    antimony = pytest.importorskip("antimony", reason="Antimony is not installed (pip install antimony)")
    antimony.clearPreviousLoads()
    loaded = antimony.loadAntimonyString(antimony_text(Definition(units=(unit,))))
    assert loaded >= 0, antimony.getLastError()


@pytest.mark.skipif(not MODELS.is_dir(), reason="needs the BioModels files in $HYBRIDCELL_DATA")
@pytest.mark.parametrize("number", [3, 5, 9, 10, 12, 35, 48, 56, 64, 140])
def test_models_of_the_literature(number):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SBMLWarning)
        network = read_sbml(MODELS / f"BIOMD{number:010d}.xml")
        text = network.to_antimony()
        check_same(text, network)
