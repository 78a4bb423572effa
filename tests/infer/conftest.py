"""Problems and fits are made once for all tests of inference."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import hybridcell as hc
from tests.infer.problems import A0, MEASURED, SD, TIMES, K, decay


@pytest.fixture(scope="session")
def decaying(tmp_path_factory):
    """Return a problem of two parameters that the data determine."""
    return decay(tmp_path_factory.mktemp("decay"), f"{K}\n{A0}")


@pytest.fixture(scope="session")
def scaled(tmp_path_factory):
    """Return a problem in which only the product of two parameters can be known."""
    rows = f"{K}\n{A0}\ns log10 1e-2 1e2 1 1"
    return decay(tmp_path_factory.mktemp("scaled"), rows, formula="s*A")


@pytest.fixture(scope="session")
def noisy(tmp_path_factory):
    """Return a problem whose size of noise is estimated, too, with priors."""
    rows = (
        "k log10 1e-3 1e2 0.5 1 parameterScaleNormal -0.3;0.2\n"
        "a0 log10 1e-3 1e3 2 1 laplace 2;3\n"
        "sd lin 1e-3 1e1 0.1 1 uniform 0.001;10"
    )
    return decay(tmp_path_factory.mktemp("noisy"), rows, noise="sd", prior=True)


@pytest.fixture(scope="session")
def fitted():
    """Return a fit of the same decay to a table of time courses."""
    network = hc.read_sbml("A -> ; k*A; A = 2; k = 0.4")
    data = AnnData(MEASURED[:, None], obs=pd.DataFrame({"time": TIMES}, index=[f"{t:g}" for t in TIMES]))
    data.var_names, data.layers["sd"] = ["A"], np.full((len(TIMES), 1), SD)
    return hc.fit(network, data, key=jr.key(0))
