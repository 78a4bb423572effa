from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError
from hybridcell.data.units import DOSE_UNITS, convert_dose, dose_unit


@pytest.mark.parametrize(("text", "plain"), [("uM", "uM"), ("µM", "uM"), ("μM", "uM"), ("nmol/l", "nM")])
def test_spellings_of_a_unit_are_one_unit(text, plain):
    assert dose_unit(text) == plain


def test_an_unknown_unit_is_told_with_the_nearest():
    with pytest.raises(InvalidValueError, match="Did you mean 'uM'"):
        dose_unit("uMM")


@given(st.floats(1e-6, 1e6), st.sampled_from(DOSE_UNITS), st.sampled_from(DOSE_UNITS))
def test_there_and_back_is_the_same_dose(value, one, other):
    assert convert_dose(convert_dose(value, one, other), other, one) == pytest.approx(value, rel=1e-14)


def test_doses_are_converted_to_the_last_digit():
    assert convert_dose(250.0, "nM", "uM") == 0.25
    assert convert_dose(0.25, "uM", "nM") == 250.0
    assert convert_dose(3.0, "uM", "uM") == 3.0
