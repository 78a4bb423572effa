"""One job on an accelerator and on one core of the processor: wall times, and whether the numbers agree."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

NO_GPU = "no GPU here"
REPEATS = 7


@dataclass(frozen=True)
class Work:
    """What is computed on both: `make()` returns a function without arguments, whose arrays are compared.

    `make` is called anew on each device, so that nothing made on the one is used on the other. `tolerance`
    is how far numbers may be apart, over the largest of their array.
    """

    what: str
    make: Callable[[], Callable[[], Any]]
    tolerance: float


def accelerator() -> Any:
    """Return the first GPU, or None."""
    try:
        return jax.devices("gpu")[0]
    except RuntimeError:
        return None


def on(device: Any, work: Work, repeats: int = REPEATS) -> tuple[list[np.ndarray], float, float]:
    """Return the arrays of a job on a device, the seconds of its first call, and the median of later ones."""
    with jax.default_device(device):
        job = work.make()
        start = time.perf_counter()
        found = [np.asarray(leaf) for leaf in jax.tree.leaves(job())]
        first, seconds = time.perf_counter() - start, []
        for _ in range(repeats):
            start = time.perf_counter()
            jax.block_until_ready(job())
            seconds.append(time.perf_counter() - start)
    return found, first, float(np.median(seconds))


def apart(ours: list[np.ndarray], wanted: list[np.ndarray]) -> float:
    """Return the largest difference over the largest number of each array; infinite where one is lost."""
    worst = 0.0
    for one, other in zip(ours, wanted, strict=True):
        if one.shape != other.shape or not np.array_equal(np.isfinite(one), np.isfinite(other)):
            return float("inf")
        held = np.isfinite(other)
        if held.any():
            scale = max(float(np.abs(other[held]).max()), np.finfo(float).tiny)
            worst = max(worst, float(np.abs(one[held] - other[held]).max()) / scale)
    return worst


def compare(work: Work, device: Any, processor: Any, repeats: int = REPEATS) -> dict[str, Any]:
    """Return the figures of a job on a device beside the processor's."""
    ours, first, seconds = on(device, work, repeats)
    wanted, _, slow = on(processor, work, repeats)
    difference = apart(ours, wanted)
    return {
        "device ms": 1e3 * seconds,
        "processor ms": 1e3 * slow,
        "times faster": slow / seconds,
        "first call s": first,
        "largest difference": difference,
        "agrees": difference <= work.tolerance,
    }
