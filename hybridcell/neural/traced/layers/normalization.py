"""Layers that shift and scale by means and variances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.neural.traced.algebra import Algebra
from hybridcell.neural.traced.layers.base import Shapes, TracedLayer, check_axis, positive, sizes


def _normalized(alg: Algebra, x: Any, axes: Sequence[int], eps: float) -> Any:
    away = x - alg.mean(x, axes, keep=True)
    return away / alg.unary("sqrt", alg.mean(away * away, axes, keep=True) + eps)


def _by_channel(array: Any, axes: int) -> Any:
    return array.reshape(-1, *(1,) * axes)


def _scaled(x: Any, arrays: Mapping[str, Any], axes: int) -> Any:
    if "weight" in arrays:
        x = x * _by_channel(arrays["weight"], axes)
    return x + _by_channel(arrays["bias"], axes) if "bias" in arrays else x


@dataclass(frozen=True)
class _PerChannel(TracedLayer):
    axes: ClassVar[int]

    num_features: int
    eps: float = 1e-5
    momentum: float | None = 0.1
    affine: bool = True
    track_running_stats: bool = True
    bias: bool = True

    def __post_init__(self) -> None:
        positive("num_features", self.num_features)

    @property
    def shapes(self) -> Shapes:
        """Weight and bias, one per channel."""
        if not self.affine:
            return {}
        return {"weight": (self.num_features,)} | ({"bias": (self.num_features,)} if self.bias else {})

    @property
    def statistics(self) -> Shapes:
        """Running mean and variance."""
        n = (self.num_features,)
        return {"running_mean": n, "running_var": n} if self.track_running_stats else {}

    def _from_statistics(self, alg: Algebra, x: Any, arrays: Mapping[str, Any], axes: int) -> Any:
        away = x - _by_channel(arrays["running_mean"], axes)
        return away / alg.unary("sqrt", _by_channel(arrays["running_var"], axes) + self.eps)


class _BatchNorm(_PerChannel):
    """Per channel, with the running statistics where they are stored, else with those of the batch."""

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the normalized input."""
        (x,) = inputs
        allowed = (2, 3) if self.axes == 1 else (self.axes + 2,)
        if x.ndim not in allowed:
            raise InvalidValueError(
                f"the input has the shape {tuple(x.shape)}; wanted {' or '.join(map(str, allowed))} axes, "
                "the first one a batch."
            )
        check_axis(x, 1, self.num_features, "channels")
        axes = x.ndim - 2
        if "running_mean" in arrays:
            return _scaled(self._from_statistics(alg, x, arrays, axes), arrays, axes)
        return _scaled(_normalized(alg, x, [0, *range(2, x.ndim)], self.eps), arrays, axes)


@dataclass(frozen=True)
class _InstanceNorm(_PerChannel):
    """Per channel and sample, with the running statistics where they are stored."""

    affine: bool = False
    track_running_stats: bool = False

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the normalized input."""
        (x,) = inputs
        if x.ndim not in (self.axes + 1, self.axes + 2):
            raise InvalidValueError(
                f"the input has the shape {tuple(x.shape)}; wanted {self.axes + 1} axes, or "
                f"{self.axes + 2} with a batch."
            )
        check_axis(x, -self.axes - 1, self.num_features, "channels")
        if "running_mean" in arrays:
            return _scaled(self._from_statistics(alg, x, arrays, self.axes), arrays, self.axes)
        spatial = list(range(-self.axes, 0))
        return _scaled(_normalized(alg, x, [axis % x.ndim for axis in spatial], self.eps), arrays, self.axes)


@dataclass(frozen=True)
class LayerNorm(TracedLayer):
    """Over the last axes, with a weight for every entry of them."""

    normalized_shape: int | Sequence[int]
    eps: float = 1e-5
    elementwise_affine: bool = True
    bias: bool = True

    @property
    def over(self) -> tuple[int, ...]:
        """The sizes of the axes."""
        n = self.normalized_shape
        return (n,) if isinstance(n, int) else tuple(n)

    def __post_init__(self) -> None:
        sizes("normalized_shape", self.normalized_shape, len(self.over))
        positive("normalized_shape", *self.over)

    @property
    def shapes(self) -> Shapes:
        """Weight and bias."""
        if not self.elementwise_affine:
            return {}
        return {"weight": self.over} | ({"bias": self.over} if self.bias else {})

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the normalized input."""
        (x,) = inputs
        n = len(self.over)
        if tuple(x.shape[x.ndim - n :]) != self.over:
            raise InvalidValueError(
                f"the input has the shape {tuple(x.shape)}; wanted its last axes to be {self.over}."
            )
        found = _normalized(alg, x, list(range(x.ndim - n, x.ndim)), self.eps)
        found = found * arrays["weight"] if "weight" in arrays else found
        return found + arrays["bias"] if "bias" in arrays else found


@dataclass(frozen=True)
class RMSNorm(TracedLayer):
    """Divide by the root of the mean square over the last axes."""

    normalized_shape: int | Sequence[int]
    eps: float | None = None
    elementwise_affine: bool = True

    @property
    def over(self) -> tuple[int, ...]:
        """The sizes of the axes."""
        n = self.normalized_shape
        return (n,) if isinstance(n, int) else tuple(n)

    @property
    def shapes(self) -> Shapes:
        """Weight."""
        return {"weight": self.over} if self.elementwise_affine else {}

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the scaled input."""
        (x,) = inputs
        axes = list(range(x.ndim - len(self.over), x.ndim))
        eps = float(np.finfo(float).eps) if self.eps is None else self.eps
        found = x / alg.unary("sqrt", alg.mean(x * x, axes, keep=True) + eps)
        return found * arrays["weight"] if "weight" in arrays else found


@dataclass(frozen=True)
class GroupNorm(TracedLayer):
    """Per sample, over groups of channels and all that is behind them."""

    num_groups: int
    num_channels: int
    eps: float = 1e-5
    affine: bool = True
    bias: bool = True

    def __post_init__(self) -> None:
        positive("num_groups", self.num_groups)
        positive("num_channels", self.num_channels)
        if self.num_channels % self.num_groups:
            raise InvalidValueError(
                f"num_channels is {self.num_channels}; wanted a multiple of num_groups, {self.num_groups}."
            )

    @property
    def shapes(self) -> Shapes:
        """Weight and bias, one per channel."""
        if not self.affine:
            return {}
        return {"weight": (self.num_channels,)} | ({"bias": (self.num_channels,)} if self.bias else {})

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the normalized input (N, C, ...)."""
        (x,) = inputs
        check_axis(x, 1, self.num_channels, "channels")
        grouped = alg.xp.reshape(x, (x.shape[0], self.num_groups, -1))
        found = alg.xp.reshape(_normalized(alg, grouped, [2], self.eps), x.shape)
        return _scaled(found, arrays, x.ndim - 2)


def _family(base: type, name: str) -> list[type]:
    return [
        type(f"{name}{n}d", (base,), {"axes": n, "__module__": __name__, "__doc__": base.__doc__})
        for n in (1, 2, 3)
    ]


BatchNorm1d, BatchNorm2d, BatchNorm3d = _family(_BatchNorm, "BatchNorm")
InstanceNorm1d, InstanceNorm2d, InstanceNorm3d = _family(_InstanceNorm, "InstanceNorm")
