"""Bands of predictions: what parameters leave open, and what noise adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError, NotConvergedError
from hybridcell._core.number_checks import checked_share, is_whole
from hybridcell.infer.sources.source import Observed

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.infer.posterior.posterior import Posterior

#: Points by which the noise of one draw is represented.
_NOISE = 21


def posterior_bands(posterior: Posterior, level: float, n: int) -> pd.DataFrame:
    """See `Posterior.predict`."""
    level = checked_share("level", level, 0.9)
    if not is_whole(n) or n < 2:
        raise InvalidValueError(f"n is {n!r}; wanted a whole number of draws, at least 2.")
    seen = posterior.target.source.observed(posterior.thinned(n))
    fine = np.isfinite(seen.found).all(axis=1) & (seen.sigma > 0).all(axis=1)
    if fine.sum() < 2:
        raise NotConvergedError(
            f"Of {len(fine)} draws only {fine.sum()} could be simulated, so there is nothing to predict. "
            "Look at posterior.result."
        )
    found, sigma = seen.found[fine], seen.sigma[fine]
    tail = (1 - level) / 2
    noisy = _with_noise(seen, found, sigma)
    lower, upper = np.quantile(noisy, [tail, 1 - tail], axis=0)
    expected = np.quantile(found, [tail, 1 - tail], axis=0)
    return seen.table.assign(
        mean=found.mean(axis=0), lower=lower, upper=upper, lower_expected=expected[0],
        upper_expected=expected[1], epistemic=found.std(axis=0, ddof=1),
        aleatoric=np.sqrt(np.mean(_spread(seen, found, sigma) ** 2, axis=0)), simulated=float(fine.mean()),
    )  # fmt: skip


def _with_noise(seen: Observed, found: np.ndarray, sigma: np.ndarray) -> Float[np.ndarray, "m r"]:
    """Return values that are spread like measurements: noise by its quantiles, draw by draw."""
    from scipy.special import ndtri

    # other quantiles in each draw, so that together they lie densely
    shift = (np.arange(len(found)) + 0.5) / len(found)
    share = (np.arange(_NOISE)[:, None] + shift) / _NOISE
    bell = ndtri(share)
    peak = -np.sign(share - 0.5) * np.log1p(-2 * np.abs(share - 0.5))
    off = np.where(seen.laplace, peak[..., None], bell[..., None]) * sigma
    base = np.where(seen.base > 0, seen.base, 1.0)
    with np.errstate(over="ignore"):
        values = np.where(seen.base > 0, found * np.exp(off * base), found + off)
    return values.reshape(-1, found.shape[1])


def _spread(seen: Observed, found: np.ndarray, sigma: np.ndarray) -> Float[np.ndarray, "k r"]:
    """Return standard deviations of measurements around what is expected."""
    size = sigma * np.where(seen.laplace, np.sqrt(2.0), 1.0)
    logs = size * np.where(seen.base > 0, seen.base, 0.0)
    # of a log-normal; for logarithms of Laplace this holds to first order
    with np.errstate(over="ignore"):
        wide = found * np.sqrt(np.expm1(logs**2)) * np.exp(0.5 * logs**2)
    return np.where(seen.base > 0, np.where(seen.laplace, found * logs, wide), size)
