"""A CellBox network for a screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell.data import PerturbationData, as_perturbation_data
from hybridcell.mechanisms.cellbox.cellbox import CellBox
from hybridcell.mechanisms.cellbox.drug_effects import drug_effects
from hybridcell.mechanisms.cellbox.edge_prior import EdgePrior, edge_prior
from hybridcell.mechanisms.cellbox.structure import kind_mask

#: Standard deviation of the initial local responses. The original draws weights with sd 1, which
#: puts a network of 100 nodes far into the oscillating regime, where training is slow and poor.
INITIAL_SD = 0.01
#: Saturation starts this far above the largest response, or else the envelope could not reach it.
HEADROOM = 1.2


def network_from_data(
    data: Any,
    *,
    prior: Any,
    prior_mode: str,
    drug_targets: Any,
    drug_similarity: Any,
    drug_to_phenotype: bool,
    key: PRNGKeyArray,
    drug_strengths: Mapping[str, float] | None = None,
    mask: Any = None,
    **options: Any,
) -> CellBox:
    """Make a network for a screen; see `CellBox.from_data`."""
    _check_options(options)
    screen = as_perturbation_data(data)
    extra = tuple(p for p in screen.perturbations if p not in screen.readouts)
    names = (*screen.readouts, *extra)
    kinds = (*screen.kinds, *("drug" for _ in extra))
    drugs = tuple(name for name, kind in zip(names, kinds) if kind == "drug")
    known = None
    if prior is not None:
        known = prior if isinstance(prior, EdgePrior) else edge_prior(prior, names, mode=prior_mode)
    allowed = kind_mask(kinds, drug_to_phenotype=drug_to_phenotype)
    if mask is not None:
        allowed = allowed & np.asarray(mask, dtype=bool)
    if known is not None and known.hard:
        allowed = allowed & (known.known > 0)
    effects = None
    if drug_targets is not None or drug_similarity is not None:
        effects = drug_effects(
            names,
            drugs,
            targets=drug_targets,
            similarity=drug_similarity,
            reference=reference_strengths(screen, drugs, drug_strengths),
            envelope=options.get("envelope", "tanh"),
            power=options.get("power", 3),
            clamp=options.get("clamp", False),
        )
    alpha = options.pop("alpha", 1.0)
    epsilon = options.pop("epsilon", None)
    gain = starting_gain(screen, len(extra)) if epsilon is None else np.asarray(epsilon) / np.asarray(alpha)
    response = INITIAL_SD * np.asarray(jr.normal(key, (len(names),) * 2)) * allowed
    return CellBox(
        names,
        kinds,
        response / np.broadcast_to(gain, (len(names),))[:, None],
        epsilon=gain * np.asarray(alpha),
        alpha=alpha,
        mask=allowed,
        edge_prior=known,
        drug_effects=effects,
        **options,
    )


def starting_gain(screen: PerturbationData, n_extra: int) -> np.ndarray:
    """Return saturation levels above every measured response; 1 for drug nodes."""
    largest = np.max(np.abs(np.nan_to_num(screen.values)), axis=0, initial=0.0)
    gain = np.where([kind == "drug" for kind in screen.kinds], 1.0, HEADROOM * np.maximum(largest, 0.3))
    return np.concatenate([gain, np.ones(n_extra)])


def reference_strengths(
    screen: PerturbationData, drugs: tuple[str, ...], given: Mapping[str, float] | None
) -> np.ndarray:
    """Return the strength |u| at which each drug is used: as given, else its largest in the screen.

    A drug that the screen does not use takes the median of the others.
    """
    given = {} if given is None else dict(given)
    for drug in given:
        if drug not in drugs:
            raise unknown_name("drug (in drug_strengths)", drug, drugs)
    largest = {p: float(np.max(np.abs(screen.doses[:, i]), initial=0.0)) for i, p in enumerate(screen.perturbations)}
    strengths = np.array([abs(float(given.get(d, largest.get(d, 0.0)))) for d in drugs])
    used = strengths[strengths > 0]
    return np.where(strengths > 0, strengths, np.median(used) if used.size else 1.0)


def _check_options(options: Mapping[str, Any]) -> None:
    if "weights" in options:
        raise InvalidValueError("from_data draws the weights; to give them, call hc.CellBox(names, kinds, weights).")
    known = ("epsilon", "alpha", "psi", "envelope", "power", "degree", "input", "clamp", "mask", "drug_strengths")
    for name in options:
        if name not in known:
            raise unknown_name("option of CellBox.from_data", name, known)
