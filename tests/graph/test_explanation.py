"""Paths that add up to what is predicted."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, NotConvergedError, UnknownNameError
from hybridcell.graph.explanation import OTHERS


def toy(seed: int, *, strength: float = 0.3, n: int = 5, **options) -> hc.CellBox:
    rng = np.random.default_rng(seed)
    names = [f"p{i}" for i in range(n)] + ["d1", "d2"]
    weights = np.zeros((n + 2, n + 2))
    weights[:n] = strength * rng.normal(size=(n, n + 2)) * (rng.random((n, n + 2)) < 0.6)
    np.fill_diagonal(weights, 0.0)
    return hc.CellBox(names, ["protein"] * n + ["drug"] * 2, weights, **options)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), clamp=st.booleans())
def test_all_paths_together_are_the_predicted_effect(seed, clamp):
    model = toy(seed, clamp=clamp)
    dose = {"d1": -0.7, "d2": 0.4}
    why = hc.interactions(model).why("p0", dose, k=400, max_length=6)
    predicted = hc.predict(model, [{}, dose]).to_df()["p0"]
    effect = predicted.iloc[1] - predicted.iloc[0]
    assert why.effect == pytest.approx(effect, abs=1e-6)
    assert why.paths["effect"].sum() == pytest.approx(effect, abs=1e-6)
    # every simple path is told one by one, so nothing is left for the others
    assert why.paths.iloc[-1]["path"] == OTHERS
    assert why.paths.iloc[-1]["effect"] == pytest.approx(0.0, abs=1e-5 + 1e-3 * abs(effect))


def test_a_linear_loop_has_its_closed_form():
    weights = np.zeros((3, 3))
    weights[0, 2], weights[1, 0], weights[0, 1] = 0.9, 0.8, -0.5  # d -> a -> b -| a
    model = hc.CellBox(["a", "b", "d"], ["protein", "protein", "drug"], weights, envelope="linear")
    why = hc.interactions(model).why("b", {"d": 2.0})
    expected = 2.0 * 0.9 * 0.8 / (1 + 0.8 * 0.5)
    assert why.paths.loc[0, "path"] == "d → a → b"
    assert why.paths.loc[0, "effect"] == pytest.approx(expected, rel=1e-6)
    assert why.paths.loc[0, "share"] == pytest.approx(1.0, rel=1e-6)


def test_two_ways_that_cancel_are_told_apart():
    weights = np.zeros((4, 4))
    weights[0, 3], weights[1, 3], weights[2, 0], weights[2, 1] = 1.0, 1.0, 0.5, -0.5
    model = hc.CellBox(["a", "b", "c", "d"], ["protein"] * 3 + ["drug"], weights)
    why = hc.interactions(model).why("c", {"d": 1.0})
    assert why.effect == pytest.approx(0.0, abs=1e-9)
    told = dict(zip(why.paths["path"], why.paths["effect"]))
    assert told["d → a → c"] == pytest.approx(-told["d → b ⊣ c"], rel=1e-9)
    assert told["d → a → c"] > 0.1


def test_an_ensemble_has_intervals_and_hybrids_are_explained_too():
    import jax.random as jr

    model = toy(3) + hc.NeuralResidual(width=4, key=jr.key(0))
    why = hc.interactions(model).why("p1", {"d1": -0.5})
    predicted = hc.predict(model, [{}, {"d1": -0.5}]).to_df()["p1"]
    assert why.paths["effect"].sum() == pytest.approx(predicted.iloc[1] - predicted.iloc[0], abs=1e-6)
    ensemble = hc.Ensemble.from_models([toy(3), toy(3, strength=0.27)])
    paths = hc.interactions(ensemble).why("p1", {"d1": -0.5}, k=3).paths
    assert 2 <= len(paths) <= 4
    assert (paths["lower"] <= paths["effect"] + 1e-12).all()
    assert "share" in hc.interactions(ensemble).why("p1", {"d1": -0.5})._repr_html_()


def test_what_cannot_be_explained_is_said():
    graph = hc.interactions(toy(1))
    with pytest.raises(UnknownNameError, match="p0"):
        graph.why("p00", {"d1": 1.0})
    with pytest.raises(InvalidValueError, match="wanted one"):
        graph.why("p0", {})
    weights = np.zeros((2, 2))
    weights[0, 1] = 1.0
    switch = hc.CellBox(["a", "d"], ["protein", "drug"], weights + np.diag([0.0, 0.0]))
    assert hc.interactions(switch).why("a", {"d": 1.0}).effect > 0
    both = np.array([[0, 2.5, 1.0], [2.5, 0, 0], [0, 0, 0.0]])  # two genes that keep each other on
    bistable = hc.CellBox(["a", "b", "d"], ["protein", "protein", "drug"], both)
    with pytest.raises(NotConvergedError, match=r"smaller dose|jumps"):
        hc.interactions(bistable, at={"d": 0.5}).why("b", {"d": 0.5})


def test_a_graph_from_a_file_has_no_model_to_ask(tmp_path):
    graph = hc.interactions(toy(1))
    back = hc.load(hc.save(graph, tmp_path / "graph.hc"))
    assert len(back) == len(graph)
    with pytest.raises(InvalidValueError, match="no model"):
        back.why("p0", {"d1": 1.0})


def test_every_pair_of_a_small_network_agrees_with_prediction():
    model = toy(11)
    graph = hc.interactions(model)
    for readout, drug in itertools.product(["p0", "p3"], ["d1", "d2"]):
        predicted = hc.predict(model, [{}, {drug: 1.0}]).to_df()[readout]
        assert graph.why(readout, {drug: 1.0}).effect == pytest.approx(
            predicted.iloc[1] - predicted.iloc[0], abs=1e-6
        )


def test_a_named_path_has_its_part_of_the_effect(chain_graph):
    dose = {"aRAF": -0.6}
    told = chain_graph.why("growth", dose).paths.set_index("path")["effect"]
    for nodes in chain_graph.paths("aRAF", "growth")["nodes"]:
        part = chain_graph.path_effect(nodes, dose)
        np.testing.assert_allclose(part["effect"].iloc[0], told[part["path"].iloc[0]], rtol=1e-12)
    nothing = chain_graph.path_effect(("aRAF", "ERK"), dose)  # no such edge: nothing flows
    assert nothing["effect"].iloc[0] == 0.0


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("aRAF", "nodes in order"),
        (("aRAF", "RAFF"), "Did you mean 'RAF'"),
        (("RAF", "ERK"), "starts at aRAF"),
        (("aRAF", "RAF", "aRAF"), "twice"),
    ],
)
def test_paths_that_carry_nothing_are_refused(chain_graph, path, message):
    with pytest.raises((InvalidValueError, UnknownNameError), match=message):
        chain_graph.path_effect(path, {"aRAF": -0.5})
