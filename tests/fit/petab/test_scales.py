from __future__ import annotations

import jax
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.fit.petab.scales import Scales
from hybridcell.io.petab.statement import SCALES, PetabParameter
from tests.tolerances import ANALYTIC

SCALE = Scales([PetabParameter(id=name, scale=name) for name in SCALES])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1e-12, 1e12), min_size=3, max_size=3))
def test_there_and_back(linear):
    np.testing.assert_allclose(SCALE.to_linear(SCALE.to_scaled(linear)), linear, rtol=1e-13)


def test_scales():
    np.testing.assert_allclose(SCALE.to_scaled([100.0, np.e, 100.0]), [100, 1, 2], **ANALYTIC)
    np.testing.assert_allclose(SCALE.to_linear(np.array([-3.0, 1.0, 2.0])), [-3, np.e, 100], **ANALYTIC)


def test_what_has_no_logarithm():
    assert SCALE.to_scaled([0.0, 0.0, 0.0]).tolist() == [0, -np.inf, -np.inf]
    assert np.isnan(SCALE.to_scaled([-1.0, -1.0, -1.0])).tolist() == [False, True, True]


def test_slopes_also_beside_large_linear_values():
    scaled = np.array([1e5, 0.3, -0.7])
    slope = np.diag(jax.jacfwd(SCALE.to_linear)(scaled))
    np.testing.assert_allclose(slope, [1, np.exp(0.3), np.log(10) * 10**-0.7], **ANALYTIC)
