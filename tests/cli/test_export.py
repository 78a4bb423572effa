from __future__ import annotations

import numpy as np
from typer.testing import CliRunner

import hybridcell as hc
from hybridcell.cli.app import app

runner = CliRunner()


def test_the_best_model_is_written(fit_file, tmp_path):
    out = tmp_path / "model.xml"
    result = runner.invoke(app, ["export", str(fit_file), "-o", str(out), "--no-check"])
    assert result.exit_code == 0, result.output
    assert "ExportReport" in result.output
    network = hc.read_sbml(out)
    best = hc.load(fit_file).best
    solve = hc.Solve(backend="numpy")
    found = hc.simulate(network, t1=8.0, n_points=5, conditions={"u_aMEK": -1.0}, solve=solve)
    wanted = hc.simulate(best, t1=8.0, n_points=5, conditions={"aMEK": -1.0}, solve=solve)
    np.testing.assert_allclose(found["growth"], wanted["growth"], atol=1e-5)


def test_mistakes_write_nothing(fit_file, tmp_path):
    out = tmp_path / "model.xml"
    failed = runner.invoke(app, ["export", str(fit_file), "-o", str(out), "--neural", "exactly"])
    assert "'exact'" in str(failed.exception)
    assert runner.invoke(app, ["export", str(fit_file), "-o", str(tmp_path / "a.txt")]).exit_code == 2
    assert runner.invoke(app, ["export", str(fit_file)]).exit_code == 2
    assert not list(tmp_path.iterdir())
