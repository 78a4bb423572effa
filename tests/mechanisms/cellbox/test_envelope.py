from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError
from hybridcell.mechanisms.cellbox.envelope import ENVELOPES, apply_envelope, check_envelope
from tests.mechanisms.cellbox.original import by_hand
from tests.tolerances import ANALYTIC

S = np.concatenate([np.linspace(-4.0, 4.0, 41), [-1.0, 1e-9, -1e-9, 0.999, 1.001]])
CASES = [
    ("tanh", 3),
    ("linear", 3),
    ("clip", 3),
    *(("polynomial", k) for k in (2, 3, 4, 7)),
    *(("hill", k) for k in (0.5, 1, 2, 3, 2.5)),
]


@pytest.mark.parametrize("backend", [np.asarray, jnp.asarray])
@pytest.mark.parametrize(("envelope", "k"), CASES)
def test_every_envelope_is_the_formula(envelope, k, backend):
    found = apply_envelope(envelope, float(k), backend(S))
    assert isinstance(found, np.ndarray) == (backend is np.asarray)
    np.testing.assert_allclose(found, [by_hand(envelope, k, s) for s in S.tolist()], **ANALYTIC)


@pytest.mark.parametrize(("envelope", "k"), CASES)
@given(s=st.lists(st.floats(-50, 50), min_size=2, max_size=8))
@settings(max_examples=30, deadline=None)
def test_envelopes_rise_pass_through_zero_and_saturate(envelope, k, s):
    values = apply_envelope(envelope, float(k), np.sort(np.array(s)))
    assert np.all(np.diff(values) >= -1e-15)
    assert apply_envelope(envelope, float(k), np.zeros(1))[0] == pytest.approx(0.0, abs=1e-15)
    if envelope != "linear":
        assert np.all(np.abs(values) <= 1.0)


@pytest.mark.parametrize(("envelope", "k"), CASES)
def test_slopes_are_finite_everywhere_also_at_corners(envelope, k):
    slopes = jax.grad(lambda s: apply_envelope(envelope, float(k), s).sum())(jnp.asarray(S))
    assert np.isfinite(slopes).all()
    assert np.all(np.asarray(slopes) >= 0.0)


def test_every_envelope_is_tested():
    assert {envelope for envelope, _ in CASES} == set(ENVELOPES)


@pytest.mark.parametrize("power", [0, -1, 1, 2.5, math.inf, math.nan, "three"])
def test_a_power_that_makes_no_sense_is_refused(power):
    with pytest.raises(InvalidValueError, match=r"power is .*want(ed|s) a"):
        check_envelope("polynomial", power)
    if power not in (1, 2.5):
        with pytest.raises(InvalidValueError, match=r"power is .*want(ed|s) a"):
            check_envelope("hill", power)


def test_an_unknown_envelope_names_the_nearest():
    with pytest.raises(InvalidValueError, match="Did you mean 'polynomial'"):
        check_envelope("polynom", 3)
    assert check_envelope("hill", 1) == ("hill", 1.0)
