"""Quantities of a network computed from its states by JAX: differentiable, where the interpreter is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell._core.expressions import Expression, constant, state, time
from hybridcell.mechanisms.program.grouping import group
from hybridcell.mechanisms.program.layout import join, make_layout
from hybridcell.mechanisms.reactions.delays import delay_terms
from hybridcell.mechanisms.reactions.equations import Equations


def make_observation(
    expressions: Sequence[Expression], equations: Equations
) -> Callable[[Array, Array, Array, Array], Float[Array, " r c"]]:
    """Return what computes expressions at c points.

    Returns
    -------
    callable
        Of times (c,), states (n, c), constants (m, c) and values of delay nodes (k, c).
    """
    delays = delay_terms(equations)
    layout = make_layout(
        expressions,
        states=[state(id) for id in equations.states],
        constants=[constant(id) for id in equations.constants],
        time=time(),
        delays=delays,
        relations=(),
        sizes=(equations.n, len(equations.constants), len(delays), 0),
    )
    program, _ = group(expressions, layout, with_modes=False)

    def observe(t: Array, x: Array, p: Array, delayed: Array) -> Array:
        modes = jnp.zeros((0, *t.shape))
        return program.values(join(t, x, p, delayed, modes, jnp.asarray(layout.numbers)))

    return observe
