from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

import hybridcell as hc
from hybridcell._core.errors import DataError, FileFormatError, NotConvergedError
from hybridcell.cli.app import app
from hybridcell.cli.fit import fit_screen

runner = CliRunner()


def test_the_file_holds_an_ensemble_of_the_screen(fit_file):
    ensemble = hc.load(fit_file)
    assert ensemble.n == 3
    assert ensemble.names == ("ERK", "AKT", "growth", "aMEK", "aPI3K")
    assert ensemble.info["settings"]["steps"] == 5
    assert np.isfinite(ensemble.losses).all()
    assert len(ensemble.train) == 11


def test_prior_and_neural_part_and_settings_reach_the_fit(screen_file, tmp_path, monkeypatch):
    (tmp_path / "prior.tsv").write_text("source\ttarget\tsign\nERK\tgrowth\t1\nERK\tnobody\t1\n")
    asked = {}

    def stub(model, data, **options):
        asked.update(options, model=model, data=data)
        return hc.Ensemble.from_models([hc.CellBox(["a"], ["protein"], [[0.0]])])

    monkeypatch.setattr(hc, "fit_ensemble", stub)
    arguments = ["--prior", str(tmp_path / "prior.tsv"), "--neural", "4", "--resample", "bootstrap"]
    out = tmp_path / "fit.hc"
    result = runner.invoke(app, ["fit", str(screen_file), "-o", str(out), *arguments])
    assert result.exit_code == 0, result.output
    assert asked["n"] == 20
    assert asked["resample"] == "bootstrap"
    assert asked["calibrate"] is True
    assert "steps" not in asked
    assert "NeuralResidual" in repr(asked["model"])
    kept = asked["model"].mechanistic_only().edge_prior
    assert kept is not None
    assert hc.load(out).n == 1


def test_a_fit_that_fails_leaves_no_file(screen_file, tmp_path, monkeypatch):
    failed = hc.Ensemble(
        members=hc.Ensemble.from_models([hc.CellBox(["a"], ["protein"], [[0.0]])]).members,
        losses=np.array([np.nan]),
        result=("the loss is not finite",),
    )
    monkeypatch.setattr(hc, "fit_ensemble", lambda *_, **__: failed)
    with pytest.raises(NotConvergedError, match=r"None of the 1 fits.*not finite"):
        fit_screen(screen_file)
    assert runner.invoke(app, ["fit", str(screen_file), "-o", str(tmp_path / "a.hc")]).exit_code == 1
    assert not list(tmp_path.iterdir())


def test_mistakes_are_told_before_the_work(screen_file, tmp_path):
    result = runner.invoke(app, ["fit", str(screen_file), "-o", str(tmp_path / "fit.h5ad")])
    assert result.exit_code == 2
    assert ".hc" in result.output
    assert runner.invoke(app, ["fit", str(screen_file)]).exit_code == 2
    with pytest.raises(FileFormatError, match="no file"):
        fit_screen(tmp_path / "none.h5ad")
    (tmp_path / "prior.tsv").write_text("source\ttarget\nA\tB\n")
    with pytest.raises(DataError, match="None of the prior's"):
        fit_screen(screen_file, prior=tmp_path / "prior.tsv")
