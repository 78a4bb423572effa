"""`hc.fit_ensemble`: many members in one program."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.model import AbstractModel
from hybridcell._core.number_checks import is_whole
from hybridcell._core.progress import progress_bar
from hybridcell._core.workers import Parcel, Workers
from hybridcell.data import PerturbationData, as_perturbation_data
from hybridcell.data.response_scale import check_scale
from hybridcell.fit.calibrating import Plan, default_plan, make_folds, with_calibration
from hybridcell.fit.fit import arrange, condition_numbers, share_under
from hybridcell.fit.scattering import ScatteredModels
from hybridcell.fit.settings import FitSettings, settings_from
from hybridcell.fit.single_condition import warn_of_single_condition
from hybridcell.fit.trainer import Trained, train_members
from hybridcell.mechanisms import ReactionNetwork

RESAMPLES = ("seeds", "bootstrap", "split", "folds")
#: Groups of members for each worker of an executor.
_GROUPS = 2
#: Keys of the members of folds are far from those of the ensemble's own, so that more members change nothing.
_FOLD_KEYS = 2**30


def fit_ensemble(
    model: AbstractModel | ReactionNetwork,
    data: Any,
    *,
    n: int | None = None,
    resample: str = "seeds",
    folds: int | Sequence[Any] | None = None,
    calibrate: bool = True,
    validation: float | Any = None,
    executor: Any = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    key: PRNGKeyArray,
    **options: Any,
) -> Ensemble:
    """Fit n members of one model, each from its own seed, in one compiled program, and calibrate them.

    Beside the members, ten are fitted that each leave out a tenth of the conditions (of up to thirty
    conditions one without each; and, where the model has perturbations that the data never give, one without
    each perturbation): their errors on what they did not see give the intervals of `hc.predict`. See
    `hc.infer.calibrate` for other ways.

    Parameters
    ----------
    model, data, progress, checkpoint
        As for `hc.fit`.
    n : int
        Number of members; may be left out with `folds`.
    resample : {"seeds", "bootstrap", "split", "folds"}
        What differs besides the starting network. "seeds": nothing, most accurate where each condition is
        measured once. "bootstrap": conditions are drawn with replacement, so that edges and predictions
        spread as they would over screens like this one; of a reaction network, single measurements are.
        "split": each member validates on its own random fraction (`validation`, default 0.2).
        "folds": member k is fitted without fold k; ``info["folds"]`` (n, rows) is True where it did not see
        the row. These members are their own calibration.
    folds : int or one label per row, optional
        For "folds": the number of folds of conditions (default n; as many as conditions leaves out one
        each), or labels, such as the drug of each row, of which one after the other is left out.
    calibrate : bool
        False leaves out the folds; predictions then have no intervals. ``info["calibration"]`` says why
        there is no calibration: that, too few conditions, or a reaction network.
    validation
        As for `hc.fit`; a fraction is drawn anew for every member.
    executor : concurrent.futures.Executor, optional
        Spreads groups of members, those of folds included, over its workers: threads, processes, Dask's
        ``Client.get_executor()``, or ``mpi4py.futures.MPIPoolExecutor``. The members are the same as
        without. What is lost with a worker that dies is fitted again. `checkpoint` is then one file per
        group, written by its worker: workers on other machines need to see the folder.
    key : PRNGKeyArray
        Member i gets ``jax.random.fold_in(key, i)``: the first members of a larger ensemble are those of a
        smaller one.
    **options
        As for `hc.fit`.

    Returns
    -------
    Ensemble

    Raises
    ------
    InvalidValueError
        If n is not positive, or `resample` is unknown.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> screen = hc.datasets.demo(seed=0)
    >>> model = hc.CellBox.from_data(screen, key=jr.key(0))
    >>> hc.fit_ensemble(model, screen, n=2, steps=5, key=jr.key(1)).n
    2
    """
    if n is None and folds is not None:
        n = int(folds) if isinstance(folds, int | np.integer) else max(len(set(map(str, folds))), 1)
    if not (is_whole(n) and n > 0):
        raise InvalidValueError(f"n is {n!r}; wanted a positive whole number of members.")
    if isinstance(model, ReactionNetwork):
        return _networks(
            model, data, n, resample, folds, validation, executor, checkpoint, progress, key, options
        )
    if not isinstance(model, AbstractModel):
        raise InvalidValueError(
            f"fit_ensemble was given a {type(model).__name__} as model; wanted a CellBox, a reaction network "
            "or a hybrid."
        )
    check_choice("resample", resample, RESAMPLES)
    if folds is not None and resample != "folds":
        raise InvalidValueError(f"folds are for resample='folds', not for {resample!r}.")
    settings = settings_from(options)
    train_data = as_perturbation_data(data)
    check_scale(model, train_data.scale)
    warn_of_single_condition(train_data)
    if resample == "split" and validation is None:
        validation = 0.2
    if resample == "folds":
        plan = Plan(make_folds(model, train_data, key, by="condition", folds=n if folds is None else folds))
        n_own, own = 0, plan
    else:
        off = Plan(None, reason="The ensemble is not calibrated: calibrate=False was asked for.")
        plan = default_plan(model, train_data, jr.fold_in(key, _FOLD_KEYS)) if calibrate else off
        n_own, own = int(n), None
    everyone, steps = fit_members(
        model, train_data, plan, key, n=n_own, resample=resample, validation=validation, settings=settings,
        executor=executor, checkpoint=checkpoint, progress=progress,
    )  # fmt: skip
    shown = np.arange(n_own if own is None else everyone.n)
    ensemble = replace(
        everyone.subset(shown),
        info={
            "resample": resample,
            "steps": int(np.isfinite(steps[shown]).sum(axis=1).max()),
            "skipped_steps": int(everyone.info["skipped"][shown].sum()),
            "settings": settings.to_dict(),
        },
    )
    if own is not None and own.folds is not None:
        ensemble.info["folds"] = own.folds.held
        members = ensemble
    else:
        members = everyone.subset(np.arange(n_own, everyone.n)) if everyone.n > n_own else ensemble
    ensemble.info["residual_share"] = share_under(ensemble.best, train_data)
    if resample == "folds" and not calibrate:
        return ensemble
    return with_calibration(ensemble, members, plan, train_data, solve=settings.solve)


def fit_members(
    model: AbstractModel,
    data: PerturbationData,
    plan: Plan,
    key: PRNGKeyArray,
    *,
    n: int,
    resample: str,
    validation: Any,
    settings: FitSettings,
    executor: Any = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> tuple[Ensemble, np.ndarray]:
    """Fit n members and one without each fold, in one program; return them and their losses by step."""
    held = np.zeros((0, len(data)), dtype=bool) if plan.folds is None else plan.folds.held
    keys = [jr.fold_in(key, i) for i in range(n)]
    keys += [jr.fold_in(key, _FOLD_KEYS + 1 + k) for k in range(len(held))]
    models = ScatteredModels(model, [jr.fold_in(k, 0) for k in keys])
    rows, train, valid = _member_rows(data, resample, validation, keys, n)
    left = np.zeros((len(held), train.shape[1]))
    left[:, : len(data)] = held
    train[n:], valid[n:] = train[n:] * (1.0 - left), valid[n:] * (1.0 - left)
    trained = _train(models, rows, train, valid, settings, executor, checkpoint, progress)
    everyone = Ensemble(
        members=trained.members,
        losses=trained.losses,
        result=trained.result,
        train=data,
        info={"skipped": np.asarray(trained.skipped)},
        _history=trained.history,
    )
    return everyone, trained.history["train_loss"]


def _networks(
    model: ReactionNetwork,
    data: Any,
    n: int,
    resample: str,
    folds: Any,
    validation: Any,
    executor: Any,
    checkpoint: Any,
    progress: bool | None,
    key: PRNGKeyArray,
    options: Mapping[str, Any],
) -> Ensemble:
    from hybridcell.fit.kinetics.ensemble import fit_networks
    from hybridcell.fit.kinetics.settings import network_settings

    given = {"folds": folds, "validation": validation, "checkpoint": checkpoint}
    for name, value in given.items():
        if value is not None:
            raise InvalidValueError(
                f"{name} is for ensembles of CellBox models; leave it out for a reaction network."
            )
    settings = network_settings(options)
    found = fit_networks(
        model, data, settings, n=n, resample=resample, executor=executor, key=key, progress=progress
    )
    why = (
        "Ensembles of reaction networks are not calibrated by folds; hc.infer.sample draws their parameters."
    )
    return replace(found, info={**found.info, "calibration": why})


def _member_rows(
    data: PerturbationData, resample: str, validation: Any, keys: list[PRNGKeyArray], n: int
) -> tuple[PerturbationData, np.ndarray, np.ndarray]:
    rows = data
    train, valid = [], []
    for k in keys:  # the rows are the same for all; each time they may be a copy
        rows, *weights = arrange(data, validation, jr.fold_in(k, 1))
        train.append(weights[0])
        valid.append(weights[1])
    train, valid = np.stack(train), np.stack(valid)
    if resample == "bootstrap":  # of the ensemble's own members, not of the folds'
        train[:n] = np.stack([bootstrap(rows, w, jr.fold_in(k, 2)) for w, k in zip(train[:n], keys[:n])])
    return rows, train, valid


def bootstrap(data: PerturbationData, train: np.ndarray, key: PRNGKeyArray) -> np.ndarray:
    """Return how often each row is drawn, drawing whole conditions with replacement."""
    condition = condition_numbers(data)
    available = np.unique(condition[train > 0])
    drawn = np.asarray(jr.choice(key, jnp.asarray(available), (len(available),)))
    counts = np.bincount(drawn, minlength=int(condition.max()) + 1)
    return train * counts[condition]


def _train(
    models: Sequence[AbstractModel],
    rows: PerturbationData,
    train: np.ndarray,
    valid: np.ndarray,
    settings: FitSettings,
    executor: Any,
    checkpoint: str | os.PathLike[str] | None,
    progress: bool | None,
) -> Trained:
    if executor is None:
        return train_members(
            models, rows, train, valid, settings,
            checkpoint=checkpoint, progress=progress, description=f"fit {len(models)} members",
        )  # fmt: skip
    with Workers(executor) as workers:
        # a worker that dies takes one group with it; of one member alone the compiler makes another program
        n_groups = max(1, min(len(models) // 2, _GROUPS * workers.size))
        bounds = np.linspace(0, len(models), n_groups + 1).astype(int)
        groups = [slice(start, stop) for start, stop in itertools.pairwise(bounds)]
        shared = Parcel((rows, settings))
        tasks = [
            (shared, list(models[part]), train[part], valid[part], _part_of(checkpoint, part))
            for part in groups
        ]
        bar = progress_bar(total=n_groups, description=f"fit {len(models)} members", show=progress)
        with bar as shown:
            parts: list[Trained] = workers.map(_train_group, tasks, advance=shown.update)
    return Trained(
        members=jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *[p.members for p in parts]),
        losses=np.concatenate([p.losses for p in parts]),
        result=tuple(r for p in parts for r in p.result),
        skipped=np.concatenate([p.skipped for p in parts]),
        history={k: np.concatenate([p.history[k] for p in parts]) for k in parts[0].history},
    )


def _part_of(checkpoint: str | os.PathLike[str] | None, part: slice) -> str | None:
    """Return the file of a group's checkpoint, named so that another number of groups finds its own."""
    return None if checkpoint is None else f"{os.fspath(checkpoint)}.{part.start}-{part.stop - 1}"


def _train_group(
    shared: Parcel, models: list[AbstractModel], train: np.ndarray, valid: np.ndarray, checkpoint: str | None
) -> Trained:
    rows, settings = shared.value
    return train_members(
        models, rows, train, valid, settings,
        checkpoint=checkpoint, progress=False, description=f"fit {len(models)} members",
    )  # fmt: skip
