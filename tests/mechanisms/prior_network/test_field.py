"""Links."""

import numpy as np

from hybridcell.mechanisms.prior_network.field import from_link


def test_the_logistic_function_neither_overflows_nor_differs_from_its_formula():
    z = np.array([-800.0, -2.0, 0.0, 2.0, 800.0])
    np.testing.assert_allclose(from_link("logit", z), [0, 1 / (1 + np.exp(2)), 0.5, 1 / (1 + np.exp(-2)), 1])
    assert from_link("identity", z) is z
