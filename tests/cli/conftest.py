"""A small screen, and what `hybridcell fit` makes of it; shared by the tests of all commands."""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
import pytest
from typer.testing import CliRunner

import hybridcell as hc
from hybridcell.cli import main
from hybridcell.cli.app import app


class Ended(NamedTuple):
    """How a command ended: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(monkeypatch, capsys):
    """The command line in this process: as a process of its own, but for the seconds of its imports."""

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["hybridcell", *arguments])
        with pytest.raises(SystemExit) as done:
            main()
        return Ended(done.value.code, *capsys.readouterr())

    return run


NAMES = ["ERK", "AKT", "growth"]
DRUGS = ["aMEK", "aPI3K"]


@pytest.fixture(scope="session")
def screen_file(tmp_path_factory):
    """Twelve conditions of two drugs, simulated from a network that is known."""
    weights = np.zeros((5, 5))
    weights[0, 3], weights[1, 4], weights[2, :2] = 0.9, 0.7, [0.8, 0.5]
    truth = hc.CellBox([*NAMES, *DRUGS], ["protein"] * 2 + ["phenotype"] + ["drug"] * 2, weights)
    doses = [[0, 0], *([-d, 0] for d in (0.5, 1, 2)), *([0, -d] for d in (0.5, 1, 2))]
    doses += [[-d, -e] for d in (0.5, 1) for e in (0.5, 1)]
    given = [dict(zip(DRUGS, row)) for row in doses]
    values = hc.steady_state(truth, conditions=given, solve=hc.Solve(backend="numpy")).to_df()[NAMES]
    data = hc.PerturbationData(
        values=values.to_numpy(),
        readouts=NAMES,
        kinds=["protein", "protein", "phenotype"],
        conditions=[f"c{i}" for i in range(len(doses))],
        perturbations=DRUGS,
        doses=doses,
        input="strength",
    )
    path = tmp_path_factory.mktemp("screen") / "screen.h5ad"
    data.to_anndata().write_h5ad(path)
    return path


@pytest.fixture(scope="session")
def fit_file(screen_file):
    """The ensemble that `hybridcell fit` writes."""
    path = screen_file.with_name("fit.hc")
    arguments = ["--members", "3", "--steps", "5", "--seed", "1", "--no-calibrate"]
    result = CliRunner().invoke(app, ["fit", str(screen_file), "-o", str(path), *arguments])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Ensemble(3 members")
    assert f"Written to {path}." in result.output
    return path
