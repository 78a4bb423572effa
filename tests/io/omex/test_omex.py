from __future__ import annotations

import json
import subprocess
import sys
import warnings
import zipfile
from datetime import date
from importlib.util import find_spec
from types import SimpleNamespace
from xml.etree import ElementTree

import anndata
import jax.random as jr
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, SBMLError, SBMLWarning, UnknownNameError
from hybridcell.io.digest import data_digest
from hybridcell.io.omex import Experiment
from tests.io.sbml.hybrids import network, rate_hybrid
from tests.io.sbml.test_hybrid_export import assert_same_dynamics
from tests.io.sbml.texts import BINDING

FILES = ["manifest.xml", "model.xml", "simulation.sedml", "metadata.rdf", "weights.json", "provenance.json"]


def write(model, folder, **options):
    return hc.write_omex(model, folder / "model.omex", **{"resimulate": False, **options}).path


def read(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return hc.read_omex(path)


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path, **changes):
    """Write the archive again with files changed; None takes one out."""
    files = {**contents(path), **{name.replace("__", "."): text for name, text in changes.items()}}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, content)
    return path


@pytest.mark.parametrize("level", ["3.2", "2.4"])
def test_a_hybrid_comes_back_with_its_experiments(level, tmp_path):
    hybrid = rate_hybrid("glycolysis", "gapdh", width=3)
    conditions = [{}, {"glucose": 1 / 3, "J0": 2.0}]
    path = write(hybrid, tmp_path, conditions=conditions, t1=5.0, n_points=11, level=level)
    found = read(path)
    assert found.verified
    assert list(found.files) == FILES
    assert_same_dynamics(hybrid, found.model)
    assert found.experiments == (
        Experiment("control", {}, end=5.0, n_points=11),
        Experiment("glucose=0.333333, J0=2", conditions[1], end=5.0, n_points=11),
    )
    solve = hc.Solve(backend="numpy")
    run = hc.simulate(found.model, t1=1.0, conditions=dict(found.experiments[1].changes), solve=solve)
    ours = hc.simulate(hybrid, t1=1.0, conditions=conditions[1], solve=solve)
    np.testing.assert_allclose(run.values, ours.values, rtol=1e-6)
    assert "2 experiments, verified" in repr(found)
    assert "verified" in found._repr_html_()


def test_weights_keep_all_their_digits(tmp_path):
    hybrid = rate_hybrid("robertson", "slow", width=2)
    found = read(write(hybrid, tmp_path))
    hole = hybrid.holes.holes[0]
    stored = found.weights[hole.id]
    now = dict(zip(hybrid.equations.constants, np.asarray(hybrid.values).tolist()))
    assert all(stored["values"][id] == now[id] for id in (*hole.weights, *hole.scales))
    assert stored["targets"] == ["slow"]
    assert found.provenance["seeds"] == {hole.id: "0 0"}


def test_a_local_parameter_can_be_changed(tmp_path):
    net = hc.read_sbml(BINDING)
    for level in ("3.2", "2.4"):
        found = read(write(net, tmp_path, conditions={"bind.k": 0.25, "A": 3.0}, t1=1.0, level=level))
        assert dict(found.experiments[0].changes) == {"bind.k": 0.25, "A": 3.0}


def test_what_was_trained_on_is_known_by_its_hash(tmp_path):
    obs = pd.DataFrame({"time": [0.0, 2.0, 4.0]}, index=list("abc"))
    data = anndata.AnnData(np.zeros((3, 1)), obs=obs, var=pd.DataFrame(index=["A"]))
    data.obsm["doses"] = pd.DataFrame({"A": [1.0, 1.0, np.nan]}, index=list("abc"))
    fitted = SimpleNamespace(best=network("robertson"), train=data)
    found = read(write(fitted, tmp_path, date="2026-01-31"))
    assert found.provenance["data"] == {"sha256": data_digest(data)}
    assert found.provenance["date"] == "2026-01-31"
    assert b"2026-01-31" in contents(tmp_path / "model.omex")["metadata.rdf"]
    assert [(one.name, dict(one.changes), one.end) for one in found.experiments] == [
        ("a", {"A": 1.0}, 4.0),
        ("c", {}, 4.0),
    ]
    (tmp_path / "data.csv").write_text("x", "utf-8")
    by_file = read(write(network("robertson"), tmp_path, data=tmp_path / "data.csv"))
    assert by_file.provenance["data"] == {"sha256": data_digest(tmp_path / "data.csv")}
    assert by_file.experiments[0].is_steady_state


def test_a_fit_brings_its_model_card_along(tmp_path):
    card = "# Model card: a\n\nWritten {date}, 5 \u00b5M.\n"
    fitted = SimpleNamespace(
        best=rate_hybrid("robertson", "slow", width=2), train=None, card=lambda date: card.format(date=date)
    )
    path = write(fitted, tmp_path, t1=1.0, date="2026-01-31")
    found = read(path)
    assert found.verified
    assert found.card == card.format(date="2026-01-31")
    assert list(found.files) == [*FILES[:-1], "card.md", FILES[-1]]
    assert found.provenance["sha256"]["card.md"]
    assert (
        b'location="./card.md" format="http://purl.org/NET/mediatypes/text/markdown"'
        in (contents(path)["manifest.xml"])
    )
    with pytest.raises(hc.HybridCellError, match=r"'card.md' in the archive is not what was written"):
        read(rewritten(path, card__md="other"))
    # without its neural part it is another model, which the card does not speak of
    assert read(write(fitted, tmp_path, t1=1.0, neural="omit")).card == ""
    assert read(write(network("robertson"), tmp_path, t1=1.0)).card == ""


def test_a_screen_becomes_steady_states(small_network, tiny_screen, tmp_path):
    hybrid = small_network + hc.NeuralResidual(width=2, key=jr.key(0))
    found = read(write(hybrid, tmp_path, data=tiny_screen))
    assert all(one.is_steady_state for one in found.experiments)
    assert any("u_aMEK" in one.changes for one in found.experiments)
    assert set(found.weights) == {"residual1"}
    assert found.weights["residual1"]["layers"][0]["weights"]
    with pytest.raises(InvalidValueError, match="'ERK' is no input of the file"):
        write(hybrid, tmp_path, conditions={"ERK": 1.0})
    assert "weights.json" not in contents(write(hybrid, tmp_path, neural="omit"))


@pytest.mark.parametrize(
    "conditions",
    [
        {"low": {"k1": 0.1}, "high": {"k1": 2.0}},
        pd.DataFrame({"k1": [0.1, 2.0]}, index=["low", "high"]),
    ],
)
def test_conditions_may_have_names(conditions, tmp_path):
    net = network("robertson")
    k = net.parameters[0].id
    renamed = (
        conditions.rename(columns={"k1": k})
        if isinstance(conditions, pd.DataFrame)
        else {name: {k: row["k1"]} for name, row in conditions.items()}
    )
    found = read(write(net, tmp_path, conditions=renamed, t1=1.0))
    assert [one.name for one in found.experiments] == ["low", "high"]


def test_wrong_arguments_are_refused_and_leave_no_file(tmp_path):
    net = network("robertson")
    for error, options, text in (
        (UnknownNameError, {"conditions": {"nothing": 1.0}}, "no value in the model's file"),
        (InvalidValueError, {"conditions": 3}, "wanted None, a dict"),
        (InvalidValueError, {"t1": -1.0}, "t1 is -1"),
        (InvalidValueError, {"n_points": 1}, "n_points is 1"),
        (InvalidValueError, {"date": "today"}, "wanted one like '2026-01-31'"),
        (InvalidValueError, {"date": "2026-01-31 or so"}, "date is '2026-01-31 or so'"),
        (InvalidValueError, {"date": date(2026, 1, 31)}, r"date is datetime.date\(2026, 1, 31\); wanted"),
        (InvalidValueError, {"data": 3}, "data is a int"),
    ):
        with pytest.raises(error, match=text):
            write(net, tmp_path, **options)
    assert list(tmp_path.iterdir()) == []


def test_equal_models_give_equal_archives(tmp_path):
    first = write(rate_hybrid("robertson", "slow", width=2), tmp_path, t1=1.0).read_bytes()
    assert write(rate_hybrid("robertson", "slow", width=2), tmp_path, t1=1.0).read_bytes() == first


def test_other_programs_find_their_files(tmp_path):
    files = contents(write(rate_hybrid("robertson", "slow", width=2), tmp_path, t1=1.0, level="2.4"))
    named = {e.get("location"): e.attrib for e in ElementTree.fromstring(files["manifest.xml"])}
    assert named["./model.xml"]["format"].endswith("sbml.level-2.version-4")
    assert named["./simulation.sedml"]["master"] == "true"
    assert set(named) == {".", *(f"./{name}" for name in FILES)}
    root = ElementTree.fromstring(files["simulation.sedml"])
    assert root.tag == "{http://sed-ml.org/sed-ml/level1/version4}sedML"
    course = root.find("{*}listOfSimulations/{*}uniformTimeCourse")
    assert course is not None
    assert course.get("numberOfSteps") == "100"
    assert json.loads(files["provenance.json"])["written_by"] == f"hybridcell {hc.__version__}"


@pytest.mark.skipif(
    find_spec("libsedml") is None, reason="libsedml is not installed (pip install python-libsedml)"
)
def test_libsedml_finds_no_error(tmp_path):
    # in a process of its own: libsedml and libsbml spoil each other's types
    path = write(network("robertson"), tmp_path, conditions=[{}, {"A": 0.5}], t1=1.0)
    (tmp_path / "s.sedml").write_bytes(contents(path)["simulation.sedml"])
    code = f"import libsedml; print(libsedml.readSedMLFromFile({str(tmp_path / 's.sedml')!r}).getNumErrors())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "0"


def test_experiments_of_other_programs_are_read(tmp_path):
    path = write(network("robertson"), tmp_path, conditions={"A": 0.5}, t1=2.0)
    sedml = contents(path)["simulation.sedml"].decode()
    sedml = sedml.replace("numberOfSteps", "numberOfPoints")
    sedml = sedml.replace("<listOfChanges>", '<listOfChanges><addXML target="/sbml:sbml"/>')
    sedml = sedml.replace(
        "</listOfTasks>", '<repeatedTask id="again"/><task id="t" modelReference="nowhere"/></listOfTasks>'
    )
    rewritten(path, simulation__sedml=sedml, provenance__json=None)
    with pytest.warns(SBMLWarning, match="is left aside") as caught:
        found = hc.read_omex(path)
    assert len(caught) == 3
    assert not found.verified
    assert "without hashes" in repr(found)
    assert found.experiments[0].n_points == 101
    assert dict(found.experiments[0].changes) == {"A": 0.5}
    rewritten(path, simulation__sedml=None)
    assert hc.read_omex(path).experiments == ()


def test_an_amount_is_not_read_as_a_concentration(tmp_path):
    path = write(network("robertson"), tmp_path, conditions={"A": 0.5}, t1=2.0)
    sedml = contents(path)["simulation.sedml"].decode()
    swapped = {"initialAmount": "initialConcentration", "initialConcentration": "initialAmount"}
    here = "initialAmount" if "initialAmount" in sedml else "initialConcentration"
    rewritten(path, simulation__sedml=sedml.replace(here, swapped[here]), provenance__json=None)
    with pytest.warns(SBMLWarning, match="is left aside"):
        assert dict(hc.read_omex(path).experiments[0].changes) == {}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"model__xml": "<sbml/>"}, "is not what was written"),
        ({"weights__json": None}, "lacks 'weights.json'"),
        ({"manifest__xml": None}, "has no manifest.xml"),
        ({"manifest__xml": "<omexManifest", "provenance__json": None}, "not well-formed XML"),
        ({"manifest__xml": "<omexManifest/>", "provenance__json": None}, "no SBML file"),
        ({"provenance__json": "[1]"}, "wanted an object"),
        ({"provenance__json": "{"}, "is no JSON"),
        (
            {"manifest__xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "provenance__json": None},
            "document type",
        ),
        ({"model__xml": b"\xff\xfe\x00", "provenance__json": None}, "not UTF-8"),
        ({"../evil": "x"}, "leads out of it"),
        ({"/etc/evil": "x"}, "leads out of it"),
        ({"..\\evil": "x"}, "leads out of it"),
        ({"C:evil": "x"}, "leads out of it"),
        ({"bomb": b"\0" * 2**23}, "times its size"),
    ],
)
def test_damaged_and_dangerous_archives_are_refused(changes, text, tmp_path):
    path = write(rate_hybrid("robertson", "slow", width=1), tmp_path, t1=1.0)
    files = contents(path)
    changes = {name.replace("__", "."): value for name, value in changes.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, **changes}.items():
            if content is not None:
                info = zipfile.ZipInfo("x")
                info.filename = name  # past the cleaning of names
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, content)
    with pytest.raises(hc.HybridCellError, match=text) as caught:
        hc.read_omex(path)
    assert type(caught.value).__name__ == "FileFormatError"


def test_other_dangers_are_refused(tmp_path):
    path = write(network("robertson"), tmp_path, t1=1.0)
    with pytest.raises(hc.HybridCellError, match="Raise max_bytes"):
        hc.read_omex(path, max_bytes=100)
    files = contents(path)
    for entries, text in (
        ([("a", 0o120777 << 16), ("b", 0)], "is a link"),
        ([("./a", 0), ("a", 0)], "two files 'a'"),
        ([(f"f{i}", 0) for i in range(1001)], "at most 1,000"),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            for name, attributes in entries:
                info = zipfile.ZipInfo(name)
                info.external_attr = attributes
                archive.writestr(info, "x")
        with pytest.raises(hc.HybridCellError, match=text):
            hc.read_omex(path)
    path.write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(hc.HybridCellError, match="Is the download complete"):
        hc.read_omex(path)
    with pytest.raises(hc.HybridCellError, match="There is no file"):
        hc.read_omex(tmp_path / "other.omex")
    assert files


def test_every_cut_of_an_archive_is_refused_in_peace(tmp_path):
    path = write(network("robertson"), tmp_path, t1=1.0)
    whole = path.read_bytes()
    for cut in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:cut])
        with pytest.raises(hc.HybridCellError):
            hc.read_omex(path)


def test_a_wrong_model_is_an_error_of_its_file(tmp_path):
    path = write(network("robertson"), tmp_path, t1=1.0)
    rewritten(path, model__xml="<sbml/>", provenance__json=None)
    with pytest.raises(SBMLError):
        hc.read_omex(path)


def test_a_time_course_without_numbers_is_refused(tmp_path):
    path = write(network("robertson"), tmp_path, t1=1.0)
    sedml = contents(path)["simulation.sedml"].decode().replace('numberOfSteps="100"', "")
    rewritten(path, simulation__sedml=sedml, provenance__json=None)
    with pytest.raises(hc.HybridCellError, match="lacks a number"):
        hc.read_omex(path)
