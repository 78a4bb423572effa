"""A small network with known edges, measured in silico."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from hybridcell.data.gene_experiments import GeneExperiments
from hybridcell.mechanisms.gene_network import GeneNetwork, equilibrium, time_course

GENES = ("A", "B", "C", "D")
EDGES = {("A", "B"): 4.0, ("B", "C"): -4.0, ("C", "D"): 4.0}
TIMES = np.linspace(0.0, 100.0, 11)


def truth() -> GeneNetwork:
    """Return A -> B -| C -> D, in the unit of an hour."""
    weights = np.zeros((4, 4))
    for (source, target), weight in EDGES.items():
        weights[GENES.index(target), GENES.index(source)] = weight
    rest = np.array([0.7, 0.5, 0.5, 0.5])
    return GeneNetwork.build(weights, reference=rest, decay=0.1, turnover=0.1)


def experiments(*, noise: float = 0.01, steady: bool = True, series: bool = True, names=GENES):
    """Return the experiments of the network as AnnData."""
    rng, net, n = np.random.default_rng(0), truth(), len(GENES)

    def measured(levels):
        return np.maximum(np.asarray(levels) + noise * rng.normal(size=np.shape(levels)), 0.0)

    fields = {}
    if steady:
        off = 1.0 - np.eye(n)
        fields["wildtype"] = measured(np.tile(np.asarray(net.reference), (3, 1)))
        fields["knockouts"] = np.where(off == 0, 0.0, measured(equilibrium(net, jnp.asarray(off))[0]))
        fields["knockdowns"] = measured(equilibrium(net, jnp.asarray(0.5 + 0.5 * off))[0])
    if series:
        push = np.array([[-3.0, 0, 0, 0], [0, 3.0, 0, 0], [0, 0, -3.0, 0]])
        begin = np.tile(np.asarray(net.reference), (3, 1))
        paths = time_course(net, begin, np.tile(TIMES, (3, 1)), 1.0, push, np.tile(TIMES < 50.0, (3, 1)))
        fields["series"] = [(TIMES, measured(path)) for path in paths]
    return GeneExperiments(tuple(names), **fields, stimulus_off=50.0).to_anndata(provenance={})


#: Settings of a fit that takes a second and finds the strong edges.
QUICK = {"steps": 150, "sparsity": (0.5,), "resampling": 0.1}
