"""Networks whose drugs are given as doses, written as SBML and simulated again by others."""

from __future__ import annotations

import libsbml
import numpy as np
import pytest

import hybridcell as hc
from tests.io.sbml.test_write import hybrid_of, read


@pytest.fixture(scope="module")
def dosed():
    """Return two drugs on a small loop; the dose layer alone holds their nodes."""
    nodes, kinds = ["MEK", "ERK", "growth"], ["protein", "protein", "phenotype"]
    network = hc.CellBox(nodes, kinds, [[0, -0.3, 0], [0.8, 0, 0], [0, 0.7, 0]], clamp=False)
    layer = hc.DoseLayer(
        ["MEKi", "ERKi"],
        targets={"MEKi": "MEK", "ERKi": "ERK"},
        ec50={"MEKi": 0.2, "ERKi": 3.0},
        hill={"MEKi": 1.7, "ERKi": 0.8},
        maximum=-1.5,
        unit="nM",
    )
    return network.with_doses(layer)


@pytest.mark.parametrize("level", ["3.2", "2.4"])
def test_every_simulator_finds_the_same_courses(dosed, tmp_path, level):
    report = hc.write_sbml(hybrid_of(dosed), tmp_path / "m.xml", condition={"MEKi": 0.4}, level=level)
    assert report.messages == ()
    assert report.is_exact
    assert report.inputs == {"MEKi": "u_MEKi", "ERKi": "u_ERKi"}
    assert max(report.deviations.values()) < 1e-8
    assert ("dose curves", 2) in [row[:2] for row in report.elements]


def test_the_file_has_the_curves_with_all_digits(dosed, tmp_path):
    model = read(hc.write_sbml(dosed, tmp_path / "m.xml", condition={"ERKi": 1.5}, resimulate=False).path)
    value = lambda id: model.getParameter(id).getValue()  # noqa: E731
    assert [value("ec50_MEKi"), value("ec50_ERKi")] == np.asarray(dosed.doses.ec50).tolist()
    assert [value("hill_MEKi"), value("hill_ERKi")] == np.asarray(dosed.doses.hill).tolist()
    assert [value("u_MEKi"), value("u_ERKi")] == [0.0, 1.5]
    assert model.getParameter("u_MEKi").getName() == "dose of MEKi, nM"
    rule = model.getAssignmentRuleByVariable("occupancy_MEKi").getMath()
    assert libsbml.formulaToL3String(rule) == "u_MEKi^hill_MEKi / (ec50_MEKi^hill_MEKi + u_MEKi^hill_MEKi)"
    assert "doses in nM" in model.getNotesString()


def test_without_any_drug_nothing_happens(dosed, tmp_path):
    report = hc.write_sbml(dosed, tmp_path / "m.xml", resimulate=False)
    solve = hc.Solve(backend="numpy")
    course = hc.simulate(hc.read_sbml(report.path), t1=50.0, n_points=3, solve=solve)
    for name in dosed.names:
        np.testing.assert_array_equal(course[report.ids[name]], 0.0)
