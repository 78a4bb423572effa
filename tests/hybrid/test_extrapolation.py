from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.hybrid import extrapolation

TEXT = "model chain; use: S -> P; k*S; k = 0.4; S = 2; P = 0; end"
NUMPY = hc.Solve(backend="numpy")


@pytest.fixture(scope="module")
def hybrid():
    return hc.read_sbml(TEXT).replace("use", hc.NeuralRate(["S"], key=jr.key(0)))


def run(network, **options):
    return hc.simulate(network, t1=4.0, n_points=9, solve=NUMPY, **options)


def test_the_distance_is_the_one_written_out(hybrid):
    seen, asked = run(hybrid), run(hybrid, conditions=[{"S": 8.0}])
    table = extrapolation(hybrid, seen, asked)
    known, new = np.log(seen["S"][0]), np.log(asked["S"][0])
    gaps = np.abs(known[:, None] - known[None]) + np.diag(np.full(len(known), np.inf))
    usual = np.quantile(gaps.min(1), 0.95)
    expected = np.abs(new[:, None] - known[None]).min(1) / usual
    np.testing.assert_allclose(table[hybrid.holes.ids[0]], expected)
    np.testing.assert_array_equal(table["outside"], expected > 1)


def test_what_was_seen_lies_inside(hybrid):
    seen = run(hybrid, conditions=[{"S": 2.0}, {"S": 1.0}])
    table = extrapolation(hybrid, seen, seen)
    assert not table["outside"].any()
    assert table.index.names == ["condition", "time"]


def test_an_unused_substrate_is_near_the_smallest_that_was_seen():
    text = "model two; use: S -> P; k*S; k = 3; S = 2; P = 0; end"
    hybrid = hc.read_sbml(text).replace("use", hc.NeuralRate(["S"], key=jr.key(0)))
    table = extrapolation(hybrid, run(hybrid), run(hybrid, conditions=[{"S": 0.0}]))
    assert not table["outside"].any()


def test_without_a_piece_or_data_there_is_no_answer(hybrid):
    found = run(hybrid)
    with pytest.raises(InvalidValueError, match="no neural piece"):
        extrapolation(hybrid.mechanistic_only(), found, found)
    short = hc.simulate(hybrid, t1=1.0, n_points=2, solve=NUMPY)
    with pytest.raises(InvalidValueError, match="Only 2 training points"):
        extrapolation(hybrid, short, found)
