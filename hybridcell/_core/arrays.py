"""Arrays of NumPy and of JAX: one formula for both, and from one to the other."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

_ALIGNMENT = 64


def namespace(*arrays: Any) -> ModuleType:
    """Return numpy when all are NumPy arrays, and jax.numpy otherwise (a tracer among them included)."""
    return np if all(isinstance(array, np.ndarray) for array in arrays) else jnp


def is_traced(value: Any) -> bool:
    """Tell whether an array stands for numbers not known yet, inside a JAX transformation."""
    return isinstance(value, jax.core.Tracer)  # pyright: ignore[reportAttributeAccessIssue]


def empty_for_jax(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an array to be filled, that `jax.device_put` then takes as it is, without a copy.

    On a CPU, it does so with arrays that begin at a multiple of 64 bytes.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    first = -memory.ctypes.data % _ALIGNMENT
    return memory[first : first + size].view(dtype).reshape(shape)
