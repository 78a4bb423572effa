"""A file in libRoadRunner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hybridcell.io.sbml.simulators.comparison import Run


@contextmanager
def open_roadrunner(xml: str) -> Iterator[Run]:
    """Give a way to simulate a file; species are amounts."""
    import roadrunner

    runner = roadrunner.RoadRunner(xml)

    def run(
        changes: Mapping[str, float], ids: Sequence[str], times: np.ndarray, rtol: float, atol: float
    ) -> np.ndarray:
        runner.integrator.relative_tolerance = rtol
        runner.integrator.absolute_tolerance = atol
        runner.timeCourseSelections = list(ids)
        runner.reset(roadrunner.SelectionRecord.ALL)
        for id, value in changes.items():
            runner[id] = value
        runner.reset()
        return np.asarray(runner.simulate(float(times[0]), float(times[-1]), len(times)))

    yield run
