"""Where the published PEtab problems are, how many of them run by default, and how solutions are judged."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import hybridcell as hc

DATA = Path(os.environ.get("HYBRIDCELL_DATA", "/nonexistent"))
#: Set to "all" to judge every problem of every suite.
ALL = os.environ.get("HYBRIDCELL_SUITE") == "all"


def needs(folder: str) -> Any:
    """Return the mark of tests that read a folder of $HYBRIDCELL_DATA."""
    reason = f"the {folder} is not in this repository: set HYBRIDCELL_DATA to its folder's parent"
    return pytest.mark.skipif(not (DATA / folder).is_dir(), reason=reason)


def names(folder: str, sample: tuple[str, ...] | None = None) -> list[str]:
    """Return the subfolders of a folder of the data; only those of a sample unless all are to be judged."""
    found = sorted(path.name for path in (DATA / folder).glob("*") if path.is_dir())
    return found if ALL or sample is None else [name for name in found if name in sample]


def read(file: Path, solve: hc.Solve | None = None) -> Any:
    """Read a problem, without remarks on the units of its model."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return hc.read_petab(file, solve=solve)


def solution_of(file: Path) -> dict[str, Any]:
    """Return a file with a solution."""
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def in_order(table: pd.DataFrame) -> np.ndarray:
    """Return simulated values of a table in an order that is the same for any order of rows."""
    keys = ["observableId", "experimentId", "preequilibrationConditionId", "simulationConditionId"]
    keys = [key for key in keys if key in table]
    texts = table[keys].fillna("").astype(str).replace("nan", "")
    rows = texts.assign(time=table["time"].astype(float), simulation=table["simulation"].astype(float))
    # of two rows that differ in parameters only, the smaller value first
    return rows.sort_values([*keys, "time", "simulation"])["simulation"].to_numpy()


def largest_error(found: Any, wanted: Any) -> float:
    """Return the largest difference in units of the largest wanted value."""
    found, wanted = np.asarray(found, float), np.asarray(wanted, float)
    return float(np.max(np.abs(found - wanted)) / np.max(np.abs(wanted)))
