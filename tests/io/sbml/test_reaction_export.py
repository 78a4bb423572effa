from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import HybridCellError, InvalidValueError, UnknownNameError
from hybridcell.io.sbml.read import read_sbml
from hybridcell.mechanisms import ReactionNetwork
from tests.io.sbml.texts import BINDING, EVERYTHING

HAS_ROADRUNNER = find_spec("roadrunner") is not None
CLOSE = 1e-6


def test_a_network_is_written_with_all_that_it_says(tmp_path):
    network = read_sbml(BINDING)
    report = hc.write_sbml(network, tmp_path / "model.xml", resimulate=False)
    assert report.is_exact
    assert report.messages == ()
    assert report.level == "SBML Level 3 Version 2"
    assert ("local parameters", 1, "exact", "inside their reactions") in report.elements
    assert repr(report) == "ExportReport(model.xml: SBML Level 3 Version 2, 3 species; exact; valid)"
    assert "not asked for" in report._repr_html_()
    again = read_sbml(tmp_path / "model.xml")
    assert again.parameters["bind.k"].unit == "association"
    assert again.species["A"].annotations == network.species["A"].annotations
    assert again.definition.notes_text == "A & B\nbind"
    assert again.equations.constants == network.equations.constants
    np.testing.assert_array_equal(again.values, network.values)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, True, "0.5", None, [1.0], np.ones(1)])
def test_a_condition_that_is_no_finite_number_leaves_no_file(value, tmp_path):
    network = read_sbml(BINDING)
    with pytest.raises(InvalidValueError, match=r"condition sets 'A' to .*; wanted a finite number"):
        hc.write_sbml(network, tmp_path / "model.xml", condition={"A": value}, resimulate=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [0.25, np.float32(0.25), np.array(0.25)])
def test_a_number_of_numpy_is_a_number_of_a_condition(value, tmp_path):
    hc.write_sbml(read_sbml(BINDING), tmp_path / "model.xml", condition={"A": value}, resimulate=False)
    assert read_sbml(tmp_path / "model.xml").species["A"].initial_amount == 0.25


def test_values_of_the_network_and_of_a_condition_are_written(tmp_path):
    network = read_sbml(BINDING).with_values({"kr": 0.7, "A": 12.5})
    hc.write_sbml(network, tmp_path / "model.xml", condition={"bind.k": 0.1 + 0.7}, resimulate=False)
    again = read_sbml(tmp_path / "model.xml")
    assert again.parameters["kr"].value == 0.7
    assert again.parameters["bind.k"].value == 0.1 + 0.7
    assert again.species["A"].initial_amount == 12.5
    assert again.species["A"].initial_concentration is None
    with pytest.raises(UnknownNameError, match="Did you mean 'kr'"):
        hc.write_sbml(network, tmp_path / "other.xml", condition={"kk": 1.0})
    with pytest.raises(InvalidValueError, match="wanted values by id"):
        hc.write_sbml(network, tmp_path / "other.xml", condition=[{}])
    assert [p.name for p in tmp_path.iterdir()] == ["model.xml"]


@pytest.mark.parametrize("text", [BINDING, EVERYTHING], ids=["binding", "everything"])
def test_trajectories_come_back(text, tmp_path):
    network = read_sbml(text)
    hc.write_sbml(network, tmp_path / "model.xml", resimulate=False)
    solve = hc.Solve(backend="numpy", rtol=1e-9, atol=1e-12)
    runs = [
        hc.simulate(one, t1=5.0, n_points=11, solve=solve).values
        for one in (network, read_sbml(tmp_path / "model.xml"))
    ]
    np.testing.assert_allclose(runs[1], runs[0], rtol=CLOSE, atol=CLOSE * CLOSE)


@pytest.mark.skipif(not HAS_ROADRUNNER, reason="libRoadRunner is not installed (pip install libroadrunner)")
def test_libroadrunner_gets_the_same_numbers(tmp_path):
    network = read_sbml(BINDING)
    report = hc.write_sbml(network, tmp_path / "model.xml")
    assert report.deviation is not None
    assert report.deviation < CLOSE
    assert report.deviations["libRoadRunner"] == report.deviation
    assert report.deviations["hybridcell"] < CLOSE
    assert report.load_seconds is not None


def test_what_is_not_simulated_says_why(tmp_path):
    report = hc.write_sbml(read_sbml(EVERYTHING), tmp_path / "model.xml")
    assert report.deviation is None
    assert "events" in report.deviation_note


def test_fast_reactions_come_with_a_warning(tmp_path):
    definition = read_sbml(BINDING).definition
    first, second = definition.reactions
    fast = ReactionNetwork.from_definition(replace(definition, reactions=(replace(first, fast=True), second)))
    report = hc.write_sbml(fast, tmp_path / "model.xml", resimulate=False)
    assert report.level == "SBML Level 3 Version 1"
    assert "fast reactions" in report.warnings[0]


def test_packages_are_left_out(tmp_path):
    definition = replace(read_sbml(BINDING).definition, packages=("layout",))
    report = hc.write_sbml(ReactionNetwork.from_definition(definition), tmp_path / "m.xml", resimulate=False)
    assert not report.is_exact
    assert "package layout left out" in repr(report)


def test_what_is_no_sbml_leaves_no_file(tmp_path):
    network = read_sbml(BINDING)
    definition = replace(network.definition, time_unit="fortnight")
    with pytest.raises(HybridCellError, match="Nothing was written"):
        hc.write_sbml(ReactionNetwork.from_definition(definition), tmp_path / "m.xml", resimulate=False)
    assert list(tmp_path.iterdir()) == []


def test_of_an_ensemble_the_best_network_is_written(tmp_path):
    class Best:
        best = read_sbml(BINDING)

    assert hc.write_sbml(Best(), tmp_path / "m.xml", resimulate=False).is_exact
