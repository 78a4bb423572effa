"""An export beside the model that it was made from, in several programs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Protocol

import numpy as np

from hybridcell._core.errors import HybridCellError
from hybridcell.io.sbml.simulators.copasi import open_copasi
from hybridcell.io.sbml.simulators.own import open_again
from hybridcell.io.sbml.simulators.roadrunner import open_roadrunner

OWN, ROADRUNNER, COPASI = "hybridcell", "libRoadRunner", "COPASI"


class Run(Protocol):
    """Simulates a file with some of its values changed."""

    def __call__(
        self, changes: Mapping[str, float], ids: Sequence[str], times: np.ndarray, rtol: float, atol: float
    ) -> np.ndarray:
        """Return what ids are at times, shape (T, ids); species as amounts."""
        ...


@dataclass(frozen=True)
class _Program:
    package: str
    install: str
    open: Callable[[str], AbstractContextManager[Run]]


_PROGRAMS = {
    OWN: _Program("hybridcell", "", open_again),
    ROADRUNNER: _Program("roadrunner", "pip install libroadrunner", open_roadrunner),
    COPASI: _Program("basico", "pip install copasi-basico", open_copasi),
}


@dataclass(frozen=True, eq=False)
class Simulation:
    """What a model does, to be found again in its file.

    Attributes
    ----------
    ids : tuple of str
        Of the quantities that are compared, in the file.
    times : ndarray, shape (T,)
    changes : tuple of mapping of id to number
        For each run, what is set before it.
    values : tuple of ndarray, shape (T, ids)
        For each run, what the model gives.
    scale : ndarray, shape (ids,)
        By which differences are divided.
    rtol, atol : float
    over : str
        What is compared, in words.
    """

    ids: tuple[str, ...]
    times: np.ndarray
    changes: tuple[Mapping[str, float], ...]
    values: tuple[np.ndarray, ...]
    scale: np.ndarray
    rtol: float
    atol: float
    over: str


@dataclass(frozen=True)
class Comparison:
    """How far programs are from the model.

    Attributes
    ----------
    deviations : dict of str to float
        Largest difference, by program.
    notes : dict of str to str
        For every program over what the deviation was taken, or why there is none.
    load_seconds : float or None
        Wall time in which libRoadRunner loaded the file.
    """

    deviations: dict[str, float] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    load_seconds: float | None = None


def not_compared(why: str) -> Comparison:
    """Return that nothing was simulated, and why."""
    return Comparison(notes=dict.fromkeys(_PROGRAMS, why))


def compare(xml: str, wanted: Simulation, *, skip: Mapping[str, str] | None = None) -> Comparison:
    """Simulate a file in every program that is installed.

    Parameters
    ----------
    xml : str
    wanted : Simulation
    skip : mapping of str to str, optional
        Programs that are left out, with the reason.
    """
    deviations: dict[str, float] = {}
    notes: dict[str, str] = dict(skip or {})
    load_seconds = None
    for name, program in _PROGRAMS.items():
        if name in notes:
            continue
        if find_spec(program.package) is None:
            notes[name] = f"{name} is not installed ({program.install})"
            continue
        try:
            started = time.perf_counter()
            with program.open(xml) as run:
                if name == ROADRUNNER:
                    load_seconds = time.perf_counter() - started
                deviations[name] = _largest_difference(run, wanted)
            notes[name] = wanted.over
        except (RuntimeError, HybridCellError, ValueError, KeyError) as error:
            notes[name] = f"{name} failed: {str(error).strip():.200}"
    return Comparison(deviations, {name: notes[name] for name in _PROGRAMS}, load_seconds)


def _largest_difference(run: Run, wanted: Simulation) -> float:
    worst = 0.0
    for changes, values in zip(wanted.changes, wanted.values):
        theirs = run(changes, wanted.ids, wanted.times, wanted.rtol, wanted.atol)
        worst = max(worst, float((np.abs(theirs - values) / wanted.scale).max(initial=0.0)))
    if not np.isfinite(worst):
        raise RuntimeError("the simulation gives values that are not finite")
    return worst
