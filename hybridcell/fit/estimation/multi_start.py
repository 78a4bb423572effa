"""Estimation from many starts."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.lock import only_writer
from hybridcell._core.number_checks import is_whole
from hybridcell._core.progress import progress_bar
from hybridcell._core.workers import working
from hybridcell.fit.checkpoint import fingerprint
from hybridcell.fit.estimation import checkpoint as saved
from hybridcell.fit.estimation.estimation import Estimation
from hybridcell.fit.estimation.lockstep import Crew
from hybridcell.fit.estimation.methods import METHODS, crew_of
from hybridcell.fit.estimation.objective import Evaluator, Objective
from hybridcell.fit.estimation.run import REASONS, SLOW, Run, Tolerances
from hybridcell.fit.estimation.starts import STARTS, Starts, draw_starts, generator

#: Seconds between checkpoints, besides those when a run ends.
_SECONDS = 5.0
#: Most starts on their way at a time, unless told.
_BATCH = 32
#: Points drawn for each start, unless told.
_CANDIDATES = 20
#: Slow runs that go on at the end: this share of all, and so many at least.
_SHARE, _LEAST = 0.1, 3


def estimate(
    objective: Objective,
    *,
    n_starts: int | None = None,
    method: str = "least-squares",
    starts: Any = "latin-hypercube",
    candidates: int | None = None,
    batch: int | None = None,
    max_iterations: int | None = None,
    tolerances: Tolerances | None = None,
    executor: Any = None,
    progress: bool | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    key: PRNGKeyArray,
    **options: Any,
) -> Estimation:
    """Minimize an objective from many starts.

    Parameters
    ----------
    objective : Objective
    n_starts : int
        How many; by default as many as the array of `starts` has rows.
    method : {"least-squares", "trust-region", "l-bfgs-b", "fides", "adam", "cma-es"}
        "least-squares": Gauss-Newton in a trust region, for objectives with residuals; the first choice.
        Starts of even numbers go along bounds that they meet, those of odd numbers are bent away from
        them: which finds more depends on the problem. Runs that become slow end, and the best tenth of
        them (three at least) go on when all have.
        "trust-region": one with a curvature learned from gradients. "l-bfgs-b": SciPy's. "fides" and
        "cma-es" are packages of their own. "adam": first-order steps. CMA-ES alone needs no gradients.
    starts : {"latin-hypercube", "sobol", "uniform", "prior"} or array, shape (n, q)
        Where to start, on the scale of the parameters. Points that are drawn and cannot be simulated are
        drawn again, thirty times at most.
    candidates : int
        How many points are drawn for each start, the best of which it is. Within wide bounds most points say
        nothing, and values are cheap beside a run. Default: 20; 1 where the method draws its own ("cma-es").
    batch : int
        How many points one call of the objective evaluates, and so how many runs are on their way at a time;
        one that ended makes room for one that waits. Default: 32, or the number of starts if it is less.
    max_iterations : int
        Most iterations of a run. Default: 1000 (Adam: 5000).
    tolerances : Tolerances
        When a run has arrived.
    executor : concurrent.futures.Executor, optional
        Shares every batch among its workers: threads, processes, Dask's ``Client.get_executor()``, or
        ``mpi4py.futures.MPIPoolExecutor``. The runs are the same as without, except that their seconds are
        those of this process alone. A larger `batch` keeps more workers busy.
    progress : bool
        As for `hc.fit`.
    checkpoint : path
        File to write and go on from: the same call continues where the last one was killed, keeps the runs
        that had ended, and ends with the same result. Runs on their way go on from their last step with
        "least-squares", "trust-region" and "adam", and start again with the others.
    key : PRNGKeyArray
        The same key gives the same starts and runs.
    **options
        Of the method: "adam": optimizer (of optax), learning_rate, rows (size of minibatches);
        "cma-es": population, sigma; "l-bfgs-b": memory; "fides": what its ``options`` are.

    Returns
    -------
    Estimation

    Raises
    ------
    InvalidValueError
        When something of the above is not what is wanted.
    FileFormatError
        When the checkpoint is one of another estimation.

    Examples
    --------
    >>> import jax, jax.numpy as jnp
    >>> from hybridcell.fit.estimation import FunctionObjective, estimate
    >>> banana = FunctionObjective(
    ...     ["x", "y"], [-2, -2], [2, 2],
    ...     residuals=lambda p: jnp.array([10 * (p[1] - p[0] ** 2), 1 - p[0]]),
    ... )
    >>> found = estimate(banana, n_starts=8, key=jax.random.key(0))
    >>> found.best.theta.round(5).tolist()
    [1.0, 1.0]
    """
    check_choice("method", method, METHODS)
    n, given = _given_starts(objective, n_starts, starts)
    drawings = _positive("candidates", candidates, 1 if method == "cma-es" else _CANDIDATES)
    size = _positive("batch", batch, min(_BATCH, n))
    most = _positive("max_iterations", max_iterations, 5000 if method == "adam" else 1000)
    tolerances = Tolerances() if tolerances is None else tolerances
    if method == "least-squares" and not objective.has_least_squares:
        raise InvalidValueError(
            'The objective has no residuals (has_least_squares is False); take method="trust-region", which '
            "needs gradients only."
        )
    seed = int(generator(key).integers(2**31))
    common: dict[str, Any] = {
        "capacity": size, "max_iterations": most, "tolerances": tolerances, "seed": seed, "options": options,
    }  # fmt: skip
    crew = crew_of(method, objective, **common)
    settings = (method, size, most, tolerances, sorted(options.items(), key=lambda item: item[0]))
    marks = {
        "the names of the parameters": fingerprint(list(objective.names)),
        "the bounds": fingerprint(np.asarray(objective.lower, float), np.asarray(objective.upper, float)),
        "the number of measurements": fingerprint(int(objective.n)),
        "the key": fingerprint(key),
        "the starts": fingerprint(n, starts if given is None else given, drawings),
        "the method or its settings": fingerprint(settings),
    }
    drawing = (n, given, starts, drawings)
    with working(executor) as workers:
        evaluate = Evaluator(objective, size, workers)
        try:
            with nullcontext() if checkpoint is None else only_writer(checkpoint):
                drawn, runs = _go(crew, objective, evaluate, drawing, checkpoint, marks, progress, key)
        finally:
            crew.close()
        if method == "least-squares":
            runs = _go_on(crew_of(method, objective, patient=True, **common), evaluate, runs)
        final = _final(evaluate, runs, moved="rows" not in options)
    return Estimation(
        runs=tuple(sorted(final, key=lambda run: (run.value, run.start))),
        names=tuple(objective.names), lower=evaluate.lower, upper=evaluate.upper,
        method=method, redrawn=drawn.redrawn,
    )  # fmt: skip


def _go(
    crew: Crew,
    objective: Objective,
    evaluate: Evaluator,
    starts: tuple[int, np.ndarray | None, str, int],
    path: str | os.PathLike[str] | None,
    marks: dict[str, str],
    progress: bool | None,
    key: Any,
) -> tuple[Starts, list[Run]]:
    """Run all starts, from the checkpoint on where there is one."""
    n, given, how, candidates = starts
    before = None if path is None else saved.read(path, marks=marks)
    runs: dict[int, Run] = {}
    if before is None:
        drawn = Starts(given, 0, 0) if given is not None else draw_starts(
            objective, n, how, evaluate=evaluate, candidates=candidates, key=key
        )  # fmt: skip
        waiting = list(range(n))
    else:
        arrays, runs, state = before
        drawn = Starts(arrays["thetas"], int(arrays["redrawn"]), 0)
        crew.restore(state)
        # runs that could not be stored start again, in their order
        running = set() if not state else {int(i) for i in state["start"]}
        waiting = [i for i in range(n) if i not in runs and i not in running]
    arrays = {"thetas": drawn.thetas, "redrawn": np.asarray(drawn.redrawn)}
    save = _saver(path, marks, arrays)
    with progress_bar(total=n, description="estimate", show=progress) as bar:
        bar.update(len(runs))
        while waiting or len(crew):
            while waiting and len(crew) < crew.capacity:
                start = waiting.pop(0)
                crew.admit(start, drawn.thetas[start])
            ended = crew.advance(evaluate)
            runs |= {run.start: run for run in ended}
            save(runs, crew, bool(ended))
            if ended:
                bar.update(len(ended))
                bar.set_postfix_str(f"best {min(run.value for run in runs.values()):.6g}")
    return drawn, [runs[i] for i in sorted(runs)]


def _go_on(crew: Crew, evaluate: Evaluator, runs: list[Run]) -> list[Run]:
    """Return the runs after the best of those that were slow have gone on."""
    by_value = sorted(runs, key=lambda run: (run.value, run.start))
    best = by_value[: max(_LEAST, round(_SHARE * len(runs)))]
    waiting = [run for run in best if run.reason == REASONS[SLOW]]
    found = {run.start: run for run in runs}
    while waiting or len(crew):
        while waiting and len(crew) < crew.capacity:
            run = waiting.pop(0)
            crew.admit(run.start, run.theta)
        for run in crew.advance(evaluate):
            first = found[run.start]
            # the first row of what was added is the point where the run was
            added = run.history[1:] + np.array([1, 1, 0, 0, 1]) * first.history[-1]
            history = np.concatenate([first.history, added])
            found[run.start] = replace(run, theta0=first.theta0, history=history)
    return [found[run.start] for run in runs]


def _saver(
    path: str | os.PathLike[str] | None, marks: dict[str, str], starts: dict[str, np.ndarray]
) -> Callable[[dict[int, Run], Crew, bool], None]:
    """Return a function that writes the checkpoint when a run ended or it is time."""
    last = time.monotonic()

    def save(runs: dict[int, Run], crew: Crew, ended: bool) -> None:
        nonlocal last
        if path is None or not (ended or time.monotonic() - last >= _SECONDS):
            return
        saved.write(path, marks=marks, starts=starts, runs=runs, crew=crew.saved())
        last = time.monotonic()

    return save


def _final(evaluate: Evaluator, runs: list[Run], *, moved: bool) -> list[Run]:
    """Return the runs with what the objective itself says about their values.

    Sums of squares lack a number that is the same for all parameters: histories are moved by it (but not
    those of minibatches).
    """
    fine = [run for run in runs if not run.failed]
    if not fine:
        return runs
    values = evaluate("values", np.array([run.theta for run in fine])).values
    final = {}
    for run, value in zip(fine, values):
        history = run.history.copy()
        if moved and np.isfinite(value):
            history[:, 2] += value - run.value
        final[run.start] = replace(run, value=float(value), history=history)
    return [final.get(run.start, run) for run in runs]


def _given_starts(objective: Objective, n_starts: int | None, starts: Any) -> tuple[int, np.ndarray | None]:
    """Return the number of starts, and the starts if they are given."""
    if isinstance(starts, str):
        check_choice("starts", starts, STARTS)
        if n_starts is None:
            raise InvalidValueError("n_starts is missing: say from how many points to start.")
        return _positive("n_starts", n_starts, 1), None
    given = np.array(starts, dtype=float)
    q = len(objective.names)
    if given.ndim != 2 or given.shape[1] != q or not len(given):
        raise InvalidValueError(
            f"starts has the shape {given.shape}; wanted (number of starts, {q}), or one of "
            f"{', '.join(map(repr, STARTS))}."
        )
    if n_starts is not None and n_starts != len(given):
        raise InvalidValueError(f"n_starts is {n_starts}, but {len(given)} starts are given.")
    if np.isnan(given).any():
        raise InvalidValueError("starts has numbers that are NaN.")
    return len(given), np.clip(given, objective.lower, objective.upper)


def _positive(name: str, value: Any, default: int) -> int:
    if value is None:
        return default
    if not (is_whole(value) and value > 0):
        raise InvalidValueError(f"{name} is {value!r}; wanted a positive whole number.")
    return int(value)
