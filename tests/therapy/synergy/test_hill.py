"""The curve of one drug."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import NotConvergedError
from hybridcell.therapy.synergy import HillCurve, fit_hill
from hybridcell.therapy.synergy.hill import fit_below, occupied

DOSES = np.array([0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0])
curves = st.builds(
    HillCurve, top=st.floats(0.9, 1.1), bottom=st.floats(0.0, 0.5), slope=st.floats(0.6, 3.0),
    ec50=st.floats(0.3, 5.0),
)  # fmt: skip


@settings(max_examples=25)
@given(curves)
def test_exact_data_give_the_curve_back(curve):
    found = fit_hill(DOSES, curve(DOSES))
    np.testing.assert_allclose(
        [found.top, found.bottom, found.slope, found.ec50],
        [curve.top, curve.bottom, curve.slope, curve.ec50],
        rtol=1e-4,
        atol=1e-6,
    )


@settings(max_examples=25)
@given(curves, st.floats(0.01, 50.0))
def test_the_dose_of_an_effect_is_the_inverse(curve, dose):
    np.testing.assert_allclose(curve.dose(curve(dose)), dose, rtol=1e-7)


def test_no_dose_reaches_what_lies_below_the_bottom():
    assert np.isnan(HillCurve(1.0, 0.3, 1.0, 1.0).dose([0.2, 1.1])).all()


def test_steep_curves_do_not_overflow():
    np.testing.assert_allclose(occupied(np.array([0.0, 1e-3, 1.0, 1e3]), np.log(300.0), 0.0), [0, 0, 0.5, 1])


def test_a_lost_well_is_left_out():
    curve = HillCurve(1.0, 0.2, 1.5, 1.0)
    left = curve(DOSES)
    left[2] = np.nan
    assert fit_hill(DOSES, left).ec50 == pytest.approx(1.0, rel=1e-5)


def test_a_curve_below_a_given_top_ends_between_0_and_one_and_a_half():
    curve = HillCurve(1.0, 0.2, 1.5, 1.0)
    found = fit_below(DOSES, curve(DOSES) - 0.6, top=0.4, near=curve)
    assert found.top == 0.4
    assert found.bottom >= 0.0
    assert np.isnan(fit_below(DOSES[:2], np.ones(2), top=1.0, near=curve).bottom)


def test_too_few_doses_are_told():
    with pytest.raises(NotConvergedError, match="four doses at least, 0 among them; 3 are measured"):
        fit_hill(DOSES[:3], [1.0, 0.8, 0.6])
