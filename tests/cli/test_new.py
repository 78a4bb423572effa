from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from hybridcell.cli.app import app

runner = CliRunner()


def test_a_study_is_started_once(tmp_path: Path) -> None:
    result = runner.invoke(app, ["new", str(tmp_path / "mine")])
    assert result.exit_code == 0, result.output
    assert "study.ipynb" in result.output
    assert (tmp_path / "mine" / "responses.csv").read_text("utf-8").startswith("response,")
    again = runner.invoke(app, ["new", str(tmp_path / "mine")])
    assert again.exit_code != 0
