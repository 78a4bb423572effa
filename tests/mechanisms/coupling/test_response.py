"""What a node reads of a species, and what it makes of a parameter, on each scale."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.expressions import number
from hybridcell.data.response_scale import SCALES, response_of
from hybridcell.mechanisms.coupling.response import LEAST, factor_expression, response_expression
from hybridcell.mechanisms.interpreter import Interpreter

NUMPY = hc.Solve(backend="numpy", rtol=1e-9)


@pytest.fixture(scope="module")
def decay():
    return hc.read_sbml("model m; S = 4; D = 1; k = 0.5; j = 0.3; loss: S -> ; k*S; leak: D -> ; j*D; end")


def worth(network, *formulas):
    p = np.asarray(network.values)
    return Interpreter(list(formulas), network.equations)(0.0, np.ones(network.equations.n), p)


@pytest.mark.parametrize("scale", SCALES)
def test_a_factor_comes_back_from_its_response(decay, scale):
    for factor in (1e-3, 0.2, 1.0, 3.0):
        response = response_of(factor, scale)
        found = worth(
            decay, response_expression(number(factor), scale), factor_expression(number(response), scale)
        )
        assert_allclose(found, [response, factor], rtol=1e-12, atol=1e-15)


def test_less_than_nothing_is_next_to_nothing(decay):
    assert worth(decay, factor_expression(number(-1.5), "linear"))[0] == LEAST


@pytest.mark.parametrize(
    ("scale", "id", "read", "factor"),
    [
        ("log2", "log_S", np.log2, np.exp2),
        ("ln", "log_S", np.log, np.exp),
        ("log10", "log_S", np.log10, lambda x: 10**x),
        ("linear", "change_S", lambda share: share - 1.0, lambda x: 1.0 + x),
    ],
)
def test_networks_are_coupled_on_their_scale(decay, scale, id, read, factor):
    box = hc.CellBox(["S", "up"], ["protein", "protein"], [[0, 0], [-0.8, 0]], scale=scale)
    found = hc.simulate(decay.couple(box, drives={"j": "up"}), t1=2.0, n_points=5, solve=NUMPY)
    assert_allclose(found[id][0], read(found["S"][0] / 4.0), atol=1e-9)
    assert_allclose(found["j"][0], 0.3 * factor(found["up"][0]), rtol=1e-9)
    assert np.ptp(found["up"][0]) > 0.05


def test_the_usual_scale_is_that_of_screens(decay):
    box = hc.CellBox(["S"], ["protein"], [[0]])
    found = hc.simulate(decay.couple(box), t1=2.0, n_points=3, solve=NUMPY)
    assert_allclose(found["log_S"][0], np.log2(found["S"][0] / 4.0), atol=1e-9)
