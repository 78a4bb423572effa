"""Why parameter vectors have no likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybridcell.fit.petab.objective import Compiled
from hybridcell.fit.petab.simulator import Seen
from hybridcell.simulate.kinetics.compiled.results import MESSAGES


def find_failures(compiled: Compiled, seen: Seen) -> list[dict[str, Any]]:
    """Return what went wrong: rows of vector (its number), conditions (of the simulation) and reason."""
    codes = np.asarray(seen.codes)
    levels = compiled.simulator.plan.levels
    width = max(map(len, levels))
    rows = [
        {
            "vector": number,
            "conditions": ", ".join(levels[k // width][k % width].conditions),
            "reason": MESSAGES[code],
        }
        for number, row in enumerate(codes)
        for k, code in enumerate(row)
        if code != 0 and k % width < len(levels[k // width])
    ]
    return rows + [
        {"vector": number, "conditions": "", "reason": reason}
        for number in np.flatnonzero((codes == 0).all(axis=1))
        for reason in _without_density(compiled, *(np.asarray(a[number]) for a in (seen.found, seen.sigma)))
    ]


def _without_density(compiled: Compiled, found: np.ndarray, sigma: np.ndarray) -> list[str]:
    """Return why measurements have no density though all simulations went well, by observable."""
    logarithmic = compiled.noise.logarithmic
    checks = {
        "is not a number": np.isnan(found),
        "is not positive, and its noise is one of the logarithm": logarithmic & (found <= 0),
        "has a noise that is not positive": ~(sigma > 0) & ~np.isnan(found),
    }
    which = compiled.statement.measurements.observable
    return [
        f"{observable.id} {what} (at {np.sum(wrong[which == k])} of its measurements)"
        for k, observable in enumerate(compiled.statement.observables)
        for what, wrong in checks.items()
        if wrong[which == k].any()
    ]
