"""Every level and version comes out with the meaning of Level 3 Version 2."""

from __future__ import annotations

import pytest

from hybridcell._core.errors import SBMLError, UnsupportedSBMLError
from hybridcell._core.expressions import apply as operation
from hybridcell._core.expressions import number, symbol
from hybridcell.io.sbml.read import read_definition
from tests.io.sbml.read.small import CELL, apply, level1, level2, level3, math, parameters

K_TIMES_A = operation("mul", symbol("v.k"), symbol("A"))
OLD_CELL = '<listOfCompartments><compartment id="cell"/></listOfCompartments>'


@pytest.mark.parametrize(("version", "species"), [(1, "specie"), (2, "species")])
def test_level_1(version: int, species: str) -> None:
    law = (
        '<kineticLaw formula="k*A"><listOfParameters><parameter name="k" '
        'value="2"/></listOfParameters></kineticLaw>'
    )
    found = read_definition(
        level1(
            '<listOfCompartments><compartment name="cell"/><compartment name="sac" '
            'volume="2"/></listOfCompartments>'
            f'<listOfSpecies><{species} name="A" compartment="cell" initialAmount="3" '
            f'boundaryCondition="true"/>'
            f'<{species} name="B" compartment="cell" initialAmount="0"/></listOfSpecies>'
            '<listOfParameters><parameter name="p" value="1"/><parameter name="q" '
            'value="1"/></listOfParameters>'
            f'<listOfRules><parameterRule name="q" formula="p+1"/><compartmentVolumeRule compartment="sac" '
            f'formula="p" type="rate"/><{species}ConcentrationRule {species}="B" formula="q" type="rate"/>'
            '<algebraicRule formula="p - 1"/></listOfRules>'
            f'<listOfReactions><reaction name="v" fast="true"><listOfReactants><{species}Reference '
            f'{species}="A" '
            f'stoichiometry="3" denominator="2"/></listOfReactants>{law}</reaction></listOfReactions>',
            version,
        )
    )
    assert (found.level, found.version) == (1, version)
    assert [(c.size, c.dimensions, c.constant) for c in found.compartments] == [(1, 3, True), (2, 3, False)]
    a = found.species[0]
    assert (a.initial_amount, a.initial_concentration, a.only_substance, a.boundary) == (3, None, False, True)
    assert [p.constant for p in found.parameters] == [True, False]
    assert [(r.kind, r.variable) for r in found.rules] == [
        ("assignment", "q"), ("rate", "sac"), ("rate", "B"), ("algebraic", ""),
    ]  # fmt: skip
    (v,) = found.reactions
    assert (v.law, v.fast, v.reactants[0].stoichiometry) == (K_TIMES_A, True, 1.5)
    assert [(p.id, p.value) for p in v.local_parameters] == [("v.k", 2)]


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_level_2(version: int) -> None:
    found = read_definition(
        level2(
            '<listOfCompartments><compartment id="cell"/><compartment id="film" '
            'spatialDimensions="2" size="3"/>'
            '<compartment id="spot" spatialDimensions="0"/></listOfCompartments>'
            '<listOfSpecies><species id="A" compartment="cell" initialConcentration="3"/></listOfSpecies>'
            '<listOfParameters><parameter id="p" value="1" constant="false"/></listOfParameters>'
            f'<listOfReactions><reaction id="v"><listOfReactants><speciesReference '
            f'species="A"/></listOfReactants>'
            '<listOfProducts><speciesReference species="A"><stoichiometryMath>'
            f"{math(apply('plus', 'p', '1'))}</stoichiometryMath></speciesReference></listOfProducts>"
            f"<kineticLaw>{math(apply('times', 'k', 'A'))}<listOfParameters>"
            '<parameter id="k" value="2"/></listOfParameters></kineticLaw></reaction></listOfReactions>'
            f"<listOfEvents><event><trigger>{math(apply('gt', 'p', '0'))}</trigger>"
            f"<delay>{math('<cn>2</cn>')}</delay>"
            f'<listOfEventAssignments><eventAssignment variable="p">{math("<cn>5</cn>")}</eventAssignment>'
            "</listOfEventAssignments></event></listOfEvents>",
            version,
        )
    )
    assert [(c.size, c.dimensions) for c in found.compartments] == [(None, 3), (3, 2), (None, 0)]
    (a,), (v,), (event,) = found.species, found.reactions, found.events
    assert (a.initial_amount, a.initial_concentration, a.only_substance, a.constant) == (
        None,
        3,
        False,
        False,
    )
    assert (v.law, v.fast, v.reversible) == (K_TIMES_A, False, True)
    assert (v.reactants[0].stoichiometry, v.reactants[0].constant) == (1, True)
    assert (v.products[0].stoichiometry, v.products[0].constant) == (None, False)
    assert v.products[0].math is operation("add", symbol("p"), number(1))
    assert (event.initial_value, event.persistent, event.use_trigger_values) == (True, True, True)
    assert (event.delay, event.priority, event.assignments) == (number(2), None, (("p", number(5)),))
    assert (found.substance_unit, found.time_unit, found.volume_unit) == ("mole", "second", "litre")


def test_level_3() -> None:
    species = (
        '<species id="{}" compartment="cell" hasOnlySubstanceUnits="{}" '
        'boundaryCondition="false" constant="false"{}/>'
    )
    first = species.format("A", "true", ' conversionFactor="p"')
    found = read_definition(
        level3(
            CELL
            + f"<listOfSpecies>{first}{species.format('B', 'false', '')}"
            + f"</listOfSpecies><listOfParameters>{parameters('p')}</listOfParameters>"
            + '<listOfReactions><reaction id="v" '
            'reversible="false"><listOfReactants><speciesReference id="n" '
            'species="A" constant="false"/></listOfReactants></reaction></listOfReactions>'
            + '<listOfEvents><event id="e" useValuesFromTriggerTime="false"><trigger '
            'initialValue="false" persistent='
            f'"false">{math("<true/>")}</trigger><priority>{math("<ci>n</ci>")}</priority></event></listOfEvents>'
        )
    )
    a, b = found.species
    assert (a.only_substance, a.conversion_factor, a.initial_amount) == (True, "p", None)
    assert (b.only_substance, b.conversion_factor) == (False, "")
    (reference,) = found.reactions[0].reactants
    assert (reference.id, reference.stoichiometry, reference.constant) == ("n", None, False)
    (event,) = found.events
    assert (event.initial_value, event.persistent, event.use_trigger_values) == (False, False, False)
    assert event.priority is symbol("n")


def test_fast_is_no_word_of_level_3_version_2() -> None:
    reactions = '<listOfReactions><reaction id="v" reversible="false" fast="true"/></listOfReactions>'
    assert read_definition(level3(reactions, version=1)).reactions[0].fast
    with pytest.raises(SBMLError, match="'fast' is not part of"):
        read_definition(level3(reactions))


def test_empty_lists_are_read() -> None:
    assert read_definition(level2(OLD_CELL + "<listOfSpecies/><listOfReactions/>")).species == ()
    assert read_definition(level3("<listOfSpecies/>", version=1)).species == ()


def test_elements_without_math_have_no_effect() -> None:
    found = read_definition(
        level3(
            f"<listOfParameters>{parameters('p', 'q', constant=False)}</listOfParameters>"
            '<listOfInitialAssignments><initialAssignment symbol="p"/></listOfInitialAssignments>'
            '<listOfRules><rateRule variable="q"/></listOfRules>'
            '<listOfReactions><reaction id="v" reversible="false"><kineticLaw/></reaction></listOfReactions>'
            '<listOfEvents><event useValuesFromTriggerTime="true"><listOfEventAssignments>'
            '<eventAssignment variable="p"/></listOfEventAssignments></event></listOfEvents>'
        )
    )
    assert found.initial_assignments[0].math is None
    assert found.rules[0].math is None
    assert found.reactions[0].law is None
    assert (found.events[0].trigger, found.events[0].assignments) == (None, ())


def test_what_people_write_is_kept() -> None:
    notes = '<notes><p xmlns="http://www.w3.org/1999/xhtml">about p</p></notes>'
    annotation = '<annotation><x:y xmlns:x="urn:x"/></annotation>'
    found = read_definition(
        level3(
            '<listOfUnitDefinitions><unitDefinition id="per_minute"><listOfUnits><unit kind="second" '
            'exponent="-1" '
            'scale="0" multiplier="60"/></listOfUnits></unitDefinition></listOfUnitDefinitions>'
            '<listOfParameters>\n<parameter id="p" name="rate" metaid="_1" sboTerm="SBO:0000009" '
            'units="per_minute" '
            f'constant="true">{notes}{annotation}</parameter></listOfParameters>'
        )
    )
    (p,) = found.parameters
    assert (p.name, p.metaid, p.sbo, p.unit, p.line) == ("rate", "_1", "SBO:0000009", "per_minute", 2)
    assert "about p" in p.notes
    assert "urn:x" in p.annotation
    assert found.units[0].factors == (("second", -1.0, 0, 60.0),)


def test_units_of_single_laws_and_delays_are_converted() -> None:
    minute = (
        '<listOfUnitDefinitions><unitDefinition id="minute"><listOfUnits><unit kind="second" '
        'multiplier="60"/>'
        "</listOfUnits></unitDefinition></listOfUnitDefinitions>"
    )
    reaction = (
        '<listOfReactions><reaction id="v"><kineticLaw '
        'timeUnits="{}">{}</kineticLaw></reaction></listOfReactions>'
    )
    event = (
        "<listOfEvents><event "
        'timeUnits="minute"><trigger>{}</trigger><delay>{}</delay><listOfEventAssignments>'
        '<eventAssignment variable="p">{}</eventAssignment></listOfEventAssignments></event></listOfEvents>'
    )
    listed = '<listOfParameters><parameter id="p" value="1" constant="false"/></listOfParameters>'
    number_3 = math("<cn>3</cn>")
    found = read_definition(
        level2(
            minute
            + OLD_CELL
            + listed
            + reaction.format("minute", math("<ci>p</ci>"))
            + event.format(math("<true/>"), number_3, number_3),
            1,
        )
    )
    assert found.reactions[0].law is operation("mul", number(1 / 60), symbol("p")) or str(
        found.reactions[0].law
    ).startswith("0.0166666666")
    assert found.events[0].delay is number(180)
    with pytest.raises(UnsupportedSBMLError, match="'gram', which cannot be converted"):
        read_definition(level2(OLD_CELL + listed + reaction.format("gram", number_3), 1))


def test_local_parameters_hide_global_ones() -> None:
    law = (
        f'<kineticLaw>{math(apply("times", "k", "g"))}<listOfLocalParameters><localParameter id="k" '
        f'value="2"/></listOfLocalParameters></kineticLaw>'
    )
    found = read_definition(
        level3(
            f"<listOfParameters>{parameters('k', 'g')}</listOfParameters><listOfReactions>"
            f'<reaction id="v" reversible="false">{law}</reaction></listOfReactions>'
        )
    )
    assert found.reactions[0].law is operation("mul", symbol("v.k"), symbol("g"))


def test_a_stoichiometry_is_no_value_in_level_2() -> None:
    text = level2(
        OLD_CELL + '<listOfSpecies><species id="A" compartment="cell"/></listOfSpecies>'
        '<listOfReactions><reaction id="v"><listOfReactants><speciesReference id="n" '
        'species="A"/></listOfReactants>'
        f"<kineticLaw>{math('<ci>n</ci>')}</kineticLaw></reaction></listOfReactions>"
    )
    with pytest.raises(SBMLError, match="'n', which stands for no value"):
        read_definition(text)
