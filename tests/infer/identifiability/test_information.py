import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.infer.identifiability.information import spectrum_of, spread_of, spread_where


def test_regular_matrix_is_inverted():
    root = np.random.default_rng(0).normal(size=(9, 4)) * [1e-4, 1.0, 1e3, 1.0]
    information = root.T @ root
    found = spread_of(information)
    np.testing.assert_allclose(found.se, np.sqrt(np.diag(np.linalg.inv(information))), rtol=1e-6)
    assert found.singular == 0


def test_singular_directions_give_infinite_errors_and_leave_the_others():
    slopes = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 2.0, 0.0], [2.0, 2.0, 1.0, 0.0]])
    found = spread_of(slopes.T @ slopes)
    assert np.isinf(found.se[[0, 1, 3]]).all()
    alone = slopes[:, [0, 2]]
    np.testing.assert_allclose(found.se[2], np.sqrt(np.linalg.inv(alone.T @ alone)[1, 1]))
    assert found.singular == 2


def test_nothing_known():
    found = spread_of(np.zeros((2, 2)))
    assert np.isinf(found.se).all()
    size, _ = spectrum_of(np.zeros((2, 2)), np.ones(2))
    assert size.tolist() == [0.0, 0.0]


def test_spectrum_has_units_and_signs():
    size, direction = spectrum_of(np.diag([4.0, 1.0]), np.array([1.0, 3.0]))
    assert size.tolist() == [9.0, 4.0]
    assert direction.T.tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_what_is_not_free_has_no_error_and_gives_none():
    root = np.random.default_rng(1).normal(size=(9, 4))
    information = root.T @ root
    free = np.array([True, False, True, True])
    found = spread_where(information, free)
    own = np.linalg.inv(information[np.ix_(free, free)])
    np.testing.assert_allclose(found.se[free], np.sqrt(np.diag(own)))
    assert found.se[1] == 0
    assert not found.covariance[1].any()
    np.testing.assert_allclose(spread_where(information, np.ones(4, bool)).se, spread_of(information).se)


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_errors_have_the_units_of_their_parameters_and_keep_their_order(seed, q):
    rng = np.random.default_rng(seed)
    root, units, order = rng.normal(size=(q + 3, q)), 10 ** rng.uniform(-4, 4, q), rng.permutation(q)
    information = root.T @ root
    found = spread_of(information)
    turned = (information / np.outer(units, units))[np.ix_(order, order)]
    other = spread_of(turned)
    np.testing.assert_allclose(other.se, (found.se * units)[order], rtol=1e-6)
    np.testing.assert_allclose(spread_of(4 * information).se, found.se / 2, rtol=1e-9)
    size, direction = spectrum_of(turned, units[order])
    wanted, _ = spectrum_of(information, np.ones(q))
    np.testing.assert_allclose(size, wanted, rtol=1e-6)
    assert (np.diff(size) <= 0).all()
    np.testing.assert_allclose(direction.T @ direction, np.eye(q), atol=1e-9)
    assert (direction[np.argmax(np.abs(direction), axis=0), np.arange(q)] > 0).all()
