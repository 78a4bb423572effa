"""The training program: a block of steps for one member, mapped over members, compiled once."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int

from hybridcell._core.devices import map_shared
from hybridcell._core.model import AbstractModel
from hybridcell._core.parameter import trainable_filter
from hybridcell.fit.losses import all_finite, data_loss, mechanism_of, penalty
from hybridcell.fit.problem import Problem
from hybridcell.fit.states import readouts, steady_states, timed_states
from hybridcell.mechanisms.cellbox import CellBox, contract

#: Steps per call of the compiled program: between calls the progress bar moves and a checkpoint is written.
BLOCK = 20
#: A step whose steady states are further off than this times the largest measurement (or than this itself,
#: where that is larger) is undone: its gradient means nothing.
UNSETTLED = 1.0


class TrainState(eqx.Module):
    """Everything that a member's training carries from step to step; saving it is a checkpoint."""

    free: Any  # the trainable leaves, None elsewhere
    optimizer: Any
    x: Float[Array, "c n"]
    lam: Float[Array, "c n"]
    perron: Float[Array, " n"]
    best: Any
    best_loss: Float[Array, ""]
    since_best: Int[Array, ""]
    skipped: Int[Array, ""]
    pace: Float[Array, ""]  # learning rates are multiplied by this; halved after an undone step
    stopped: Bool[Array, ""]


class Program(eqx.Module):
    """What stays the same for all steps and members; as arrays, other numbers are no other program."""

    problem: Problem
    huber_delta: Float[Any, ""]
    contraction: Float[Any, ""] | None
    clip: Float[Any, ""] | None
    patience: Float[Any, ""]  # infinite for none
    loss: str = eqx.field(static=True)
    iterations: int = eqx.field(static=True)

    def movable(self, model: AbstractModel) -> Any:
        """Return True on the leaves that training moves.

        Steady states depend on rates only through eps / alpha and psi / alpha, so that alpha is held: moving
        both would be one number twice.
        """
        spec = trainable_filter(model)
        mechanism = mechanism_of(model)
        if not (self.problem.is_steady and isinstance(mechanism, CellBox)):
            return spec
        inner = (lambda m: m._alpha.raw) if mechanism is model else (lambda m: m.mechanism._alpha.raw)
        return eqx.tree_at(inner, spec, replace=False)

    @property
    def optimizer(self) -> optax.GradientTransformation:
        """Adam with clipped gradients; the learning rate is applied by the step itself."""
        clip = optax.identity() if self.clip is None else optax.clip_by_global_norm(self.clip)
        return optax.chain(clip, optax.scale_by_adam())


def first_state(model: AbstractModel, program: Program) -> TrainState:
    """Return the state before the first step."""
    free = eqx.filter(model, program.movable(model))
    x = jnp.asarray(model.initial_state(program.problem.u))
    number = lambda value: jnp.full((), value, dtype=x.dtype)  # noqa: E731
    return TrainState(
        free=free,
        optimizer=program.optimizer.init(free),
        x=x,
        lam=jnp.zeros_like(x),
        perron=jnp.ones(model.n, dtype=x.dtype),
        best=free,
        best_loss=number(jnp.inf),
        since_best=jnp.zeros((), dtype=int),
        skipped=jnp.zeros((), dtype=int),
        pace=number(1.0),
        stopped=jnp.zeros((), dtype=bool),
    )


@eqx.filter_jit
def first_states(members: Any, program: Program) -> TrainState:
    """Return the states of all members before the first step."""
    return eqx.filter_vmap(first_state, in_axes=(eqx.if_array(0), None))(members, program)


def guard(model: AbstractModel, perron: Array, limit: Any) -> tuple[AbstractModel, Array]:
    """Keep a CellBox mechanism contractive."""
    mechanism = mechanism_of(model)
    if limit is None or not isinstance(mechanism, CellBox):
        return model, perron
    mechanism, perron = contract(mechanism, perron, limit=limit)
    if mechanism_of(model) is model:
        return mechanism, perron
    return eqx.tree_at(lambda m: m.mechanism, model, mechanism), perron


@eqx.filter_jit
def settle(model: AbstractModel, limit: Any) -> AbstractModel:
    """Guard a start: the guard's vector needs a few power steps before the bound is tight."""
    arrays, static = eqx.partition(model, eqx.is_array)

    def tighten(_: Any, carry: tuple[Any, Array]) -> tuple[Any, Array]:
        guarded, perron = guard(eqx.combine(carry[0], static), carry[1], limit)
        return eqx.filter(guarded, eqx.is_array), perron

    arrays, _ = jax.lax.fori_loop(0, 10, tighten, (arrays, jnp.ones(model.n)))
    return eqx.combine(arrays, static)


def _losses(
    free: Any,
    lam0: Array,
    frame: Any,
    state: TrainState,
    program: Program,
    train: Array,
    valid: Array,
    row: Any,
) -> tuple[Array, tuple[Array, Array, Array, Array]]:
    """Return the objective, and (train loss, validation loss, states, residual)."""
    model = eqx.combine(free, frame)
    problem = program.problem
    field = model.field()
    if problem.is_steady:
        frozen = eqx.combine(jax.lax.stop_gradient(free), frame).field()
        states, residual = steady_states(field, frozen, problem, state.x, lam0, program.iterations)
        x_last = states
    else:
        states = timed_states(model, field, problem)
        residual, x_last = jnp.zeros(()), states[-1]
    predicted = readouts(states, problem)
    squares = data_loss(
        predicted, problem, train[:, None] * problem.weight, program.loss, program.huber_delta
    )
    held_out = data_loss(
        predicted, problem, valid[:, None] * problem.weight, program.loss, program.huber_delta
    )
    total = jnp.sum(train[:, None] * problem.weight)
    objective = (squares + penalty(model, field, x_last, problem.u, row)) / total
    aux = (
        squares / total,
        held_out / jnp.maximum(jnp.sum(valid[:, None] * problem.weight), 1e-300),
        x_last,
        residual,
    )
    return objective, aux


def _step(
    state: TrainState, row: dict[str, Array], frame: Any, program: Program, train: Array, valid: Array
) -> tuple[TrainState, tuple[Array, Array, Array]]:
    value_and_grad = jax.value_and_grad(_losses, argnums=(0, 1), has_aux=True)
    (objective, (fitted, held_out, x, residual)), (slope, lam) = value_and_grad(
        state.free, state.lam, frame, state, program, train, valid, row
    )
    scale = jnp.maximum(1.0, jnp.max(jnp.abs(program.problem.y)))
    sound = all_finite((slope, objective)) & (residual < UNSETTLED * scale)
    updates, optimizer = program.optimizer.update(slope, state.optimizer)
    rate = row["learning_rate"] * state.pace
    moved = jax.tree.map(lambda p, d: p - rate * d, state.free, updates)
    guarded, perron = guard(eqx.combine(moved, frame), state.perron, program.contraction)
    moved = eqx.filter(guarded, program.movable(guarded))

    # Early stopping goes by validation rows where there are any; else the last step is taken.
    has_valid = jnp.sum(valid) > 0
    score = jnp.where(has_valid, held_out, -jnp.inf)
    better = sound & (score < state.best_loss) & has_valid
    since = jnp.where(better, 0, state.since_best + 1)

    def choose(condition: Array, new: Any, old: Any) -> Any:
        return jax.tree.map(lambda a, b: jnp.where(condition, a, b), new, old)

    new = TrainState(
        # An unsound step goes back to the best snapshot where there is one, with half the pace.
        free=choose(sound, moved, state.best),
        optimizer=choose(sound, optimizer, program.optimizer.init(state.free)),
        x=jnp.where(sound, x, 0.0),
        lam=jnp.where(sound, lam, 0.0),
        perron=jnp.where(sound, perron, state.perron),
        best=choose(jnp.where(has_valid, better, sound), state.free, state.best),
        best_loss=jnp.where(better, score, state.best_loss),
        since_best=since,
        skipped=state.skipped + jnp.where(sound, 0, 1),
        pace=jnp.where(sound, state.pace, 0.5 * state.pace),
        stopped=has_valid & (since >= program.patience),
    )
    return new, (objective, fitted, held_out)


def run_block(
    state: TrainState,
    frame: Any,
    program: Program,
    train: Float[Array, " m"],
    valid: Float[Array, " m"],
    table: dict[str, Float[Array, " k"]],
) -> tuple[TrainState, Float[Array, "3 k"]]:
    """Run a block of steps of one member; steps after it stopped, and padding, change nothing."""

    def one(state: TrainState, row: dict[str, Array]) -> tuple[TrainState, Array]:
        idle = state.stopped | (row["learning_rate"] < 0)

        def rest(state: TrainState) -> tuple[TrainState, Array]:
            return state, jnp.full(3, jnp.nan)

        def go(state: TrainState) -> tuple[TrainState, Array]:
            new, losses = _step(state, row, frame, program, train, valid)
            return new, jnp.stack(losses)

        return jax.lax.cond(idle, rest, go, state)

    state, history = jax.lax.scan(one, state, table)
    return state, history.T


@eqx.filter_jit
def run_blocks(
    states: TrainState, frames: Any, program: Program, train: Array, valid: Array, table: dict[str, Array]
) -> tuple[TrainState, Array]:
    """Run a block of steps of all members in one program."""
    body = lambda pack: run_block(pack[0], pack[1], program, pack[2], pack[3], table)  # noqa: E731
    dynamic, static = eqx.partition((states, frames, train, valid), eqx.is_array)
    # on a processor one member after the other: a stopped member costs nothing
    return map_shared(
        lambda leaves: body(eqx.combine(leaves, static)), dynamic, at_once=jax.default_backend() != "cpu"
    )
