"""Whether chains have mixed, by ArviZ."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from hybridcell.infer.posterior.extra import needed

if TYPE_CHECKING:
    from hybridcell.infer.posterior.posterior import Posterior

#: R-hat above which chains have not mixed, and the effective number of draws that intervals need.
_MOST_RHAT, _LEAST_ESS = 1.01, 100
#: Share of the trajectories that may end because they are as long as allowed.
_CUT = 0.05


def _arviz() -> Any:
    with warnings.catch_warnings():
        # of its coming version, and of what is not installed
        warnings.simplefilter("ignore")
        return needed("arviz")


def _each(draws: Float[np.ndarray, "c n q"], compute: Any) -> Float[np.ndarray, " q"]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.array([float(compute(draws[:, :, k])) for k in range(draws.shape[2])])


def rhat(draws: Float[np.ndarray, "c n q"]) -> Float[np.ndarray, " q"]:
    """Return split R-hat of normalized ranks; 1 for what never moves because its bounds fix it."""
    if len(draws) == 1:
        # of one chain, both halves stand for two
        half = draws.shape[1] // 2
        draws = np.concatenate([draws[:, :half], draws[:, half : 2 * half]])
    values = _each(draws, _arviz().rhat)
    return np.where(_still(draws), 1.0, values)


def ess(draws: Float[np.ndarray, "c n q"]) -> Float[np.ndarray, " q"]:
    """Return the effective number of draws, in the bulk."""
    values = _each(draws, _arviz().ess)
    return np.where(_still(draws), float(draws.shape[0] * draws.shape[1]), values)


def _still(draws: np.ndarray) -> np.ndarray:
    """Return which parameters are the same in all draws of all chains."""
    return np.ptp(draws.reshape(-1, draws.shape[2]), axis=0) == 0


def problems(posterior: Posterior) -> list[str]:
    """Return what is wrong with chains, in words."""
    found = []
    if posterior.divergences:
        found.append(
            f"{posterior.divergences} of {posterior.n} trajectories diverged: parts of the posterior may be "
            "missed. Sample with a higher acceptance=, such as 0.98, or give parameters priors"
        )
    # what is not a number has not mixed either
    bad = [(name, value) for name, value in posterior.rhat.items() if not value <= _MOST_RHAT]
    if bad:
        shown = ", ".join(f"{name} {value:.3f}" for name, value in bad[:6])
        found.append(f"chains have not mixed (R-hat above {_MOST_RHAT}): {shown}. Take more warmup and draws")
    few = [(name, value) for name, value in posterior.ess.items() if not value >= _LEAST_ESS]
    if few:
        shown = ", ".join(f"{name} {value:.0f}" for name, value in few[:6])
        found.append(f"too few independent draws for intervals (below {_LEAST_ESS}): {shown}")
    cut = posterior.statistics.get("cut")
    if cut is not None and np.mean(cut) > _CUT:
        found.append(
            f"{np.mean(cut):.0%} of the trajectories were as long as allowed: draws follow each other slowly"
        )
    return found


def to_arviz(posterior: Posterior) -> Any:
    """See `Posterior.to_arviz`."""
    arviz = _arviz()
    draws = {name: posterior.draws[:, :, k] for k, name in enumerate(posterior.names)}
    statistics = {"lp": posterior.log_density, **posterior.statistics}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return arviz.from_dict(posterior=draws, sample_stats=statistics)
