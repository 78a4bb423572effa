"""Profile intervals against the curvature where the problem is nearly linear, and predictions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
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


@pytest.fixture(scope="module")
def fit():
    return hc.synergy.musyc(_surface(0.02), A, B, kind="viability")


def test_a_prediction_is_the_surface_of_the_numbers_that_are_told(fit):
    p = fit.parameters["value"]
    assert fit.predict(0.0, 0.0) == pytest.approx(p["E0"], rel=1e-12)
    assert fit.predict(p["C1"], 0.0) == pytest.approx((p["E0"] + p["E1"]) / 2, rel=1e-12)
    assert fit.predict(0.0, p["C2"]) == pytest.approx((p["E0"] + p["E2"]) / 2, rel=1e-12)
    assert fit.predict(np.inf, 0.0) == pytest.approx(p["E1"], abs=1e-9)
    grid = fit.predict(A[:, None], B)
    assert grid.shape == (A.size, B.size)
    assert np.sqrt(np.mean((grid - _surface(0.02).mean(axis=0)) ** 2)) < 0.03
    assert grid[2, 3] == pytest.approx(fit.predict(A[2], B[3]), rel=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "message"), [(-1.0, 1.0, "doses_a holds -1"), (1.0, [0, np.nan], "doses_b")]
)
def test_doses_that_are_none_have_no_prediction(fit, a, b, message):
    with pytest.raises(InvalidValueError, match=message):
        fit.predict(a, b)
