"""The way to rest: linearly implicit steps that follow the solution roughly, then Newton iteration.

Newton iteration from an arbitrary state finds any root, or none: an unstable one, one with negative amounts,
the wrong one of a switch. So the search walks along the solution by implicit Euler steps with one Newton
iteration each, right to ten per cent, whose size grows without bound as the network comes to rest; only from
close by does Newton iteration finish. One row of F for each conserved sum gives way to that sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from hybridcell.simulate.kinetics.steady.linear_algebra import inverse_scaled, solve_scaled
from hybridcell.simulate.kinetics.steady.rates import Rates

_STEPS, _NEWTON = 400, 14
#: Newton iteration is tried every so many steps.
_BETWEEN = 6
#: Relative error of a step, and sizes of states below which nothing counts (shares of their own largest value
#: and of the largest of all).
_ERROR, _OWN, _ALL = 0.1, 1e-3, 1e-6
#: Newton iteration may move a state by this share of its size: it finishes, it does not jump.
_NEAR = 0.3
_DONE = 1e-13
#: So many steps in a row, each up to five times as long as the last, that move nothing: at rest, though the
#: linearization may be singular (dead ends: any mixture of what cannot react any more is at rest).
_QUIET_STEPS, _QUIET = 10, 1e-9


@dataclass(eq=False)
class Places:
    """Where the conditions stand.

    Attributes
    ----------
    x : ndarray, shape (C, n)
    largest : ndarray, shape (C, n)
        The largest size each state has had on its way.
    totals : ndarray, shape (C, l)
        Of the conserved sums.
    non_negative : ndarray of bool, shape (C, n)
        Amounts that do not turn negative.
    """

    x: Float[np.ndarray, "c n"]
    largest: Float[np.ndarray, "c n"]
    totals: Float[np.ndarray, "c l"]
    non_negative: Bool[np.ndarray, "c n"]

    def __getitem__(self, rows: np.ndarray) -> Places:
        return Places(self.x[rows], self.largest[rows], self.totals[rows], self.non_negative[rows])

    @property
    def size(self) -> Float[np.ndarray, "c n"]:
        """What a change of a state is measured against."""
        largest = np.maximum(self.largest, np.abs(self.x))
        overall = largest.max(axis=1, keepdims=True, initial=0.0)
        return np.abs(self.x) + _OWN * largest + _ALL * np.where(overall > 0, overall, 1.0)


class Search:
    """Implicit steps and Newton iteration for the rates of one network."""

    def __init__(self, rates: Rates):
        self.rates, terms = rates, rates.terms
        n, link = rates.n, rates.equations.differential
        self.mass = np.zeros((n, n))
        self.mass[: terms.n_differential] = np.eye(n) if link is None else link
        self.mass[terms.dependent] = 0.0
        self.moving = np.arange(n) < terms.n_differential
        self.moving[terms.dependent] = False

    def matrix(self, jacobian: np.ndarray, rate: float | np.ndarray) -> Float[np.ndarray, "c n n"]:
        """Return mass * rate - dF/dx, with conserved sums in their rows."""
        a = self.mass * rate - jacobian
        a[:, self.rates.terms.dependent] = self.rates.terms.laws
        return a

    def right(self, places: Places, f: np.ndarray) -> Float[np.ndarray, "c n 1"]:
        """Return F, with what is missing from conserved sums in their rows."""
        b = f.copy()
        b[:, self.rates.terms.dependent] = places.totals - places.x @ self.rates.terms.laws.T
        return b[:, :, None]

    def walk(self, rows: Int[np.ndarray, " c"], places: Places) -> Bool[np.ndarray, " c"]:
        """Go along the solution to rest; change `places` and return which conditions got there."""
        done = np.zeros(len(rows), bool)
        f, jacobian = self.rates.linearized(rows, places.x)
        with np.errstate(all="ignore"):
            h = 0.1 / np.max(np.abs(f[:, self.moving]) / places.size[:, self.moving], axis=1, initial=1e-300)
        h[~np.isfinite(h)] = 1.0
        smallest = 1e-14 * h
        quiet = np.zeros(len(rows), int)
        open_ = np.arange(len(rows))
        for step in range(_STEPS):
            if step % _BETWEEN == 0:
                near = places[open_]
                arrived = self.newton(rows[open_], near)
                places.x[open_[arrived]] = near.x[arrived]
                done[open_[arrived]] = True
                open_ = open_[~arrived & (h[open_] > smallest[open_])]
            if not open_.size:
                break
            here = places[open_]
            x, growth, new = self._step(rows[open_], here, f[open_], jacobian[open_], h[open_])
            h[open_] *= growth
            good = np.isfinite(x).all(axis=1)
            took = open_[good]
            moved = np.abs((x - here.x) / here.size).max(axis=1, initial=0.0)[good]
            quiet[took] = np.where(moved <= _QUIET, quiet[took] + 1, 0)
            done[took] |= quiet[took] >= _QUIET_STEPS
            places.x[took] = x[good]
            places.largest[took] = np.maximum(places.largest[took], np.abs(x[good]))
            f[took], jacobian[took] = new[0][good], new[1][good]
            open_ = open_[~done[open_]]
        return done

    def _step(
        self, rows: np.ndarray, here: Places, f: np.ndarray, jacobian: np.ndarray, h: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """Return new states (NaN where the step was too long), by what to change h, and F and dF/dx there."""
        with np.errstate(all="ignore"):
            inverse = inverse_scaled(self.matrix(jacobian, 1.0 / h[:, None, None]), here.size)
            x = here.x + (inverse @ self.right(here, f))[:, :, 0]
            size = np.maximum(here.size, np.abs(x))
            # a few roundings below zero are no reason to stop
            x = np.where(here.non_negative & (x < 0) & (x > -1e-9 * size), 0.0, x)
            inside = np.isfinite(x).all(axis=1) & ~np.any(here.non_negative & (x < -1e-3 * size), axis=1)
            new = self.rates.linearized(rows, np.where(inside[:, None], x, here.x))
            change = np.where(self.moving, new[0] - f, 0.0)[:, :, None]
            error = np.max(np.abs(0.5 * (inverse @ change)[:, :, 0]) / (_ERROR * size), axis=1, initial=0.0)
            good = (
                inside
                & (error <= 1.0)
                & np.isfinite(new[0]).all(axis=1)
                & np.isfinite(new[1]).all(axis=(1, 2))
            )
            growth = np.clip(0.9 / np.sqrt(np.maximum(error, 1e-300)), 0.2, 5.0)
        growth = np.where(inside & np.isfinite(error), growth, 0.2)
        return np.where(good[:, None], x, np.nan), np.where(good, growth, np.minimum(growth, 0.5)), new

    def newton(self, rows: Int[np.ndarray, " c"], places: Places) -> Bool[np.ndarray, " c"]:
        """Iterate to a root nearby; change `places.x` and return where there is one."""
        start, size = places.x.copy(), places.size
        arrived = np.zeros(len(rows), bool)
        open_ = np.arange(len(rows))
        last = np.full(len(rows), np.inf)
        for _ in range(_NEWTON):
            here = places[open_]
            moved = self.correction(rows[open_], here) / size[open_]
            with np.errstate(all="ignore"):
                length = np.abs(moved).max(axis=1, initial=0.0)
                x = here.x + moved * size[open_]
            negative = here.non_negative & (x < 0)
            x = np.where(negative, np.where(x > -1e-6 * size[open_], 0.0, 0.1 * here.x), x)
            good = np.isfinite(length) & (length < 2 * _NEAR)  # beyond, it would end too far away
            places.x[open_[good]] = x[good]
            # roundings are all that is left: no longer shrinking, or nothing to speak of
            ended = good & ((length <= _DONE) | ((length < 1e-8) & (length >= 0.5 * last[open_])))
            arrived[open_[ended]] = True
            last[open_] = length
            open_ = open_[good & ~ended]
            if not open_.size:
                break
        with np.errstate(all="ignore"):
            near = (np.abs(places.x - start) <= _NEAR * np.maximum(size, np.abs(places.x))).all(axis=1)
        return arrived & near

    def correction(self, rows: np.ndarray, places: Places) -> Float[np.ndarray, "c n"]:
        """Return the Newton step, NaN where the linearization is singular."""
        f, jacobian = self.rates.linearized(rows, places.x)
        with np.errstate(all="ignore"):
            return solve_scaled(self.matrix(jacobian, 0.0), self.right(places, f), places.size)[:, :, 0]
