"""The distribution of a new measurement: intervals, score and rank of what was measured then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.number_checks import checked_share

#: Numbers in memory at one time.
_TILE = 4_000_000
#: floor((n + 1) (1 - level)) of 9 and 0.9 is 1, not the 0 that rounding makes of it.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Predictive:
    """Distributions of C conditions x R readouts, by points or by a scale.

    Attributes
    ----------
    mean, aleatoric, epistemic : ndarray, shape (C, R)
        What is predicted, and the standard deviations of noise and of what the data leave open.
    n : ndarray, shape (R,)
        Number of observations behind each readout.
    center, fold, size, weight
        Points: entry i lies at ``center[fold[i]]`` (K, C, R) plus and minus ``size[i]`` (N, R), with
        ``weight[i]`` (N, R); an observation has weight 1 in all.
    inside, outside : ndarray or None, shapes (N, R) and (C, R)
        Scales: sizes are multiplied by outside / inside where that is above 1.
    scale : ndarray or None, shape (C, R)
        In place of points: that of Student's t with n - 1 degrees of freedom around the mean.
    """

    mean: np.ndarray
    aleatoric: np.ndarray
    epistemic: np.ndarray
    n: np.ndarray
    center: np.ndarray | None = None
    fold: np.ndarray | None = None
    size: np.ndarray | None = None
    weight: np.ndarray | None = None
    inside: np.ndarray | None = None
    outside: np.ndarray | None = None
    scale: np.ndarray | None = None
    _parts: tuple[tuple[np.ndarray, Predictive], ...] = field(default=(), repr=False)

    @classmethod
    def joined(cls, parts: Sequence[tuple[np.ndarray, Predictive]], mean: np.ndarray) -> Predictive:
        """Join distributions of some rows each."""
        out = {name: np.full(mean.shape, np.nan) for name in ("aleatoric", "epistemic")}
        for rows, part in parts:
            for name, values in out.items():
                values[rows] = getattr(part, name)
        n = np.min([part.n for _, part in parts], axis=0) if parts else np.zeros(mean.shape[1], dtype=int)
        return cls(mean=mean, n=n, _parts=tuple(parts), **out)

    def _over_parts(self, method: str, shape: tuple[int, ...], *args: Any) -> np.ndarray:
        out = np.full(shape, np.nan)
        for rows, part in self._parts:
            given = [a[rows] if isinstance(a, np.ndarray) else a for a in args]
            out[..., rows, :] = getattr(part, method)(*given)
        return out

    def interval(self, level: float) -> Float[np.ndarray, "2 c r"]:
        """Return lower and upper ends, infinite where there are too few observations or no prediction.

        Raises
        ------
        InvalidValueError
            When the level does not lie between 0 and 1.
        """
        level = checked_share("level", level, 0.9)
        if self._parts or (self.center is None and self.scale is None):
            return self._over_parts("interval", (2, *self.mean.shape), level)
        if self.scale is not None:
            return self._student(level)
        found = np.concatenate([self._ends(level, columns) for columns in self._tiles()], axis=1)
        broken = np.isnan(found).any(axis=0) | np.isnan(self.mean)
        found[0] = np.where(broken, -np.inf, found[0])
        found[1] = np.where(broken, np.inf, found[1])
        return found

    def _student(self, level: float) -> np.ndarray:
        from scipy import stats

        freedom = np.maximum(self.n - 1, 1)
        reach = np.where(self.n > 1, stats.t.ppf(0.5 + level / 2, freedom), np.inf) * self.scale
        reach = np.where(np.isnan(reach) | np.isnan(self.mean), np.inf, reach)
        middle = np.where(np.isfinite(reach), self.mean, 0.0)
        return np.stack([middle - reach, middle + reach])

    def _tiles(self) -> list[slice]:
        assert self.size is not None
        count = max(1, _TILE // max(1, self.size.size))
        return [slice(i, i + count) for i in range(0, len(self.mean), count)]

    def _ends(self, level: float, rows: slice) -> np.ndarray:
        center, reach, weight = self._entries(rows)
        low = _kth(center - reach, weight, self.n, 1.0 - level)
        high = -_kth(-center - reach, weight, self.n, 1.0 - level)
        return np.stack([low, high])

    def _entries(self, rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        assert self.center is not None
        assert self.fold is not None
        assert self.size is not None
        assert self.weight is not None
        center = self.center[self.fold, rows]
        reach = np.broadcast_to(self.size[:, None], center.shape)
        if self.inside is not None and self.outside is not None:
            reach = reach * np.maximum(self.outside[rows] / self.inside[:, None], 1.0)
        return center, reach, self.weight

    def crps(self, measured: Float[np.ndarray, "c r"]) -> Float[np.ndarray, "c r"]:
        """Return the continuous ranked probability score of each measurement, in its unit; NaN where none."""
        if self._parts or (self.center is None and self.scale is None):
            return self._over_parts("crps", self.mean.shape, measured)
        out = np.full(self.mean.shape, np.nan)
        if self.scale is not None:
            points, weight = self._student_points()
            return _crps(points, weight, measured)
        for rows in self._tiles():
            out[rows] = _crps(*self._both_signs(rows), measured[rows])
        return out

    def pit(self, measured: Float[np.ndarray, "c r"]) -> Float[np.ndarray, "c r"]:
        """Return the probability below each measurement: uniform where the distribution is right."""
        if self._parts or (self.center is None and self.scale is None):
            return self._over_parts("pit", self.mean.shape, measured)
        if self.scale is not None:
            from scipy import stats

            scale = np.where(self.scale > 0, self.scale, np.nan)
            return np.asarray(stats.t.cdf((measured - self.mean) / scale, np.maximum(self.n - 1, 1)))
        out = np.full(self.mean.shape, np.nan)
        for rows in self._tiles():
            points, weight = self._both_signs(rows)
            y = measured[rows]
            below = np.sum(weight[:, None] * ((points < y) + 0.5 * (points == y)), axis=0)
            # points at both infinities stand for what n observations cannot tell
            total = np.sum(weight, axis=0)
            out[rows] = np.where(np.isnan(y), np.nan, (below + 0.5) / (total + 1.0))
        return out

    def _both_signs(self, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        center, reach, weight = self._entries(rows)
        return np.concatenate([center - reach, center + reach]), np.concatenate([weight, weight]) / 2

    def _student_points(self) -> tuple[np.ndarray, np.ndarray]:
        from scipy import stats

        assert self.scale is not None
        probability = (np.arange(400) + 0.5) / 400
        quantile = stats.t.ppf(probability[:, None], np.maximum(self.n - 1, 1))
        points = self.mean + quantile[:, None] * self.scale
        return points, np.where(self.n > 1, 1.0, 0.0) * np.ones((400, 1))


def _kth(
    values: Float[np.ndarray, "n c r"], weight: Float[np.ndarray, "n r"], n: np.ndarray, share: float
) -> Float[np.ndarray, "c r"]:
    """Return the largest value with at most `share` of the mass below it, one observation's at -infinity.

    Values may be NaN only where they weigh nothing; else the result is NaN.
    """
    if not len(values):
        return np.full(values.shape[1:], -np.inf)
    heavy = np.broadcast_to(weight[:, None] > 0, values.shape)
    bad = (np.isnan(values) & heavy).any(axis=0)
    ranked = np.where(heavy, values, np.inf)
    order = np.argsort(ranked, axis=0)
    mass = np.take_along_axis(np.broadcast_to(weight[:, None], values.shape), order, axis=0)
    below = np.cumsum(mass, axis=0) - mass + 1.0
    allowed = (below <= share * (n + 1.0) + _ROUNDING) & (mass > 0)
    last = len(values) - 1 - np.argmax(allowed[::-1], axis=0)
    found = np.take_along_axis(np.take_along_axis(ranked, order, axis=0), last[None], axis=0)[0]
    return np.where(bad, np.nan, np.where(allowed.any(axis=0), found, -np.inf))


def _crps(
    points: Float[np.ndarray, "n c r"], weight: Float[np.ndarray, "n r"], y: Float[np.ndarray, "c r"]
) -> Float[np.ndarray, "c r"]:
    """Return E|X - y| - E|X - X'| / 2 of weighted points."""
    total = weight.sum(axis=0)
    share = np.broadcast_to((weight / np.where(total > 0, total, np.nan))[:, None], points.shape)
    safe = np.where(share > 0, points, 0.0)
    order = np.argsort(safe, axis=0)
    x, w = np.take_along_axis(safe, order, axis=0), np.take_along_axis(share, order, axis=0)
    upto = np.cumsum(w, axis=0)
    score = np.sum(w * np.abs(x - y), axis=0) - np.sum(w * x * (2 * upto - w - 1.0), axis=0)
    return np.where(total > 0, score, np.nan)
