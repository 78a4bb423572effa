from __future__ import annotations

import sys

import pytest

from hybridcell._core.errors import UnsupportedSBMLError
from hybridcell._core.expressions import symbol
from hybridcell.io.sbml.dialect import LEVEL_2, Dialect
from hybridcell.io.sbml.level2_tags import Level2Writer
from hybridcell.io.sbml.reaction_tags import Writer
from hybridcell.mechanisms.reactions import elements as e


def writer(version=2):
    return Writer(Dialect(version=version), frozenset("A"))


def test_only_what_is_stated_is_written():
    assert writer().parameter(e.ParameterElement(id="k")) == '<parameter id="k" constant="true"/>'
    full = e.ParameterElement(
        id="k", name="a<b", unit="mole", sbo="SBO:0000009", metaid="m", value=0.1 + 0.2, constant=False
    )
    assert writer().parameter(full) == (
        '<parameter metaid="m" id="k" name="a&lt;b" sboTerm="SBO:0000009" value="0.30000000000000004" '
        'units="mole" constant="false"/>'
    )


def test_dimensions_are_whole_where_they_are():
    assert 'spatialDimensions="3"' in writer().compartment(e.Compartment(id="c"))
    assert 'spatialDimensions="2.5"' in writer().compartment(e.Compartment(id="c", dimensions=2.5))


def test_versions_differ_in_what_they_allow():
    rule = e.Rule(id="r", variable="x", kind="rate", math=symbol("k"))
    assert writer().rule(rule).startswith('<rateRule id="r" variable="x">')
    assert writer(1).rule(rule).startswith('<rateRule variable="x">')
    reaction = e.Reaction(id="v", fast=True)
    assert "fast" not in writer().reaction(reaction)
    assert 'fast="true"' in writer(1).reaction(reaction)


def test_empty_parts_stay_empty():
    assert writer().rule(e.Rule(kind="algebraic")) == "<algebraicRule/>"
    assert writer().event(e.Event(id="go")) == '<event id="go" useValuesFromTriggerTime="true"/>'
    assert writer().function(e.FunctionDefinition(id="f")) == '<functionDefinition id="f"/>'


@pytest.mark.parametrize("of", [writer(), writer(1), Level2Writer(LEVEL_2, frozenset("A"))])
def test_numbers_that_libsbml_does_not_read_are_refused(of):
    own = e.ParameterElement(id="v.k", value=1e-308)
    local = e.Reaction(id="v", law=symbol("v.k"), local_parameters=(own,))
    unit = e.UnitDefinition(id="tiny", factors=(("mole", 1.0, 0, 1e-310),))
    species = e.Species(id="A", compartment="c", initial_amount=-5e-324)
    for write, one, says in (
        (of.parameter, e.ParameterElement(id="k", value=1e-310), r"'k': its value is 1e-310, and libsbml"),
        (of.species_element, species, "'A': its initialAmount is -5e-324"),
        (of.reaction, local, "'v.k': its value is 1e-308"),
        (of.unit, unit, "'tiny': its multiplier is 1e-310"),
    ):
        with pytest.raises(UnsupportedSBMLError, match=rf"{says}.*2.23e-308.*Set it to 0"):
            write(one)
    smallest = e.ParameterElement(id="k", value=sys.float_info.min)
    assert 'value="2.2250738585072014e-308"' in of.parameter(smallest)
    assert 'value="0.0"' in of.parameter(e.ParameterElement(id="k", value=0.0))
