"""One formula for two backends: JAX arrays inside programs, NumPy arrays without compilation."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def namespace(*arrays: Any) -> ModuleType:
    """Return numpy when all are NumPy arrays, and jax.numpy otherwise (a tracer among them included)."""
    return np if all(isinstance(array, np.ndarray) for array in arrays) else jnp


def is_traced(value: Any) -> bool:
    """Tell whether an array stands for numbers not known yet, inside a JAX transformation."""
    return isinstance(value, jax.core.Tracer)  # pyright: ignore[reportAttributeAccessIssue]
