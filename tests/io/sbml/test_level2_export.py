from __future__ import annotations

import os
import warnings
from dataclasses import replace
from pathlib import Path

import jax.random as jr
import libsbml
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import hybridcell as hc
from hybridcell._core.errors import SBMLWarning, UnsupportedSBMLError
from hybridcell._core.expressions import apply, number, symbol
from hybridcell.io.sbml.check import consistency_messages
from hybridcell.io.sbml.dialect import LEVEL_2
from hybridcell.io.sbml.level2_events import with_plain_events
from hybridcell.io.sbml.reaction_document import definition_to_xml
from hybridcell.io.sbml.read import read_definition, read_sbml
from hybridcell.mechanisms import ReactionNetwork
from hybridcell.mechanisms.reactions import elements as e
from tests.io.sbml.comparison import WRITTEN_ANEW, differences
from tests.io.sbml.hybrids import (
    HAS_COPASI,
    HAS_ROADRUNNER,
    WITHOUT_COPASI,
    WITHOUT_ROADRUNNER,
    network,
    rate_hybrid,
)
from tests.io.sbml.random_definitions import definitions
from tests.io.sbml.test_round_trip import values_at_random
from tests.io.sbml.test_write import hybrid_of
from tests.io.sbml.texts import BINDING
from tests.tolerances import ANALYTIC

CLOSE = 1e-6
MODELS = sorted((Path(os.environ.get("HYBRIDCELL_DATA", "no data")) / "biomodels" / "sbml").glob("*.xml"))
A, B, K = symbol("A"), symbol("B"), symbol("k")


def simple(**changes):
    """Return a network of one reaction A -> B with some of its parts changed."""
    fields = {
        "compartments": (e.Compartment(id="cell", size=1.0),),
        "species": (
            e.Species(id="A", compartment="cell", initial_amount=1.0),
            e.Species(id="B", compartment="cell", initial_amount=0.0),
        ),
        "parameters": (e.ParameterElement(id="k", value=0.5),),
        "reactions": (
            e.Reaction(
                id="v", law=apply("mul", K, A),
                reactants=(e.SpeciesReference(species="A"),), products=(e.SpeciesReference(species="B"),),
            ),
        ),
    }  # fmt: skip
    return e.Definition(**{**fields, **changes})


def old(definition):
    text = definition_to_xml(definition, LEVEL_2)
    consistency_messages(text, LEVEL_2)
    return text


def assert_same(definition, text):
    first, second = ReactionNetwork.from_definition(definition), read_sbml(text)
    assert second.definition.level == 2
    assert first.equations.states == second.equations.states
    for a, b in zip(values_at_random(first), values_at_random(second)):
        np.testing.assert_allclose(b, a, **ANALYTIC)


@pytest.mark.parametrize(
    "name", ["glycolysis", "robertson", "toggle_switch", "mapk_cascade", "cell_division", "repressilator"]
)
def test_networks_come_back_from_level_2(name, tmp_path):
    source = network(name)
    report = hc.write_sbml(source, tmp_path / "model.xml", level="2.4")
    assert report.messages == ()
    assert report.level == "SBML Level 2 Version 4"
    assert_same(source.definition, report.path.read_text("utf-8"))
    assert all(deviation < CLOSE for deviation in report.deviations.values())


@pytest.mark.skipif(not MODELS, reason="needs the BioModels files in $HYBRIDCELL_DATA")
@pytest.mark.filterwarnings("ignore::hybridcell._core.errors.SBMLWarning")
@pytest.mark.parametrize("path", MODELS[::4], ids=lambda path: path.stem)
def test_models_of_the_literature(path):
    source = read_sbml(path)
    assert_same(source.definition, old(with_plain_events(source.definition, source)))


@pytest.mark.parametrize("envelope", ["tanh", "polynomial", "hill", "linear", "clip"])
def test_interactions_come_back_from_level_2(envelope, tmp_path):
    model = hc.CellBox(
        ["a", "b", "d"], ["protein", "phenotype", "drug"], [[0, 0.3, 2.0], [0.5, 0, -1.0], [0, 0, 0]],
        envelope=envelope,
    )  # fmt: skip
    hybrid = hybrid_of(model, width=2, activation="softplus", outputs=["a"])
    report = hc.write_sbml(hybrid, tmp_path / "model.xml", level="2.4", condition={"d": 1.0})
    assert report.messages == ()
    assert set(report.deviations) >= {"hybridcell"}
    assert all(deviation < CLOSE for deviation in report.deviations.values())
    text = report.path.read_text("utf-8")
    assert "<max/>" not in text
    assert "groups" not in text


@pytest.mark.skipif(not HAS_ROADRUNNER, reason=WITHOUT_ROADRUNNER)
@pytest.mark.skipif(not HAS_COPASI, reason=WITHOUT_COPASI)
def test_a_hybrid_with_events_is_the_same_in_libroadrunner_at_both_levels(tmp_path):
    import roadrunner

    hybrid = rate_hybrid("toggle_switch", "make_u", width=4)
    runs = []
    for level in ("3.2", "2.4"):
        report = hc.write_sbml(hybrid, tmp_path / f"{level}.xml", level=level)
        runner = roadrunner.RoadRunner(str(report.path))
        runner.integrator.relative_tolerance = 1e-10
        runs.append(np.asarray(runner.simulate(0, 50, 51)))
    np.testing.assert_allclose(runs[1], runs[0], rtol=CLOSE, atol=CLOSE)


def test_units_of_a_network_get_the_names_of_level_2():
    units = (
        e.UnitDefinition(id="nmol", factors=(("mole", 1.0, -9, 1.0),)),
        e.UnitDefinition(id="minute", factors=(("second", 1.0, 0, 60.0),)),
    )
    text = old(simple(units=units, substance_unit="nmol", time_unit="minute", volume_unit="litre"))
    again = read_definition(text)
    found = {unit.id: unit.factors for unit in again.units}
    assert found["substance"] == (("mole", 1.0, -9, 1.0),)
    assert found["time"] == (("second", 1.0, 0, 60.0),)
    assert found["volume"] == (("litre", 1.0, 0, 1.0),)


MMOL = e.UnitDefinition(id="mmol", factors=(("mole", 1.0, -3, 1.0),))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (
            {"units": (MMOL, e.UnitDefinition(id="substance", factors=(("mole", 1.0, 0, 1.0),)))},
            "that the unit of substance is 'mmol', as 'substance' is another unit of the model",
        ),
        (
            {"units": (MMOL, e.UnitDefinition(id="time", factors=(("second", 1.0, 0, 60.0),)))},
            "that the unit of time is 'second', as 'time' is another unit",
        ),
        ({"units": (MMOL,), "extent_unit": "mole"}, "that reactions are in 'mole' and species in 'mmol'"),
        ({"units": (MMOL,), "extent_unit": "item"}, "that reactions are in 'item' and species in 'mmol'"),
    ],
)
def test_a_unit_that_level_2_would_take_for_another_is_refused(changes, what):
    with pytest.raises(UnsupportedSBMLError, match=what):
        old(simple(substance_unit="mmol", time_unit="second", **changes))


@pytest.mark.parametrize(
    "factors",
    [
        (("mole", 1.0, 0, 0.001),),
        (("mole", 1.0, -3, 1.0), ("dimensionless", 1.0, 0, 1.0)),
        (("mole", 2.0, -3, 1.0), ("mole", -1.0, -3, 1.0)),
        (("mole", 1.0, 0, 1.0), ("dimensionless", 1.0, -3, 1.0)),
    ],
)
def test_a_unit_may_be_the_same_in_other_words(factors):
    same = e.UnitDefinition(id="substance", factors=factors)
    other = e.UnitDefinition(id="extents", factors=factors)
    definition = simple(units=(MMOL, same, other), substance_unit="mmol", extent_unit="extents")
    found = {unit.id: unit.factors for unit in read_definition(definition_to_xml(definition, LEVEL_2)).units}
    assert found["substance"] == factors


def test_all_that_level_2_has_attributes_for_comes_back():
    local = e.ParameterElement(id="v.z", value=1e-7, name="zz", unit="second", sbo="SBO:0000002")
    product = e.SpeciesReference(species="B", id="n", name="times", stoichiometry=2.5, sbo="SBO:0000011")
    definition = simple(
        id="m",
        name='a "b" <c>\n&',
        units=(e.UnitDefinition(id="u", factors=(("metre", -2.0, -3, 1e-6), ("second", 1.0, 0, 3600.0))),),
        compartments=(e.Compartment(id="cell", size=0.1 + 0.2, dimensions=2.0, constant=False),),
        species=(
            e.Species(
                id="A", name="one", compartment="cell", initial_concentration=2.5, only_substance=True,
                boundary=True, unit="mole",
            ),
            e.Species(id="B", compartment="cell", initial_amount=1e-300, sbo="SBO:0000247"),
        ),
        parameters=(
            e.ParameterElement(id="k", value=None),
            e.ParameterElement(id="far", value=np.inf, constant=False),
            e.ParameterElement(id="odd", value=-1e-300, unit="u"),
        ),
        reactions=(
            replace(simple().reactions[0], products=(product,), reversible=False, local_parameters=(local,)),
        ),
    )  # fmt: skip
    again = read_definition(old(definition))
    assert differences(definition.units, again.units[:1]) == []
    for name in ("name", "compartments", "species", "parameters"):
        assert differences(getattr(definition, name), getattr(again, name)) == []
    but = (*WRITTEN_ANEW, "law_element")
    assert differences(definition.reactions, again.reactions, but=but) == []


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(definitions())
def test_quantities_of_random_networks_come_back_from_level_2(definition):
    (event,) = definition.events
    definition = replace(
        definition,
        compartments=tuple(replace(c, dimensions=3.0) for c in definition.compartments),
        reactions=tuple(
            replace(r, products=tuple(replace(p, constant=True) for p in r.products))
            for r in definition.reactions
        ),
        events=(replace(event, priority=None, persistent=True, initial_value=True),),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SBMLWarning)
        again = read_definition(definition_to_xml(definition, LEVEL_2))
    assert again.level == 2
    but = (*WRITTEN_ANEW, "math", "law", "law_element", "modifiers", "modifier_elements", "trigger", "delay",
           "assignments", "substance_unit", "time_unit", "extent_unit", "volume_unit", "area_unit",
           "length_unit")  # fmt: skip
    assert differences(definition, again, but=but) == []
    assert [name for name, _ in again.events[0].assignments] == ["B", "moving"]


def test_rules_for_stoichiometries_become_formulas():
    product = e.SpeciesReference(species="B", id="n", stoichiometry=None, constant=False)
    reaction = replace(simple().reactions[0], products=(product,))
    rule = e.Rule(kind="assignment", variable="n", math=apply("mul", number(2.0), A))
    start = e.InitialAssignment(variable="n", math=apply("mul", number(2.0), K))
    for changes in ({"rules": (rule,)}, {"initial_assignments": (start,)}):
        definition = simple(reactions=(reaction,), **changes)
        text = old(definition)
        assert "<stoichiometryMath>" in text
        assert_same(definition, text)


def test_local_parameters_and_fast_reactions_are_written():
    local = (e.ParameterElement(id="v.k", value=2.0, name="own"),)
    reaction = replace(
        simple().reactions[0], law=apply("mul", symbol("v.k"), A), local_parameters=local, fast=True
    )
    text = old(simple(reactions=(reaction,)))
    assert '<parameter id="k" name="own" value="2.0"/>' in text
    again = read_definition(text)
    assert again.reactions[0].fast
    assert again.reactions[0].local_parameters[0].value == 2.0


def event(**changes):
    fields = {"id": "go", "trigger": apply("gt", A, number(0.5)), "assignments": (("k", number(1.0)),)}
    moving = (e.ParameterElement(id="k", value=0.5, constant=False),)
    return {"events": (e.Event(**{**fields, **changes}),), "parameters": moving}


def test_events_are_written(tmp_path):
    definition = simple(**event(delay=number(0.25), use_trigger_values=False))
    again = read_definition(old(definition)).events[0]
    assert again.delay is number(0.25)
    assert not again.use_trigger_values


def test_flags_that_make_no_difference_are_no_hindrance(tmp_path):
    later = simple(**event(trigger=apply("lt", A, number(0.5)), initial_value=False, persistent=False))
    report = hc.write_sbml(ReactionNetwork.from_definition(later), tmp_path / "model.xml", level="2.4")
    assert report.messages == ()
    at_once = simple(**event(initial_value=False))
    with pytest.raises(UnsupportedSBMLError, match=r"'go'.*false before the start.*level='3\.2'"):
        hc.write_sbml(ReactionNetwork.from_definition(at_once), tmp_path / "other.xml", level="2.4")
    assert not (tmp_path / "other.xml").exists()


N = e.SpeciesReference(species="B", id="n", stoichiometry=2.0, constant=False)
WITH_N = (replace(simple().reactions[0], products=(N,)),)


@pytest.mark.parametrize(
    ("definition", "what"),
    [
        (simple(conversion_factor="k"), "conversion factors"),
        (simple(compartments=(e.Compartment(id="cell", size=1.0, dimensions=2.5),)), "2.5 dimensions"),
        (simple(compartments=(e.Compartment(id="cell", size=1.0, dimensions=0.0),)), "without dimensions"),
        (simple(**event(priority=number(1.0))), "priority"),
        (simple(**event(persistent=False)), "must stay true"),
        (simple(reactions=WITH_N, **event(assignments=(("n", number(1.0)),))), "event sets a stoichiometry"),
        (
            simple(reactions=WITH_N, rules=(e.Rule(kind="rate", variable="n", math=K),)),
            "stoichiometry has a rate rule",
        ),
        (
            simple(reactions=WITH_N, initial_assignments=(e.InitialAssignment(variable="n", math=A),)),
            "from what changes later",
        ),
        (
            simple(
                reactions=WITH_N,
                parameters=(*simple().parameters, e.ParameterElement(id="y", constant=False)),
                rules=(e.Rule(variable="y", math=symbol("n")),),
            ),
            "math that reads a stoichiometry",
        ),
        (
            simple(reactions=(replace(WITH_N[0], products=(replace(N, stoichiometry=None),)),)),
            "without stoichiometry",
        ),
        (simple(units=(e.UnitDefinition(id="u", factors=(("mole", 0.5, 0, 1.0),)),)), "to the power 0.5"),
        (
            simple(rules=(e.Rule(kind="algebraic", math=apply("rate_of", A)),)),
            "only SBML Level 3 Version 2 has rateOf",
        ),
        (simple(reactions=(e.Reaction(id="v", law=K),)), "Level 2 has no form for this model"),
    ],
)
def test_what_level_2_cannot_say_is_refused(definition, what):
    with pytest.raises(UnsupportedSBMLError, match=what):
        old(definition)


def test_species_with_a_factor_of_their_own_are_refused():
    species = tuple(replace(s, conversion_factor="k") for s in simple().species)
    with pytest.raises(UnsupportedSBMLError, match="'A': SBML Level 2 cannot say conversion factors"):
        old(simple(species=species))


def test_level_2_has_no_attributes_of_level_3(tmp_path):
    hc.write_sbml(read_sbml(BINDING), tmp_path / "model.xml", level="2.4", resimulate=False)
    document = libsbml.readSBMLFromFile(str(tmp_path / "model.xml"))
    assert (document.getLevel(), document.getVersion()) == (2, 4)
    assert document.getNumErrors() == 0
    text = (tmp_path / "model.xml").read_text("utf-8")
    for word in ("localParameter", "extentUnits", 'substanceUnits="litre', "<speciesReference constant"):
        assert word not in text
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = read_sbml(tmp_path / "model.xml")
    assert again.species["A"].annotations == read_sbml(BINDING).species["A"].annotations


def test_a_wide_hybrid_is_as_long_in_level_2(tmp_path):
    hybrid = network("robertson").replace("slow", hc.NeuralRate(width=2, key=jr.key(0)))
    lengths = [
        len(
            hc.write_sbml(hybrid, tmp_path / "m.xml", level=level, resimulate=False)
            .path.read_text("utf-8")
            .split("<assignmentRule")
        )
        for level in ("3.2", "2.4")
    ]
    assert lengths[0] == lengths[1]
