"""How much of an edge's weight its prior supplies, where that can be said."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.ensemble import Ensemble


def prior_share(ensemble: Ensemble) -> Float[np.ndarray, "n n"]:
    """Return the share of each weight [target, source] that a prior supplies, mean over members.

    A table of drug targets adds a part of its own to a drug's effects, beside the part that is learned: the
    share is its size over the sum of both sizes. A prior that makes edges cheaper or fixes their signs pulls
    on the whole weight, and no part of it can be told apart: NaN at the edges that it names, 0 elsewhere.
    """
    n = len(ensemble.names)
    shares = np.zeros((ensemble.n, n, n))
    for m in range(ensemble.n):
        mechanism: Any = ensemble.member(m).mechanistic_only()
        prior = getattr(mechanism, "edge_prior", None)
        if prior is not None:
            shares[m][np.asarray(prior.known) > 0] = np.nan
        drugs = getattr(mechanism, "drug_effects", None)
        if drugs is not None:
            stated = np.abs(np.asarray(drugs.strength.value) * drugs.targets * drugs.reference)
            learned = np.abs(np.asarray(drugs.latent.value) @ drugs.factor.T)
            whole = stated + learned
            share = np.divide(stated, whole, out=np.zeros_like(whole), where=whole > 0)
            shares[m][:, list(drugs.columns)] = share
    return shares.mean(axis=0)
