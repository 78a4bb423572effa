"""What an information leaves open."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.infer.sources.information import covariance_of, loose_directions, loose_parameters

WIDE, ENDLESS = np.full(3, 10.0), np.full(3, np.inf)
#: The sum of the first two is known, and the third.
KNOWN = np.array([[4.0, 4.0, 0.0], [4.0, 4.0, 0.0], [0.0, 0.0, 1.0]])


def test_the_difference_of_what_only_a_sum_tells_is_open():
    for widths in (WIDE, ENDLESS):
        directions, _ = loose_directions(KNOWN, widths)
        np.testing.assert_allclose(np.abs(directions[:, 0]), [np.sqrt(0.5), np.sqrt(0.5), 0.0], atol=1e-7)
        assert loose_parameters(KNOWN, widths).tolist() == [True, True, False]
        found = covariance_of(KNOWN, widths)
        assert np.isinf(np.diagonal(found)).tolist() == [True, True, False]
        np.testing.assert_allclose(found[2, 2], 1.0)
        assert not np.isnan(found).any()


def test_what_is_wider_than_its_bounds_is_open_between_them():
    information = np.diag([1.0, 1e-4, 1.0])
    assert loose_parameters(information, WIDE).tolist() == [False, True, False]
    assert not loose_parameters(information, ENDLESS).any()


def test_what_is_known_has_its_inverse():
    root = np.random.default_rng(0).standard_normal((6, 3)) * [1.0, 30.0, 0.1]
    information = root.T @ root
    np.testing.assert_allclose(covariance_of(information, 1e4 * WIDE), np.linalg.inv(information), rtol=1e-9)


def half_known(seed):
    """Return an information of rank 3 about 5 parameters, one of which it does not see."""
    root = np.random.default_rng(seed).standard_normal((3, 5)) * [1, 1, 1, 1, 0]
    return root.T @ root


@settings(max_examples=20)
@given(st.integers(0, 1000), st.permutations(range(5)), st.sampled_from([np.inf, 3.0, 1e4]))
def test_neither_order_nor_units_of_parameters_matter(seed, order, width):
    information, widths = half_known(seed), np.full(5, width)
    units = 10.0 ** np.random.default_rng(seed).uniform(-2, 2, 5)
    turned = (information / np.outer(units, units))[np.ix_(order, order)]
    loose = loose_parameters(information, widths)
    assert loose_parameters(turned, (widths * units)[order]).tolist() == loose[order].tolist()
    found, wanted = covariance_of(turned, (widths * units)[order]), covariance_of(information, widths)
    with np.errstate(invalid="ignore"):
        wanted = (wanted * np.outer(units, units))[np.ix_(order, order)]
    np.testing.assert_allclose(found, np.where(np.isnan(wanted), 0.0, wanted), rtol=1e-5, atol=1e-9)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_loose_directions_are_orthonormal_and_leave_no_trace(seed):
    information = half_known(seed)
    directions, units = loose_directions(information, np.full(5, np.inf))
    np.testing.assert_allclose(directions.T @ directions, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(information @ (units[:, None] * directions), 0.0, atol=1e-9)
    assert np.abs(directions[4]).max() > 0.999
