"""The states that a problem asks for: steady states, or states at times."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell._core.model import AbstractField, AbstractModel
from hybridcell.fit.problem import Problem
from hybridcell.simulate.adaptive import integrate
from hybridcell.simulate.fixed_step import final_state
from hybridcell.simulate.steady.fixed_point import DAMPING, differentiable_root, iterate, residual_norm


def steady_states(
    field: AbstractField,
    frozen: AbstractField,
    problem: Problem,
    x0: Float[Array, "c n"],
    lam0: Float[Array, "c n"],
    iterations: int,
) -> tuple[Float[Array, "c n"], Float[Array, ""]]:
    """Return steady states from a warm start, differentiable, and the largest residual left.

    `frozen` is the same field without gradients. A few iterations are enough, because the model
    moves little from step to step: state and adjoint are solved along with it.
    """
    x = iterate(frozen, problem.u, x0, n_iterations=iterations, length=DAMPING)
    residual = jnp.max(residual_norm(frozen, x, problem.u))
    x = differentiable_root(field, problem.u, x, lam0=lam0, n_adjoint=iterations, tol=0.0, length=DAMPING)
    return x, residual


def timed_states(model: AbstractModel, field: AbstractField, problem: Problem) -> Float[Array, "t c n"]:
    """Return states at the problem's times, differentiable through the solver."""
    solve, x0 = problem.solve, model.initial_state(problem.u)
    if solve.is_fixed_step:
        return _marched(field, problem, x0)
    ys, _ = integrate(
        field, x0, problem.u, t0=0.0, ts=jnp.asarray(problem.ts), method=solve.resolved_method,
        rtol=solve.rtol, atol=solve.absolute_tolerance, max_steps=min(solve.max_steps, 4096),
    )  # fmt: skip
    return ys


def _marched(field: AbstractField, problem: Problem, x0: Array) -> Float[Array, "t c n"]:
    solve = problem.solve
    states, x, done = [], x0, 0
    for t in problem.ts:
        mark = round(t / solve.step)
        if mark > done:
            x = final_state(
                field, x, problem.u, n_steps=mark - done, dt=solve.step, method=solve.resolved_method
            )
            done = mark
        states.append(x)
    return jnp.stack(states)


def readouts(states: Array, problem: Problem) -> Float[Array, "m r"]:
    """Pick what was measured out of states (C, n) or (T, C, n)."""
    rows = states[problem.row] if problem.is_steady else states[problem.when, problem.row]
    return rows[:, problem.columns]
