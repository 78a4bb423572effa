"""Many fits of one reaction network: from other first weights, and to resampled measurements."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.progress import progress_bar
from hybridcell._core.workers import Parcel, working
from hybridcell.fit.kinetics.fit_network import Search, make_search
from hybridcell.fit.kinetics.levenberg_marquardt import Minimum
from hybridcell.fit.kinetics.settings import NetworkFitSettings
from hybridcell.mechanisms.reactions.network import ReactionNetwork

RESAMPLES = ("seeds", "bootstrap")


def fit_networks(
    network: ReactionNetwork,
    data: Any,
    settings: NetworkFitSettings,
    *,
    n: int,
    resample: str,
    executor: Any = None,
    key: PRNGKeyArray,
    progress: bool | None = None,
) -> Ensemble:
    """Fit n members; see `hybridcell.fit.ensemble.fit_ensemble`.

    Members share their programs and differ in values only. Each is tried again like a single fit.
    """
    check_choice("resample", resample, RESAMPLES)
    search = make_search(network, data, settings)
    shared = Parcel(search)
    tasks = ((shared, np.asarray(jr.key_data(jr.fold_in(key, i))), resample, i == 0) for i in range(n))
    found: list[tuple[Minimum, bool]] = []
    bar = progress_bar(total=n, description=f"fit {n} members", show=progress)
    with working(executor) as workers, bar as shown:
        if workers is None:
            for task in tasks:
                found.append(_member(*task))
                shown.update()
        else:
            found = workers.map(_member, tasks, advance=shown.update)
    if not any(np.isfinite(minimum.cost) for minimum, _ in found):
        raise InvalidValueError(
            "No member can be simulated from where its fit starts: a readout is not finite. Look at "
            "hc.simulate(network, t1=...).result, and start from other values."
        )
    values = [np.asarray(search.free.place(search.network, minimum.theta).values) for minimum, _ in found]
    members = eqx.tree_at(lambda m: m.values, search.network, jnp.asarray(np.stack(values)))
    losses = np.array([minimum.cost / search.objective.n_data for minimum, _ in found])
    return Ensemble(
        members=members,
        losses=losses,
        result=tuple("success" if good else "does not describe its data" for _, good in found),
        train=data,
        info={"resample": resample, "attempts": settings.retries + 1},
    )


def _member(shared: Parcel, key_data: np.ndarray, resample: str, first: bool) -> tuple[Minimum, bool]:
    search: Search = shared.value
    key = jr.wrap_key_data(jnp.asarray(key_data))
    if resample == "bootstrap":
        search = search.with_objective(_resampled(search, jr.fold_in(key, 0)))
    best: Minimum | None = None
    for attempt, part in enumerate(jr.split(jr.fold_in(key, 1), 1 + search.settings.retries)):
        found = search.attempt(part, first=first and attempt == 0)
        best = found if best is None or found.cost < best.cost else best
        if search.describes(best):
            return best, True
    assert best is not None
    return best, False


def _resampled(search: Search, key: PRNGKeyArray) -> Any:
    """Return the objective of measurements drawn with replacement: some count more than once, some never."""
    objective, n = search.objective, search.objective.n_data
    drawn = np.asarray(jr.choice(key, n, (n,)))
    counts = np.bincount(drawn, minlength=n).astype(float)
    weight = np.asarray(objective.task.weight).copy()
    weight[:n] = counts
    task = eqx.tree_at(lambda task: task.weight, objective.task, jnp.asarray(weight))
    return replace(objective, task=task)
