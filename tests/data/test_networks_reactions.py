"""The shipped reaction networks: what their files say, and what the papers said of their behavior."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import FileFormatError, InvalidValueError
from hybridcell._core.shipped import shipped_path
from hybridcell.data import datasets, networks
from hybridcell.data.networks.files import read_about
from hybridcell.data.networks.reaction_entry import ReactionEntry
from hybridcell.data.networks.reaction_files import read_reactions

NAMES = [name for name in networks.available() if isinstance(networks.load(name), ReactionEntry)]


@pytest.fixture(params=NAMES)
def entry(request):
    return networks.load(request.param)


def test_the_classics_are_here():
    assert len(NAMES) >= 10
    assert {"mapk_cascade", "repressilator", "toggle_switch", "cell_cycle", "glycolysis", "nfkb"} <= {*NAMES}
    assert {"jak_stat", "p53_mdm2"} <= {*NAMES}
    assert {"lotka_volterra", "predator_prey", "glycolytic_oscillator"} <= {*NAMES}


def test_the_file_is_valid_without_a_warning(entry):
    import libsbml

    document = libsbml.readSBMLFromFile(str(entry.path))
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_MODELING_PRACTICE, True)
    document.checkConsistency()
    errors = [document.getError(i).getMessage() for i in range(document.getNumErrors())]
    assert errors == []
    assert (document.getLevel(), document.getVersion()) == (3, 2)
    model = document.getModel()
    assert model.getId() == entry.name
    assert model.isSetNotes()
    assert entry.about["references"][0]["doi"] in model.getAnnotationString()
    everything = [model.getReaction(i) for i in range(model.getNumReactions())]
    everything += [model.getSpecies(i) for i in range(model.getNumSpecies())]
    assert all(element.isSetName() and element.isSetSBOTerm() for element in everything)


def test_it_says_what_it_is(entry):
    assert entry.counts["species"] == entry.text.count("<species ")
    assert len(entry.reference) > 50
    assert len(entry.readouts) >= 2
    assert {*entry.amounts} | {*entry.concentrations} == {*entry.reference.columns}
    assert "reaction" in repr(entry)
    assert next(iter(entry.readouts)) in entry._repr_html_()
    assert os.fspath(entry) == str(entry.path)
    doi = entry.about["references"][0]["doi"]
    assert doi.startswith("10.")
    assert doi in entry.readme_row()


def test_the_form_that_a_network_states_decides_who_reads_it():
    folder = shipped_path("networks", "nfkb")
    assert read_reactions(folder, read_about(folder)).reference.equals(networks.load("nfkb").reference)


def period(name, column):
    """Return the mean time between rises through the mean, of the second half of the reference."""
    values = networks.load(name).reference[column]
    t, y = values.index.to_numpy(), values.to_numpy() - values.iloc[len(values) // 2 :].mean()
    up = np.flatnonzero((y[:-1] < 0) & (y[1:] >= 0))
    at = t[up] - y[up] * (t[up + 1] - t[up]) / (y[up + 1] - y[up])
    at = at[at > t[-1] / 4]
    return np.diff(at).mean()


@pytest.mark.parametrize(
    ("name", "column", "published"),
    [
        ("cell_cycle", "pM", 35),  # minutes, Tyson 1991
        ("mitotic_oscillator", "C", 25),  # minutes, Goldbeter 1991
        ("mapk_oscillator", "MKKK", 20 * 60),  # Kholodenko 2000, Figure 2
    ],
)
def test_the_period_is_that_of_the_paper(name, column, published):
    assert_allclose(period(name, column), published, rtol=0.1)


@pytest.mark.parametrize(
    ("name", "column", "found"),
    [
        ("repressilator", "CI", 125),
        ("glycolysis", "ATP", 1.17),
        ("nfkb", "IkB", 2.1),
        ("p53_mdm2", "Mdm2", 6.8),
        ("predator_prey", "prey", 12.1),
    ],
)
def test_the_period_is_the_one_described(name, column, found):
    assert_allclose(period(name, column), found, rtol=0.05)


def test_every_start_of_prey_and_predators_keeps_its_orbit():
    entry = networks.load("lotka_volterra")
    k = {p.id: p.value for p in hc.read_sbml(entry).parameters}
    prey, predator = (entry.reference[id].to_numpy() for id in ("prey", "predator"))
    orbit = k["predation"] * (prey + predator) - k["death"] * np.log(prey) - k["growth"] * np.log(predator)
    assert_allclose(orbit, orbit[0], rtol=1e-7)
    assert np.ptp(prey) > 0.5


def late_extremes(network, column, start, t1):
    """Return the smallest and largest value of a column in the second half of a simulation."""
    found = hc.simulate(
        network, t1=t1, n_points=2001, conditions=[start], solve=hc.Solve(backend="numpy", rtol=1e-8)
    )[column][0]
    return found[1000:].min(), found[1000:].max()


@pytest.mark.parametrize(
    ("name", "column", "starts", "t1"),
    [
        ("predator_prey", "prey", ({"prey": 1.3, "predator": 1.0}, {"prey": 2.5, "predator": 0.1}), 400.0),
        ("glycolytic_oscillator", "ATP", ({"glucose": 8.0}, {"glucose": 2.0, "ATP": 6.0}), 1000.0),
    ],
)
def test_different_starts_end_on_one_limit_cycle(name, column, starts, t1):
    network = hc.read_sbml(networks.load(name))
    low, high = np.array([late_extremes(network, column, start, t1) for start in starts]).T
    assert_allclose(low, low[0], rtol=0.02)
    assert_allclose(high, high[0], rtol=0.02)
    assert high[0] > 1.5 * low[0]


def test_the_toggle_keeps_the_state_that_a_pulse_put_it_in():
    reference = networks.load("toggle_switch").reference
    assert (reference.loc[:10, "u"] > 100).all()
    assert reference["v"].iloc[-1] > 10
    assert reference["u"].iloc[-1] < 1
    assert reference["IPTG"].iloc[-1] == 0


def test_a_settled_cell_divides_when_its_mass_has_doubled():
    reference = networks.load("cell_division").reference
    assert reference["divisions"].iloc[-1] == 5
    assert_allclose(period("cell_division", "mass"), 75, rtol=0.05)
    assert 1.8 < reference["mass"].max() / reference["mass"].loc[200:].min() < 2.3


def test_a_pathway_recovers_after_the_last_dose():
    reference = networks.load("repeated_dosing").reference
    assert reference["taken"].iloc[-1] == 5
    assert reference["pERK"].loc[24:96].min() < 0.3
    assert reference["pERK"].iloc[-1] > 0.99


@pytest.mark.parametrize(
    ("name", "totals"),
    [
        ("mapk_oscillator", {100: ["MKKK", "MKKK_P"], 300: ["MAPK", "MAPK_P", "MAPK_PP"]}),
        ("glycolysis", {4: ["ATP", "ADP"], 1: ["NAD", "NADH"]}),
        ("robertson", {1: ["A", "B", "C"]}),
        ("cell_cycle", {1: ["C2", "CP", "pM", "M"]}),
    ],
)
def test_what_is_conserved_stays(name, totals):
    reference = networks.load(name).reference
    for total, parts in totals.items():
        assert_allclose(reference[parts].sum(axis=1), total, rtol=1e-9)


def test_screens_need_interactions():
    with pytest.raises(InvalidValueError, match="'nfkb' is a reaction network"):
        datasets.signaling(network="nfkb")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("network.toml", "time_unit", "time_unti", "the key 'time_unit' is missing"),
        ("network.toml", 'form = "sbml"', 'form = "sbmll"', "form is 'sbmll'; wanted one of"),
        ("network.toml", 'id = "v"', 'id = "vv"', "readouts: There is no id 'vv'"),
        ("network.toml", "amounts = []", 'amounts = ["w"]', "reference.amounts: There is no column 'w'"),
        ("network.toml", "doi =", "dio =", "the key 'doi' is missing"),
        ("network.toml", "points = 51", "points = 50", "51 rows up to 40; network.toml states 50"),
        ("model.xml", "</sbml>", "", "is not XML"),
        ("reference.csv", "time,u", "tme,u", "the first column is not time"),
        ("reference.csv", "time,u,v", "time,u,w", "There is no id 'w'"),
        ("reference.csv", "0,150,", "0,many,", "could not convert"),
        ("reference.csv", "0,150,", "0,,", "not finite"),
        ("reference.csv", "0,150,", "zero,150,", "could not convert string to float: 'zero'"),
    ],
)
def test_broken_files_are_refused(tmp_path, file, old, new, message):
    folder = tmp_path / "toggle_switch"
    shutil.copytree(shipped_path("networks", "toggle_switch"), folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FileFormatError, match=message):
        networks.read_network(folder)


def test_an_estimation_problem_may_come_with_a_network(tmp_path):
    assert networks.load("nfkb").petab is None
    found = networks.load("jak_stat").petab
    assert found is not None
    assert found.name == "jak_stat.yaml"
    folder = tmp_path / "jak_stat"
    shutil.copytree(shipped_path("networks", "jak_stat"), folder)
    (folder / "petab" / "other.yaml").write_text("", encoding="utf-8")
    with pytest.raises(FileFormatError, match="2 files that end in"):
        networks.read_network(folder)


def test_the_shipped_estimation_problem_is_one_of_the_truth_it_states():
    problem = hc.read_petab(networks.load("jak_stat").petab)
    assert len(problem.statement.experiments) == 2
    # 76 measurements, none of which was fitted
    assert_allclose(problem.chi2(), 76, atol=3 * np.sqrt(2 * 76))
    assert_allclose(problem.log_likelihood(), 121.6226, atol=1e-3)
    truth = problem.linear()
    assert truth["k1"] == 0.5
    constants = problem.model.parameters
    assert {id: constants[id].value for id in ("k1", "k2", "k3", "tau")} == {
        id: truth[id] for id in ("k1", "k2", "k3", "tau")
    }


def test_the_model_of_the_estimation_problem_is_valid_without_a_warning():
    import libsbml

    found = networks.load("jak_stat").petab
    assert found is not None
    document = libsbml.readSBMLFromFile(str(found.parent / "model.xml"))
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_MODELING_PRACTICE, True)
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []


@pytest.mark.parametrize(
    ("text", "message"), [("", "is no table: No columns"), ("time,u\n", "has no rows below")]
)
def test_a_reference_without_rows_is_refused(tmp_path, text, message):
    folder = tmp_path / "toggle_switch"
    shutil.copytree(shipped_path("networks", "toggle_switch"), folder)
    (folder / "reference.csv").write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match=f"reference.csv {message}"):
        networks.read_network(folder)
