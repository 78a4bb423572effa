"""Ends of profile likelihoods as optimizers find them one at a time, as a peer and as a referee.

For each end, the root of the profile is bracketed by growing steps and found by Brent's method; each value of
it is one minimization by SciPy's L-BFGS-B, warm-started at the nearest point known, which has the compiled
objective with its gradient, one vector per call. No curve is asked for: a walk of pyPESTO takes more points.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize

#: First step of a bracket, and how it grows, on the scale of the parameters.
STEP, GROWTH = 0.02, 2.0
OPTIONS = {"maxiter": 1000, "maxfun": 4000, "ftol": 1e-10, "gtol": 1e-5}


@dataclass
class Alone:
    """The profile of one parameter.

    Attributes
    ----------
    evaluate : callable
        theta (q,) -> value, gradient.
    """

    evaluate: Any
    lower: np.ndarray
    upper: np.ndarray
    place: int
    best: np.ndarray
    floor: float
    evaluations: int = 0
    known: dict[float, np.ndarray] = field(default_factory=dict)

    def value(self, x: float, start: np.ndarray | None = None) -> float:
        """Return the rise of the profile at x."""
        if start is None:
            near = min(self.known, key=lambda at: abs(at - x)) if self.known else None
            start = self.best if near is None else self.known[near]
        others = np.arange(len(self.best)) != self.place

        def function(free: np.ndarray) -> tuple[float, np.ndarray]:
            theta = np.empty(len(self.best))
            theta[others], theta[self.place] = free, x
            self.evaluations += 1
            value, slope = self.evaluate(theta)
            return (value, slope[others]) if np.isfinite(value) else (1e10, np.zeros(others.sum()))

        bounds = list(zip(self.lower[others], self.upper[others]))
        found = minimize(function, start[others], jac=True, method="L-BFGS-B", bounds=bounds, options=OPTIONS)
        theta = self.best.copy()
        theta[others], theta[self.place] = found.x, x
        self.known[x] = theta
        return float(found.fun) - self.floor

    def end(self, sign: int, threshold: float) -> float:
        """Return where the profile reaches the threshold in one direction; infinite at a bound."""
        limit = (self.upper if sign > 0 else self.lower)[self.place]
        self.known = {float(self.best[self.place]): self.best}
        at, step = float(self.best[self.place]), STEP
        while True:
            if abs(limit - at) <= 1e-9:
                return sign * np.inf
            x = at + sign * min(step, abs(limit - at))
            if self.value(x) > threshold:
                break
            at, step = x, GROWTH * step
        return float(brentq(lambda y: self.value(y) - threshold, at, x, xtol=1e-4, rtol=1e-8))


def all_ends(
    evaluate: Any, lower: np.ndarray, upper: np.ndarray, best: np.ndarray, threshold: float
) -> dict[str, Any]:
    """Return both ends of all parameters, evaluations, and CPU seconds."""
    floor = float(evaluate(best)[0])
    began, ends, evaluations = time.process_time(), [], 0
    for place in range(len(best)):
        alone = Alone(evaluate, lower, upper, place, best, floor)
        ends.append([alone.end(sign, threshold) for sign in (-1, 1)])
        evaluations += alone.evaluations
    return {"ends": ends, "evaluations": evaluations, "seconds": time.process_time() - began}


def lowest(
    evaluate: Any, lower: np.ndarray, upper: np.ndarray, best: np.ndarray, place: int, starts: Any
) -> float:
    """Return the lowest rise of a profile where starts have the parameter, by several minimizations."""
    alone = Alone(evaluate, lower, upper, place, best, float(evaluate(best)[0]))
    return min(alone.value(float(start[place]), np.asarray(start)) for start in starts)
