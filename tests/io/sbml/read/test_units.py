"""Units and the check that they match."""

from __future__ import annotations

import warnings

import pytest

from hybridcell._core.errors import SBMLWarning
from hybridcell.io.sbml.read import read_definition
from hybridcell.io.sbml.read.units import DIMENSIONLESS, unit_table
from hybridcell.mechanisms.reactions.elements import UnitDefinition
from tests.io.sbml.read.small import apply, level2, level3, math

UNITS = (
    '<listOfUnitDefinitions><unitDefinition id="per_second"><listOfUnits><unit kind="second" exponent="-1" '
    'scale="0" multiplier="1"/></listOfUnits></unitDefinition><unitDefinition id="mM"><listOfUnits>'
    '<unit kind="mole" exponent="1" scale="-3" multiplier="1"/><unit kind="litre" exponent="-1" scale="0" '
    'multiplier="1"/></listOfUnits></unitDefinition></listOfUnitDefinitions>'
)
PARAMETERS = {"k": "per_second", "t": "second", "d": "metre", "c": "mM", "n": "dimensionless", "u": ""}


def model(content: str, variable: str, kind: str) -> str:
    def parameter(sid: str, unit: str, constant: str) -> str:
        units = f'units="{unit}" ' if unit else ""
        return f'<parameter id="{sid}" value="1" {units}constant="{constant}"/>'

    listed = "".join(parameter(sid, unit, "true") for sid, unit in PARAMETERS.items())
    listed += "".join(
        parameter(f"x_{unit or 'any'}", unit, "false") for unit in (*set(PARAMETERS.values()), "litre")
    )
    rule = f'<listOfRules><{kind}Rule variable="x_{variable}">{math(content)}</{kind}Rule></listOfRules>'
    text = level3(f"{UNITS}<listOfParameters>{listed}</listOfParameters>{rule}")
    return text.replace('<model id="m">', '<model id="m" timeUnits="second">')


@pytest.mark.parametrize(
    ("content", "variable", "kind"),
    [
        (apply("times", "k", "t"), "dimensionless", "assignment"),
        (apply("times", "2", "t"), "second", "assignment"),  # numbers have any unit
        (apply("plus", "t", "u"), "second", "assignment"),  # and so has what has none
        (apply("divide", "t", "d"), "any", "assignment"),
        (apply("divide", "1", "t"), "per_second", "assignment"),
        (apply("root", apply("times", "t", "t")), "second", "assignment"),
        (apply("power", "k", "-1"), "second", "assignment"),
        (apply("exp", apply("times", "k", "t")), "dimensionless", "assignment"),
        ("<ci>k</ci>", "dimensionless", "rate"),
        (apply("times", "k", "c"), "mM", "rate"),
    ],
)
def test_what_matches_is_read_in_silence(content: str, variable: str, kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_definition(model(content, variable, kind))


@pytest.mark.parametrize(
    ("content", "variable", "kind", "message"),
    [
        (apply("plus", "t", "d"), "any", "assignment", "add of something in second and something in metre"),
        (apply("lt", "t", "d"), "any", "assignment", "lt of something in second"),
        (apply("exp", "t"), "any", "assignment", "exp of something in second; wanted dimensionless"),
        ("<ci>t</ci>", "metre", "assignment", "its math is in second; wanted metre"),
        ("<ci>t</ci>", "second", "rate", "its math is in second; wanted dimensionless"),
        (apply("times", "c", "t"), "mM", "assignment", r"wanted metre\^-3 mole"),
    ],
)
def test_what_does_not_match_is_one_warning(content: str, variable: str, kind: str, message: str) -> None:
    with pytest.warns(SBMLWarning, match=message) as caught:
        read_definition(model(content, variable, kind))
    assert len(caught) == 1


def test_units_are_products_of_powers() -> None:
    table = unit_table(
        [
            UnitDefinition(id="minute", factors=(("second", 1, 0, 60.0),)),
            UnitDefinition(id="mM", factors=(("mole", 1, -3, 1.0), ("litre", -1, 0, 1.0))),
            UnitDefinition(id="huge", factors=(("second", 200, 100, 1.0),)),
            UnitDefinition(id="wrong", factors=(("parsec", 1, 0, 1.0),)),
        ]
    )
    minute, concentration, second = table["minute"], table["mM"], table["second"]
    assert minute is not None
    assert concentration is not None
    assert second is not None
    assert minute.same_kind(second)
    assert not minute.same(second)
    assert str(minute) == "60 second"
    assert str(concentration) == "metre^-3 mole"
    assert minute.times(minute, -1).same(DIMENSIONLESS)
    assert str(table["huge"]) == "? second^200"
    assert table["wrong"] is None


def test_units_that_are_not_defined_are_a_warning() -> None:
    text = level3(
        '<listOfParameters>\n<parameter id="p" value="1" units="secnd" constant="true"/></listOfParameters>'
    )
    with pytest.warns(
        SBMLWarning, match="'p', line 2: its unit 'secnd' is not defined; did you mean 'second'"
    ):
        read_definition(text)


def test_areas_of_old_levels_are_defined() -> None:
    text = level2(
        '<listOfCompartments><compartment id="film" spatialDimensions="2" units="area"/></listOfCompartments>'
    )
    found = read_definition(text)
    assert found.area_unit == "area"
    assert [(u.id, u.factors) for u in found.units] == [("area", (("metre", 2.0, 0, 1.0),))]
