"""Loewe additivity: a drug with itself, and another program's numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell.therapy.synergy import HillCurve
from hybridcell.therapy.synergy.loewe import additive_level, alone_curves
from tests.therapy.synergy.matrices import MATRICES, in_rows

DOSES = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0])


@settings(max_examples=15)
@given(st.floats(0.8, 3.0), st.floats(0.5, 4.0), st.floats(0.0, 0.4), st.floats(0.3, 3.0))
def test_a_drug_with_itself_is_additive_at_any_slope(slope, ec50, bottom, factor):
    """The second drug is the first one, diluted: doses in another unit."""
    curve = HillCurve(1.0, bottom, slope, ec50)
    surface = curve(DOSES[:, None] + DOSES)
    excess = hc.synergy.loewe(surface, DOSES, DOSES * factor, kind="viability")
    np.testing.assert_allclose(excess, 0.0, atol=1e-6)
    index = hc.synergy.combination_index(surface, DOSES, DOSES * factor, kind="viability")
    np.testing.assert_allclose(index[:3, :3], 1.0, atol=1e-4)


def test_three_parts_of_one_drug_are_additive():
    curve, d = HillCurve(1.0, 0.1, 1.4, 3.0), DOSES[:5]
    surface = curve(d[:, None, None] + d[:, None] + d)
    np.testing.assert_allclose(hc.synergy.loewe(surface, d, d, d, kind="viability"), 0.0, atol=1e-6)


def test_beyond_the_weaker_drug_the_stronger_one_is_expected():
    strong, weak = HillCurve(1.0, 0.0, 1.0, 1.0), HillCurve(1.0, 0.6, 1.0, 1.0)
    assert additive_level([strong, weak], [4.0, 4.0]) == pytest.approx(0.2)
    between = additive_level([strong, weak], [0.3, 1.0])
    assert 0.6 < between < float(weak(1.0))
    assert 0.3 / strong.dose(between) + 1.0 / weak.dose(between) == pytest.approx(1.0, abs=1e-9)


def test_inhibition_is_one_minus_viability_and_drugs_may_change_places():
    surface = MATRICES["synergistic"][2]
    a, b = MATRICES["synergistic"][:2]
    for model in (hc.synergy.loewe, hc.synergy.combination_index):
        excess = model(surface, a, b, kind="viability")
        np.testing.assert_allclose(model(1 - surface, a, b), excess, atol=1e-7)
        np.testing.assert_allclose(model(surface.T, b, a, kind="viability").T, excess, atol=1e-7)


def test_a_lost_well_is_lost_alone():
    a, b, surface = MATRICES["synergistic"]
    surface = surface.copy()
    surface[2, 2] = np.nan
    assert np.isnan(hc.synergy.loewe(surface, a, b, kind="viability")).sum() == 1


@pytest.mark.parametrize("name", MATRICES)
def test_against_another_program(name):
    """Its index to 1e-6. Its levels it finds to 1e-5 only: its index at ours must be 1."""
    combination = pytest.importorskip("synergy.combination", reason="the package synergy is not installed")
    from synergy.single import Hill

    a, b, left = MATRICES[name]
    x, y, z = in_rows(a, b, left)
    theirs = combination.Loewe(mode="ci", drug1_model=Hill(), drug2_model=Hill())
    wanted = theirs.fit(x, y, z).reshape(left.shape)
    found = hc.synergy.combination_index(left, a, b, kind="viability")
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6)
    excess = hc.synergy.loewe(left, a, b, kind="viability")
    other = combination.Loewe(mode="delta_hsa").fit(x, y, z).reshape(left.shape)
    np.testing.assert_allclose(excess, other, atol=2e-5)
    curves = alone_curves(1 - left, [a, b])
    level = (excess + left)[1, 1]
    if level > max(curve.bottom for curve in curves) + 1e-3:
        one, two = theirs.drug1_model.E_inv(level), theirs.drug2_model.E_inv(level)
        assert a[1] / one + b[1] / two == pytest.approx(1.0, abs=1e-6)


def test_a_third_drug_that_is_not_given_changes_nothing():
    """It reaches half of the effect at most, and the two others go further without it."""
    d = DOSES[:5]
    one, two, weak = (
        HillCurve(1.0, 0.0, 1.2, 2.0),
        HillCurve(1.0, 0.1, 0.9, 1.0),
        HillCurve(1.0, 0.5, 1.0, 1.0),
    )
    left = one(d)[:, None, None] * two(d)[:, None] * weak(d)
    for model in (hc.synergy.loewe, hc.synergy.combination_index):
        whole = model(left, d, d, d, kind="viability")
        np.testing.assert_allclose(
            whole[:, :, 0], model(left[:, :, 0], d, d, kind="viability"), rtol=1e-9, equal_nan=True
        )
        assert np.isfinite(whole[1:4, 1:4, 0]).all()
    left[0, 0, 0] = left[2, 2, 0] = np.nan
    index = hc.synergy.combination_index(left, d, d, d, kind="viability")
    assert np.isnan(index[[0, 2], [0, 2], 0]).all()
