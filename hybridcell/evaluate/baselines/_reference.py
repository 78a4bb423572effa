"""The untreated control that effects are relative to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Reference:
    """Control values per readout: 0 where the control is implied, else the mean of measured control rows.

    The controls of the same context and time are used where there are any, else those of the same
    context, else all. A readout of which no control was measured falls back on the mean of all its rows.
    """

    overall: np.ndarray
    by_key: dict[tuple[str | None, float | None], np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(cls, train: Any) -> Reference:
        """Read the controls of a training part."""
        if train.control == "implied":
            return cls(np.zeros(len(train.readouts)))
        rows = np.flatnonzero(train.is_control)
        overall = _mean(train.values[rows], _mean(train.values, np.zeros(len(train.readouts))))
        if train.context is None and train.time is None:
            return cls(overall)
        members: dict[tuple[str | None, float | None], list[int]] = {}
        for i, keys in zip(rows, _keys(train, rows)):
            for key in keys:
                members.setdefault(key, []).append(int(i))
        # The key of a context alone sorts before its keys with a time, which fall back on it.
        by_key: dict[tuple[str | None, float | None], np.ndarray] = {}
        for key in sorted(members, key=lambda k: k[1] is not None):
            by_key[key] = _mean(train.values[members[key]], by_key.get((key[0], None), overall))
        return cls(overall, by_key)

    def at(self, conditions: Any) -> np.ndarray:
        """Return control values for each condition, (C, R)."""
        n = len(conditions.doses)
        values = np.tile(self.overall, (n, 1))
        if self.by_key:
            for i, (narrow, wide) in enumerate(_keys(conditions, np.arange(n))):
                values[i] = self.by_key.get(narrow, self.by_key.get(wide, self.overall))
        return values


def _keys(conditions: Any, rows: np.ndarray) -> list[tuple[tuple[str | None, float | None], ...]]:
    """Return (context, time) and (context, None) of each row."""
    context, time = conditions.context, conditions.time
    names = [None if context is None else context[i] for i in rows]
    # a steady state has the time NaN, which is not equal to itself; it is later than any time
    times = [None if time is None else float(np.nan_to_num(time[i], nan=np.inf)) for i in rows]
    return [((name, t), (name, None)) for name, t in zip(names, times)]


def _mean(values: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    seen = ~np.isnan(values)
    count = seen.sum(axis=0)
    return np.where(count > 0, np.where(seen, values, 0.0).sum(axis=0) / np.maximum(count, 1), otherwise)
