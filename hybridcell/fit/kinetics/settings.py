"""Settings of fits of reaction networks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice, unknown_name
from hybridcell._core.number_checks import is_number, is_whole
from hybridcell.fit.kinetics.objective import NOISES
from hybridcell.simulate import Solve

METHODS = ("lm", "adam")
WARM_STARTS = ("auto", "matching", "shooting", "none")


@dataclass(frozen=True, kw_only=True)
class NetworkFitSettings:
    """Keyword arguments of `hc.fit` for reaction networks; see there."""

    free: Sequence[str] | str | None = None
    noise: str = "normal"
    sd: float | Mapping[str, float] | None = None
    method: str = "lm"
    iterations: int = 100
    retries: int = 4
    warm_start: str = "auto"
    segments: int = 6
    horizon: Sequence[float] = (1.0,)
    penalty: float = 0.0
    steps: int = 500
    learning_rate: float | Mapping[str, float] = 0.01
    batch: int | None = None
    solve: Solve = field(default_factory=lambda: Solve(rtol=1e-5, max_steps=3000))

    def __post_init__(self) -> None:
        check_choice("noise", self.noise, NOISES)
        check_choice("method", self.method, METHODS)
        check_choice("warm_start", self.warm_start, WARM_STARTS)
        for name, least in (("iterations", 1), ("retries", 0), ("steps", 1), ("segments", 2)):
            value = getattr(self, name)
            if not is_whole(value) or value < least:
                raise InvalidValueError(f"{name} is {value!r}; wanted a whole number, at least {least}.")
        if self.batch is not None and (not is_whole(self.batch) or self.batch < 1):
            raise InvalidValueError(
                f"batch is {self.batch!r}; wanted a number of conditions, or None for all."
            )
        if not is_number(self.penalty) or not 0 <= self.penalty < np.inf:
            raise InvalidValueError(f"penalty is {self.penalty!r}; wanted a number from 0 on.")
        shares = list(self.horizon) if isinstance(self.horizon, Iterable) else []
        if not shares or not all(map(is_number, shares)) or not _grow_to_one(shares):
            raise InvalidValueError(
                f"horizon is {self.horizon!r}; wanted growing shares of the time that end with 1, such as "
                "(0.25, 0.5, 1.0)."
            )
        if not isinstance(self.solve, Solve):
            raise InvalidValueError(f"solve is {self.solve!r}; wanted a Solve, such as hc.Solve(rtol=1e-5).")
        if self.solve.backend != "jax":
            raise InvalidValueError("A fit needs derivatives, and the NumPy backend has none; take 'jax'.")
        rates = self.learning_rate
        for name, rate in rates.items() if isinstance(rates, Mapping) else [("mechanism", rates)]:
            if name not in ("mechanism", "neural"):
                raise unknown_name("part (of learning_rate)", str(name), ("mechanism", "neural"))
            if not is_number(rate) or not 0 < rate < np.inf:
                raise InvalidValueError(f"learning_rate is {rate!r}; wanted a positive number.")

    def rate_of(self, part: str) -> float:
        """Return the learning rate of "mechanism" or "neural"."""
        if isinstance(self.learning_rate, Mapping):
            return float(self.learning_rate.get(part, 0.01))
        return float(self.learning_rate)


def _grow_to_one(shares: list[float]) -> bool:
    return shares == sorted(shares) and shares[0] > 0 and shares[-1] == 1


def network_settings(options: Mapping[str, Any]) -> NetworkFitSettings:
    """Return checked settings; an unknown name raises with the nearest one."""
    known = [f.name for f in fields(NetworkFitSettings)]
    for name in options:
        if name not in known:
            raise unknown_name("option of fit (of a reaction network)", name, known)
    given = {name: value for name, value in options.items() if not (name == "solve" and value is None)}
    return NetworkFitSettings(**given)
