"""What was measured on a gene network, as arrays: levels, and what was done to which gene."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from hybridcell.fit.gene_network.noise import Noise, estimate_noise


@dataclass(frozen=True, eq=False)
class NetworkExperiments:
    """Steady states and time courses of n genes.

    Attributes
    ----------
    genes : tuple of str
        Names.
    steady : ndarray, shape (c, n)
        Measured steady states; NaN = not measured.
    made : ndarray, shape (c, n)
        Share of each gene's production that was left.
    times : ndarray, shape (s, t)
        Times of each course. A shorter course repeats its last time.
    courses : ndarray, shape (s, t, n)
        Measured levels; NaN = not measured.
    course_made : ndarray, shape (s, n)
        As `made`.
    on : ndarray, shape (s, t)
        1 where the unknown stimulus of the course acts from that time to the next.
    """

    genes: tuple[str, ...]
    steady: Float[np.ndarray, "c n"]
    made: Float[np.ndarray, "c n"]
    times: Float[np.ndarray, "s t"]
    courses: Float[np.ndarray, "s t n"]
    course_made: Float[np.ndarray, "s n"]
    on: Float[np.ndarray, "s t"]

    @property
    def n(self) -> int:
        """Number of genes."""
        return len(self.genes)

    @property
    def n_measurements(self) -> int:
        """How often the network was looked at: rows of all tables."""
        return len(self.steady) + int(np.isfinite(self.courses).any(axis=2).sum())

    @cached_property
    def resting(self) -> Float[np.ndarray, "r n"]:
        """Levels of genes that nothing was done to, at steady states and at the beginning of courses.

        Most genes do not respond to the knockout of another one, so that the median over these rows is the
        untouched cell, and their spread the noise.
        """
        steady = np.where(self.made == 1, self.steady, np.nan)
        if not self.courses.size:
            return steady
        return np.concatenate([steady, np.where(self.course_made == 1, self.courses[:, 0], np.nan)])

    @cached_property
    def reference(self) -> Float[np.ndarray, " n"]:
        """Levels of the untouched cell, the median of `resting`."""
        return np.nanmedian(self.resting, axis=0)

    @cached_property
    def noise(self) -> Noise:
        """How the measurement error grows with the level."""
        return estimate_noise(self.resting, self.courses)

    @cached_property
    def capacity(self) -> float:
        """Level of a gene that is always on, from the highest levels of all genes."""
        values = np.concatenate([self.steady.ravel(), self.courses.ravel()])
        return float(np.nanquantile(values, 0.98))

    @cached_property
    def response(self) -> Float[np.ndarray, "n n"]:
        """How many standard deviations gene i [row] moved when gene j [column] was taken away.

        From the steady states in which j alone was touched, weighted by how much of it was taken; 0 where
        there is none.
        """
        taken = 1.0 - self.made
        alone = (taken > 0).sum(axis=1) == 1
        spread = self.noise.sd(self.reference)
        moved = np.nan_to_num((self.steady - self.reference) / spread)
        total, weight = np.zeros((self.n, self.n)), np.zeros(self.n)
        for row in np.flatnonzero(alone):
            j = int(np.argmax(taken[row]))
            total[:, j] += taken[row, j] * moved[row]
            weight[j] += taken[row, j] ** 2
        z = total / np.sqrt(np.where(weight > 0, weight, 1.0))
        np.fill_diagonal(z, 0.0)
        return z

    @cached_property
    def time_scale(self) -> float:
        """Rate at which the network answers, per time: from the courses, with no other knowledge.

        The excursion of all genes at the end of the stimulus (or of the course) is followed back to where
        half of it is left. Two stages in a row take twice the half-life of one.
        """
        halves = [half for s in range(len(self.times)) if (half := self._half_time(s)) is not None]
        if halves:
            return float(2.0 * np.log(2.0) / np.median(halves))
        if not self.times.size or not np.ptp(self.times, axis=1).any():
            return 1.0  # steady states know no time, nor does one look at each course
        span, step = np.ptp(self.times), np.median(np.diff(self.times, axis=1))
        return float(1.0 / np.sqrt(span * max(step, span / self.times.shape[1])))

    def _half_time(self, s: int) -> float | None:
        times, on = self.times[s], self.on[s]
        moved = np.nan_to_num((self.courses[s] - self.reference) / self.noise.sd(self.reference))
        active = np.flatnonzero(on > 0)
        ends = int(active[-1]) + 1 if active.size and active[-1] + 2 < len(times) else None
        if ends is not None:  # follow the way back, from the excursion averaged over two times
            aim, path, clock = moved[[ends - 1, ends]].mean(0), moved[ends:], times[ends:] - times[ends]
        else:
            aim, path, clock = moved[-2:].mean(0), moved[-1] - moved, times - times[0]
        size = float(aim @ aim)
        if size < 9.0 * np.sqrt(self.n):  # not above the noise of n genes
            return None
        left = path @ aim / size
        below = np.flatnonzero(left < 0.5)
        if not below.size or below[0] == 0:
            return None
        k = int(below[0])
        share = (left[k - 1] - 0.5) / (left[k - 1] - left[k])
        return float(clock[k - 1] + share * (clock[k] - clock[k - 1]))
