"""Where priors have mass, on the scale of the parameter."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell.fit.estimation.priors import scaled, scipy_distribution
from hybridcell.infer.sources.prior_support import support_of
from hybridcell.io.petab.statement import PetabParameter, Prior


@pytest.mark.parametrize(
    ("family", "numbers", "on_scale", "scale", "wanted"),
    [
        ("uniform", (1.0, 100.0), False, "log10", (0.0, 2.0)),
        ("uniform", (-1.0, 2.0), True, "log10", (-1.0, 2.0)),
        ("uniform", (-3.0, 10.0), False, "log10", (-np.inf, 1.0)),
        ("log-uniform", (1.0, np.e), False, "log", (0.0, 1.0)),
        ("gamma", (2.0, 1.0), False, "lin", (0.0, np.inf)),
        ("gamma", (2.0, 1.0), False, "log", (-np.inf, np.inf)),
        ("normal", (2.0, 1.0), False, "lin", (-np.inf, np.inf)),
    ],
)
def test_families(family, numbers, on_scale, scale, wanted):
    prior = Prior(family=family, parameters=numbers, on_scale=on_scale)
    np.testing.assert_allclose(support_of(PetabParameter(id="k", scale=scale, prior=prior)), wanted)


def test_without_a_prior_everything_has():
    assert support_of(PetabParameter(id="k")) == (-np.inf, np.inf)


PRIORS = {
    "uniform": (-1.0, 4.0), "normal": (1.0, 2.0), "laplace": (1.0, 2.0), "log-normal": (0.5, 1.0),
    "log-laplace": (0.5, 0.3), "log-uniform": (0.1, 3.0), "cauchy": (1.0, 2.0), "chisquare": (3.0,),
    "exponential": (2.0,), "gamma": (2.0, 3.0), "rayleigh": (1.5,),
}  # fmt: skip


@pytest.mark.parametrize("scale", ["lin", "log", "log10"])
@pytest.mark.parametrize("family", PRIORS)
def test_the_support_of_every_family_is_that_of_its_distribution(family, scale):
    prior = Prior(family=family, parameters=PRIORS[family])
    low, high = scipy_distribution(prior).support()
    found = support_of(PetabParameter(id="k", scale=scale, prior=prior))
    with np.errstate(all="ignore"):
        wanted = [scaled(np.float64(max(x, 0.0) if scale != "lin" else x), scale) for x in (low, high)]
    np.testing.assert_allclose(found, wanted)
