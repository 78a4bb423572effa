"""Pooling over windows: largest, mean and p-norm, with fixed windows or a fixed size of the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.neural.traced.algebra import Algebra
from hybridcell.neural.traced.arithmetic import pow as power
from hybridcell.neural.traced.layers.base import TracedLayer, positive, sizes
from hybridcell.neural.traced.layers.convolution import with_batch


@dataclass(frozen=True)
class _Window:
    """Windows along one axis of n entries."""

    kernel: int
    stride: int
    padding: int
    dilation: int
    ceil: bool

    def count(self, n: int) -> int:
        room = n + 2 * self.padding - self.dilation * (self.kernel - 1) - 1
        if room < 0:
            raise InvalidValueError(f"an axis of size {n} is smaller than the window of {self.kernel}.")
        found = room // self.stride + 1
        if self.ceil and room % self.stride and found * self.stride < n + self.padding:
            # one more, not full, unless it would begin behind the input
            found += 1
        return found

    def starts(self, n: int) -> np.ndarray:
        return np.arange(self.count(n)) * self.stride - self.padding


def _windows(alg: Algebra, x: Any, windows: Sequence[_Window], fill: float) -> Any:
    """Return x (N, C, ...) with every spatial axis as two, places and entries of windows; entries last."""
    n_axes = len(windows)
    widths = [(0, 0, 0), (0, 0, 0)]
    for n, w in zip(x.shape[2:], windows):
        end = int(w.starts(n)[-1]) + w.dilation * (w.kernel - 1) + 1
        widths.append((w.padding, max(end - n, 0), 0))
    padded = alg.pad(x, widths, fill)
    for axis in reversed(range(n_axes)):
        w = windows[axis]
        starts = w.starts(x.shape[2 + axis]) + w.padding
        index = starts[:, None] + w.dilation * np.arange(w.kernel)
        padded = alg.xp.take(padded, index, axis=2 + axis)
    places = [2 + 2 * axis for axis in range(n_axes)]
    return alg.xp.transpose(padded, (0, 1, *places, *(p + 1 for p in places)))


def _last(n: int) -> list[int]:
    return list(range(-n, 0))


@dataclass(frozen=True)
class _MaxPool(TracedLayer):
    axes: ClassVar[int]

    kernel_size: int | Sequence[int]
    stride: int | Sequence[int] | None = None
    padding: int | Sequence[int] = 0
    dilation: int | Sequence[int] = 1
    return_indices: bool = False
    ceil_mode: bool = False

    def __post_init__(self) -> None:
        if self.return_indices:
            raise InvalidValueError("return_indices is true; wanted false: places are not numbers.")
        _make(self.axes, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the largest entries."""
        x, batched = with_batch(alg, inputs[0], self.axes)
        windows = _make(self.axes, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)
        found = alg.reduce("max", _windows(alg, x, windows, -np.inf), _last(self.axes))
        return found if batched else found[0]


@dataclass(frozen=True)
class _AvgPool(TracedLayer):
    axes: ClassVar[int]

    kernel_size: int | Sequence[int]
    stride: int | Sequence[int] | None = None
    padding: int | Sequence[int] = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: int | None = None

    def __post_init__(self) -> None:
        _make(self.axes, self.kernel_size, self.stride, self.padding, 1, self.ceil_mode)
        if self.divisor_override is not None:
            positive("divisor_override", self.divisor_override)

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the means."""
        x, batched = with_batch(alg, inputs[0], self.axes)
        windows = _make(self.axes, self.kernel_size, self.stride, self.padding, 1, self.ceil_mode)
        found = _averages(
            alg, x, windows, include_padding=self.count_include_pad, divisor=self.divisor_override
        )
        return found if batched else found[0]


@dataclass(frozen=True)
class _LPPool(TracedLayer):
    axes: ClassVar[int]

    norm_type: float
    kernel_size: int | Sequence[int]
    stride: int | Sequence[int] | None = None
    ceil_mode: bool = False

    def __post_init__(self) -> None:
        _make(self.axes, self.kernel_size, self.stride, 0, 1, self.ceil_mode)
        if not isinstance(self.norm_type, int | float) or not self.norm_type > 0:
            raise InvalidValueError(f"norm_type is {self.norm_type!r}; wanted a positive number.")

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return (sum of x^p)^(1/p); a window that is not full counts as if its mean went on."""
        x, batched = with_batch(alg, inputs[0], self.axes)
        windows = _make(self.axes, self.kernel_size, self.stride, 0, 1, self.ceil_mode)
        powers = power(alg, x, float(self.norm_type))
        means = _averages(alg, powers, windows, include_padding=True, divisor=None)
        sums = alg.relu(means) * float(np.prod([w.kernel for w in windows]))
        found = alg.binary("pow", sums, 1.0 / self.norm_type)
        return found if batched else found[0]


@dataclass(frozen=True)
class _Adaptive(TracedLayer):
    axes: ClassVar[int]
    op: ClassVar[str]

    output_size: int | Sequence[int | None] | None
    return_indices: bool = False

    def __post_init__(self) -> None:
        if self.return_indices:
            raise InvalidValueError("return_indices is true; wanted false: places are not numbers.")
        wanted = self.output_size if isinstance(self.output_size, Sequence) else [self.output_size]
        if len(wanted) not in (1, self.axes):
            raise InvalidValueError(f"output_size is {self.output_size}; wanted one or {self.axes} numbers.")
        positive("output_size", *(n for n in wanted if n is not None))

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the result, axis by axis: boxes are products of ranges."""
        x, batched = with_batch(alg, inputs[0], self.axes)
        wanted = self.output_size if isinstance(self.output_size, Sequence) else [self.output_size]
        wanted = list(wanted) * (self.axes if len(wanted) == 1 else 1)
        for axis, size in enumerate(wanted, start=2):
            n = x.shape[axis]
            parts = []
            for i in range(n if size is None else size):
                m = n if size is None else size
                part = alg.xp.take(x, np.arange(i * n // m, -(-(i + 1) * n // m)), axis=axis)
                parts.append(alg.mean(part, [axis]) if self.op == "mean" else alg.reduce("max", part, [axis]))
            x = alg.xp.stack(parts, axis=axis)
        return x if batched else x[0]


def _make(
    axes: int, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[_Window, ...]:
    kernels = sizes("kernel_size", kernel, axes)
    strides = kernels if stride is None or stride == () else sizes("stride", stride, axes)
    paddings, dilations = sizes("padding", padding, axes), sizes("dilation", dilation, axes)
    positive("kernel_size", *kernels)
    positive("stride", *strides)
    positive("dilation", *dilations)
    if any(p < 0 or 2 * p > k for p, k in zip(paddings, kernels)):
        raise InvalidValueError(f"padding is {padding}; wanted between 0 and half of the window, {kernel}.")
    return tuple(_Window(*numbers, bool(ceil_mode)) for numbers in zip(kernels, strides, paddings, dilations))


def _averages(
    alg: Algebra, x: Any, windows: Sequence[_Window], *, include_padding: bool, divisor: int | None
) -> Any:
    found = alg.reduce("add", _windows(alg, x, windows, 0.0), _last(len(windows)))
    if divisor is not None:
        return found / float(divisor)
    counts = np.ones(())
    for n, w in zip(x.shape[2:], windows):
        starts = w.starts(n)
        # what reaches past the padding is never counted
        ends = np.minimum(starts + w.kernel, n + w.padding)
        inside = ends - starts if include_padding else np.minimum(ends, n) - np.maximum(starts, 0)
        counts = counts[..., None] * inside
    return found / counts


def _family(base: type, name: str, **more: Any) -> list[type]:
    return [
        type(f"{name}{n}d", (base,), {"axes": n, "__module__": __name__, "__doc__": base.__doc__, **more})
        for n in (1, 2, 3)
    ]


MaxPool1d, MaxPool2d, MaxPool3d = _family(_MaxPool, "MaxPool")
AvgPool1d, AvgPool2d, AvgPool3d = _family(_AvgPool, "AvgPool")
LPPool1d, LPPool2d, LPPool3d = _family(_LPPool, "LPPool")
AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d = _family(_Adaptive, "AdaptiveMaxPool", op="max")
AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d = _family(_Adaptive, "AdaptiveAvgPool", op="mean")
