"""A network with a dose layer in front of it."""

from __future__ import annotations

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.mechanisms.cellbox.cellbox import CellBox
from hybridcell.mechanisms.cellbox.edge_prior import EdgePrior
from hybridcell.mechanisms.doses import DoseLayer


def with_doses(network: CellBox, layer: DoseLayer) -> CellBox:
    """Return the network in which the drugs of a layer are given as doses; see `CellBox.with_doses`."""
    if not isinstance(layer, DoseLayer):
        raise InvalidValueError(f"with_doses was given a {type(layer).__name__}; wanted a DoseLayer.")
    if network.doses is not None:
        raise InvalidValueError("The network has a dose layer already; put all drugs into one.")
    if network.drug_effects is not None and any(layer.acts):
        raise InvalidValueError(
            "The network has a prior of drug effects (drug_targets or drug_similarity), which fills the "
            "columns of drugs, as this layer's targets do. Leave out one of them."
        )
    new = tuple(drug for drug in layer.drugs if drug not in network.names)
    for drug, target in zip(layer.drugs, layer.targets):
        if drug in new and target is None:
            raise InvalidValueError(
                f"Drug {drug!r} is no node of the network and has no target in it, so that it would do "
                f"nothing. Name one: targets={{{drug!r}: ...}}; nodes: {', '.join(network.names[:8])}."
            )
        if drug not in new and network.kinds[network.index(drug)] != "drug":
            raise InvalidValueError(
                f"{drug!r} is a {network.kinds[network.index(drug)]} of the network; a drug needs a node of "
                "its own. Give it another name, with this one as its target."
            )
    names, kinds = (*network.names, *new), (*network.kinds, *("drug" for _ in new))
    mask = _allowed(network, names, kinds, layer)
    grow = (0, len(new))
    prior = network.edge_prior
    rates = {
        rate: np.pad(np.asarray(getattr(network, rate)), grow, constant_values=1.0)
        for rate in ("epsilon", "alpha", "psi")
    }
    return CellBox(
        names, kinds, np.pad(np.asarray(network.weights), grow) * mask, **rates,
        envelope=network.envelope, power=network.power, degree=network.degree, input=network.input,
        clamp=network.clamp, scale=network.scale, mask=mask,
        edge_prior=None if prior is None else _grown(prior, names, mask, layer),
        drug_effects=network.drug_effects, doses=layer.bind(names, mask),
    )  # fmt: skip


def _allowed(
    network: CellBox, names: tuple[str, ...], kinds: tuple[str, ...], layer: DoseLayer
) -> np.ndarray:
    """Return the edges that may exist: a drug with a target may act on all that kinds allow, and on it."""
    mask = np.pad(np.asarray(network.mask), (0, len(names) - network.n))
    kind = np.asarray(kinds)
    for drug, target, wished in zip(layer.drugs, layer.targets, layer.wanted_off_targets):
        if target is None:
            continue
        column = names.index(drug)
        reached = [one for one in (target, *(wished or ())) if one in names]
        if wished is None:
            mask[:, column] = (kind != "drug") & (kind != "phenotype")
        else:
            mask[:, column] = False
        mask[[names.index(one) for one in reached], column] = True
    return mask


def _grown(prior: EdgePrior, names: tuple[str, ...], mask: np.ndarray, layer: DoseLayer) -> EdgePrior:
    """Return the prior with the targets of drugs as known edges; a hard one lets off-targets be, too."""
    grow = (0, len(names) - len(prior.known))
    known, sign = np.pad(np.asarray(prior.known), grow), np.pad(np.asarray(prior.sign), grow)
    for drug, target in zip(layer.drugs, layer.targets):
        if target is not None:
            column = names.index(drug)
            known[:, column] = mask[:, column] if prior.hard else 0.0
            known[names.index(target), column], sign[:, column] = 1.0, 0.0
    return EdgePrior(known=known, sign=sign, hard=prior.hard)
