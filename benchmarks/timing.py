"""CPU times of jobs that take turns, so that drift of the machine hits all alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from report import CpuClock

#: A job does something once. It may return the CPU seconds it took (a peer in a process of its own does).
Job = Callable[[], float | None]
#: CPU seconds that a job has in each round: a short one is done several times, as the first time after
#: another job finds nothing of its own in the caches.
LEAST = 0.05


def interleaved(jobs: Mapping[str, Job], repeats: int) -> dict[str, np.ndarray]:
    """Return the CPU seconds of each job, one number per round; a first round is not counted.

    The number is the mean of as many times as take `LEAST` seconds, mostly once.
    """
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(repeats + 1):
        for name, job in jobs.items():
            found = _mean(job)
            if turn:
                seconds[name].append(found)
    return {name: np.array(found) for name, found in seconds.items()}


def _mean(job: Job) -> float:
    taken = []
    while sum(taken) < LEAST:
        with CpuClock() as clock:
            own = job()
        taken.append(clock.seconds if own is None else own)
    return float(np.mean(taken))


def medians(seconds: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return the median of each job."""
    return {name: float(np.median(found)) for name, found in seconds.items()}


def median_ratio(seconds: Mapping[str, np.ndarray], over: str, under: str) -> float:
    """Return how many times longer one job took than another: the median of the ratios within rounds."""
    return float(np.median(seconds[over] / seconds[under]))


def waiting(program: Callable[..., Any], *arguments: Any) -> Job:
    """Return a job that runs a compiled program to its end."""
    import jax

    def job() -> None:
        jax.block_until_ready(program(*arguments))

    return job
