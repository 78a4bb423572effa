"""Numbers come back within half a step, 0 and NaN exactly."""

from __future__ import annotations

import base64

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hybridcell.therapy.screen.report.packing import pack, packed_bytes, unpack

NUMBERS = st.floats(-1e12, 1e12) | st.just(float("nan")) | st.floats(-1e-9, 1e-9)


@settings(deadline=None, max_examples=200)
@given(arrays(float, st.integers(0, 40), elements=NUMBERS))
def test_numbers_come_back_within_a_step(values):
    packed = pack(values)
    found = unpack(packed)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(values))
    known = ~np.isnan(values)
    # rounding of the numbers themselves counts where the span is far smaller than they are
    slack = 0.5001 * packed["step"] + 4 * np.finfo(float).eps * np.abs(values[known])
    assert (np.abs(found[known] - values[known]) <= slack).all()
    if known.any() and np.ptp(values[known]) > 1e-300:
        assert packed["step"] <= np.ptp(values[known]) / 65_000
    assert (found[values == 0] == 0).all()


def test_the_length_of_the_text_is_known():
    for n in (0, 1, 2, 3, 100):
        assert len(pack(np.arange(n, dtype=float))["codes"]) == packed_bytes(n)


def test_the_codes_are_those_that_a_browser_reads():
    packed = pack(np.array([-1.0, 0.0, 1.0, np.inf]))
    codes = np.frombuffer(base64.b64decode(packed["codes"]), "<u2")
    assert codes[3] == 65_535
    assert packed["first"] + int(codes[1]) == 0
