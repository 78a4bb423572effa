"""What a file says beside the network is counted, and the report of an export lists it."""

from __future__ import annotations

import warnings

import hybridcell as hc
from hybridcell.io.sbml.read import read_definition
from hybridcell.mechanisms import ReactionNetwork
from hybridcell.mechanisms.reactions.elements import Definition
from tests.io.sbml.read.small import level2, level3, math

BODY = (
    '<listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments>'
    '<listOfParameters><parameter id="x" value="1" constant="true"/></listOfParameters>'
)
CONSTRAINT = f"<constraint>{math('<apply><gt/><ci>x</ci><cn>0</cn></apply>')}</constraint>"
LAYOUT = "http://www.sbml.org/sbml/level3/version1/layout/version1"


def read(text: str) -> Definition:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read_definition(text)


def test_nothing_is_left_aside() -> None:
    assert read(level3(BODY)).left_aside == ()


def test_constraints_are_counted_and_an_export_is_not_exact(tmp_path) -> None:
    definition = read(level3(f"{BODY}<listOfConstraints>{2 * CONSTRAINT}</listOfConstraints>"))
    assert definition.left_aside == (("constraints", 2),)
    report = hc.write_sbml(ReactionNetwork.from_definition(definition), tmp_path / "m.xml", resimulate=False)
    assert ("constraints", 2, "left out", "which changes no number") in report.elements
    assert not report.is_exact
    assert "constraints left out" in repr(report)


def test_layouts_are_counted_where_there_are_some() -> None:
    declared = f'xmlns:layout="{LAYOUT}" layout:required="false"'
    assert read(level3(BODY, attributes=declared)).left_aside == ()
    layouts = (
        '<layout:listOfLayouts><layout:layout layout:id="l">'
        '<layout:dimensions layout:width="1" layout:height="1"/></layout:layout></layout:listOfLayouts>'
    )
    ((what, count),) = read(level3(BODY + layouts, attributes=declared)).left_aside
    assert what == "elements of the package layout"
    assert count > 1


def test_what_only_older_levels_have_is_counted() -> None:
    body = (
        '<listOfCompartmentTypes><compartmentType id="t"/></listOfCompartmentTypes>'
        '<listOfSpeciesTypes><speciesType id="s"/></listOfSpeciesTypes>'
        '<listOfCompartments><compartment id="c" size="1"/><compartment id="d" size="1" outside="c"/>'
        '</listOfCompartments><listOfSpecies><species id="A" compartment="c" initialAmount="1" charge="2"/>'
        "</listOfSpecies>"
    )
    assert read(level2(body, 2)).left_aside == (
        ("compartment types", 1),
        ("species types", 1),
        ("compartments inside of others", 1),
        ("charges of species", 1),
    )
