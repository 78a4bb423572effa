"""Random networks for tests of recovery: any size, always with one stable steady state."""

from __future__ import annotations

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.data.networks import InteractionEntry


def random_network(
    n_proteins: int = 20,
    n_phenotypes: int = 2,
    n_drugs: int = 5,
    *,
    density: float = 0.1,
    gain: float = 0.8,
    seed: int = 0,
) -> InteractionEntry:
    """Draw a random network that is contractive, so that every input has one stable steady state.

    Parameters
    ----------
    n_proteins, n_phenotypes, n_drugs
        Numbers of nodes.
    density
        Probability of an edge between two proteins.
    gain
        Bound on the spectral radius of |epsilon / alpha * W|, between 0 and 1; weights are scaled down to it.
    seed
        Of the draw.

    Returns
    -------
    InteractionEntry
        Every phenotype has one to three regulators and every drug one or two targets; the prior is the truth.

    Raises
    ------
    InvalidValueError
        When a number is out of range.

    Examples
    --------
    >>> from hybridcell.data import random_network
    >>> random_network(6, 1, 2, seed=3)
    InteractionEntry('random-3': 9 nodes (6 protein, 1 phenotype, 2 drug), 9 edges)
    """
    if n_proteins < 2 or n_phenotypes < 0 or n_drugs < 1:
        raise InvalidValueError("A random network needs at least two proteins and one drug.")
    if not (0 <= density <= 1 and 0 < gain < 1):
        raise InvalidValueError(
            f"density is {density} and gain is {gain}; wanted 0 <= density <= 1, 0 < gain < 1."
        )
    rng = np.random.default_rng(seed)
    names = [
        f"{stem}{i + 1}"
        for stem, k in (("P", n_proteins), ("Y", n_phenotypes), ("D", n_drugs))
        for i in range(k)
    ]
    kinds = ["protein"] * n_proteins + ["phenotype"] * n_phenotypes + ["drug"] * n_drugs
    n, proteins = len(names), slice(0, n_proteins)
    epsilon, alpha = rng.uniform(0.8, 2.0, n), rng.uniform(0.5, 1.5, n)
    weights = np.zeros((n, n))
    draw = rng.random((n_proteins, n_proteins)) < density
    weights[proteins, proteins] = draw * rng.choice([-1, 1], draw.shape) * rng.uniform(0.3, 1.0, draw.shape)
    np.fill_diagonal(weights, 0.0)
    loop = np.abs((epsilon / alpha)[proteins, None] * weights[proteins, proteins])
    radius = float(np.abs(np.linalg.eigvals(loop)).max())
    weights[proteins, proteins] *= min(1.0, gain / max(radius, 1e-12))
    for i in range(n_proteins, n_proteins + n_phenotypes):
        sources = rng.choice(n_proteins, min(n_proteins, int(rng.integers(1, 4))), replace=False)
        weights[i, sources] = rng.choice([-1, 1], len(sources)) * rng.uniform(0.4, 1.0, len(sources))
    for j in range(n_proteins + n_phenotypes, n):
        targets = rng.choice(n_proteins, min(n_proteins, int(rng.integers(1, 3))), replace=False)
        weights[targets, j] = rng.uniform(0.8, 1.5, len(targets))
    return _entry(f"random-{seed}", names, kinds, weights, epsilon, alpha)


def _entry(
    name: str, names: list[str], kinds: list[str], weights: np.ndarray, epsilon: np.ndarray, alpha: np.ndarray
) -> InteractionEntry:
    import pandas as pd

    target, source = np.nonzero(weights)
    edges = pd.DataFrame(
        {
            "source": [names[j] for j in source],
            "target": [names[i] for i in target],
            "sign": np.sign(weights[target, source]).astype(int),
            "weight": weights[target, source],
        }
    )
    of_drugs = edges[[kinds[j] == "drug" for j in source]]
    return InteractionEntry(
        name=name,
        description="A random contractive network.",
        nodes=tuple(names),
        kinds=tuple(kinds),
        weights=weights,
        epsilon=epsilon,
        alpha=alpha,
        edges=edges,
        prior=edges.drop(columns="weight"),
        drugs=pd.DataFrame(
            {
                "drug": of_drugs["source"],
                "target": of_drugs["target"],
                "sign": -1,
                "pathway": of_drugs["target"],
            }
        ).reset_index(drop=True),
        reference=pd.DataFrame({name: [] for name in ("perturbation", "dose", *names)}),
        about={"title": "random network", "form": "cellbox"},
    )
