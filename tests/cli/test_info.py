from __future__ import annotations

import pytest

import hybridcell as hc
from hybridcell._core.errors import FileFormatError, UnknownNameError
from hybridcell.cli.info import describe


def test_a_data_set_a_network_and_a_recipe_go_by_name():
    both = describe("demo")
    assert "163 (1 control, 18 single, 144 pair)" in both
    assert "39 (27 protein, 3 phenotype, 9 drug)" in both
    assert "demo.toml: recipe" in both
    assert "76" in describe("mapk_pi3k")


def test_a_screen_in_a_file(tmp_path):
    path = tmp_path / "screen.h5ad"
    hc.datasets.signaling(drugs=["aMEK", "aAKT"], doses=[1.0], times=[1.0, 3.0], replicates=2).write_h5ad(
        path
    )
    text = describe(str(path))
    assert "screen.h5ad: perturbation screen" in text
    assert "2: aMEK, aAKT" in text
    assert "times" in text
    assert "replicates" in text


def test_a_saved_model(tmp_path):
    model = hc.CellBox(["ERK", "aMEK"], ["protein", "drug"], [[0, 0.8], [0, 0]])
    hc.save(model, tmp_path / "model.hc")
    assert "CellBox" in describe(str(tmp_path / "model.hc"))


def test_a_recipe_file_and_a_network_file(tmp_path):
    from hybridcell._core.shipped import shipped_path

    assert "[fit_ensemble]" in describe(str(shipped_path("training", "demo")))
    assert "with known truth" in describe(str(shipped_path("networks", "mapk_pi3k") / "network.toml"))
    reactions = describe("cell_division")
    assert "cell_division: reaction network" in reactions
    assert "mass, CycB, divisions" in reactions


def test_an_sbml_model(tmp_path):
    good = tmp_path / "decay.xml"
    good.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="decay">'
        '<listOfParameters><parameter id="k" value="1" constant="true"/></listOfParameters></model></sbml>'
    )
    text = describe(str(good))
    assert "SBML level 3 version 2" in text
    assert "parameters  1" in text
    bad = tmp_path / "bad.xml"
    bad.write_text("<sbml><model></sbml>")
    with pytest.raises(FileFormatError, match="not valid SBML: line"):
        describe(str(bad))


def test_what_does_not_exist_is_named_with_the_nearest(tmp_path):
    with pytest.raises(UnknownNameError, match="'melanoma'"):
        describe("melanomma")
    with pytest.raises(FileFormatError, match="There is no file"):
        describe(str(tmp_path / "none.h5ad"))
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(FileFormatError, match=r"\.h5ad, \.hc"):
        describe(str(tmp_path / "notes.txt"))


def test_a_path_is_meant_before_what_ships_under_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").mkdir()
    said = r"'demo' is a folder; wanted a file: .* It hides the data set and the recipe of that name; ask"
    with pytest.raises(FileFormatError, match=said):
        describe("demo")
    (tmp_path / "mapk_pi3k").write_text("x")
    with pytest.raises(
        FileFormatError, match=r"is not of a kind known here; .* It hides the network of that"
    ):
        describe("mapk_pi3k")
    (tmp_path / "mine").mkdir()
    with pytest.raises(FileFormatError, match=r"'mine' is a folder; wanted a file: [^ ]*(, [^ ]*)*$"):
        describe("mine")
