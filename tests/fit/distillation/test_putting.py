from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell._core.expressions import apply, symbol
from hybridcell._core.parameter import Freedom
from hybridcell.fit.distillation.law import Law, LawConstant
from hybridcell.fit.distillation.putting import find_hole, with_law

TEXT = "model chain; use: S -> P; k*S; drain: P -> ; e*P; k = 0.4; e = 0.3; S = 2; P = 0; end"
NUMPY = hc.Solve(backend="numpy")
LAW = Law(
    name="mass action",
    math=apply("mul", symbol("use_k"), symbol("S")),
    constants=(LawConstant(id="use_k", value=0.7, freedom=Freedom(transform="log")),),
)


@pytest.fixture(scope="module")
def network():
    return hc.read_sbml(TEXT)


def rate(seed=0, **options):
    return hc.NeuralRate(["S"], width=2, key=jr.key(seed), **options)


def test_the_law_takes_the_place_of_the_piece(network):
    hybrid = network.with_values({"e": 0.5}).replace("use", rate())
    hole, reaction = find_hole(hybrid, "use")
    made = with_law(hybrid, hole, reaction, LAW)
    assert len(made.holes) == 0
    assert not [id for id in made.equations.constants if id.startswith("nn_")]
    expected = hc.simulate(network.with_values({"e": 0.5, "k": 0.7}), t1=3.0, n_points=4, solve=NUMPY)
    found = hc.simulate(made, t1=3.0, n_points=4, solve=NUMPY)
    np.testing.assert_allclose(found["P"], expected["P"], rtol=1e-6)
    assert made.holes.freedoms["use_k"].transform == "log"


def test_what_was_declared_stays_declared(network):
    hybrid = network.with_parameters({"e": hc.Parameter(0.3, transform="log")}).replace("use", rate())
    made = with_law(hybrid, *find_hole(hybrid, "use"), LAW)
    assert set(made.holes.freedoms) == {"e", "use_k"}


def test_other_pieces_stay(network):
    hybrid = network.replace("use", rate()).replace("drain", hc.NeuralRate(["P"], width=2, key=jr.key(1)))
    made = with_law(hybrid, *find_hole(hybrid, "use"), LAW)
    assert [hole.targets for hole in made.holes] == [("drain",)]
    bare = made.mechanistic_only()
    assert bare.reactions["use"].law is LAW.math
    assert bare.reactions["drain"].law is network.reactions["drain"].law
    assert np.isfinite(hc.simulate(made, t1=1.0, solve=NUMPY)["P"]).all()


def test_a_residual_on_the_rate_goes_with_the_piece(network):
    own = hc.NeuralResidual(inputs=["S"], outputs=["use"], width=2, key=jr.key(1))
    hybrid = network.replace("use", rate()) + own
    made = with_law(hybrid, *find_hole(hybrid, "use"), LAW)
    assert len(made.holes) == 0
    assert not [id for id in made.equations.observables if id.startswith("nn_")]
    assert set(made.holes.freedoms) == {"use_k"}
    both = hc.NeuralResidual(inputs=["S"], outputs=["use", "drain"], width=2, key=jr.key(1))
    with pytest.raises(InvalidValueError, match=r"adds to the rate of 'use'.*and to drain"):
        find_hole(network.replace("use", rate()) + both, "use")


def test_a_residual_that_stands_alone_can_be_replaced(network):
    hybrid = network + hc.NeuralResidual(["S"], ["P"], width=2, key=jr.key(0))
    hole, reaction = find_hole(hybrid, "P")
    assert reaction in hybrid.equations.reactions
    made = with_law(hybrid, hole, reaction, LAW)
    assert len(made.holes) == 0
    assert made.reactions[reaction].law is LAW.math


def test_the_law_of_a_residual_stays_when_other_pieces_go(network):
    hybrid = network.replace("use", rate()) + hc.NeuralResidual(["S"], ["P"], width=2, key=jr.key(0))
    hole, reaction = find_hole(hybrid, "P")
    bare = with_law(hybrid, hole, reaction, LAW).mechanistic_only()
    assert bare.reactions[reaction].law is LAW.math
    assert len(bare.holes) == 0


def test_what_one_law_cannot_replace_is_refused(network):
    both = network + hc.NeuralResidual(["S"], ["S", "P"], width=2, key=jr.key(0), conserve=False)
    with pytest.raises(InvalidValueError, match="has 2 terms"):
        find_hole(both, "P")
    inside = network + hc.NeuralResidual(["S"], ["use"], width=2, key=jr.key(0))
    with pytest.raises(InvalidValueError, match="no reaction of its own"):
        find_hole(inside, "use")
    with pytest.raises(InvalidValueError, match="nothing to distill"):
        find_hole(network, "use")
    with pytest.raises(UnknownNameError, match="Did you mean 'use'"):
        find_hole(network.replace("use", rate()), "usee")


@pytest.mark.parametrize(("gone", "stays"), [("use", "use_2"), ("use_2", "use")])
def test_of_pieces_one_name_of_which_begins_the_other_only_one_goes(gone, stays):
    network = hc.read_sbml("model chain; use: S -> P; k*S; use_2: P -> ; k*P; k = 0.4; S = 2; P = 0; end")
    hybrid = network.replace("use", rate()).replace("use_2", hc.NeuralRate(["P"], width=2, key=jr.key(1)))
    made = with_law(hybrid, *find_hole(hybrid, gone), LAW)
    (hole,) = made.holes
    assert hole.targets == (stays,)
    assert {id for id in made.equations.constants if id.startswith("nn_")} == set(hole.brought)
    assert set(made.holes.freedoms) == {*hole.brought, "use_k"}
