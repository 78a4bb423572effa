"""Numbers in text: what every program reads, and what Python alone does."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.text_numbers import number_in


@settings(max_examples=40)
@given(st.floats(allow_nan=False))
def test_what_python_writes_is_read_to_the_last_bit(value):
    assert number_in(repr(value)) == value
    assert number_in(f"  {value!r}\n") == value


@pytest.mark.parametrize("text", ["nan", "NaN", "-nan"])
def test_not_a_number_is_read_as_such(text):
    assert math.isnan(number_in(text))


@pytest.mark.parametrize(
    "text", ["1_5", "1_000.0", "1e1_0", "١٢", "１２", "1,5", "0x10", "", " ", "1 2", "−1"]
)
def test_what_other_programs_do_not_read_is_none(text):
    with pytest.raises(ValueError, match="could not convert"):
        number_in(text)
