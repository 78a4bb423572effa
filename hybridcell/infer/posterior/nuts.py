"""The no-U-turn sampler of blackjax: all chains by one program, a block of trajectories at a time."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hybridcell.infer.posterior.extra import needed
from hybridcell.infer.posterior.step_size import StepSize, begin, learn

#: Trajectories of a chain between two looks at all chains together.
_BLOCK = 20
#: A trajectory has at most two to the power of this many steps.
_DOUBLINGS = 9
#: The first and the last part of the warm-up learn the step size alone.
_FIRST, _LAST = 0.1, 0.15
#: Step size in the beginning, in coordinates in which standard deviations are about 1.
_STEP = 0.2


@dataclass(frozen=True, eq=False)
class Chains:
    """Draws of chains, in the coordinates of the sampler.

    Attributes
    ----------
    positions : ndarray, shape (chains, n, m)
    log_density, acceptance, energy : ndarray, shape (chains, n)
    diverging : ndarray of bool, shape (chains, n)
    steps : ndarray of int, shape (chains, n)
        Evaluations of the gradient for each draw.
    """

    positions: Float[np.ndarray, "c n m"]
    log_density: Float[np.ndarray, "c n"]
    acceptance: Float[np.ndarray, "c n"]
    energy: Float[np.ndarray, "c n"]
    diverging: np.ndarray
    steps: np.ndarray

    @property
    def cut(self) -> np.ndarray:
        """Which trajectories were as long as allowed."""
        return self.steps >= 2**_DOUBLINGS - 1


def run_chains(
    log_density: Callable[[Array], Array],
    starts: Float[np.ndarray, "c m"],
    *,
    n: int,
    warmup: int,
    acceptance: float,
    on_block: Callable[[int], Any],
    key: PRNGKeyArray,
) -> Chains:
    """Sample.

    Parameters
    ----------
    log_density
        Of one position, as a function of JAX.
    starts
        One for each chain.
    acceptance
        That step sizes aim at.
    on_block
        Called with the number of trajectories when some are done.

    Notes
    -----
    During the warm-up, step sizes are learned chain by chain by dual averaging, and a dense covariance from
    all chains together, in windows that double. On a CPU chains are run by threads, on accelerators side by
    side.
    """
    sampler = _Sampler(log_density, starts.shape, acceptance)
    states = sampler.begin(starts)
    keys = jr.split(key, len(starts))
    m = starts.shape[1]
    covariance, steps = jnp.eye(m), [begin(_STEP)] * len(starts)
    window: list[np.ndarray] = []
    ends = _windows(warmup)
    done = 0
    while done < warmup:
        states, steps, found, keys = sampler.block(states, steps, covariance, keys, learning=True)
        done += _BLOCK
        window.append(found[0])
        on_block(_BLOCK * len(starts))
        if done in ends:
            if done > ends[0]:
                covariance = jnp.asarray(_covariance(np.concatenate(window, axis=1), np.asarray(covariance)))
                steps = [begin(jnp.exp(step.average)) for step in steps]
            window = []
    parts = []
    for _ in range(-(-n // _BLOCK)):
        states, steps, found, keys = sampler.block(states, steps, covariance, keys, learning=False)
        parts.append(found)
        on_block(_BLOCK * len(starts))
    return Chains(*(np.concatenate([part[k] for part in parts], axis=1)[:, :n] for k in range(6)))


class _Sampler:
    """A block of one chain, compiled once."""

    def __init__(self, log_density: Callable[[Array], Array], shape: tuple[int, ...], acceptance: float):
        nuts = needed("blackjax").mcmc.nuts
        kernel = nuts.build_kernel()

        def one(carried: Any, key: PRNGKeyArray, covariance: Array, learning: Array) -> tuple[Any, Any]:
            state, step = carried
            size = jnp.exp(jnp.where(learning, step.log, step.average))
            state, info = kernel(key, state, log_density, size, covariance, max_num_doublings=_DOUBLINGS)
            learned = learn(step, info.acceptance_rate, acceptance)
            step = jax.tree.map(lambda new, old: jnp.where(learning, new, old), learned, step)
            seen = (
                state.position, state.logdensity, info.acceptance_rate, info.energy, info.is_divergent,
                info.num_integration_steps,
            )  # fmt: skip
            return (state, step), seen

        def block(state: Any, step: StepSize, covariance: Array, key: PRNGKeyArray, learning: Array) -> Any:
            key, own = jr.split(key)
            body = lambda carried, k: one(carried, k, covariance, learning)  # noqa: E731
            (state, step), seen = jax.lax.scan(body, (state, step), jr.split(own, _BLOCK))
            return state, step, seen, key

        self._init = jax.jit(lambda position: nuts.init(position, log_density))
        self._side_by_side = jax.default_backend() != "cpu"
        self._block = jax.jit(jax.vmap(block, in_axes=(0, 0, None, 0, None)) if self._side_by_side else block)
        self._workers = min(shape[0], os.cpu_count() or 1)

    def begin(self, starts: np.ndarray) -> list[Any]:
        """Return the states of all chains."""
        return [self._init(jnp.asarray(start)) for start in starts]

    def block(
        self, states: list[Any], steps: list[StepSize], covariance: Array, keys: Any, *, learning: bool
    ) -> tuple[list[Any], list[StepSize], tuple[np.ndarray, ...], Any]:
        """Run a block of all chains."""
        flag = jnp.asarray(learning)
        if self._side_by_side:
            stacked = jax.tree.map(lambda *a: jnp.stack(a), *zip(states, steps, strict=True))
            state, step, seen, keys = self._block(*stacked, covariance, keys, flag)
            return _apart(state), _apart(step), tuple(np.asarray(a) for a in seen), keys

        def run(k: int) -> Any:
            return jax.block_until_ready(self._block(states[k], steps[k], covariance, keys[k], flag))

        # the first chain alone: several would compile the program at once
        ended = [run(0)]
        with ThreadPoolExecutor(self._workers) as pool:
            ended += pool.map(run, range(1, len(states)))
        seen = tuple(np.stack([np.asarray(end[2][k]) for end in ended]) for k in range(6))
        return (
            [end[0] for end in ended],
            [end[1] for end in ended],
            seen,
            jnp.stack([end[3] for end in ended]),
        )


def _apart(tree: Any) -> list[Any]:
    """Return the trees of single chains."""
    leaves, structure = jax.tree.flatten(tree)
    return [jax.tree.unflatten(structure, parts) for parts in zip(*leaves)]


def _windows(warmup: int) -> list[int]:
    """Return after how many trajectories covariances are learned; before the first, they are not."""
    blocks = warmup // _BLOCK
    first = max(1, round(_FIRST * blocks))
    last = blocks - max(1, round(_LAST * blocks))
    ends, length = [first], max(1, first)
    while ends[-1] < last:
        end = ends[-1] + length
        # no window that is shorter than the one before
        ends.append(last if end + 2 * length > last else end)
        length *= 2
    return [_BLOCK * end for end in ends]


def _covariance(positions: Float[np.ndarray, "c n m"], before: np.ndarray) -> Float[np.ndarray, "m m"]:
    """Return the covariance of the draws of all chains, drawn to the one before where they are few."""
    flat = positions.reshape(-1, positions.shape[2])
    n, m = flat.shape
    # neighbors of a chain are alike: a draw counts for a half
    weight = 0.5 * n / (0.5 * n + m + 5)
    return weight * np.cov(flat.T).reshape(m, m) + (1 - weight) * before
