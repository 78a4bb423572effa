"""Networks with the parameters of draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from hybridcell._core.ensemble import Ensemble

if TYPE_CHECKING:
    from hybridcell.infer.posterior.posterior import Posterior


def ensemble_of(posterior: Posterior, n: int) -> Ensemble:
    """Return n calibrated networks; they share everything but their values."""
    thetas = posterior.thinned(n)
    networks = [posterior.target.network(theta) for theta in thetas]
    values = jnp.asarray(np.stack([np.asarray(network.values, float) for network in networks]))
    losses = posterior.target.values(thetas)
    failed = "cannot be simulated"
    return Ensemble(
        members=eqx.tree_at(lambda network: network.values, networks[0], values),
        losses=losses,
        result=tuple("success" if np.isfinite(loss) else failed for loss in losses),
        train=getattr(getattr(posterior.target.source, "fit", None), "train", None),
        info={"draws of": posterior.method, "posterior": posterior.result},
    )
