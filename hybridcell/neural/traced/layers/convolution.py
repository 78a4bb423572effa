"""Convolutions and their transposes over one, two and three axes, in the layout (N, C, ...) or (C, ...)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell.neural.traced.algebra import Algebra
from hybridcell.neural.traced.layers.base import Shapes, TracedLayer, check_axis, positive, sizes

#: Padding mode -> the name that NumPy has for it.
_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@dataclass(frozen=True)
class _Convolution(TracedLayer):
    axes: ClassVar[int]

    in_channels: int
    out_channels: int
    kernel_size: int | Sequence[int]
    stride: int | Sequence[int] = 1
    padding: int | Sequence[int] | str = 0
    dilation: int | Sequence[int] = 1
    groups: int = 1
    bias: bool = True
    padding_mode: str = "zeros"

    def __post_init__(self) -> None:
        _check(self, self.axes)
        check_choice("padding_mode", self.padding_mode, _MODES)
        if isinstance(self.padding, str):
            check_choice("padding", self.padding, ("valid", "same"))
            if self.padding == "same" and any(s != 1 for s in sizes("stride", self.stride, self.axes)):
                raise InvalidValueError("padding is 'same' and stride not 1; wanted one of the two.")
        else:
            sizes("padding", self.padding, self.axes)

    @property
    def shapes(self) -> Shapes:
        """Weight (out, in / groups, kernel...) and bias."""
        kernel = sizes("kernel_size", self.kernel_size, self.axes)
        bias = {"bias": (self.out_channels,)} if self.bias else {}
        return {"weight": (self.out_channels, self.in_channels // self.groups, *kernel), **bias}

    def _widths(self, kernel: Sequence[int], dilation: Sequence[int]) -> list[tuple[int, int]]:
        if self.padding == "valid":
            return [(0, 0)] * self.axes
        if self.padding == "same":
            # the odd one, if any, goes behind
            reach = [d * (k - 1) for k, d in zip(kernel, dilation)]
            return [(r // 2, r - r // 2) for r in reach]
        return [(p, p) for p in sizes("padding", self.padding, self.axes)]

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the convolution."""
        x, batched = with_batch(alg, inputs[0], self.axes)
        check_axis(x, 1, self.in_channels, "channels")
        kernel = sizes("kernel_size", self.kernel_size, self.axes)
        dilation = sizes("dilation", self.dilation, self.axes)
        widths = self._widths(kernel, dilation)
        if self.padding_mode == "zeros":
            x = alg.pad(x, [(0, 0, 0), (0, 0, 0), *((low, high, 0) for low, high in widths)], 0.0)
        else:
            x = _pad_from_inside(alg, x, widths, _MODES[self.padding_mode])
        _check_reach(x, [d * (k - 1) + 1 for k, d in zip(kernel, dilation)])
        stride = sizes("stride", self.stride, self.axes)
        found = alg.convolve(x, arrays["weight"], stride, dilation, self.groups)
        return _finish(found, arrays, batched, self.axes)


@dataclass(frozen=True)
class _Transposed(TracedLayer):
    axes: ClassVar[int]

    in_channels: int
    out_channels: int
    kernel_size: int | Sequence[int]
    stride: int | Sequence[int] = 1
    padding: int | Sequence[int] = 0
    output_padding: int | Sequence[int] = 0
    groups: int = 1
    bias: bool = True
    dilation: int | Sequence[int] = 1
    padding_mode: str = "zeros"

    def __post_init__(self) -> None:
        _check(self, self.axes)
        check_choice("padding_mode", self.padding_mode, ("zeros",))
        sizes("padding", self.padding, self.axes)
        extra = sizes("output_padding", self.output_padding, self.axes)
        strides = sizes("stride", self.stride, self.axes)
        dilations = sizes("dilation", self.dilation, self.axes)
        if any(e >= max(s, d) for e, s, d in zip(extra, strides, dilations)):
            raise InvalidValueError(
                f"output_padding is {self.output_padding}; wanted less than stride or dilation."
            )

    @property
    def shapes(self) -> Shapes:
        """Weight (in, out / groups, kernel...) and bias."""
        kernel = sizes("kernel_size", self.kernel_size, self.axes)
        bias = {"bias": (self.out_channels,)} if self.bias else {}
        return {"weight": (self.in_channels, self.out_channels // self.groups, *kernel), **bias}

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the transposed convolution: a plain one of the spread input with the mirrored kernel."""
        x, batched = with_batch(alg, inputs[0], self.axes)
        check_axis(x, 1, self.in_channels, "channels")
        n = self.axes
        kernel, dilation = sizes("kernel_size", self.kernel_size, n), sizes("dilation", self.dilation, n)
        numbers = (sizes("stride", self.stride, n), sizes("padding", self.padding, n))
        widths = [(0, 0, 0), (0, 0, 0)]
        for k, d, s, p, e in zip(kernel, dilation, *numbers, sizes("output_padding", self.output_padding, n)):
            widths.append((d * (k - 1) - p, d * (k - 1) - p + e, s - 1))
        x = alg.pad(x, widths, 0.0)
        weight = arrays["weight"]
        per_group = self.out_channels // self.groups
        weight = alg.xp.reshape(weight, (self.groups, -1, per_group, *kernel))
        weight = alg.xp.reshape(alg.xp.swapaxes(weight, 1, 2), (self.out_channels, -1, *kernel))
        weight = weight[(slice(None), slice(None), *(slice(None, None, -1),) * n)]
        found = alg.convolve(x, weight, (1,) * n, dilation, self.groups)
        return _finish(found, arrays, batched, n)


def with_batch(alg: Algebra, x: Any, axes: int) -> tuple[Any, bool]:
    """Return the input with a batch axis, and whether it had one."""
    if x.ndim not in (axes + 1, axes + 2):
        raise InvalidValueError(
            f"the input has the shape {tuple(x.shape)}; wanted {axes + 1} axes, or {axes + 2} with a batch."
        )
    batched = x.ndim == axes + 2
    return (x if batched else alg.xp.expand_dims(x, 0)), batched


def _finish(x: Any, arrays: Mapping[str, Any], batched: bool, axes: int) -> Any:
    if "bias" in arrays:
        x = x + arrays["bias"].reshape(-1, *(1,) * axes)
    return x if batched else x[0]


def _pad_from_inside(alg: Algebra, x: Any, widths: Sequence[tuple[int, int]], mode: Any) -> Any:
    for axis, (low, high) in enumerate(widths, start=2):
        n = x.shape[axis]
        most = n - (mode == "reflect")
        if mode != "edge" and max(low, high) > most:
            raise InvalidValueError(
                f"padding is {max(low, high)} on an axis of size {n}; wanted at most {most}."
            )
        x = alg.xp.take(x, np.pad(np.arange(n), (low, high), mode=mode), axis=axis)
    return x


def _check_reach(x: Any, reach: Sequence[int]) -> None:
    if any(n < r for n, r in zip(x.shape[2:], reach)):
        raise InvalidValueError(
            f"the input, padded, has the size {tuple(x.shape[2:])}, smaller than the kernel's {tuple(reach)}."
        )


def _check(layer: _Convolution | _Transposed, axes: int) -> None:
    positive("in_channels", layer.in_channels)
    positive("out_channels", layer.out_channels)
    positive("groups", layer.groups)
    for name in ("kernel_size", "stride", "dilation"):
        positive(name, *sizes(name, getattr(layer, name), axes))
    for name in ("in_channels", "out_channels"):
        if getattr(layer, name) % layer.groups:
            raise InvalidValueError(
                f"{name} is {getattr(layer, name)}; wanted a multiple of groups, {layer.groups}."
            )


class Conv1d(_Convolution):
    """Over (C, L)."""

    axes = 1


class Conv2d(_Convolution):
    """Over (C, H, W)."""

    axes = 2


class Conv3d(_Convolution):
    """Over (C, D, H, W)."""

    axes = 3


class ConvTranspose1d(_Transposed):
    """Over (C, L)."""

    axes = 1


class ConvTranspose2d(_Transposed):
    """Over (C, H, W)."""

    axes = 2


class ConvTranspose3d(_Transposed):
    """Over (C, D, H, W)."""

    axes = 3
