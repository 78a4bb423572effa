"""`hc.fit_ensemble`: many members in one program."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.model import AbstractModel, Hybrid
from hybridcell.data import PerturbationData, as_perturbation_data
from hybridcell.fit.fit import arrange, condition_numbers, share_under
from hybridcell.fit.losses import mechanism_of
from hybridcell.fit.settings import FitSettings, settings_from
from hybridcell.fit.trainer import Trained, train_members
from hybridcell.mechanisms import ReactionNetwork
from hybridcell.mechanisms.cellbox import CellBox

RESAMPLES = ("seeds", "bootstrap", "split")
#: Standard deviation of the noise that tells the members' starting networks apart.
JITTER = 0.01


def fit_ensemble(
    model: AbstractModel | ReactionNetwork,
    data: Any,
    *,
    n: int,
    resample: str = "seeds",
    validation: float | Any = None,
    executor: Any = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    key: PRNGKeyArray,
    **options: Any,
) -> Ensemble:
    """Fit n members of one model, each from its own seed, in one compiled program.

    Parameters
    ----------
    model, data, progress, checkpoint
        As for `hc.fit`.
    n : int
        Number of members.
    resample : {"seeds", "bootstrap", "split"}
        What differs besides the starting network. "seeds": nothing, most accurate where each condition is
        measured once. "bootstrap": conditions are drawn with replacement, so that edges and predictions
        spread as they would over screens like this one; of a reaction network, single measurements are.
        "split": each member validates on its own random fraction (`validation`, default 0.2).
    validation
        As for `hc.fit`; a fraction is drawn anew for every member.
    executor : concurrent.futures.Executor, optional
        Spreads groups of members over its workers; the members are the same as without.
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
    if not (isinstance(n, int | np.integer) and n > 0):
        raise InvalidValueError(f"n is {n!r}; wanted a positive whole number of members.")
    if isinstance(model, ReactionNetwork):
        return _networks(model, data, n, resample, validation, executor, checkpoint, progress, key, options)
    if not isinstance(model, AbstractModel):
        raise InvalidValueError(
            f"fit_ensemble was given a {type(model).__name__} as model; wanted a CellBox, a reaction network "
            "or a hybrid."
        )
    check_choice("resample", resample, RESAMPLES)
    settings = settings_from(options)
    train_data = as_perturbation_data(data)
    if resample == "split" and validation is None:
        validation = 0.2
    keys = [jr.fold_in(key, i) for i in range(n)]
    models = [scatter(model, jr.fold_in(k, 0)) for k in keys]
    rows, train, valid = _member_rows(train_data, resample, validation, keys)
    trained = _train(models, rows, train, valid, settings, executor, checkpoint, progress)
    ensemble = Ensemble(
        members=trained.members,
        losses=trained.losses,
        result=trained.result,
        train=train_data,
        info={
            "resample": resample,
            "steps": int(np.isfinite(trained.history["train_loss"]).sum(axis=1).max()),
            "skipped_steps": int(trained.skipped.sum()),
            "settings": settings.to_dict(),
        },
        _history=trained.history,
    )
    ensemble.info["residual_share"] = share_under(ensemble.best, train_data)
    return ensemble


def _networks(
    model: ReactionNetwork,
    data: Any,
    n: int,
    resample: str,
    validation: Any,
    executor: Any,
    checkpoint: Any,
    progress: bool | None,
    key: PRNGKeyArray,
    options: Mapping[str, Any],
) -> Ensemble:
    from hybridcell.fit.kinetics.ensemble import fit_networks
    from hybridcell.fit.kinetics.settings import network_settings

    given = {"validation": validation, "executor": executor, "checkpoint": checkpoint}
    for name, value in given.items():
        if value is not None:
            raise InvalidValueError(
                f"{name} is for ensembles of CellBox models; leave it out for a reaction network."
            )
    settings = network_settings(options)
    return fit_networks(model, data, settings, n=n, resample=resample, key=key, progress=progress)


def scatter(model: AbstractModel, key: PRNGKeyArray) -> AbstractModel:
    """Return the model with its own starting network, and residuals with their own hidden layers."""
    mechanism = mechanism_of(model)
    if isinstance(mechanism, CellBox):
        response = mechanism._response
        noise = JITTER * jr.normal(jr.fold_in(key, 0), response.raw.shape) * mechanism.mask
        fresh = response.with_value(np.asarray(response.value + noise))
        scattered = eqx.tree_at(lambda m: m._response, mechanism, fresh)
        model = scattered if mechanism is model else eqx.tree_at(lambda m: m.mechanism, model, scattered)
    if isinstance(model, Hybrid):
        residuals = tuple(term.reseeded(jr.fold_in(key, 1 + i)) for i, term in enumerate(model.residuals))
        model = Hybrid(mechanism=model.mechanism, residuals=residuals)
    return model


def _member_rows(
    data: PerturbationData, resample: str, validation: Any, keys: list[PRNGKeyArray]
) -> tuple[PerturbationData, np.ndarray, np.ndarray]:
    arranged = [arrange(data, validation, jr.fold_in(k, 1)) for k in keys]
    rows = arranged[0][0]
    train, valid = np.stack([a[1] for a in arranged]), np.stack([a[2] for a in arranged])
    if resample == "bootstrap":
        train = np.stack([bootstrap(rows, w, jr.fold_in(k, 2)) for w, k in zip(train, keys)])
    return rows, train, valid


def bootstrap(data: PerturbationData, train: np.ndarray, key: PRNGKeyArray) -> np.ndarray:
    """Return how often each row is drawn, drawing whole conditions with replacement."""
    condition = condition_numbers(data)
    available = np.unique(condition[train > 0])
    drawn = np.asarray(jr.choice(key, jnp.asarray(available), (len(available),)))
    counts = np.bincount(drawn, minlength=int(condition.max()) + 1)
    return train * counts[condition]


def _train(
    models: list[AbstractModel],
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
    n_groups = min(len(models), getattr(executor, "_max_workers", None) or os.cpu_count() or 1)
    bounds = np.linspace(0, len(models), n_groups + 1).astype(int)
    futures = []
    for group, (start, stop) in enumerate(itertools.pairwise(bounds)):
        path = None if checkpoint is None else f"{os.fspath(checkpoint)}.{group}"
        part = slice(start, stop)
        options = {"checkpoint": path, "progress": False, "description": f"members {start}-{stop - 1}"}
        futures.append(
            executor.submit(train_members, models[part], rows, train[part], valid[part], settings, **options)
        )
    parts = [future.result() for future in futures]
    return Trained(
        members=jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *[p.members for p in parts]),
        losses=np.concatenate([p.losses for p in parts]),
        result=tuple(r for p in parts for r in p.result),
        skipped=np.concatenate([p.skipped for p in parts]),
        history={k: np.concatenate([p.history[k] for p in parts]) for k in parts[0].history},
    )
