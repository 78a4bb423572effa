"""Published models against reference trajectories (data outside the repository)."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from hybridcell.io.sbml.read import read_definition
from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.reactions.resolve import resolve
from tests.simulate.kinetics.interpreted.networks import run

_FOLDER = Path(os.environ.get("HYBRIDCELL_DATA", "/nonexistent")) / "biomodels"


@pytest.mark.skipif(not _FOLDER.is_dir(), reason="$HYBRIDCELL_DATA/biomodels is not there")
@pytest.mark.filterwarnings("ignore::hybridcell._core.errors.SBMLWarning")
@pytest.mark.parametrize("number", [7, 9, 12, 14, 140, 183])
def test_a_published_model(number):
    name = f"BIOMD{number:010d}"
    rows = {row["id"]: row for row in csv.DictReader((_FOLDER / "index.csv").read_text("utf-8").splitlines())}
    with (_FOLDER / "reference" / f"{name}.csv").open(encoding="utf-8") as file:
        header = next(csv.reader(file))[1:]
        reference = np.loadtxt(file, delimiter=",")
    ts, wanted, size = reference[:, 0], reference[:, 1:], float(rows[name]["median_colmax"])
    equations = resolve(read_definition(str(_FOLDER / "sbml" / f"{name}.xml")))
    result = run(equations, ts, rtol=1e-10, atol=1e-13 * size)
    assert result.result == "success"
    roots = [equations.amounts.get(column) or equations.observables[column] for column in header]
    found = Interpreter(roots, equations)(ts, result.x.T, equations.values).T
    largest = np.abs(wanted).max(axis=0)
    judged = largest > 1e-9 * size
    excess = np.abs(found - wanted) / (1e-4 * np.abs(wanted) + 1e-5 * largest + 1e-300)
    assert excess[:, judged].max() < 1
