"""Every candidate fitted to the learned rate: Levenberg-Marquardt from a few starts at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hybridcell.fit.distillation.law import Law
from hybridcell.fit.distillation.learned import LearnedRate
from hybridcell.hybrid.formulas import evaluate

#: Starts besides the one at the data's scales, and how far they are scattered, in powers of e.
_STARTS, _SCATTER = 5, 1.2
_ITERATIONS = 40
_STEP = 1e-6


@dataclass(frozen=True, eq=False)
class Screened:
    """A law that was fitted to the learned rate.

    Attributes
    ----------
    law : Law
        With the constants that fit best.
    chi2 : float
        What it is expected to reach on the data.
    score : float
        Chi-square plus, for each constant, the log of the number of measurements.
    error : float
        Root mean square difference from the learned rate, relative to it.
    """

    law: Law
    chi2: float
    score: float
    error: float


def screen(law: Law, learned: LearnedRate) -> Screened:
    """Return the law with the constants that describe the learned rate best."""
    fit = _Fit(law, learned)
    theta, cost = fit.minimize()
    best = theta[int(np.argmin(cost))]
    fitted = law.with_values(dict(zip((c.id for c in law.constants), fit.values(best).tolist())))
    own = fit.data_residuals(best[None])[0]
    chi2 = learned.rest + float(own @ own)
    return Screened(
        law=fitted,
        chi2=chi2,
        score=chi2 + len(law.constants) * float(np.log(learned.n_data)),
        error=learned.relative_error(fitted.rates(learned.points)),
    )


class _Fit:
    """Residuals of a law in its constants' unconstrained numbers, for several lanes at a time."""

    def __init__(self, law: Law, learned: LearnedRate):
        self.law, self.learned = law, learned
        self.log = np.array([c.freedom.transform == "log" for c in law.constants])
        priors = [c.freedom.prior or ("normal", 0.0, np.inf) for c in law.constants]
        self.center = np.array([location for _, location, _ in priors])
        self.spread = np.array([scale for _, _, scale in priors])
        bounds = np.array([c.freedom.bounds for c in law.constants], dtype=float)
        with np.errstate(divide="ignore"):
            self.low, self.high = np.where(self.log[:, None], np.log(np.maximum(bounds, 0.0)), bounds).T

    def values(self, theta: Float[np.ndarray, "*lanes q"]) -> Float[np.ndarray, "*lanes q"]:
        return np.where(self.log, np.exp(np.where(self.log, theta, 0.0)), theta)

    def rates(self, theta: Float[np.ndarray, "lanes q"]) -> Float[np.ndarray, "lanes n"]:
        values = self.values(theta)
        own = {c.id: values[:, i, None] for i, c in enumerate(self.law.constants)}
        found = evaluate(self.law.math, {**self.learned.points, **own})
        return np.broadcast_to(found, (len(theta), len(self.learned.rates)))

    def data_residuals(self, theta: Float[np.ndarray, "lanes q"]) -> Float[np.ndarray, "lanes n"]:
        return self.learned.residuals(self.rates(theta))

    def residuals(self, theta: Float[np.ndarray, "lanes q"]) -> Float[np.ndarray, "lanes m"]:
        return np.concatenate([self.data_residuals(theta), (theta - self.center) / self.spread], axis=1)

    def starts(self) -> Float[np.ndarray, "lanes q"]:
        first = np.array([c.value for c in self.law.constants])
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.where(self.log, np.log(first), first)
        rng = np.random.default_rng(0)
        scattered = first + _SCATTER * rng.normal(size=(_STARTS, len(first)))
        theta = np.clip(np.concatenate([first[None], scattered]), self.low, self.high)
        # what multiplies the law is chosen so that the rate has the right size
        size = np.mean(np.abs(self.rates(theta)), axis=1)
        usual = np.mean(np.abs(self.learned.rates))
        ratio = np.where((size > 0) & np.isfinite(size), usual / np.where(size > 0, size, 1.0), 1.0)
        if self.log[0]:
            theta[:, 0] = np.clip(theta[:, 0] + np.log(ratio), self.low[0], self.high[0])
        return theta

    def minimize(self) -> tuple[Float[np.ndarray, "lanes q"], Float[np.ndarray, " lanes"]]:
        theta = self.starts()
        lanes, q = theta.shape
        r = self.residuals(theta)
        cost = np.sum(r**2, axis=1)
        damping = np.full(lanes, 1e-2)
        for _ in range(_ITERATIONS):
            moved = theta[:, None, :] + _STEP * np.eye(q)
            ahead = self.residuals(moved.reshape(-1, q)).reshape(lanes, q, -1)
            j = (ahead - r[:, None, :]) / _STEP
            curvature = j @ j.transpose(0, 2, 1)
            slope = np.einsum("lqm,lm->lq", j, r)
            scale = np.maximum(np.einsum("lqq->lq", curvature), 1e-12)
            matrix = curvature + damping[:, None, None] * np.eye(q) * scale[:, None, :]
            step = np.clip(np.linalg.solve(matrix, -slope[..., None])[..., 0], -2.0, 2.0)
            trial = np.clip(theta + step, self.low, self.high)
            r_trial = self.residuals(trial)
            new = np.sum(r_trial**2, axis=1)
            better = new < cost
            done = np.all((cost - new <= 1e-5 * cost) & ((damping > 1e6) | better))
            theta = np.where(better[:, None], trial, theta)
            r = np.where(better[:, None], r_trial, r)
            cost = np.where(better, new, cost)
            damping = np.clip(np.where(better, damping / 5, damping * 4), 1e-9, 1e12)
            if done:
                break
        return theta, cost
