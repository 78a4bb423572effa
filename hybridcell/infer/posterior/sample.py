"""`hc.infer.sample`: draws of the posterior itself."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.number_checks import is_whole
from hybridcell._core.progress import progress_bar
from hybridcell.infer.posterior.extra import needed
from hybridcell.infer.posterior.nuts import run_chains
from hybridcell.infer.posterior.pathfinder import run_paths
from hybridcell.infer.posterior.posterior import Posterior
from hybridcell.infer.posterior.whitened import Whitened
from hybridcell.infer.target import Target, as_target

METHODS = ("nuts", "pathfinder")
#: Candidates for the start of each chain; how far above the mode a start may lie, for each parameter.
_CANDIDATES, _HIGH = 8, 5.0
#: Share of Pathfinder's candidates that weights must leave.
_LEAST_SHARE = 0.02


def sample(
    problem: Any,
    *,
    at: Any = None,
    method: str = "nuts",
    n: int = 1000,
    warmup: int = 600,
    chains: int = 4,
    acceptance: float = 0.9,
    progress: bool | None = None,
    key: PRNGKeyArray,
) -> Posterior:
    """Draw from the posterior of the parameters.

    Parameters
    ----------
    problem : PetabProblem, NetworkFit, FunctionObjective or Target
    at : Estimation, mapping of linear values, or array (q,) on the scales
        Near which the search for the mode begins, from which chains start; by default the nominal values.
    method : {"nuts", "pathfinder"}
        The no-U-turn sampler; or Pathfinder, which is fast and rough: independent draws of Gaussians on the
        way to the mode, drawn again by importance.
    n : int
        Draws of each chain (NUTS), or in all (Pathfinder).
    warmup : int
        Trajectories of each chain that learn step size and covariance, and are not kept.
    chains : int
        Chains, or paths.
    acceptance : float
        Share of accepted steps that step sizes aim at; higher means shorter steps and fewer divergences.
    progress : bool, optional
        Progress bar; default in a terminal or notebook.
    key : PRNGKeyArray

    Returns
    -------
    Posterior
        ``.problems`` say whether trajectories diverged or chains did not mix.

    Raises
    ------
    InvalidValueError
        If the posterior is improper: a parameter without two finite bounds, and without a prior. If blackjax
        or arviz are missing. If nothing can be computed where it begins.

    Notes
    -----
    The density is one of the scaled parameters: flat between their bounds where there is no prior; where a
    prior is one of the linear value, with the Jacobian of the scale. Bounds are taken away by logistic
    functions, and coordinates are those in which the posterior is about a standard Gaussian at its mode.

    References
    ----------
    Hoffman and Gelman (2014), J. Mach. Learn. Res. 15:1593; Zhang et al. (2022), J. Mach. Learn. Res. 23:306;
    Cabezas et al. (2024), arXiv:2402.10797 (blackjax).

    Examples
    --------
    >>> import jax, jax.numpy as jnp
    >>> from hybridcell.fit.estimation import FunctionObjective
    >>> from hybridcell.infer.posterior.sample import sample
    >>> line = FunctionObjective(
    ...     ["a", "b"], [-9, -9], [9, 9], residuals=lambda p: jnp.array([p[0] - 1, 2 * p[1]])
    ... )
    >>> found = sample(line, at=[0.0, 0.0], n=500, warmup=200, key=jax.random.key(0))
    >>> found.divergences, bool((abs(found.summary()["mean"] - [1, 0]) < 0.2).all())
    (0, True)
    """
    check_choice("method", method, METHODS)
    for name, value, least in (("n", n, 4), ("warmup", warmup, 100), ("chains", chains, 1)):
        if not is_whole(value) or value < least:
            raise InvalidValueError(f"{name} is {value!r}; wanted a whole number, at least {least}.")
    if not 0.5 <= acceptance < 1:
        raise InvalidValueError(f"acceptance is {acceptance!r}; wanted a number from 0.5 to below 1.")
    needed("blackjax")
    target = as_target(problem, at=at)
    _refuse_improper(target)
    whitened = Whitened(target)
    start_key, run_key = jr.split(key)
    log_density = whitened.log_density()
    starts = _starts(whitened, log_density, chains, start_key)
    if method == "pathfinder":
        return _by_paths(whitened, log_density, starts, n, progress, run_key)
    total = chains * (n + warmup)
    with progress_bar(total=total, description="trajectories", show=progress) as bar:
        found = run_chains(
            log_density, starts, n=n, warmup=warmup, acceptance=acceptance, on_block=bar.update, key=run_key
        )
    m = found.positions.shape[2]
    thetas, stretched = whitened.thetas(found.positions.reshape(-1, m))
    statistics = {
        "diverging": found.diverging, "acceptance_rate": found.acceptance, "energy": found.energy,
        "n_steps": found.steps, "cut": found.cut,
    }  # fmt: skip
    return Posterior(
        target, thetas.reshape(chains, n, -1), found.log_density - stretched.reshape(chains, n), "nuts",
        statistics=statistics,
    )  # fmt: skip


def _refuse_improper(target: Target) -> None:
    improper = target.source.improper(target.at)
    if not improper.any():
        return
    named = [name for name, is_one in zip(target.names, improper) if is_one]
    raise InvalidValueError(
        f"The posterior is improper: {', '.join(named[:8])} {'has' if len(named) == 1 else 'have'} neither a "
        "prior nor two finite bounds, and a flat density without an end cannot be sampled. Give bounds, or a "
        "prior, or fix the parameter."
    )


def _starts(whitened: Whitened, log_density: Any, chains: int, key: PRNGKeyArray) -> np.ndarray:
    """Return where chains start: draws around the mode, nearer to it where these are too unlikely."""
    m = len(whitened.unbounded)
    evaluate = jax.jit(lambda ys: jax.lax.map(log_density, ys))
    best = float(evaluate(jnp.zeros((_CANDIDATES * chains, m)))[0])
    for attempt in range(6):
        own = jr.fold_in(key, attempt)
        ys = jr.normal(own, (_CANDIDATES * chains, m)) * 0.5**attempt
        values = np.asarray(evaluate(ys))
        usable = np.flatnonzero(values > best - _HIGH * m)
        if len(usable) >= chains:
            return np.asarray(ys)[usable[:chains]]
    return np.zeros((chains, m))


def _by_paths(
    whitened: Whitened, log_density: Any, starts: np.ndarray, n: int, progress: bool | None, key: PRNGKeyArray
) -> Posterior:
    # further out than chains start, so that paths are ways to the mode
    with progress_bar(total=len(starts), description="paths", show=progress) as bar:
        drawn, values, share = run_paths(log_density, 2.0 * starts, n=n, on_path=bar.update, key=key)
    thetas, stretched = whitened.thetas(drawn)
    problems = []
    if share < _LEAST_SHARE:
        problems.append(
            f"Pathfinder's Gaussians do not describe this posterior: weights leave {share:.1%} of its "
            "candidates. Take method='nuts'"
        )
    return Posterior(
        whitened.target, thetas[None], (values - stretched)[None], "pathfinder", problems=tuple(problems)
    )
