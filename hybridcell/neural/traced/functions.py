"""Functions and methods of tensors that a forward pass can call; names and arguments are PyTorch's.

Here are those that move entries about; `FUNCTIONS` has all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import is_whole
from hybridcell.neural.traced.activations import ACTIVATIONS
from hybridcell.neural.traced.algebra import Algebra
from hybridcell.neural.traced.arithmetic import ARITHMETIC, axis_of


def flatten(alg: Algebra, x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Merge neighboring axes, the last index running fastest."""
    if x.ndim == 0:
        return alg.xp.reshape(x, (1,))
    first, last = axis_of(x, start_dim), axis_of(x, end_dim)
    if first > last:
        raise InvalidValueError(f"flatten merges axes {start_dim} to {end_dim}; wanted them in this order.")
    return alg.xp.reshape(x, (*x.shape[:first], -1, *x.shape[last + 1 :]))


def cat(alg: Algebra, tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join along an axis."""
    return alg.xp.concatenate([alg.asarray(x) for x in tensors], axis=dim)


def stack(alg: Algebra, tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join along a new axis."""
    return alg.xp.stack([alg.asarray(x) for x in tensors], axis=dim)


def reshape(alg: Algebra, x: Any, *shape: Any) -> Any:
    """Give another shape."""
    return alg.xp.reshape(x, _sizes(shape))


def view(alg: Algebra, x: Any, *size: Any) -> Any:
    """Give another shape."""
    return reshape(alg, x, *size)


def squeeze(alg: Algebra, x: Any, dim: int | Sequence[int] | None = None) -> Any:
    """Drop axes of size 1."""
    axes = range(x.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
    gone = {axis_of(x, axis) for axis in axes if x.shape[axis] == 1}
    return alg.xp.reshape(x, [n for axis, n in enumerate(x.shape) if axis not in gone])


def unsqueeze(alg: Algebra, x: Any, dim: int) -> Any:
    """Add an axis of size 1."""
    return alg.xp.expand_dims(x, dim)


def permute(alg: Algebra, x: Any, *dims: Any) -> Any:
    """Reorder axes."""
    return alg.xp.transpose(x, _sizes(dims))


def transpose(alg: Algebra, x: Any, dim0: int, dim1: int) -> Any:
    """Swap two axes."""
    return alg.xp.swapaxes(x, dim0, dim1)


def t(alg: Algebra, x: Any) -> Any:
    """Transpose a matrix."""
    if x.ndim > 2:
        raise InvalidValueError(f"t transposes matrices; this array has {x.ndim} axes: use transpose.")
    return x.T


def unflatten(alg: Algebra, x: Any, dim: int, sizes: Sequence[int]) -> Any:
    """Split an axis into several."""
    place = axis_of(x, dim)
    return alg.xp.reshape(x, (*x.shape[:place], *sizes, *x.shape[place + 1 :]))


def expand(alg: Algebra, x: Any, *size: Any) -> Any:
    """Repeat along axes of size 1."""
    wanted = _sizes(size)
    own = (1,) * (len(wanted) - x.ndim) + tuple(x.shape)
    return alg.xp.broadcast_to(x, [n if w == -1 else w for n, w in zip(own, wanted)])


def repeat(alg: Algebra, x: Any, *repeats: Any) -> Any:
    """Tile."""
    times = _sizes(repeats)
    if len(times) < x.ndim:
        raise InvalidValueError(f"repeat has {len(times)} numbers; wanted one for each of the {x.ndim} axes.")
    return alg.xp.tile(x, times)


def chunk(alg: Algebra, x: Any, chunks: int, dim: int = 0) -> Any:
    """Split into parts of equal size, the last one perhaps smaller."""
    return split(alg, x, -(-x.shape[dim] // chunks), dim)


def split(alg: Algebra, x: Any, split_size: int | Sequence[int], dim: int = 0) -> Any:
    """Split into parts of given sizes."""
    n = x.shape[dim]
    if isinstance(split_size, int):
        places = list(range(split_size, n, split_size))
    elif np.sum(split_size) != n:
        raise InvalidValueError(
            f"the parts {list(split_size)} do not add up to the {n} entries of axis {dim}."
        )
    else:
        places = list(np.cumsum(split_size))[:-1]
    return tuple(alg.xp.split(x, places, axis=dim))


def unbind(alg: Algebra, x: Any, dim: int = 0) -> Any:
    """Return the slices along an axis."""
    return tuple(alg.xp.take(x, i, axis=dim) for i in range(x.shape[dim]))


def select(alg: Algebra, x: Any, dim: int, index: int) -> Any:
    """Return one slice along an axis."""
    return alg.xp.take(x, _place(x, axis_of(x, dim), index), axis=dim)


def narrow(alg: Algebra, x: Any, dim: int, start: int, length: int) -> Any:
    """Return a range of an axis."""
    axis = axis_of(x, dim)
    n = x.shape[axis]
    first = start + n if start < 0 else start
    if not 0 <= first <= first + length <= n:
        raise InvalidValueError(
            f"the range of {length} entries from {start} on leaves axis {dim}, which has {n} entries."
        )
    return alg.xp.take(x, np.arange(first, first + length), axis=axis)


def getitem(alg: Algebra, x: Any, index: Any) -> Any:
    """Return entries, or one of several results."""
    if isinstance(x, tuple | list):
        return x[index]
    chosen = tuple(index) if isinstance(index, list | tuple) else (index,)
    axis = 0
    for one in chosen:
        # JAX would take the last entry instead of one that is not there
        if is_whole(one):
            _place(x, axis_of(x, axis), one)
        elif not isinstance(one, slice) and one is not None:
            break
        axis += one is not None
    return x[chosen]


def size(alg: Algebra, x: Any, dim: int | None = None) -> Any:
    """Return the shape, or the size of an axis."""
    return tuple(x.shape) if dim is None else int(x.shape[dim])


def getattr(alg: Algebra, x: Any, name: str) -> Any:
    """Return what an array says about itself."""
    if name in ("shape", "ndim"):
        return tuple(x.shape) if name == "shape" else x.ndim
    if name in ("T", "mT"):
        return x.T if name == "T" else alg.xp.swapaxes(x, -1, -2)
    raise InvalidValueError(f"the attribute {name!r} cannot be read; wanted shape, ndim, T or mT.")


def identity(alg: Algebra, x: Any, *ignored: Any) -> Any:
    """Return it as it is."""
    return x


def _place(x: Any, axis: int, index: int) -> int:
    n = x.shape[axis]
    if not -n <= index < n:
        raise InvalidValueError(f"there is no entry {index} on axis {axis}, which has {n} entries.")
    return index % n


def _sizes(sizes: Sequence[Any]) -> tuple[int, ...]:
    nested = len(sizes) == 1 and isinstance(sizes[0], tuple | list)
    return tuple(int(n) for n in (sizes[0] if nested else sizes))


#: Name of a function or method of PyTorch -> function of (algebra, its arguments).
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **ACTIVATIONS,
    **ARITHMETIC,
    **{
        f.__name__: f
        for f in (
            flatten, cat, stack, reshape, view, squeeze, unsqueeze, permute, transpose, t, unflatten, expand,
            repeat, chunk, split, unbind, select, narrow, getitem, getattr, size,
        )
    },
    "concat": cat,
    "concatenate": cat,
    "ravel": flatten,
    "swapaxes": transpose,
    "swish": ACTIVATIONS["silu"],
    "hard_sigmoid": ACTIVATIONS["hardsigmoid"],
    **dict.fromkeys(("contiguous", "clone", "detach", "float", "double", "to", "type_as"), identity),
}  # fmt: skip
#: In-place variants compute the same.
FUNCTIONS |= {f"{name}_": f for name, f in list(FUNCTIONS.items())}
