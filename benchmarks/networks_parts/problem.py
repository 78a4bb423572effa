"""The network of the speed comparisons, and the ways to its loss."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import hybridcell as hc
from hybridcell.simulate.fixed_step import final_state, step_heun
from hybridcell.simulate.steady import implicit_steady_state

NODES, CONDITIONS, HEUN_STEPS, DT = 100, 89, 400, 0.1
#: Forward, a Heun step multiplies states and weights twice; backward, each product gives two (the gradients
#: with respect to the states and to the weights). Nothing else is counted: no product that is made again on
#: the way back, no tanh.
GEMM_FLOPS = HEUN_STEPS * 2 * 3 * 2 * CONDITIONS * NODES**2


def random_problem(dtype: Any) -> tuple[Any, Any, Any]:
    """Return a contractive random network (spectral radius 0.7), inputs and targets."""
    rng = np.random.default_rng(0)
    w = rng.normal(size=(NODES, NODES)) * (1 - np.eye(NODES))
    w *= 0.7 / np.abs(np.linalg.eigvals(w)).max()
    model = hc.CellBox([f"n{i}" for i in range(NODES)], ["protein"] * NODES, w)
    u = rng.normal(size=(CONDITIONS, NODES)) * (rng.random((CONDITIONS, NODES)) < 0.05)
    field = jax.tree.map(lambda a: a.astype(dtype) if eqx.is_inexact_array(a) else a, model.field())
    return field, jnp.asarray(u, dtype), jnp.asarray(rng.normal(size=u.shape), dtype)


def by_steady_state(field: Any, u: Any, y: Any) -> Any:
    """Return the loss of the steady states, to the tolerance of the precision."""
    tol = 1e-10 if u.dtype == jnp.float64 else 1e-5
    x = implicit_steady_state(field, u, jnp.zeros_like(u), n_iterations=200, n_adjoint=200, tol=tol)
    return jnp.mean((x - y) ** 2)


def by_scan(field: Any, u: Any, y: Any) -> Any:
    """Return the loss after 400 Heun steps by a plain lax.scan, differentiated through."""

    def one(x: Any, _: None) -> tuple[Any, None]:
        return step_heun(lambda t, z: field(t, z, u), 0.0, x, DT), None

    x, _ = jax.lax.scan(one, jnp.zeros_like(u), None, length=HEUN_STEPS)
    return jnp.mean((x - y) ** 2)


def by_final_state(field: Any, u: Any, y: Any) -> Any:
    """Return the same loss by the library's own loop."""
    x = final_state(field, jnp.zeros_like(u), u, n_steps=HEUN_STEPS, dt=DT)
    return jnp.mean((x - y) ** 2)
