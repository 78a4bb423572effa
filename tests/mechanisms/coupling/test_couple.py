"""A CellBox and reactions as one system: what each sees of the other, and that nothing else changes."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell._core.expressions import constant, number
from hybridcell.mechanisms.cellbox.envelope import ENVELOPES, apply_envelope
from hybridcell.mechanisms.coupling.envelope import envelope_expression
from hybridcell.mechanisms.interpreter import Interpreter, rates_of_change

NUMPY = hc.Solve(backend="numpy", rtol=1e-9)


@pytest.fixture(scope="module")
def reactions():
    return hc.read_sbml(hc.networks.load("mapk_oscillator"))


def signals(**options):
    names = ["MAPK_PP", "cyclin", "growth", "aCDK"]
    weights = np.array([[0, 0, 0, 0], [0.8, 0, -0.3, 0.5], [0, 0.6, 0, 0], [0, 0, 0, 0]])
    kinds = ["protein", "protein", "phenotype", "drug"]
    return hc.CellBox(names, kinds, weights, epsilon=0.01, alpha=0.008, **options)


def test_a_node_reads_the_log_response_of_its_species(reactions):
    both = reactions.couple(signals())
    found = hc.simulate(both, t1=500.0, n_points=11, solve=NUMPY)
    level = found["MAPK_PP"][0]
    assert_allclose(found["log_MAPK_PP"][0], np.log(level / level[0]), atol=1e-9)


def test_without_drives_the_reactions_go_on_as_they_are(reactions):
    both = reactions.couple(signals())
    alone = hc.simulate(reactions, t1=500.0, n_points=11, solve=NUMPY)
    found = hc.simulate(both, t1=500.0, n_points=11, solve=NUMPY)
    assert_allclose(found["MAPK_PP"], alone["MAPK_PP"], rtol=1e-6)


def test_a_driven_parameter_follows_its_node(reactions):
    both = reactions.couple(signals(), drives={"V1": "growth"})
    found = hc.simulate(both, t1=500.0, n_points=11, conditions={"u_aCDK": -1.0}, solve=NUMPY)
    base = float(both.values[both.equations.constants.index("V1_base")])
    assert_allclose(found["V1"][0], base * np.exp(found["growth"][0]), rtol=1e-9)
    assert not np.allclose(found["growth"], 0.0)


@pytest.mark.parametrize("input", ["inside", "outside", "scaled"])
@pytest.mark.parametrize("degree", [1, 2])
def test_the_rates_of_nodes_are_those_of_the_cellbox(reactions, input, degree):
    box = signals(input=input, degree=degree)
    both = reactions.couple(box).with_values({"u_aCDK": -0.7})
    rng = np.random.default_rng(0)
    x = rng.uniform(1.0, 100.0, both.equations.n)
    nodes = {name: both.equations.states.index(name) for name in ("cyclin", "growth", "aCDK")}
    levels = rng.normal(size=4)
    for (_, i), value in zip(nodes.items(), levels[1:], strict=True):
        x[i] = value
    start = reactions.species["MAPK_PP"].initial_concentration
    x[both.equations.states.index("MAPK_PP")] = start * np.exp(levels[0])
    rates = Interpreter(rates_of_change(both.equations), both.equations)(0.0, x, np.asarray(both.values))
    u = np.array([[0.0, 0.0, 0.0, -0.7]])
    wanted = np.asarray(box.vector_field(0.0, levels[None], u))[0]
    assert_allclose(rates[list(nodes.values())], wanted[1:], rtol=1e-10)


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_envelopes_are_those_of_the_cellbox(reactions, envelope):
    names = reactions.equations.constants[:1]
    power = 2 if envelope == "hill" else 3
    evaluate = Interpreter([envelope_expression(envelope, power, constant(names[0]))], reactions.equations)
    for s in (-3.0, -0.4, 0.0, 0.7, 5.0):
        p = np.asarray(reactions.values).copy()
        p[0] = s
        found = evaluate(0.0, np.zeros(reactions.equations.n), p)
        assert_allclose(found, apply_envelope(envelope, power, np.array([s])), atol=1e-14)
    assert envelope_expression("linear", 1, number(2.0)) is number(2.0)


def test_neural_pieces_go_into_what_is_coupled(reactions):
    both = reactions.couple(signals(), drives={"V1": "growth"})
    hybrid = both + hc.NeuralResidual(["MAPK_PP", "cyclin"], ["cyclin"], width=4, key=jr.key(0))
    alone = hc.simulate(both, t1=100.0, n_points=3, solve=NUMPY)
    found = hc.simulate(hybrid, t1=100.0, n_points=3, solve=NUMPY)
    assert_allclose(found["cyclin"], alone["cyclin"], rtol=1e-7, atol=1e-12)


def test_it_leaves_as_sbml_and_comes_back(reactions, tmp_path):
    both = reactions.couple(signals(), drives={"V1": "growth"})
    hc.write_sbml(both, tmp_path / "both.xml", resimulate=False)
    back = hc.read_sbml(tmp_path / "both.xml")
    first, again = (hc.simulate(n, t1=200.0, n_points=5, solve=NUMPY) for n in (both, back))
    assert_allclose(again["growth"], first["growth"], rtol=1e-8, atol=1e-12)


def test_bad_input_is_refused(reactions):
    box = signals()
    with pytest.raises(UnknownNameError, match="MAPK_PP"):
        reactions.couple(box, reads={"cyclin": "MAPK_PPP"})
    with pytest.raises(UnknownNameError, match="cyclin"):
        reactions.couple(box, drives={"V1": "cyclinn"})
    with pytest.raises(UnknownNameError, match="V10"):
        reactions.couple(box, drives={"V101": "cyclin"})
    with pytest.raises(InvalidValueError, match="Nothing couples"):
        reactions.couple(hc.CellBox(["a"], ["protein"], [[0.0]]))
    hybrid = reactions.replace("J1", hc.NeuralRate(width=2, key=jr.key(0)))
    with pytest.raises(InvalidValueError, match="first"):
        hybrid.couple(box)
