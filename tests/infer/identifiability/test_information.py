import numpy as np

from hybridcell.infer.identifiability.information import spectrum_of, spread_of


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
