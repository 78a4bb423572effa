"""One formula for two backends: JAX arrays inside programs, NumPy arrays without compilation."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import jax.numpy as jnp
import numpy as np


def namespace(array: Any) -> ModuleType:
    """Return numpy for a NumPy array and jax.numpy for everything else (tracers included)."""
    return np if isinstance(array, np.ndarray) else jnp
