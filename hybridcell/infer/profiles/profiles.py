"""`hc.infer.profiles`: the profile likelihood of every parameter, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import checked_share, is_whole
from hybridcell._core.workers import working
from hybridcell.infer.profiles.result import Profiles
from hybridcell.infer.profiles.search import search
from hybridcell.infer.target import as_target


def profiles(
    problem: Any,
    *,
    at: Any = None,
    parameters: Sequence[str] | str | None = None,
    level: float = 0.95,
    max_points: int = 60,
    executor: Any = None,
    progress: bool | None = None,
) -> Profiles:
    """Compute the profile likelihood of parameters, and the intervals that it gives.

    A parameter is moved away from its best value, step by step, while all others are re-optimized, until the
    objective has risen by half the quantile of chi-square with one degree of freedom. All parameters are
    followed in both directions at once: each step is one batch of evaluations with sensitivities, starting
    along the profile from where the last one ended. Ends are found to a thousandth of the threshold.

    Parameters
    ----------
    problem : PetabProblem, NetworkFit, Objective or Target
        Its objective: minus the log-likelihood, plus what priors add (then profiles are of the posterior).
    at : Estimation, mapping of linear values, or array (q,) on the scales
        The optimum; by default the nominal values, or those of the fit. It is re-optimized first.
    parameters : names
        Whose profiles are wanted; by default all.
    level : float
        Confidence of the intervals, for each parameter by itself.
    max_points : int
        Most points of a profile on each side.
    executor : concurrent.futures.Executor, optional
        Shares every batch among its workers: threads, processes, Dask's ``Client.get_executor()``, or
        ``mpi4py.futures.MPIPoolExecutor``. The profiles are the same as without.
    progress : bool, optional
        Progress bar; default in a terminal or notebook.

    Returns
    -------
    Profiles
        ``.table`` with intervals and verdicts, ``.curve(name)``; ``hc.pl.profiles`` draws them. Sides that
        never reach the threshold within the bounds are open: their ends are infinite, and the table says why.

    Raises
    ------
    InvalidValueError
        If nothing can be computed at the optimum, or the level is none.
    UnknownNameError
        If a parameter is not estimated.

    Notes
    -----
    The level is that of large samples (Wilks' theorem). If a better optimum is met on the way, everything
    begins anew from there, and `Profiles.notes` says so. Where a walk has lost its way to a branch of the
    profile that is not the lowest, and another walk has seen a lower one, it is continued there.

    References
    ----------
    Raue et al. (2009), Bioinformatics 25:1923; Venzon and Moolgavkar (1988), Appl. Stat. 37:87.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from hybridcell.fit.estimation import FunctionObjective
    >>> from hybridcell.infer.profiles.profiles import profiles
    >>> product = FunctionObjective(
    ...     ["a", "b", "c"], [-5, -5, -5], [5, 5, 5],
    ...     residuals=lambda p: jnp.array([p[0] + p[1], 2 * (p[2] - 1)]),
    ... )
    >>> found = profiles(product, at=[0.5, -0.5, 1.0])
    >>> found.table["verdict"].to_dict()
    {'a': 'structurally not', 'b': 'structurally not', 'c': 'identifiable'}
    >>> found.table.loc["c", ["lower", "upper"]].astype(float).round(3).tolist()
    [0.02, 1.98]
    """
    from scipy.stats import chi2

    level = checked_share("level", level, 0.95)
    if not is_whole(max_points) or max_points < 3:
        raise InvalidValueError(f"max_points is {max_points!r}; wanted a whole number, at least 3.")
    target = as_target(problem, at=at)
    places = target.places(parameters)
    fixed = [target.names[k] for k in places if target.lower[k] >= target.upper[k]]
    if fixed:
        raise InvalidValueError(
            f"The bounds of {', '.join(fixed)} leave no room: there is nothing to profile."
        )
    threshold = float(chi2.ppf(level, 1)) / 2
    with working(executor) as workers:
        walked = search(target, places, threshold, int(max_points), progress, workers)
    return Profiles(target.moved(walked.start.theta), walked, float(level))
