"""How far the free numbers of a screen model may be from where they are, before any data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from hybridcell.fit.settings import FitSettings
from hybridcell.infer.design.slopes import ridge_curvature

#: Standard deviation of numbers that no penalty holds; saturation levels are logarithms.
_FREE_SD = 0.5
_QUADRATIC = ("l2", "drug_l2", "residual_l2")


def prior_sd(
    free: Any,
    frame: Any,
    theta: Float[np.ndarray, " q"],
    informed: np.ndarray,
    *,
    noise: float,
    settings: Mapping[str, Any],
) -> Float[np.ndarray, " q"]:
    """Return a standard deviation for every number.

    A ridge of strength s on squared errors is a normal prior of variance noise^2 / s. As a rule it is set for
    the sake of prediction, and far too narrow to be a belief about numbers that were never looked at. So the
    ridge says which numbers belong together (edges between nodes, effects of drugs, weights of a residual),
    and the size of the fitted ones among them, as far as data inform them, says how large others may be.

    Parameters
    ----------
    theta : ndarray, shape (q,)
        Fitted numbers.
    informed : ndarray of bool, shape (q,)
        Whether the training data depend on a number at all.
    settings : mapping
        Of the fit, for its penalties; defaults where they are missing.
    """
    usual = FitSettings()
    strength = {name: jnp.asarray(float(settings.get(name, getattr(usual, name)))) for name in _QUADRATIC}
    zeros = {name: jnp.zeros(()) for name in ("l1", "prior", "residual", "off_target", "dose_prior")}
    ridge = np.asarray(ridge_curvature(free, frame, {**strength, **zeros}))
    sd = np.full(len(theta), _FREE_SD)
    for value in np.unique(np.round(ridge[ridge > 1e-12], 9)):
        group = np.isclose(ridge, value)
        known = group & informed
        narrow = noise / np.sqrt(value)
        sd[group] = np.sqrt(np.mean(theta[known] ** 2)) if known.any() else narrow
        sd[group] = np.maximum(sd[group], 1e-3 * narrow)
    return sd
