"""Functions of one condition, applied to all conditions ("lanes") of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array


def over_lanes(function: Callable[..., Any]) -> Callable[..., Any]:
    """Map a function over the first axis of all arguments; a single lane runs without it, which is faster."""

    def call(*args: Any) -> Any:
        if jax.tree.leaves(args)[0].shape[0] > 1:
            return jax.vmap(function)(*args)
        out = function(*jax.tree.map(lambda a: a[0], args))
        return jax.tree.map(lambda a: a[None], out)

    return call


def choose(mask: Array, yes: Any, no: Any) -> Any:
    """Take the lanes of `yes` where the mask holds, else those of `no`, in every leaf."""

    def pick(a: Array, b: Array) -> Array:
        return jnp.where(mask.reshape(mask.shape + (1,) * (a.ndim - 1)), a, b)

    return jax.tree.map(pick, yes, no)
