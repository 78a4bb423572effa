"""Profile intervals against the curvature where the problem is nearly linear."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from hybridcell.therapy.synergy.musyc import SurfaceProblem
from hybridcell.therapy.synergy.surface_fit import SurfaceFit, covariance
from tests.therapy.synergy.test_musyc import A, B, _surface


def test_with_little_noise_the_profile_is_the_curvature():
    with np.errstate(divide="ignore"):
        logs = [np.log(g.ravel()) for g in np.meshgrid(A, B, indexing="ij")]
    problem = SurfaceProblem(*logs, _surface(1e-3, replicates=1)[0].ravel())
    theta = problem.fit()
    fit = SurfaceFit.of(problem, theta, scales=[1.0, 1.0], level=0.9)
    reach = t.ppf(0.95, problem.left.size - 10)
    sd = np.sqrt(np.diag(covariance(problem, theta)))
    for i, name in enumerate(("E0", "E1", "E2", "E3")):
        row = fit.parameters.loc[name]
        assert row["upper"] - row["value"] == pytest.approx(reach * sd[i], rel=0.1)
        assert row["value"] - row["lower"] == pytest.approx(reach * sd[i], rel=0.1)
