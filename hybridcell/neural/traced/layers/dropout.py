"""Layers that drop entries at random, in training only: without a random key they do nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.neural.traced.algebra import Algebra
from hybridcell.neural.traced.layers.base import TracedLayer

#: What SELU gives for very negative numbers: a dropped entry has this value in `AlphaDropout`.
_DROPPED = -1.7580993408473766


@dataclass(frozen=True)
class _Dropout(TracedLayer):
    #: Number of axes of one sample where whole channels are dropped, 0 where entries are.
    sample_axes: ClassVar[int] = 0
    alpha: ClassVar[bool] = False

    p: float = 0.5
    inplace: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.p, int | float) or not 0 <= self.p <= 1:
            raise InvalidValueError(f"p is {self.p!r}; wanted a number between 0 and 1.")

    def _mask_shape(self, x: Any) -> tuple[int, ...]:
        if not self.sample_axes:
            return x.shape
        # one entry per channel, and per sample where there is a batch axis
        kept = 2 if x.ndim > self.sample_axes else 1
        return (*x.shape[:kept], *(1,) * (x.ndim - kept))

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the input, some of it dropped where a key is given."""
        (x,) = inputs
        if key is None or self.p == 0:
            return x
        kept = jax.random.bernoulli(key, 1.0 - self.p, self._mask_shape(x))
        if not self.alpha:
            return alg.select(kept, x / (1.0 - self.p) if self.p < 1 else 0.0 * x, 0.0)
        scale = 1.0 / np.sqrt((1.0 - self.p) * (1.0 + self.p * _DROPPED**2)) if self.p < 1 else 0.0
        return scale * (alg.select(kept, x, _DROPPED) - _DROPPED * self.p)


class Dropout(_Dropout):
    """Entries."""


class Dropout1d(_Dropout):
    """Channels of (N, C, L) or (C, L)."""

    sample_axes = 2


class Dropout2d(_Dropout):
    """Channels of (N, C, H, W), and, as in PyTorch, of (N, C, L)."""

    sample_axes = 2


class Dropout3d(_Dropout):
    """Channels of (N, C, D, H, W) or (C, D, H, W)."""

    sample_axes = 4


class AlphaDropout(_Dropout):
    """Entries, such that mean and variance stay."""

    alpha = True


class FeatureAlphaDropout(_Dropout):
    """Channels (the second axis), such that mean and variance stay."""

    alpha = True
    sample_axes = 1
