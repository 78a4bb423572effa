"""What an information leaves open."""

from __future__ import annotations

import numpy as np

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
