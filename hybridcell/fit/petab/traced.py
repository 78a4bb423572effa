"""The likelihood of a problem as a function of JAX, for those who trace it into programs of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from hybridcell.fit.petab.objective import Compiled
from hybridcell.simulate.kinetics.compiled import results


def traced_likelihood(compiled: Compiled) -> Callable[[Array], Array]:
    """Return log-likelihoods (b,) of theta (b, q) as a function to trace and differentiate.

    Also where it is mapped over, all vectors are computed as one batch. Gradients are those of
    `Compiled.gradient`; where steps do not fit its room, forward sensitivities.
    """
    nominal, system = jnp.asarray(compiled.nominal), compiled.system
    room = 0 if system.k > 0 else compiled._room

    def plain(theta: Array) -> Array:
        return compiled._likelihood(compiled._seen(theta, nominal, system, 0))

    def forward(theta: Array) -> tuple[Array, Array]:
        found = compiled._programs["linearize"](theta, nominal, system)
        value, slope = compiled._programs["slope"](*found)
        return value.value, slope

    def adjoint(theta: Array) -> tuple[Array, Array]:
        def value(theta: Array) -> tuple[Array, Array]:
            seen = compiled._seen(theta, nominal, system, room)
            return compiled._likelihood(seen), seen.codes

        found, pull, codes = jax.vjp(value, theta, has_aux=True)
        slope = pull(jnp.ones_like(found))[0]
        full = jnp.any(codes == results.STORE_FULL)
        return jax.lax.cond(full, forward, lambda _: (found, slope), theta)

    return _batched_density(plain, adjoint if room else forward)


def _batched_density(
    plain: Callable[[Array], Array], with_slope: Callable[[Array], tuple[Array, Array]]
) -> Callable[[Array], Array]:
    """Return a function of batches that stays one of batches where it is mapped, with its own slope."""
    value, both = _flattened(plain), _flattened(with_slope)

    @jax.custom_vjp
    def density(theta: Array) -> Array:
        return value(theta)

    def forward(theta: Array) -> tuple[Array, Array]:
        found, slope = both(theta)
        return found, jnp.where(jnp.isfinite(found)[:, None], slope, 0.0)

    density.defvjp(forward, lambda slope, cotangent: (cotangent[:, None] * slope,))
    return density


def _flattened(function: Callable[[Array], Any]) -> Callable[[Array], Any]:
    """Return a function of batches whose copies under `vmap` are one longer batch."""

    @jax.custom_batching.custom_vmap
    def batched(theta: Array) -> Any:
        return function(theta)

    @batched.def_vmap
    def _(size: int, _mapped: Any, theta: Array) -> tuple[Any, Any]:
        found = batched(theta.reshape(-1, theta.shape[-1]))
        found = jax.tree.map(lambda a: a.reshape(size, -1, *a.shape[1:]), found)
        return found, jax.tree.map(lambda _: True, found)

    return batched
