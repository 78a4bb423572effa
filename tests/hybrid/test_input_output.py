from __future__ import annotations

from dataclasses import replace

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.hybrid import input_output

TEXT = "model chain; use: S -> P; k*S; lose: I -> ; 0.2*I; k = 0.4; S = 2; P = 0; I = 3; E = 4; end"
NUMPY = hc.Solve(backend="numpy")


@pytest.fixture(scope="module")
def network():
    return hc.read_sbml(TEXT)


def hybrid_of(network, seed, **options):
    """Return a hybrid whose last layer has left zero."""
    hybrid = network.replace("use", hc.NeuralRate(["S", "I"], width=3, key=jr.key(seed), **options))
    (hole,) = hybrid.holes
    drawn = np.random.default_rng(seed).normal(size=len(hole.weights))
    return hybrid.with_values(dict(zip(hole.weights, drawn)))


def run(network):
    return hc.simulate(network, t1=4.0, n_points=9, solve=NUMPY)


def test_curves_are_what_the_network_computes(network):
    hybrid = hybrid_of(network, 0)
    found = run(hybrid)
    curves = input_output(hybrid, found)
    assert list(dict.fromkeys(curves["input"])) == ["S", "I"]
    row = curves[(curves["input"] == "S") & (curves["quantity"] == "use")].iloc[20]
    there = hybrid.with_values({"S": row["x"], "I": float(np.median(found["I"]))})
    assert row["value"] == pytest.approx(hc.simulate(there, t1=1.0, solve=NUMPY)["use"][0, 0])
    assert row["lower"] == row["upper"] == row["value"]


def test_they_go_beyond_what_was_seen_and_say_so(network):
    hybrid = hybrid_of(network, 0)
    found = run(hybrid)
    curves = input_output(hybrid, found, "use", beyond=1.0)
    mine = curves[curves["input"] == "I"]
    inside = mine.loc[mine["inside"], "x"]
    assert (inside.min(), inside.max()) == pytest.approx((found["I"].min(), found["I"].max()))
    assert mine["x"].min() >= 0
    assert mine["x"].max() == pytest.approx(2 * found["I"].max() - found["I"].min())


def test_nothing_beyond_is_nothing_beyond_and_zero_is_inside(network):
    hybrid = hybrid_of(network, 0)
    found = run(hybrid)
    curves = input_output(hybrid, found, beyond=0.0, n_points=5)
    assert curves["inside"].all()
    for id, mine in curves.groupby("input"):
        assert (mine["x"].min(), mine["x"].max()) == (found[id].min(), found[id].max())


def test_an_input_that_never_moved_is_shown_around_where_it_was(network):
    still = network.replace("use", hc.NeuralRate(["S", "E"], width=1, key=jr.key(0)))
    curves = input_output(still, run(still), beyond=0.5)
    mine = curves[curves["input"] == "E"]
    assert (mine["x"].min(), mine["x"].max()) == (2.0, 6.0)
    assert mine.loc[mine["inside"], "x"].unique().tolist() == [4.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beyond": -0.1}, "beyond is -0.1"),
        ({"beyond": np.nan}, "beyond is nan"),
        ({"n_points": 1}, "n_points is 1"),
        ({"n_points": 2.5}, "n_points is 2.5"),
    ],
)
def test_numbers_out_of_range_are_refused(network, options, message):
    hybrid = hybrid_of(network, 0)
    with pytest.raises(InvalidValueError, match=message):
        input_output(hybrid, run(hybrid), **options)


def test_a_trajectory_that_was_lost_shows_nothing(network):
    hybrid = hybrid_of(network, 0)
    lost = replace(run(hybrid), values=np.full((1, 9, 3), np.nan))
    with pytest.raises(InvalidValueError, match="no finite value of 'S'"):
        input_output(hybrid, lost)


def test_several_networks_make_a_band(network):
    members = [hybrid_of(network, seed) for seed in range(4)]
    curves = input_output(members, run(members[0]), interval=0.5)
    assert (curves["lower"] <= curves["value"]).all()
    assert (curves["lower"] < curves["upper"]).any()


def test_a_factor_before_the_old_law_multiplies_it(network):
    hybrid = hybrid_of(network, 1, around="law")
    curves = input_output(hybrid, run(hybrid)).set_index("quantity")
    (hole,) = hybrid.holes
    at = curves[curves["input"] == "S"]
    rate, output = at.loc["use"], at.loc[hole.outputs[0]]
    np.testing.assert_allclose(rate["value"], 0.4 * rate["x"] * np.exp(output["value"].to_numpy()))


def test_what_does_not_exist_is_named(network):
    hybrid = hybrid_of(network, 0)
    found = run(hybrid)
    with pytest.raises(UnknownNameError, match="'use'"):
        input_output(hybrid, found, "usr")
    with pytest.raises(InvalidValueError, match="no network"):
        input_output([], found)
    with pytest.raises(InvalidValueError, match="0 neural pieces"):
        input_output(network, run(network))
    with pytest.raises(InvalidValueError, match="interval"):
        input_output(hybrid, found, interval=1.0)
    other = network.replace("use", hc.NeuralRate(["S"], key=jr.key(0)))
    with pytest.raises(InvalidValueError, match="different inputs"):
        input_output([hybrid, other], found)
