from __future__ import annotations

import jax.random as jr
import matplotlib
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.hybrid import extrapolation, neural_share

matplotlib.use("agg")

TEXT = "model chain; feed: -> I; 0.1; use: S -> P; k*S; lose: I -> ; 0.2*I; k = 0.4; S = 2; P = 0; I = 3; end"
NUMPY = hc.Solve(backend="numpy")


@pytest.fixture
def ax():
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def hybrid(seed=0):
    made = hc.read_sbml(TEXT).replace("use", hc.NeuralRate(["S", "I"], width=3, key=jr.key(seed)))
    (hole,) = made.holes
    return made.with_values(
        dict(zip(hole.weights, np.random.default_rng(seed).normal(size=len(hole.weights))))
    )


def run(network, **options):
    return hc.simulate(network, t1=4.0, n_points=9, solve=NUMPY, **options)


def test_a_response_has_a_rug_and_grey_ground_outside(ax):
    found = run(hybrid())
    assert hc.pl.neural_response(hybrid(), found, ax=ax) is ax
    curve, rug = ax.get_lines()
    np.testing.assert_allclose(rug.get_xdata(), found["S"].ravel())
    assert curve.get_xdata().max() > found["S"].max()
    assert len(ax.patches) == 2
    assert ax.get_ylabel() == "Rate of use"
    assert not ax.collections


def test_several_networks_make_a_band(ax):
    hc.pl.neural_response([hybrid(0), hybrid(1)], run(hybrid()), input="I", quantity="nn_use", ax=ax)
    assert len(ax.collections) == 1
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("I", "nn_use")


def test_what_a_piece_lacks_is_named(ax):
    with pytest.raises(UnknownNameError, match="input"):
        hc.pl.neural_response(hybrid(), run(hybrid()), input="X", ax=ax)
    with pytest.raises(UnknownNameError, match="quantity"):
        hc.pl.neural_response(hybrid(), run(hybrid()), quantity="X", ax=ax)
    with pytest.raises(InvalidValueError, match="give a trajectory"):
        hc.pl.neural_response(hybrid(), ax=ax)


@pytest.mark.parametrize(("by", "rows"), [("reaction", 3), ("species", 3), ("condition", 2)])
def test_shares_fill_the_bar(ax, by, rows):
    found = run(hybrid(), conditions=[{"S": 2.0}, {"S": 1.0}])
    hc.pl.neural_share(neural_share(hybrid(), found), by=by, ax=ax)
    neural, mechanism = ax.containers
    assert len(neural) == rows
    for a, b in zip(neural, mechanism):
        assert a.get_width() + b.get_width() == pytest.approx(1)


def test_a_view_that_does_not_exist_is_refused(ax):
    with pytest.raises(InvalidValueError, match="by"):
        hc.pl.neural_share(neural_share(hybrid(), run(hybrid())), by="time", ax=ax)


def test_extrapolation_is_a_line_per_condition_in_their_order(ax):
    asked = run(hybrid(), conditions=[{"S": 9.0}, {"S": 2.0}])
    table = extrapolation(hybrid(), run(hybrid()), asked)
    hc.pl.extrapolation(table, ax=ax)
    first, second = ax.get_lines()[1:]
    np.testing.assert_allclose(first.get_ydata(), table["nn_use"].to_numpy()[:9])
    assert first.get_ydata()[0] > 1 > second.get_ydata()[0]
