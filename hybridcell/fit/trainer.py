"""Training of one or many members, block by block, with progress, checkpoints and a final check."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from hybridcell._core.devices import mesh, spread
from hybridcell._core.ensemble import stack_models
from hybridcell._core.lock import only_writer
from hybridcell._core.model import AbstractModel
from hybridcell._core.padding import pad_rows
from hybridcell._core.progress import progress_bar
from hybridcell.data import PerturbationData
from hybridcell.fit.checkpoint import fingerprint, read_checkpoint, write_checkpoint
from hybridcell.fit.problem import check_measured, make_problem
from hybridcell.fit.settings import FitSettings
from hybridcell.fit.start import start_at_ridge
from hybridcell.fit.training import BLOCK, Program, TrainState, first_states, run_blocks, settle

#: Members that train together on one processor. What a member carries from step to step takes ten times its
#: parameters, so that of many members only these are at it, the others waiting or done.
TOGETHER = 16


@dataclass(frozen=True, eq=False)
class Trained:
    """What the trainer hands to `fit` and `fit_ensemble`.

    `members` is a batched PyTree; history arrays are members x steps.
    """

    members: Any
    losses: np.ndarray
    result: tuple[str, ...]
    skipped: np.ndarray
    history: dict[str, np.ndarray]


def train_members(
    models: Sequence[AbstractModel],
    data: PerturbationData,
    train: np.ndarray,
    valid: np.ndarray,
    settings: FitSettings,
    *,
    checkpoint: str | os.PathLike[str] | None,
    progress: bool | None,
    description: str,
) -> Trained:
    """Train models of one structure on weighted rows of one screen.

    Parameters
    ----------
    train, valid : ndarray, shape (M, N)
        How often each row counts for each member, in the loss and in early stopping.
    """
    problem = make_problem(models[0], data, loss=settings.loss, solve=settings.solve)
    check_measured(problem, train, valid)
    if mesh(len(models)) is None:  # too few members to share: the conditions of each are
        problem = spread(spread(problem, len(problem.u)), len(problem.y))
    program = Program(
        problem=problem,
        huber_delta=np.asarray(settings.huber_delta, dtype=float),
        contraction=_number(settings.contraction),
        clip=_number(settings.clip),
        patience=np.asarray(np.inf if settings.patience is None else settings.patience, dtype=float),
        loss="huber" if settings.loss == "huber" else "mse",
        iterations=int(settings.iterations),
    )
    # a checkpoint holds all members, several devices share them, and an accelerator likes them all at once
    whole = checkpoint is not None or mesh(len(models)) is not None or jax.default_backend() != "cpu"
    groups = [np.arange(len(models))] if whole else _groups(len(models))
    n_steps = len(settings.table()["learning_rate"])
    guard = nullcontext() if checkpoint is None else only_writer(checkpoint)
    with guard, progress_bar(total=len(groups) * n_steps, description=description, show=progress) as bar:
        trained = None
        for number, rows in enumerate(groups):
            starts = [_start(models[m], data, train[m], settings) for m in rows.tolist()]
            part = _train_group(starts, program, train[rows], valid[rows], settings, checkpoint, bar)
            if len(groups) == 1:
                return part
            trained = _room_for(part, len(models)) if trained is None else trained
            trained = _with_group(trained, part, rows)
            bar.update((number + 1) * n_steps - bar.n)  # also where all members stopped early
    assert trained is not None
    return trained


def _groups(n: int) -> list[np.ndarray]:
    """Return the members of each group, all groups of one size; the last begins among those before it."""
    size = -(-n // -(-n // TOGETHER))
    return [min(first, n - size) + np.arange(size) for first in range(0, n, size)]


def _room_for(part: Trained, n: int) -> Trained:
    """Return what is to hold n members like those of a group."""

    def room(found: Any) -> Any:
        # zeros: to repeat a member would take the memory twice
        return (np if isinstance(found, np.ndarray) else jnp).zeros((n, *found.shape[1:]), found.dtype)

    return Trained(
        members=jax.tree.map(room, part.members),
        losses=room(part.losses),
        result=("",) * n,
        skipped=room(part.skipped),
        history={name: room(values) for name, values in part.history.items()},
    )


def _with_group(trained: Trained, part: Trained, rows: np.ndarray) -> Trained:
    """Put a group in its place among all members, whose arrays are used up: two of them take much memory."""
    trained.losses[rows], trained.skipped[rows] = part.losses, part.skipped
    for name, values in part.history.items():
        trained.history[name][rows] = values
    result = list(trained.result)
    result[rows[0] : rows[-1] + 1] = part.result
    return replace(trained, members=_put(trained.members, part.members, rows[0]), result=tuple(result))


@partial(jax.jit, donate_argnums=0)
def _put(whole: Any, part: Any, first: Any) -> Any:
    return jax.tree.map(lambda w, p: jax.lax.dynamic_update_slice_in_dim(w, p, first, 0), whole, part)


def _train_group(
    starts: Sequence[AbstractModel],
    program: Program,
    train: np.ndarray,
    valid: np.ndarray,
    settings: FitSettings,
    checkpoint: str | os.PathLike[str] | None,
    bar: Any,
) -> Trained:
    stacked = stack_models(starts)
    frames = eqx.filter(stacked, program.movable(stacked), inverse=True)
    states = first_states(stacked, program)
    states, history = _run(states, frames, program, train, valid, settings, checkpoint, bar)
    return _finish(states, frames, program, valid, history, settings)


def _start(
    model: AbstractModel, data: PerturbationData, weights: np.ndarray, settings: FitSettings
) -> AbstractModel:
    if settings.start == "ridge":
        model = start_at_ridge(model, data, weights, residual_share=settings.residual_start)
    return settle(model, _number(settings.contraction))


def _number(value: float | None) -> np.ndarray | None:
    return None if value is None else np.asarray(value, dtype=float)


def _run(
    states: TrainState,
    frames: Any,
    program: Program,
    train: np.ndarray,
    valid: np.ndarray,
    settings: FitSettings,
    checkpoint: str | os.PathLike[str] | None,
    bar: Any,
) -> tuple[TrainState, np.ndarray]:
    table = settings.table()
    n_steps = len(table["learning_rate"])
    mark = ""
    done, history = 0, np.full((len(train), 3, n_steps), np.nan)
    if checkpoint is not None:
        mark = fingerprint(states, frames, program, train, valid, table)
        found = read_checkpoint(checkpoint, states, mark=mark)
        if found is not None:
            states, done, history = found
    train_j, valid_j = jnp.asarray(pad_rows(train.T).T), jnp.asarray(pad_rows(valid.T).T)
    bar.update(done)
    while done < n_steps:
        count = min(BLOCK, n_steps - done)
        rows = {name: _block_of(column, done, name) for name, column in table.items()}
        states, losses = run_blocks(states, frames, program, train_j, valid_j, rows)
        history[:, :, done : done + count] = np.asarray(losses)[:, :, :count]
        done += count
        if checkpoint is not None:
            write_checkpoint(checkpoint, states, done=done, history=history, mark=mark)
        bar.update(count)
        training = history[:, 1, done - 1][np.isfinite(history[:, 1, done - 1])]  # members not stopped yet
        if training.size:
            bar.set_postfix(loss=f"{np.median(training):.4g}", refresh=False)
        if bool(np.all(np.asarray(states.stopped))):
            break
    return states, history


def _block_of(column: np.ndarray, start: int, name: str) -> jax.Array:
    """Return one block of a schedule; the last is padded with idle steps (a negative learning rate)."""
    part = column[start : start + BLOCK]
    padding = np.full(BLOCK - len(part), -1.0 if name == "learning_rate" else 0.0)
    return jnp.asarray(np.concatenate([part, padding]))


def _finish(
    states: TrainState,
    frames: Any,
    program: Program,
    valid: np.ndarray,
    history: np.ndarray,
    settings: FitSettings,
) -> Trained:
    validated = valid.sum(axis=1) > 0

    def pick(best: jax.Array, last: jax.Array) -> jax.Array:
        return jnp.where(validated.reshape(-1, *[1] * (best.ndim - 1)), best, last)

    free = jax.tree.map(pick, states.best, states.free)
    members = eqx.combine(free, frames)
    losses, result = [], []
    for m in range(len(valid)):
        fitted = history[m, 1][np.isfinite(history[m, 1])]
        losses.append(
            float(states.best_loss[m]) if validated[m] else float(fitted[-1]) if fitted.size else np.inf
        )
        leaves = [np.asarray(leaf[m]) for leaf in jax.tree.leaves(free)]
        sound = all(np.isfinite(leaf).all() for leaf in leaves) and np.isfinite(losses[-1])
        n_skipped, n_steps = int(states.skipped[m]), history.shape[2]
        if not sound:
            result.append("the loss is not finite: every step was skipped; lower the learning rate")
        elif n_skipped > n_steps // 2:
            result.append(f"{n_skipped} of {n_steps} steps were skipped as unsound; lower the learning rate")
        else:
            result.append("success")
    names = ("objective", "train_loss", "validation_loss")
    columns = {name: history[:, k] for k, name in enumerate(names)}
    columns["validation_loss"] = np.where(validated[:, None], columns["validation_loss"], np.nan)
    return Trained(
        members=members,
        losses=np.asarray(losses),
        result=tuple(result),
        skipped=np.asarray(states.skipped),
        history=columns,
    )
