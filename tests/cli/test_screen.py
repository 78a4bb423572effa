from __future__ import annotations

import pandas as pd
from typer.testing import CliRunner

import hybridcell as hc
from hybridcell.cli.app import app

runner = CliRunner()


def invoke(*arguments):
    return runner.invoke(app, ["screen", *map(str, arguments)])


def test_a_table_and_a_page_are_written(fit_file, tmp_path):
    out = tmp_path / "results" / "screen"
    result = invoke(fit_file, "--readout", "growth", "--doses", 3, "--drugs", "aPI3K, aMEK", "-o", out)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == ["screen.html", "screen.tsv"]
    table = pd.read_csv(out / "screen.tsv", sep="\t")
    screen = hc.screen_combinations(
        hc.load(fit_file), readout="growth", doses=3, drugs=["aPI3K", "aMEK"], progress=False
    )
    pd.testing.assert_frame_equal(table, screen.to_dataframe(), rtol=1e-6)
    page = (out / "screen.html").read_text(encoding="utf-8")
    assert "<title>fit: drugs and growth</title>" in page
    assert "aPI3K" in page
    assert "CombinationScreen(2 drugs, 1 pair" in result.output
    assert "Written to" in result.output


def test_responses_can_be_kept_for_the_next_call(fit_file, tmp_path):
    for _ in range(2):
        result = invoke(fit_file, "--readout", "growth", "--doses", 3, "--keep", "-o", tmp_path)
        assert result.exit_code == 0, result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["screen.html", "screen.tsv", "screen.zarr"]
    assert hc.CombinationScreen.read(tmp_path / "screen.zarr").drugs == ("aMEK", "aPI3K")
    failed = invoke(fit_file, "--readout", "growth", "--doses", 4, "--keep", "-o", tmp_path)
    assert failed.exit_code == 1
    assert "another screen" in str(failed.exception)


def test_mistakes_write_nothing(fit_file, tmp_path):
    out = tmp_path / "screen"
    assert invoke(fit_file, "-o", out).exit_code == 2  # no readout
    assert "'growth'" in str(invoke(fit_file, "--readout", "growht", "-o", out).exception)
    assert "'aMEK'" in str(invoke(fit_file, "--readout", "growth", "--drugs", "aMEKK", "-o", out).exception)
    assert "'bliss'" in str(invoke(fit_file, "--readout", "growth", "--by", "blis", "-o", out).exception)
    assert invoke(fit_file, "--readout", "growth", "--doses", "1", "-o", out).exit_code == 2
    assert not out.exists()
    out.write_text("mine")
    result = invoke(fit_file, "--readout", "growth", "-o", out)
    assert result.exit_code == 2
    assert "wanted a folder" in result.output
    assert out.read_text() == "mine"
