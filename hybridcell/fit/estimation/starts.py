"""Where runs start: points within the bounds, spread evenly or drawn from priors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell.fit.estimation.objective import Evaluator, Objective

STARTS = ("latin-hypercube", "sobol", "uniform", "prior")
#: How far starts go on a side that has no bound; parameters on a log scale are of order one.
_REACH = 5.0


@dataclass(frozen=True, eq=False)
class Starts:
    """Starts and what it took to find them.

    Attributes
    ----------
    thetas : ndarray, shape (n, q)
    redrawn : int
        How many points were drawn in place of others that could not be simulated.
    failing : int
        How many of the starts cannot be simulated all the same.
    """

    thetas: Float[np.ndarray, "n q"]
    redrawn: int
    failing: int


def generator(key: Any) -> np.random.Generator:
    """Return NumPy's generator for a key of JAX: the same key, the same numbers."""
    if jax.dtypes.issubdtype(getattr(key, "dtype", None), jax.dtypes.prng_key):
        data = np.asarray(jax.random.key_data(key))
    else:
        data = np.asarray(key)
    if data.dtype.kind not in "iu":
        raise InvalidValueError(f"key is {key!r}; wanted one as jax.random.key(0) makes.")
    return np.random.default_rng([int(x) for x in data.ravel().astype(np.uint64)])


def box(lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds in which starts are drawn, all of them finite."""
    lower, upper = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    low_free, high_free = ~np.isfinite(lower), ~np.isfinite(upper)
    # a bound that is far from zero says how large the parameter is
    reach_down = _REACH * np.maximum(np.where(high_free, 1.0, np.abs(upper)), 1.0)
    reach_up = _REACH * np.maximum(np.where(low_free, 1.0, np.abs(lower)), 1.0)
    low = np.where(low_free, np.where(high_free, -_REACH, upper - 2 * reach_down), lower)
    high = np.where(high_free, np.where(low_free, _REACH, lower + 2 * reach_up), upper)
    return low, high


def unit_points(how: str, n: int, q: int, rng: np.random.Generator) -> Float[np.ndarray, "n q"]:
    """Return n points of the unit cube."""
    if how == "latin-hypercube":
        # one point in every n-th of every axis
        cells = rng.permuted(np.tile(np.arange(n), (q, 1)), axis=1).T
        return (cells + rng.random((n, q))) / max(n, 1)
    if how == "sobol":
        from scipy.stats import qmc

        seed = int(rng.integers(2**31))
        options: dict[str, Any] = {_seed_name(): seed}
        points = qmc.Sobol(q, scramble=True, **options).random_base2(max(int(np.ceil(np.log2(max(n, 1)))), 0))
        return points[:n]
    return rng.random((n, q))


def _seed_name() -> str:
    """Return how SciPy calls the seed: "rng" from version 1.15 on."""
    import inspect

    from scipy.stats import qmc

    return "rng" if "rng" in inspect.signature(qmc.Sobol).parameters else "seed"


def draw_starts(
    objective: Objective,
    n: int,
    how: str,
    *,
    evaluate: Evaluator | None = None,
    candidates: int = 1,
    rounds: int = 30,
    key: Any,
) -> Starts:
    """Draw starts within the bounds of an objective.

    Parameters
    ----------
    objective
        For "prior", one with ``parameters``.
    n : int
        How many.
    how : {"latin-hypercube", "sobol", "uniform", "prior"}
        The first three fill the bounds on the parameters' scale. "prior" draws from each parameter's
        ``start_prior``, its ``prior``, or else uniformly. A side without a bound is taken to be 5 (or five
        times the other bound, where that is more) from its middle.
    evaluate
        Computes the values of starts, so that those that cannot be simulated are drawn again.
    candidates : int
        How many points are drawn for each start, which is the one with the least value; with `evaluate`.
    rounds : int
        How often, at most.
    key : PRNGKeyArray
    """
    check_choice("starts", how, STARTS)
    rng = generator(key)
    if evaluate is None or not n:
        return Starts(_draw(objective, n, how, rng), 0, 0)
    thetas, values = _best_drawn(objective, n, how, rng, evaluate, candidates)
    redrawn = 0
    bad = np.flatnonzero(~np.isfinite(values))
    for _ in range(rounds):
        if not len(bad):
            break
        thetas[bad] = _draw(objective, len(bad), how, rng)
        redrawn += len(bad)
        bad = bad[~np.isfinite(evaluate("values", thetas[bad]).values)]
    return Starts(thetas, redrawn, len(bad))


def _best_drawn(
    objective: Objective, n: int, how: str, rng: np.random.Generator, evaluate: Evaluator, candidates: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the best of so many points, n times, and their values."""
    drawn = _draw(objective, n * candidates, how, rng)
    values = evaluate("values", drawn).values
    best = np.arange(n) + n * np.argmin(values.reshape(candidates, n), axis=0)
    return drawn[best], values[best]


def _draw(objective: Objective, n: int, how: str, rng: np.random.Generator) -> np.ndarray:
    lower, upper = np.asarray(objective.lower, dtype=float), np.asarray(objective.upper, dtype=float)
    low, high = box(lower, upper)
    unit = unit_points(how, n, len(lower), rng)
    thetas = low + unit * (high - low)
    if how == "prior":
        from hybridcell.fit.estimation.priors import scaled_quantile

        parameters = getattr(objective, "parameters", None)
        if parameters is None:
            raise InvalidValueError(
                'starts="prior" needs an objective with `parameters`; this one has none. Give another way of '
                "drawing starts, or an array."
            )
        for i, parameter in enumerate(parameters):
            prior = parameter.start_prior or parameter.prior
            if prior is not None:
                thetas[:, i] = scaled_quantile(prior, unit[:, i], parameter)
    return np.clip(thetas, lower, upper)
