"""Small hybrids whose neural part is not zero."""

from __future__ import annotations

from importlib.util import find_spec

import jax.random as jr
import numpy as np

import hybridcell as hc
from hybridcell.io.sbml.read import read_sbml

HAS_ROADRUNNER, HAS_COPASI = find_spec("roadrunner") is not None, find_spec("basico") is not None
WITHOUT_ROADRUNNER = "libRoadRunner is not installed (pip install libroadrunner)"
WITHOUT_COPASI = "COPASI is not installed (pip install copasi-basico)"


def network(name):
    """Return a reaction network that ships with the library."""
    return read_sbml(hc.networks.load(name))


def shaken(hybrid, *, seed=0, size=0.3):
    """Return the hybrid with other weights."""
    rng = np.random.default_rng(seed)
    now = dict(zip(hybrid.equations.constants, np.asarray(hybrid.values)))
    ids = [id for hole in hybrid.holes for id in hole.weights]
    # weights that a sign is fixed of are positive
    return hybrid.with_values({id: float(now[id] + size * abs(now[id] + 1) * rng.normal()) for id in ids})


def rate_hybrid(name, reaction, *, seed=0, **options):
    """Return a network of which one law is learned."""
    rate = hc.NeuralRate(key=jr.key(seed), **options)
    return shaken(network(name).replace(reaction, rate), seed=seed)


def many_holes():
    """Return a network with a learned rate, residual, readout and parameter."""
    net = network("glycolysis")
    hybrid = net.replace("gapdh", hc.NeuralRate(width=3, key=jr.key(0)))
    hybrid = hybrid + hc.NeuralResidual(width=3, outputs=["ATP", "ADP"], key=jr.key(1))
    hybrid = hybrid + hc.NeuralReadout("glow", inputs=["ATP"], width=2, key=jr.key(2))
    hybrid = hybrid + hc.NeuralParameter("J0", covariates=["warmth"], width=2, key=jr.key(3))
    return shaken(hybrid, size=0.1)
