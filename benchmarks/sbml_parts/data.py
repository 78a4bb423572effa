"""Where the files are: the SBML Test Suite and the BioModels under $HYBRIDCELL_DATA."""

from __future__ import annotations

import csv
import math
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from report import data_folder

#: Which of a case's files is read: the newest.
_LEVELS = ("l3v2", "l3v1", "l2v5", "l2v4", "l2v3", "l2v2", "l2v1", "l1v2")


@dataclass(frozen=True)
class Case:
    """A case of the suite: `settings` as numbers and lists of names; `wanted` name -> values."""

    id: str
    model: Path
    tags: tuple[str, ...]
    times: np.ndarray
    variables: tuple[str, ...]
    amounts: tuple[str, ...]
    concentrations: tuple[str, ...]
    absolute: float
    relative: float
    wanted: dict[str, np.ndarray]


def unpack_suite(folder: Path) -> Path:
    """Unpack the semantic cases into a folder and return where they lie."""
    with tarfile.open(data_folder("sbml-test-suite") / "semantic.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return next(path for path in sorted(folder.rglob("*")) if re.fullmatch(r"\d{5}", path.name)).parent


def read_cases(folder: Path) -> list[Case]:
    """Return all time-course cases of the core language."""
    cases = [_read_case(path) for path in sorted(folder.iterdir()) if re.fullmatch(r"\d{5}", path.name)]
    return [case for case in cases if not any(tag.startswith("fbc:") for tag in case.tags)]


def _read_case(folder: Path) -> Case:
    settings: dict[str, str] = {}
    for line in (folder / f"{folder.name}-settings.txt").read_text(errors="replace").splitlines():
        key, colon, value = line.partition(":")
        if colon:
            settings[key.strip().lower()] = value.strip()
    about = (folder / f"{folder.name}-model.m").read_text(errors="replace")
    found = re.findall(r"^\s*(?:componentTags|testTags)\s*:(.*)$", about, re.MULTILINE)
    with (folder / f"{folder.name}-results.csv").open(errors="replace") as file:
        rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    # the first column is the time, also where a parameter has that name
    columns = {name.strip(): [_number(row[j]) for row in rows[1:]] for j, name in enumerate(rows[0]) if j}
    steps, start = int(settings["steps"]), _number(settings["start"])
    files = {path.name: path for path in folder.glob("*.xml")}
    names = (f"{folder.name}-sbml-{level}.xml" for level in _LEVELS)
    return Case(
        id=folder.name,
        model=next(files[name] for name in names if name in files),
        tags=tuple(tag.strip() for line in found for tag in line.split(",") if tag.strip()),
        times=start + _number(settings["duration"]) * np.arange(steps + 1) / max(steps, 1),
        variables=_names(settings, "variables"),
        amounts=_names(settings, "amount"),
        concentrations=_names(settings, "concentration"),
        absolute=_number(settings["absolute"]),
        relative=_number(settings["relative"]),
        wanted={name: np.array(values) for name, values in columns.items()},
    )


def _names(settings: dict[str, str], key: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in settings.get(key, "").split(",") if name.strip())


def _number(text: str) -> float:
    text = text.strip().lower()
    return math.nan if text in ("", "na", "nan") else float(text)


@dataclass(frozen=True)
class BioModel:
    """A model of the BioModels folder with its reference trajectory (name -> values)."""

    id: str
    path: Path
    t_end: float
    typical: float
    sizes: dict[str, int]
    reference: dict[str, np.ndarray]

    @property
    def times(self) -> np.ndarray:
        """Times of the reference."""
        return self.reference["time"]


def read_biomodels(only: list[str] | None = None) -> list[BioModel]:
    """Return the BioModels, all or those whose number is in `only`."""
    folder = data_folder("biomodels")
    models = []
    with (folder / "index.csv").open(encoding="utf8") as file:
        for row in csv.DictReader(file):
            if only and str(int(row["id"].removeprefix("BIOMD"))) not in only:
                continue
            with (folder / "reference" / f"{row['id']}.csv").open() as reference:
                rows = list(csv.reader(reference))
            values = np.array([[float(cell) for cell in line] for line in rows[1:]])
            models.append(
                BioModel(
                    id=row["id"],
                    path=folder / "sbml" / f"{row['id']}.xml",
                    t_end=float(row["t_end"]),
                    typical=float(row["median_colmax"]),
                    sizes={key: int(row[key]) for key in ("species", "reactions", "events")},
                    reference=dict(zip(rows[0], values.T)),
                )
            )
    return models


def judged(model: BioModel) -> list[str]:
    """Return the columns of a reference that are not numerically zero."""
    columns = {name: np.abs(values).max() for name, values in model.reference.items() if name != "time"}
    return [name for name, largest in columns.items() if largest > 1e-9 * model.typical]


def within_rule(found: dict[str, Any], model: BioModel) -> float:
    """Return the worst cell's error by the rule 1e-4 |reference| + 1e-5 max |column|: at most 1 is right."""
    worst = 0.0
    for name in judged(model):
        wanted = model.reference[name]
        error = np.abs(np.asarray(found[name]) - wanted) / (
            1e-4 * np.abs(wanted) + 1e-5 * np.abs(wanted).max()
        )
        worst = max(worst, float(np.max(np.nan_to_num(error, nan=np.inf))))
    return worst
