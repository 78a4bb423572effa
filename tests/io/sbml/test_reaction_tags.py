from __future__ import annotations

from hybridcell._core.expressions import symbol
from hybridcell.io.sbml.dialect import Dialect
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
