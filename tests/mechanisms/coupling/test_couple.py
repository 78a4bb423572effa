"""A CellBox and reactions as one system: what each sees of the other, and that nothing else changes."""

from __future__ import annotations

import re

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
    return hc.CellBox(names, kinds, weights, epsilon=0.01, alpha=0.008, **{"scale": "ln", **options})


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
    with pytest.raises(InvalidValueError, match=r"drives is \['V1'\]; wanted a dict such as"):
        reactions.couple(box, drives=["V1"])
    with pytest.raises(InvalidValueError, match="Nothing couples"):
        reactions.couple(hc.CellBox(["a"], ["protein"], [[0.0]]))
    hybrid = reactions.replace("J1", hc.NeuralRate(width=2, key=jr.key(0)))
    with pytest.raises(InvalidValueError, match="first"):
        hybrid.couple(box)


def join(names, weights=None, **options):
    """Return a CellBox of proteins with these weights, target before source; none without."""
    given = np.zeros((len(names),) * 2)
    for (i, j), value in (weights or {}).items():
        given[i, j] = value
    return hc.CellBox(names, ["protein"] * len(names), given, **{"scale": "ln", **options})


def evaluated(network, id, x, **values):
    """Return what an id is worth at a state."""
    p = np.asarray(network.with_values(values).values)
    return float(Interpreter([network.equations.observables[id]], network.equations)(0.0, x, p)[0])


def test_nodes_with_greek_letters_get_ids_that_sbml_knows(reactions, tmp_path):
    box = join(["IκBα", "IκBβ", "MAPK_PP", "x²"], {(0, 2): 0.5, (1, 2): 0.4, (3, 0): 0.3})
    both = reactions.couple(box)
    made = set(both.equations.observables) - set(reactions.equations.observables)
    assert all(re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", id) for id in made)
    assert {p.name for p in both.definition.parameters} >= {"IκBα", "IκBβ", "x²"}
    hc.write_sbml(both, tmp_path / "both.xml", resimulate=False)
    assert hc.read_sbml(tmp_path / "both.xml").equations.states == both.equations.states


def test_names_that_end_up_alike_stay_apart(reactions):
    both = reactions.couple(join(["a-b", "a b", "MAPK_PP"], {(0, 2): 0.5, (1, 2): -0.25}))
    added = both.equations.n - reactions.equations.n
    assert added == 2
    x = np.ones(both.equations.n)
    x[both.equations.states.index("MAPK_PP")] *= reactions.species["MAPK_PP"].initial_concentration * np.e
    rates = Interpreter(rates_of_change(both.equations), both.equations)(0.0, x, np.asarray(both.values))
    np.testing.assert_allclose(rates[-2:], np.tanh([0.5, -0.25]) - 1.0, rtol=1e-12)


def test_two_nodes_may_read_one_species(reactions):
    box = join(["one", "other", "sink"], {(2, 0): 0.5, (2, 1): 0.5})
    both = reactions.couple(box, reads={"one": "MAPK_PP", "other": "MAPK_PP"})
    x = np.full(both.equations.n, 3.0)
    found = [evaluated(both, id, x) for id in ("log_one", "log_other")]
    assert found[0] == found[1] != 0.0


def test_what_is_used_up_is_read_as_a_small_share_of_its_reference(reactions):
    both = reactions.couple(signals())
    for left in (0.0, -1e-9):
        x = np.full(both.equations.n, left)
        assert evaluated(both, "log_MAPK_PP", x) == pytest.approx(np.log(1e-6))


def test_a_driven_parameter_has_its_value_where_the_node_is_at_rest(reactions):
    both = reactions.couple(join(["up"]), drives={"V1": "up"})
    x = np.zeros(both.equations.n)
    place = both.equations.states.index("up")
    base = float(reactions.values[reactions.equations.constants.index("V1")])
    assert evaluated(both, "V1", x) == base
    x[place] = 1.0
    assert evaluated(both, "V1", x) == pytest.approx(base * np.e)
    assert evaluated(both, "V1", x, V1_base=3.0) == pytest.approx(3.0 * np.e)
    assert "V1" not in both.equations.constants


def test_what_a_fit_may_move_of_the_coupled_network(reactions):
    both = reactions.couple(signals(input="scaled"))
    freedoms = both.holes.freedoms
    assert {"epsilon_cyclin", "alpha_growth", "psi_growth", "w_growth_cyclin"} <= set(freedoms)
    assert not freedoms["ref_MAPK_PP"].trainable
    assert not freedoms["u_aCDK"].trainable
    assert freedoms["alpha_growth"].transform == "log"
    assert freedoms["w_growth_cyclin"].trainable
    assert "w_cyclin_cyclin" not in freedoms


def test_only_a_cellbox_without_doses_is_coupled(reactions, small_network):
    with pytest.raises(InvalidValueError, match="given a ReactionNetwork; wanted a CellBox"):
        reactions.couple(reactions)
    with pytest.raises(InvalidValueError, match="couple the network before with_doses"):
        reactions.couple(small_network.with_doses(hc.DoseLayer(["drug"], targets={"drug": "MEK"})))
