"""A CellBox network for a screen."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell.data import PerturbationData, as_perturbation_data
from hybridcell.mechanisms.cellbox.cellbox import CellBox
from hybridcell.mechanisms.cellbox.drug_effects import drug_effects
from hybridcell.mechanisms.cellbox.edge_prior import EdgePrior, edge_prior
from hybridcell.mechanisms.cellbox.envelope import apply_envelope
from hybridcell.mechanisms.cellbox.structure import kind_mask, rate_per_node, square_matrix

#: Standard deviation of the initial local responses. The original draws weights with sd 1, which
#: puts a network of 100 nodes far into the oscillating regime, where training is slow and poor.
INITIAL_SD = 0.01
#: Saturation starts this far above the largest response, or else the envelope could not reach it.
HEADROOM = 1.2
#: What is handed on to CellBox, and what from_data takes besides.
_OPTIONS = ("epsilon", "alpha", "psi", "envelope", "power", "degree", "input", "clamp", "scale")
_OWN_OPTIONS = (
    "prior", "prior_mode", "drug_targets", "drug_similarity", "drug_strengths", "drug_to_phenotype",
    "mask", "key",
)  # fmt: skip


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
    _warn_of_baseline(screen)
    _warn_of_perturbed_readouts(screen)
    extra = tuple(p for p in screen.perturbations if p not in screen.readouts)
    names = (*screen.readouts, *extra)
    kinds = (*screen.kinds, *("drug" for _ in extra))
    known = _known_edges(prior, names, prior_mode)
    allowed = kind_mask(kinds, drug_to_phenotype=drug_to_phenotype)
    if mask is not None:
        allowed &= square_matrix("mask", mask, len(names), dtype=bool)
    if screen.scale is not None:
        options.setdefault("scale", screen.scale)
    alpha = rate_per_node("alpha", options.pop("alpha", 1.0), names)
    epsilon = options.pop("epsilon", None)
    if epsilon is None:
        gain = starting_gain(screen, len(extra))
    else:
        gain = rate_per_node("epsilon", epsilon, names) / alpha
    response = INITIAL_SD * np.asarray(jr.normal(key, (len(names),) * 2))
    if known is not None:
        _warn_of_lost("edges of the prior", known.known, allowed, names)
        if known.hard:
            allowed &= known.known > 0
            response = np.where(known.sign != 0, known.sign * np.abs(response), response)
    _warn_of_no_edge(allowed, kinds, [kinds[names.index(name)] for name in screen.perturbations])
    weights = response * allowed / gain[:, None]
    model = CellBox(
        names, kinds, weights, epsilon=gain * alpha, alpha=alpha, mask=allowed, edge_prior=known, **options
    )
    if drug_targets is None and drug_similarity is None:
        return model
    reference = reference_strengths(screen, model.drugs, drug_strengths)
    activity = reference_activity(model, reference, negative=screen.input == "strength")
    tables = {"targets": drug_targets, "similarity": drug_similarity}
    effects = drug_effects(names, model.drugs, **tables, reference=reference, activity=activity)
    wanted = np.zeros(allowed.shape)
    wanted[:, effects.columns] = effects.targets
    _warn_of_lost("drug targets", wanted, allowed, names)
    return eqx.tree_at(lambda m: m.drug_effects, model, effects, is_leaf=lambda leaf: leaf is None)


def _known_edges(prior: Any, names: tuple[str, ...], mode: str) -> EdgePrior | None:
    if prior is None:
        return None
    if not isinstance(prior, EdgePrior):
        return edge_prior(prior, names, mode=mode)
    square_matrix("the prior", prior.known, len(names))
    return prior


def reference_activity(model: CellBox, reference: np.ndarray, *, negative: bool) -> np.ndarray:
    """Return |x| of each drug's node, which nothing regulates, at the reference strength."""
    if model.clamp:
        return reference
    drugs = [model.index(drug) for drug in model.drugs]
    rates = (model._epsilon, model._alpha, model._psi)
    epsilon, alpha, psi = (np.exp(np.asarray(rate.raw))[drugs] for rate in rates)
    if model.input == "inside":
        u = -reference if negative else reference  # hill is not symmetric
        return epsilon / alpha * np.abs(apply_envelope(model.envelope, model.power, u))
    return (epsilon if model.input == "outside" else psi) / alpha * reference


def _warn_of_lost(what: str, wanted: np.ndarray, allowed: np.ndarray, names: tuple[str, ...]) -> None:
    lost = np.argwhere((wanted != 0) & ~allowed)
    if len(lost):
        i, j = lost[0]
        warnings.warn(
            f"{len(lost)} of {np.count_nonzero(wanted)} {what} are left out, the first of them "
            f"{names[j]!r} -> {names[i]!r}. Nothing regulates a drug, a phenotype regulates nothing, drugs "
            "act on phenotypes only with drug_to_phenotype=True, and masks and hard priors forbid more.",
            UserWarning,
            stacklevel=4,
        )


def _warn_of_no_edge(allowed: np.ndarray, kinds: tuple[str, ...], given: list[str]) -> None:
    """Warn of a network in which nothing can act on anything, as of a screen of drugs and growth alone.

    Something that is given and is no drug acts on the readout that it is.
    """
    if allowed.any() or set(given) != {"drug"}:
        return
    why = "Phenotypes are all that is measured: let drugs act on them with drug_to_phenotype=True."
    if kind_mask(kinds).any():
        why = "The mask, or a hard prior, leaves none."
    warnings.warn(
        f"No edge is possible in this network, so that it is at 0 whatever is given. {why}",
        UserWarning,
        stacklevel=4,
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
    for drug, value in given.items():
        if not np.isfinite(value):
            raise InvalidValueError(f"drug_strengths of {drug!r} is {value}; wanted a finite number.")
    used_at = np.max(np.abs(screen.doses), axis=0, initial=0.0)
    stated = {**dict(zip(screen.perturbations, used_at.tolist())), **given}
    strengths = np.array([abs(float(stated.get(drug, 0.0))) for drug in drugs])
    used = strengths[strengths > 0]
    return np.where(strengths > 0, strengths, np.median(used) if used.size else 1.0)


def _warn_of_baseline(screen: PerturbationData) -> None:
    """Warn where the control is farther from 0 than anything is from the control: no network gets there."""
    untreated = ~screen.doses.any(axis=1)
    if screen.control != "measured" or untreated.all() or not untreated.any():
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # readouts that were never measured
        base = np.nanmean(screen.values[untreated], axis=0)
        reach = np.nanmax(np.abs(screen.values - base), axis=0)
    odd = np.flatnonzero((np.abs(base) > reach) & (np.abs(base) >= 1.0))
    if len(odd):
        others = f" (and that of {len(odd) - 1} others)" if len(odd) > 1 else ""
        warnings.warn(
            f"The untreated control is at {base[odd[0]]:.3g} in {screen.readouts[odd[0]]!r}{others}, but a "
            "CellBox network is at 0 without perturbation and will not describe such values. Take log ratios "
            "to the control, such as np.log2(values / values.loc['control']), of percentages too; of log "
            "values take differences.",
            stacklevel=4,
        )


def _warn_of_perturbed_readouts(screen: PerturbationData) -> None:
    """Warn where doses go to the nodes of readouts: of genes that are knocked out and measured, say."""
    kinds = dict(zip(screen.readouts, screen.kinds))
    own = [name for name in screen.perturbations if kinds.get(name, "drug") != "drug"]
    if screen.input == "dose" and own:
        warnings.warn(
            f"{len(own)} of {len(screen.perturbations)} perturbations are readouts as well, {own[0]!r} the "
            "first. Their doses push the nodes of these readouts up, whatever the perturbation does, and "
            "nothing else. With names of their own, as from screen.rename_perturbations("
            f"{{{own[0]!r}: '{own[0]} KO', ...}}), they become nodes that may act on all; or give signed "
            "strengths (input='strength').",
            stacklevel=4,
        )


def _check_options(options: Mapping[str, Any]) -> None:
    if "weights" in options:
        raise InvalidValueError(
            "from_data draws the weights; to give them, call hc.CellBox(names, kinds, weights)."
        )
    for name in options:
        if name not in _OPTIONS:
            known = (*_OPTIONS, *_OWN_OPTIONS)
            raise unknown_name("option of CellBox.from_data", name, known)
