"""The Fisher information, against that of the families of noise, without a simulation."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from hybridcell.fit.petab.information import fisher_information
from hybridcell.fit.petab.noise import Noise
from hybridcell.fit.petab.simulator import Seen

FOUND, SIGMA = np.array([[2.0, 3.0]]), np.array([[0.5, 0.25]])
#: Of mean and size of the noise, per measurement: see any table of distributions.
SIZE = {"normal": 2.0, "laplace": 1.0, "log-normal": 2.0, "log10-normal": 2.0}
STRETCH = {"log-normal": 1.0, "log10-normal": np.log(10.0)}


@pytest.mark.parametrize("kind", SIZE)
def test_means_and_sizes_tell_what_their_family_says(kind):
    # two parameters: the first moves what is observed, the second the size of the noise
    found_dot, sigma_dot = np.zeros((1, 2, 2)), np.zeros((1, 2, 2))
    found_dot[..., 0], sigma_dot[..., 1] = [1.0, -2.0], [0.5, 1.0]
    compiled = SimpleNamespace(
        noise=Noise([kind] * 2, np.array([1.0, 1.0])),
        linearized=lambda theta: (Seen(FOUND, SIGMA, np.zeros((1, 1))), found_dot, sigma_dot),
    )
    by_mean = np.array([1.0, -2.0]) / SIGMA[0]
    if kind in STRETCH:
        by_mean /= FOUND[0] * STRETCH[kind]
    wanted = np.diag([np.sum(by_mean**2), SIZE[kind] * np.sum((np.array([0.5, 1.0]) / SIGMA[0]) ** 2)])
    np.testing.assert_allclose(fisher_information(compiled, np.zeros(2)), wanted, rtol=1e-14, atol=1e-14)
