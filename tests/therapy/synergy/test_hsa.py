"""Highest single agent."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import hybridcell as hc


def test_only_what_exceeds_the_better_drug_counts():
    surface = [[0, 0.3], [0.2, 0.3], [0.6, 0.75]]
    excess = hc.synergy.hsa(surface, [0, 1, 2], [0, 1])
    np.testing.assert_allclose(excess, [[0, 0], [0, 0.0], [0, 0.15]], atol=1e-15)


@settings(max_examples=25, deadline=None)
@given(arrays(float, (3, 3), elements=st.floats(0.0, 1.0)))
def test_the_better_drug_asks_no_more_than_independence(surface):
    surface[0, 0] = 0.0
    doses = [0, 1, 2]
    gap = hc.synergy.hsa(surface, doses, doses) - hc.synergy.bliss(surface, doses, doses)
    assert gap.min() >= -1e-12
    viability = hc.synergy.hsa(1 - surface, doses, doses, kind="viability")
    np.testing.assert_allclose(viability, hc.synergy.hsa(surface, doses, doses), atol=1e-12)
