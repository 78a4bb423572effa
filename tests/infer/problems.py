"""Small problems of which inference is known by other means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import hybridcell as hc
from tests.fit.petab.problems import write

#: What decays, measured with an error of SD.
TIMES = np.array([0.5, 1.0, 2.0, 3.0, 5.0, 8.0])
SD = 0.08
MEASURED = 2.0 * np.exp(-0.5 * TIMES) + SD * np.array([0.6, -1.1, 0.4, 0.9, -0.7, 0.2])
MODEL = """
model m
  compartment c = 1;
  species A in c;
  a0 = 2; k = 0.5; s = 1;
  A = a0;
  J: A -> ; c*k*A;
end
"""
HEAD = "parameterId parameterScale lowerBound upperBound nominalValue estimate"


def decay(
    folder: Path, parameters: str, *, formula: str = "A", noise: str = str(SD), prior: bool = False
) -> Any:
    """Return the problem of a decay; parameters: rows of the table."""
    rows = "\n".join(f"A_obs c0 {t} {y!r}" for t, y in zip(TIMES, MEASURED.tolist()))
    head = HEAD + (" objectivePriorType objectivePriorParameters" if prior else "")
    tables = {
        "parameters": f"{head}\n{parameters}",
        "conditions": "conditionId\nc0",
        "observables": f"observableId observableFormula noiseFormula\nA_obs {formula} {noise}",
        "measurements": f"observableId simulationConditionId time measurement\n{rows}",
    }
    return hc.read_petab(write(folder, MODEL, 1, tables))


K = "k log10 1e-3 1e2 0.5 1"
A0 = "a0 log10 1e-3 1e3 2 1"


def residuals(theta: Any) -> Any:
    """Return residuals of log10 k and log10 a0, by the formula."""
    k, a0 = 10.0 ** np.asarray(theta)
    return (a0 * np.exp(-k * TIMES) - MEASURED) / SD


def optimum() -> np.ndarray:
    """Return the least squares of log10 k and log10 a0."""
    from scipy.optimize import least_squares

    return least_squares(residuals, [-0.3, 0.3], xtol=1e-14, ftol=1e-14, gtol=1e-14).x


def profile_ends(place: int, threshold: float) -> tuple[float, float]:
    """Return the ends of a profile, one after the other: SciPy minimizes, SciPy finds the roots."""
    from scipy.optimize import brentq, minimize_scalar

    best = optimum()
    floor = 0.5 * np.sum(residuals(best) ** 2)

    def rise(x: float) -> float:
        def cost(other: float) -> float:
            theta = [x, other] if place == 0 else [other, x]
            return 0.5 * float(np.sum(residuals(theta) ** 2))

        around = best[1 - place]
        found = minimize_scalar(
            cost, bounds=(around - 1, around + 1), method="bounded", options={"xatol": 1e-10}
        )
        return float(found.fun) - floor - threshold

    x = best[place]
    return float(brentq(rise, x - 1, x, xtol=1e-10)), float(brentq(rise, x, x + 1, xtol=1e-10))
