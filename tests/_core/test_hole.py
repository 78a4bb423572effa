"""The pieces of a network, as a collection."""

from __future__ import annotations

import jax.random as jr
import pytest

import hybridcell as hc
from hybridcell._core.hole import AbstractPiece, Holes


def test_a_network_without_pieces_has_none():
    network = hc.read_sbml(hc.networks.load("lotka_volterra"))
    assert len(network.holes) == len([*network.holes]) == 0
    assert network.holes.base is None
    assert [*network.holes.ids] == [*Holes().ids] == []


def test_pieces_come_in_the_order_in_which_they_were_put_in():
    network = hc.read_sbml(hc.networks.load("lotka_volterra"))
    model = network.replace("die", hc.NeuralRate(width=1, key=jr.key(0)))
    model = model.replace("grow", hc.NeuralRate(width=1, key=jr.key(0)))
    assert model.holes.ids == ["nn_die", "nn_grow"]
    assert [hole.targets for hole in model.holes] == [("die",), ("grow",)]
    assert all(hole.piece.kind == hole.kind == "rate" for hole in model.holes)


def test_a_piece_says_where_it_goes():
    with pytest.raises(TypeError, match="abstract"):
        AbstractPiece()


def test_an_id_belongs_to_the_piece_with_the_longest_prefix():
    network = hc.read_sbml("model m; v: S -> ; S; v_2: P -> ; P; S = 1; P = 1; end")
    holes = (
        network.replace("v", hc.NeuralRate(["S"], width=1, key=jr.key(0)))
        .replace("v_2", hc.NeuralRate(["P"], width=1, key=jr.key(0)))
        .holes
    )
    one, two = holes
    assert [holes.owner(id) for id in one.weights] == [one] * len(one.weights)
    assert [holes.owner(id) for id in two.weights] == [two] * len(two.weights)
    assert holes.owner("nn_v") is one
    assert holes.owner("nn_v2") is None
