"""Zero interaction potency."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell.therapy.synergy import HillCurve
from tests.therapy.synergy.matrices import MATRICES, in_rows


def test_drugs_that_leave_each_others_curves_alone_have_no_excess():
    doses = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0])
    a, b = HillCurve(1.0, 0.1, 1.3, 1.0), HillCurve(1.0, 0.3, 0.8, 3.0)
    excess = hc.synergy.zip(np.outer(a(doses), b(doses)), doses, doses, kind="viability")
    np.testing.assert_allclose(excess, 0.0, atol=1e-6)


def test_a_drug_that_makes_the_other_more_potent_is_synergistic():
    doses = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0])
    a = HillCurve(1.0, 0.0, 1.5, 2.0)
    surface = np.stack([a(doses * (1 + dose)) for dose in doses], axis=1)
    excess = hc.synergy.zip(surface, doses, doses, kind="viability")
    assert (excess[1:, 1:] > 0).all()
    assert not excess[0].any()
    assert not excess[:, 0].any()
    np.testing.assert_allclose(hc.synergy.zip(1 - surface, doses, doses), excess, atol=1e-6)


def test_it_is_less_noisy_than_the_excess_over_independence():
    a, b, surface = MATRICES["independent"]
    rng = np.random.default_rng(0)
    noisy = [surface + 0.03 * rng.normal(size=surface.shape) for _ in range(20)]
    spread = [
        np.std([model(m, a, b, kind="viability") for m in noisy], axis=0)[1:, 1:].mean()
        for model in (hc.synergy.zip, hc.synergy.bliss)
    ]
    assert spread[0] < 0.8 * spread[1]


@pytest.mark.parametrize("name", MATRICES)
def test_against_another_program(name):
    combination = pytest.importorskip("synergy.combination", reason="the package synergy is not installed")
    a, b, left = MATRICES[name]
    wanted = combination.ZIP().fit(*in_rows(a, b, left)).reshape(left.shape)
    np.testing.assert_allclose(hc.synergy.zip(left, a, b, kind="viability"), wanted, atol=1e-6)
