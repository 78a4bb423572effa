"""Every file of tests/data/invalid: a typed error or warning that names element and line, quickly."""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import pytest

from hybridcell._core.errors import SBMLError, SBMLWarning, UnsupportedSBMLError
from hybridcell.io.sbml.read import read_definition

FOLDER = Path(__file__).resolve().parents[3] / "data" / "invalid"
#: file -> (element, line, what the message says); "" and 0 where there is none to name
ERRORS: dict[str, tuple[str, int, str]] = {
    "bad_number": ("k", 5, "double"),
    "circular_functions": ("f", 5, "circle: f, g"),
    "duplicate_id": ("k", 6, "taken by a parameter in line 5"),
    "entity_bomb": ("DOCTYPE", 2, "document type"),
    "external_entity": ("DOCTYPE", 2, "document type"),
    "law_without_math": ("v1", 8, "read_gnw"),
    "missing_attribute": ("k", 5, "'constant' is missing"),
    "no_model": ("sbml", 2, "no <model>"),
    "not_xml": ("", 1, "not well-formed XML"),
    "rule_for_constant": ("x", 8, "is constant"),
    "submodel_by_network": ("part", 10, "outside the folder"),
    "submodel_missing": ("part", 10, "Did you mean 'no_reactions.xml'"),
    "submodel_outside": ("part", 10, "outside the folder"),
    "submodel_unknown": ("model", 6, "'part'.* does not exist"),
    "truncated": ("", 8, "Is the file complete"),
    "two_rules": ("x", 11, "the first is in line 8"),
    "undefined_compartment": ("S1", 8, "Did you mean 'cell'"),
    "undefined_function": ("x", 9, "'hill', which is not defined"),
    "undefined_id": ("x", 9, "Did you mean 'rate_constant'"),
    "undefined_species": ("v1", 13, "Did you mean 'S1'"),
    "undefined_variable": ("y", 9, "does not exist"),
    "unknown_element": ("listOfSpeices", 4, "Did you mean 'listOfSpecies'"),
    "wrong_argument_count": ("x", 13, "with 2 arguments; it takes 1"),
    "wrong_namespace": ("sbml", 2, "Did you mean 'http://www.sbml.org/sbml/level3/version2/core'"),
    "wrong_operator": ("x", 8, "divide of 3 arguments"),
    "wrong_root": ("html", 2, "wanted <sbml>"),
    "wrong_version": ("sbml", 2, "level 3 version 1"),
}
UNSUPPORTED = {
    "fbc_required": ("sbml", 2, "'fbc' \\(flux balance\\)"),
    "spatial_required": ("sbml", 2, "'spatial'"),
    "unknown_package": ("sbml", 2, "'telepathy'"),
}
WARNINGS = {
    "constraint": "line 8: constraints are left aside",
    "nan_initial_value": "'S1', line 8: its initial amount is NaN",
    "units_mismatch": "'x', line 10: add of something in metre and something in second",
    "unknown_package_optional": "'sbml', line 2: the package 'telepathy' is left aside",
    "zero_size_compartment": "'cell', line 5: its size is 0",
}
#: Read without complaint: the second is found when the network's equations are made.
FINE = {"no_reactions", "circular_rules"}


def test_every_file_is_in_a_table() -> None:
    assert {p.stem for p in FOLDER.glob("*.xml")} == {*ERRORS, *UNSUPPORTED, *WARNINGS, *FINE}


@pytest.mark.parametrize("name", [*ERRORS, *UNSUPPORTED])
def test_faults_are_errors_that_name_element_and_line(name: str) -> None:
    element, line, message = (ERRORS | UNSUPPORTED)[name]
    start = time.process_time()
    with pytest.raises(SBMLError, match=message) as caught:
        read_definition(FOLDER / f"{name}.xml")
    assert time.process_time() - start < 1
    assert (caught.value.element, caught.value.line) == (element, line)
    assert isinstance(caught.value, UnsupportedSBMLError) == (name in UNSUPPORTED)


@pytest.mark.parametrize("name", WARNINGS)
def test_oddities_are_warnings(name: str) -> None:
    with pytest.warns(SBMLWarning, match=WARNINGS[name]):
        read_definition(FOLDER / f"{name}.xml")


@pytest.mark.parametrize("name", sorted(FINE))
def test_the_rest_is_read_in_silence(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_definition(FOLDER / f"{name}.xml")


def test_circular_rules_are_found_when_the_network_is_made() -> None:
    from hybridcell.io.sbml.read import read_sbml

    with pytest.raises(SBMLError, match="circle") as caught:
        read_sbml(FOLDER / "circular_rules.xml")
    assert caught.value.element in ("x", "y")
    assert caught.value.line > 0
