"""A warning before a fit to data that can teach no network."""

from __future__ import annotations

import warnings

import numpy as np

from hybridcell.data import PerturbationData


def warn_of_single_condition(data: PerturbationData) -> None:
    """Warn where a screen holds no more than one perturbed condition, at one time.

    Such a fit succeeds: some weights describe any single state. What it cannot do is tell one way to that
    state from another. Several times of one condition do tell, and are let be.

    Examples
    --------
    >>> import warnings
    >>> import hybridcell as hc
    >>> from hybridcell.data import as_perturbation_data
    >>> from hybridcell.fit.single_condition import warn_of_single_condition
    >>> screen = as_perturbation_data(hc.datasets.demo(seed=0))
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     warn_of_single_condition(screen.subset([1]))
    >>> str(caught[0].message)[:37]
    'The data hold one perturbed condition'
    """
    if not data.observed.any():
        return  # an error of its own
    treated = np.flatnonzero(~data.is_control & data.observed.any(axis=1))
    parts = [data.doses[treated]]
    if data.time is not None:
        parts.append(np.nan_to_num(data.time[treated], nan=-1.0)[:, None])
    if data.context is not None:
        parts.append(np.unique(data.context, return_inverse=True)[1].reshape(-1)[treated, None])
    n = len(np.unique(np.concatenate(parts, axis=1), axis=0)) if len(treated) else 0
    if n > 1:
        return
    if n == 1:
        label = data.labels[treated[0]]
        held = f"The data hold one perturbed condition, {label!r}"
        lost = (
            "its own readouts can be described, but not which node acts on which, nor what happens at "
            "another dose or with another perturbation"
        )
    else:
        held, lost = "The data hold no perturbed condition", "no effect and no interaction can be learned"
    warnings.warn(
        f"{held}: {lost}, whatever the loss. Give more conditions, or several times of it; predictions for "
        "others rest on the starting values and on penalties.",
        stacklevel=3,
    )
