"""Derivatives taken along with the solution: for both modes, and the cheaper way for few constants."""

from __future__ import annotations

from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from hybridcell._core.errors import InvalidValueError
from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.solution import Solution, Task, solve_forward

#: With fewer constants than this, sensitivities along with the solution beat the adjoint: each constant costs
#: about 0.4 solves, the adjoint about two in all (22 species, one lane, on a CPU).
_FEW = 8


def choose_sensitivity(wanted: str, constants: int, *, has_delays: bool) -> str:
    """Return "forward" or "adjoint". The past of a run with delays is not undone: those go forward."""
    if wanted == "adjoint" and has_delays:
        raise InvalidValueError(
            "Solve.sensitivity is 'adjoint', but the network has delays, whose past cannot be undone step by "
            "step; take 'forward' (or 'auto')."
        )
    if wanted != "auto":
        return wanted
    return "forward" if has_delays or constants < _FEW else "adjoint"


def solve_with_sensitivities(system: System, p: Array, task: Task, method: str) -> Solution:
    """Integrate; differentiable in forward and in reverse mode.

    The derivative with respect to all constants is computed along with the solution once it is asked for;
    what is left of either mode is a product with that matrix.
    """
    arrays, static = eqx.partition((system, task), eqx.is_array)

    @jax.custom_jvp
    def run(p: Array, arrays: Any) -> Solution:
        system, task = eqx.combine(arrays, static)
        return solve_forward(system, p, task, method)

    @run.defjvp
    def _(primals: tuple[Array, Any], tangents: tuple[Array, Any]) -> tuple[Any, Any]:
        (p, arrays), (p_dot, _) = primals, tangents
        system, task = eqx.combine(arrays, static)

        def along(direction: Array) -> tuple[Any, Any]:
            moved = jnp.broadcast_to(direction, p.shape)
            solve = partial(solve_forward, system, task=task, method=method, forward_mode=True)
            return jax.jvp(solve, (p,), (moved,))

        directions = jnp.eye(p.shape[1], dtype=p.dtype)
        out, slopes = jax.vmap(along, out_axes=(None, 0))(directions)
        # codes and triggers are whole numbers: what JAX gives as their derivative is handed on
        x, delayed = (jnp.einsum("mctn,cm->ctn", slope, p_dot) for slope in slopes[:2])
        return out, Solution(x, delayed, slopes.code[0], slopes.triggered[0])

    return run(p, arrays)
