from __future__ import annotations

import math
import warnings
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from hybridcell._core.errors import SBMLWarning, UnsupportedSBMLError
from hybridcell._core.expressions import Expression, apply, number, symbol, time
from hybridcell.io.sbml.check import consistency_messages
from hybridcell.io.sbml.reaction_document import definition_to_xml
from hybridcell.io.sbml.read import read_definition
from hybridcell.mechanisms.reactions import elements as e
from tests.io.sbml.comparison import WRITTEN_ANEW, differences
from tests.io.sbml.random_definitions import definitions
from tests.io.sbml.texts import BINDING, EVERYTHING, miriam, sbml, times


def quietly(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SBMLWarning)
        return read_definition(text)


@pytest.mark.parametrize("text", [BINDING, EVERYTHING], ids=["binding", "everything"])
def test_what_is_read_is_written(text):
    definition = read_definition(text)
    written = definition_to_xml(definition)
    assert [m for m in consistency_messages(written) if m[0] == "Error"] == []
    again = read_definition(written)
    assert differences(definition, again) == []
    assert (again.level, again.version) == (3, 2)
    for before, after in zip(definition.reactions, again.reactions):
        assert after.law_element.sbo == before.law_element.sbo
    assert definition_to_xml(again) == written


#: A reader finds them in any file: species that the law reads, and the element around the law.
ADDED = ("modifiers", "modifier_elements", "law_element")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(definitions())
def test_random_networks_come_back(definition):
    again = quietly(definition_to_xml(definition))
    assert differences(definition, again, but=(*WRITTEN_ANEW, *ADDED)) == []


def with_reaction(**changes):
    base = e.Definition(
        compartments=(e.Compartment(id="c", size=1.0),),
        species=tuple(e.Species(id=i, compartment="c", initial_amount=1.0) for i in "AB"),
        parameters=(
            e.ParameterElement(id="k", value=2.0),
            e.ParameterElement(id="m", value=2.0, constant=False),
        ),
    )
    reaction = e.Reaction(id="v", reactants=(e.SpeciesReference(species="A"),), law=symbol("k"))
    return replace(base, reactions=(replace(reaction, **changes),))


def test_fast_reactions_need_version_1():
    law = apply("max", apply("mul", apply("lt", symbol("A"), number(2.0)), symbol("k")), symbol("B"))
    text = definition_to_xml(with_reaction(fast=True, law=law))
    assert 'level="3" version="1"' in text
    consistency_messages(text)
    assert read_definition(text).reactions[0].fast
    with pytest.raises(UnsupportedSBMLError, match="rateOf"):
        definition_to_xml(with_reaction(fast=True, law=apply("rate_of", symbol("A"))))


def test_local_parameters_that_hide_a_species_need_version_1():
    local = (e.ParameterElement(id="v.A", value=3.0),)
    text = definition_to_xml(with_reaction(law=symbol("v.A"), local_parameters=local))
    assert 'level="3" version="1"' in text
    consistency_messages(text)
    assert read_definition(text).reactions[0].law is symbol("v.A")


def test_a_law_may_read_a_local_parameter_and_one_of_the_same_id():
    local = (e.ParameterElement(id="v.k", value=3.0),)
    text = definition_to_xml(
        with_reaction(law=apply("mul", symbol("v.k"), symbol("k")), local_parameters=local)
    )
    assert read_definition(text).reactions[0].law is apply("mul", symbol("v.k_2"), symbol("k"))


def test_species_of_a_law_become_modifiers():
    text = definition_to_xml(with_reaction(law=apply("mul", symbol("A"), symbol("B"))))
    consistency_messages(text)
    assert read_definition(text).reactions[0].modifiers == ("B",)


def test_stoichiometry_as_a_formula():
    constant = e.SpeciesReference(species="B", math=apply("mul", number(2.0), symbol("k")), constant=False)
    moving = e.SpeciesReference(species="B", id="n", math=apply("add", symbol("m"), time()), constant=False)
    again = read_definition(definition_to_xml(with_reaction(products=(constant,))))
    assert again.initial_assignments[0].variable == "v_product_B"
    assert again.initial_assignments[0].math is constant.math
    assert again.reactions[0].products[0].constant
    again = read_definition(definition_to_xml(with_reaction(products=(moving,))))
    assert (again.rules[0].variable, again.rules[0].kind) == ("n", "assignment")
    assert again.rules[0].math is moving.math
    assert not again.reactions[0].products[0].constant


def test_a_metaid_stands_once():
    definition = replace(with_reaction(), metaid="m1")
    definition = replace(definition, species=tuple(replace(s, metaid="m1") for s in definition.species))
    text = definition_to_xml(definition)
    assert text.count('metaid="m1"') == 1
    consistency_messages(text)


def test_values_that_are_not_finite():
    parameters = tuple(
        e.ParameterElement(id=i, value=v)
        for i, v in (("a", math.inf), ("b", -math.inf), ("c", math.nan), ("d", None))
    )
    text = definition_to_xml(e.Definition(parameters=parameters))
    consistency_messages(text)
    found = [p.value for p in quietly(text).parameters]
    assert found[:2] == [math.inf, -math.inf]
    assert math.isnan(found[2])
    assert found[3] is None


def test_deep_and_long_math_is_written_and_checked():
    deep = symbol("k")
    for _ in range(3000):
        deep = Expression("sin", (deep,))
    long = symbol("k")
    for i in range(5000):
        long = Expression("add", (long, number(float(i))))
    definition = e.Definition(
        parameters=(
            e.ParameterElement(id="k", value=1.0),
            e.ParameterElement(id="x", constant=False),
            e.ParameterElement(id="y", constant=False),
        ),
        rules=(
            e.Rule(kind="assignment", variable="x", math=deep),
            e.Rule(kind="rate", variable="y", math=long),
        ),
    )
    text = definition_to_xml(definition)
    consistency_messages(text)
    assert read_definition(text).rules[0].math is deep


def test_the_area_of_level_2_gets_a_definition():
    definition = e.Definition(compartments=(e.Compartment(id="c", size=1.0, dimensions=2.0, unit="area"),))
    text = definition_to_xml(definition)
    consistency_messages(text)
    assert read_definition(text).units[0].factors == (("metre", 2.0, 0, 1.0),)


def test_old_levels_become_level_3():
    law = times("k", "A")
    for level, version in ((2, 1), (2, 4), (2, 5)):
        text = sbml(
            f"""<model id="m"><listOfCompartments><compartment id="c" size="2"/></listOfCompartments>
            <listOfSpecies><species id="A" compartment="c" initialAmount="3" metaid="q">
            {miriam("q", "urn:x")}</species></listOfSpecies>
            <listOfParameters><parameter id="k" value="0.5"/></listOfParameters>
            <listOfReactions><reaction id="v" fast="false"><listOfReactants><speciesReference species="A"/>
            </listOfReactants><kineticLaw>{law}</kineticLaw></reaction></listOfReactions></model>""",
            level=level,
            version=version,
        )
        definition = read_definition(text)
        written = definition_to_xml(definition)
        consistency_messages(written)
        assert differences(definition, read_definition(written)) == []
        assert read_definition(written).species[0].annotations == {"is": ["urn:x"]}
