"""`hc.fit`: one model on one screen."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell._core.model import AbstractModel
from hybridcell._core.number_checks import is_number
from hybridcell.data import PerturbationData, as_perturbation_data, concatenate
from hybridcell.data.response_scale import check_scale
from hybridcell.fit.result import Fit
from hybridcell.fit.settings import settings_from
from hybridcell.fit.single_condition import warn_of_single_condition
from hybridcell.fit.trainer import train_members
from hybridcell.hybrid import residual_share
from hybridcell.mechanisms import PriorNetwork, ReactionNetwork
from hybridcell.simulate import solve_steady_state


def fit(
    model: AbstractModel | ReactionNetwork,
    data: Any,
    *,
    validation: float | Any = None,
    executor: Any = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    key: PRNGKeyArray,
    **options: Any,
) -> Fit:
    """Fit a model to a perturbation screen by gradients through its steady states or trajectories.

    Rows without times are taken as steady states (implicit gradients); rows with times are compared with the
    trajectory from the untreated state.

    Parameters
    ----------
    model
        A CellBox network or a hybrid, for example from ``hc.CellBox.from_data``.
    data : AnnData or PerturbationData
        The screen. NaN entries are left out; ``layers["weight"]`` weighs entries.
    validation : float, AnnData or PerturbationData, optional
        Rows for early stopping: a fraction of the conditions drawn by `key`, or data of their own. With it
        the best snapshot by unregularized validation loss is kept.
    executor : concurrent.futures.Executor, optional
        Of a reaction network: makes the attempts (``retries``) at the same time; the fit is the same.
        Fits of other models go to workers as members of `hc.fit_ensemble`.
    checkpoint : path, optional
        Written every 20 steps; the same call goes on from it to the same bits.
    progress : bool, optional
        Progress bar; default in a terminal or notebook.
    key : PRNGKeyArray
        For drawing validation rows. The same key gives the same bits on one machine.
    **options
        ``steps`` (80), ``learning_rate`` (0.005), ``schedule`` ("cosine" | "constant" | "exponential"),
        ``loss`` ("mse" | "gaussian", which divides by layers["sd"] | "huber" with ``huber_delta``);
        penalties, each against the *sum* of squared errors as in ridge regression: ``l1`` and ``l2`` on edges
        between nodes (0.1), ``drug_l2`` on the effects of drugs (1.0), ``residual_l2`` on residual weights
        (2.0), ``residual`` on the values a residual takes (0), ``prior`` on edges outside a soft prior (0.3);
        of a dose layer ``off_target`` (1.0), l1 on what a drug does besides its main target, and
        ``dose_prior`` (0.1) on maxima, EC50s and Hill coefficients: 1 with loss="gaussian";
        ``stages``: a list of dicts that set any of these for consecutive stages;
        ``start``: "ridge" (drug effects start at the ridge solution) or "given";
        ``residual_start`` (0.3): the part of it that a linear residual takes;
        ``contraction`` (0.95): bound on the network's strength that keeps it settling, None for no guard;
        ``iterations`` (6) of the steady-state and adjoint solvers per step; ``clip`` (10) of the gradient
        norm; ``patience``: steps without better validation loss before stopping; ``solve``: a `Solve` for
        timed data.

        Of a reaction network (rows with ``obs["time"]``, columns ids of the network, conditions in
        ``obsm["doses"]``: a table of the constants that the experiment set, NaN for the network's own):
        ``free``: ids to fit, "all" parameters, "neural" weights only, or None: what `with_parameters`
        declares, or else all parameters; weights are always fitted. ``noise`` ("normal" | "log-normal") and
        ``sd`` (a number, or one per readout; without it and without layers["sd"] errors are estimated).
        ``method``: "lm", Levenberg-Marquardt on residuals in units of their errors, with the priors of
        weights and parameters; "adam": ``steps`` (500) of Adam over ``batch`` conditions with
        ``learning_rate`` (a number, or {"mechanism": .., "neural": ..}) before it. ``iterations`` (100) and
        ``retries`` (4): a fit whose chi-square is larger than the errors let expect is tried again from other
        weights. ``warm_start``: "auto", "matching" (rates integrated along smoothed data match its
        changes), "shooting" (``segments`` that start from states of their own) or "none". ``horizon``
        ((1.0,)): shares of the time, fitted one after the other. ``penalty`` (0): weight of the mean square
        of what neural pieces put out, so that the mechanism explains what it can.

        A `PriorNetwork` takes none: it is fitted in closed form, its settings by the error on conditions left
        out, which is its ``loss``; ``info`` has them.

    Returns
    -------
    Fit
        Of a reaction network one with `parameters` (values, errors, verdicts), `chi2` and `bic`.

    Raises
    ------
    UnknownNameError
        On a readout or perturbation that the model lacks, or an unknown option.
    InvalidValueError, DataError
        On settings out of range; on data with nothing to fit.

    Warns
    -----
    UserWarning
        When the data hold no more than one perturbed condition: they tell one state, and no network.

    References
    ----------
    Yuan et al., Cell Systems 12 (2021), for the model family; Bai et al., NeurIPS 2019, for the gradient.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> screen = hc.datasets.demo(seed=0)
    >>> model = hc.CellBox.from_data(screen, key=jr.key(0))
    >>> fitted = hc.fit(model, screen, steps=20, key=jr.key(1))
    >>> bool(fitted.history["train_loss"].iloc[-1] < fitted.history["train_loss"].iloc[0])
    True
    """
    if isinstance(model, ReactionNetwork):
        if validation is not None or checkpoint is not None:
            raise InvalidValueError(
                "validation and checkpoint are for CellBox models; a reaction network is fitted by least "
                "squares in one go. Leave them out."
            )
        from hybridcell.fit.kinetics.fit_network import fit_network
        from hybridcell.fit.kinetics.settings import network_settings

        return fit_network(
            model, data, network_settings(options), executor=executor, key=key, progress=progress
        )
    if executor is not None:
        raise InvalidValueError(
            "executor is for the attempts of a reaction network; one fit of another model is one program. "
            "Leave it out, or fit several members with hc.fit_ensemble."
        )
    if not isinstance(model, AbstractModel):
        raise InvalidValueError(
            f"fit was given a {type(model).__name__} as model; wanted a CellBox, a reaction network "
            "or a hybrid."
        )
    if isinstance(model, PriorNetwork):
        if validation is not None or checkpoint is not None:
            raise InvalidValueError(
                "validation and checkpoint are for models fitted by gradients; a prior network is fitted in "
                "closed form and leaves out conditions by itself. Leave them out."
            )
        from hybridcell.fit.prior_network import fit_prior_network

        return fit_prior_network(model, data, options)
    settings = settings_from(options)
    train_data = as_perturbation_data(data)
    check_scale(model, train_data.scale)
    warn_of_single_condition(train_data)
    rows, train, valid = arrange(train_data, validation, key)
    trained = train_members(
        [model], rows, train[None], valid[None], settings,
        checkpoint=checkpoint, progress=progress, description="fit",
    )  # fmt: skip
    fitted = jax.tree.map(lambda leaf: leaf[0], trained.members)
    return Fit(
        model=fitted,
        result=trained.result[0],
        loss=float(trained.losses[0]),
        train=train_data,
        residual_share=share_under(fitted, train_data),
        resume=None if checkpoint is None else os.fspath(checkpoint),
        info={
            "steps": int(np.isfinite(trained.history["train_loss"][0]).sum()),
            "skipped_steps": int(trained.skipped[0]),
            "settings": settings.to_dict(),
        },
        _history={name: values[0] for name, values in trained.history.items()},
    )


def arrange(
    data: PerturbationData, validation: Any, key: PRNGKeyArray
) -> tuple[PerturbationData, np.ndarray, np.ndarray]:
    """Return all rows, with 1 for those to train on and 1 for those to validate on."""
    n = len(data.conditions)
    if validation is None:
        return data, np.ones(n), np.zeros(n)
    if isinstance(validation, bool) or is_number(validation):
        if isinstance(validation, bool) or not 0 < validation < 1:
            raise InvalidValueError(
                f"validation is {validation}; wanted a fraction between 0 and 1, or data."
            )
        held_out = draw_conditions(data, float(validation), key)
        return data, 1.0 - held_out, held_out
    other = as_perturbation_data(validation)
    joined = concatenate(_stripped(data, other), _stripped(other, data))
    train = np.concatenate([np.ones(n), np.zeros(len(other.conditions))])
    return joined, train, 1.0 - train


def _stripped(data: PerturbationData, other: PerturbationData) -> PerturbationData:
    """Return the rows without what a fit does not read, with weights of 1 where only the other has any."""
    weight = data.weight
    if weight is None and other.weight is not None:
        weight = np.ones_like(data.values)
    return replace(data, weight=weight, context=None, replicate=None, dose_labels=None)


def condition_numbers(data: PerturbationData) -> np.ndarray:
    """Return the number of each row's condition; rows with the same doses share one."""
    return np.unique(np.asarray(data.doses), axis=0, return_inverse=True)[1].reshape(-1)


def draw_conditions(data: PerturbationData, fraction: float, key: PRNGKeyArray) -> np.ndarray:
    """Return 1 for rows of randomly drawn conditions; replicates and times of one condition stay together."""
    condition = condition_numbers(data)
    n = int(condition.max()) + 1
    n_drawn = round(fraction * n)
    if not 0 < n_drawn < n:
        raise DataError(
            f"validation={fraction:g} of {n} conditions leaves {n_drawn} to validate on and {n - n_drawn} "
            "to train on; wanted at least one of each."
        )
    drawn = np.asarray(jr.permutation(key, n))[:n_drawn]
    return np.isin(condition, drawn).astype(float)


def share_under(model: AbstractModel, data: PerturbationData) -> float:
    """Return the residual's share of production at the steady states of the data's conditions."""
    if model.mechanistic_only() is model:
        return 0.0
    u = np.unique(model.inputs(data), axis=0)
    found = solve_steady_state(model, u, certify=False)
    settled = np.isfinite(found.x).all(axis=1)
    return float(residual_share(model, jnp.asarray(found.x[settled]), jnp.asarray(u[settled])))
