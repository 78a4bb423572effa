"""Cases of the SBML Test Suite: which to try, how to run one, and whether what comes out is right."""

from __future__ import annotations

import csv
import os
import tarfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import HybridCellError, SBMLWarning

SUITE = Path(os.environ.get("HYBRIDCELL_DATA", "/nonexistent")) / "sbml-test-suite"
needs_suite = pytest.mark.skipif(
    not SUITE.is_dir(),
    reason="the SBML Test Suite is not in this repository: set HYBRIDCELL_DATA to a folder that has it",
)


@dataclass(frozen=True, eq=False)
class Case:
    """A case: its files, the times to report, what is judged, and how exactly."""

    name: str
    models: tuple[Path, ...]
    times: np.ndarray
    concentrations: tuple[str, ...]
    absolute: float
    relative: float
    wanted: dict[str, np.ndarray]


def unpack(archive: str, names: Sequence[str], folder: Path) -> list[Case]:
    """Unpack some cases of an archive."""
    wanted = set(names)
    with tarfile.open(SUITE / archive) as tar:
        members = [one for one in tar.getmembers() if Path(one.name).parent.name in wanted]
        tar.extractall(folder, members, filter="data")
    return [_read(next(folder.glob(f"*/{name}"))) for name in names]


def every_level() -> list[str]:
    """Return the cases that there are in every level and version of the language."""
    with tarfile.open(SUITE / "semantic-levels.tar.gz") as tar:
        return sorted({Path(name).parent.name for name in tar.getnames() if name.endswith(".xml")})


#: Cases of chance that find ten thousand events, a quarter of a minute each; others have their tags.
LONG = ("01592", "01605", "01626", "01627")


def covering_sample(count: int) -> list[str]:
    """Return cases that have among them every tag that any has, and others spread over the suite."""
    with (SUITE / "semantic-index.csv").open(encoding="utf8") as file:
        columns = ("componentTags", "testTags", "packagesPresent")
        rows = [row for row in csv.DictReader(file) if row["case"] not in LONG]
    tags = {row["case"]: set(" ".join(row[c] for c in columns).split()) for row in rows}
    left, chosen = set().union(*tags.values()), []
    while left:
        chosen.append(max(tags, key=lambda name: len(tags[name] & left)))
        left -= tags[chosen[-1]]
    rest = [name for name in tags if name not in chosen]
    places = np.linspace(0, len(rest) - 1, max(count - len(chosen), 0)).astype(int)
    return sorted({*chosen, *(rest[k] for k in places)})


def verdict(case: Case, model: Path, backend: str) -> str:
    """Return "pass", or what is wrong."""
    solve = hc.Solve(
        rtol=min(1e-8, 1e-3 * case.relative or 1e-8),
        atol=min(1e-11, 1e-3 * case.absolute or 1e-11),
        backend=backend,
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SBMLWarning)
            network = hc.read_sbml(model)
        run = hc.simulate(network, t0=case.times[0], t1=case.times[-1], ts=case.times, solve=solve)
    except HybridCellError as error:
        return f"{type(error).__name__}: {error}"
    amounts = [name for name in case.wanted if name not in case.concentrations]
    found = run.to_dataframe(amounts=amounts, concentrations=case.concentrations)
    for name, wanted in case.wanted.items():
        wrong = wrong_cells(wanted, found[name].to_numpy(), case.absolute, case.relative)
        if wrong.any():
            k = int(np.argmax(wrong))
            values = f"wanted {wanted[k]}, found {found[name].iloc[k]}"
            return f"{name} at t={case.times[k]:g}: {values} ({run.result[0]})"
    return "pass"


def wrong_cells(wanted: np.ndarray, found: np.ndarray, absolute: float, relative: float) -> np.ndarray:
    """Return where \\|wanted - found\\| > absolute + relative \\|wanted\\|; NaN is NaN, infinity infinity."""
    with np.errstate(invalid="ignore"):
        close = np.abs(wanted - found) <= absolute + relative * np.abs(wanted)
    finite = np.isfinite(wanted) & np.isfinite(found)
    same = (wanted == found) | (np.isnan(wanted) & np.isnan(found))
    return ~np.where(finite, close, same)


def _read(folder: Path) -> Case:
    name = folder.name
    lines = (folder / f"{name}-settings.txt").read_text("utf-8").splitlines()
    settings = {key.strip(): text.strip() for key, _, text in (line.partition(":") for line in lines)}
    with (folder / f"{name}-results.csv").open(encoding="utf-8") as file:
        header, *rows = [row for row in csv.reader(file) if row]
    # the first column is the time, whatever it is called; a parameter may have that name too
    columns = np.array([[float(cell) for cell in row] for row in rows]).T[1:]
    start, duration, steps = (float(settings[key]) for key in ("start", "duration", "steps"))
    return Case(
        name=name,
        # the newest level last
        models=tuple(sorted(folder.glob(f"{name}-sbml-l*v*.xml"))),
        times=start + duration * np.arange(int(steps) + 1) / steps,
        concentrations=tuple(one.strip() for one in settings["concentration"].split(",") if one.strip()),
        absolute=float(settings["absolute"]),
        relative=float(settings["relative"]),
        wanted=dict(zip((one.strip() for one in header[1:]), columns, strict=True)),
    )
