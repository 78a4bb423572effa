"""Pathfinder of blackjax: the best Gaussian along each way to the mode, and draws by their weight."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hybridcell.infer.posterior.extra import needed

#: Draws of each path for each that is wanted, and draws that judge a Gaussian on the way.
_SPARE, _JUDGES = 4, 25
#: Steps of each path.
_STEPS = 40


def run_paths(
    log_density: Callable[[Array], Array],
    starts: Float[np.ndarray, "c m"],
    *,
    n: int,
    on_path: Callable[[int], object],
    key: PRNGKeyArray,
) -> tuple[Float[np.ndarray, "n m"], Float[np.ndarray, " n"], float]:
    """Return draws, their log-densities, and which share of the candidates importance weights leave.

    Each start has a path; candidates of all paths are drawn again by their weights, without replacement as
    long as there are any with a density.
    """
    pathfinder = needed("blackjax").vi.pathfinder
    each = -(-_SPARE * n // len(starts))

    @jax.jit
    def one(start: Array, key: PRNGKeyArray) -> tuple[Array, Array, Array]:
        way, own = jr.split(key)
        state, _ = pathfinder.approximate(way, log_density, start, num_samples=_JUDGES, maxiter=_STEPS)
        drawn, log_q = pathfinder.sample(own, state, each)
        return drawn, jax.lax.map(log_density, drawn), log_q

    last, *keys = jr.split(key, len(starts) + 1)
    found = []
    for start, own in zip(starts, keys):
        found.append([np.asarray(a) for a in one(jnp.asarray(start), own)])
        on_path(1)
    drawn, log_p, log_q = (np.concatenate([path[k] for path in found]) for k in range(3))
    log_weight = np.where(np.isfinite(log_p) & np.isfinite(log_q), log_p - log_q, -np.inf)
    if not np.isfinite(log_weight).any():
        return drawn[:n], log_p[:n], 0.0
    weight = np.exp(log_weight - log_weight.max())
    share = float(weight.sum() ** 2 / np.sum(weight**2) / len(weight))
    # Gumbel's trick: the largest of noisy log-weights are draws without replacement
    noisy = log_weight + np.asarray(jr.gumbel(last, log_weight.shape))
    chosen = np.argsort(-noisy)[:n]
    lost = ~np.isfinite(log_weight[chosen])
    if lost.any():
        # too few have a density: these again, by their weights
        again = jr.choice(jr.fold_in(last, 1), len(weight), (int(lost.sum()),), p=jnp.asarray(weight))
        chosen[lost] = np.asarray(again)
    return drawn[chosen], log_p[chosen], share
