"""Which states stay at zero for ever once they are there, and grow otherwise."""

import numpy as np
import pytest

import hybridcell as hc
from hybridcell.data.networks.reaction_entry import ReactionEntry
from hybridcell.mechanisms.reactions.self_growth import self_grown


def grown(text):
    equations = hc.read_sbml(f"model one\n{text}\nend").equations
    return {name for name, flag in zip(equations.states, self_grown(equations)) if flag}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("X -> 2 X; k*X; X -> ; m*X*Y; X + Y -> 2 Y; m*X*Y; Y -> ; d*Y; X=1; Y=1; k=1; m=1; d=1", {"X", "Y"}),
        ("S -> P; k*S; S = 1; P = 0; k = 1", set()),  # a decay does not grow, a product is made of others
        ("S -> P; k*S - r*P; S = 1; P = 0; k = 1; r = 1", set()),
        ("-> X; k; X -> ; d*X; X = 1; k = 1; d = 1", set()),
        ("N = 1; M = 2; K = 3; r = 1; N' = r*N*(1 - N/K); M' = -r*M", {"N"}),
        ("X = 1; X' = r*X^2/(K^2 + X^2) - d*X; r = 1; K = 1; d = 1", {"X"}),
        ("X = 1; X' = r*(X + a); r = 1; a = 1", set()),
        ("X = 1; Y = 1; X' = piecewise(X, Y > 1, 2*X); Y' = piecewise(X, Y > 1, 2*Y)", {"X"}),
        ("X = 1; X' = exp(X)", set()),
        ("compartment c = 2; species X in c = 1; X -> 2 X; k*X*c; k = 1", {"X"}),
    ],
)
def test_the_form_of_laws_tells(text, wanted):
    assert grown(text) == wanted


def test_the_rates_of_what_is_found_are_zero_at_zero_and_positive_somewhere():
    for name in ("lotka_volterra", "predator_prey", "cell_division", "glycolytic_oscillator"):
        network = hc.read_sbml(hc.networks.load(name))
        found = self_grown(network.equations)
        assert found.any()
        numbers = np.exp(np.random.default_rng(0).normal(scale=2.0, size=(50, network.equations.n)))
        for place in np.flatnonzero(found):
            emptied = np.where(np.arange(network.equations.n) == place, 0.0, numbers)
            ends = [_rates(network, row)[place] for row in emptied]
            inside = [_rates(network, row)[place] for row in numbers]
            assert not any(ends)
            assert max(inside) > 0


def _rates(network, x):
    from hybridcell.mechanisms.interpreter import Interpreter

    equations = network.equations
    v = Interpreter(equations.fluxes, equations)(0.0, x, equations.values)
    rates = np.zeros(equations.n)
    np.add.at(rates, equations.rows, equations.coefficients * v[equations.columns])
    places = list(equations.rates)
    rates[places] += Interpreter([equations.rates[k] for k in places], equations)(0.0, x, equations.values)
    return rates


def test_what_algebra_determines_is_not_looked_at():
    text = "X = 1; Y = 1; X -> 2 X; k*X; k = 1; Y := 2*X"
    assert grown(text) == {"X"}
    network = hc.read_sbml(hc.networks.load("lotka_volterra"))
    assert self_grown(network.equations) is self_grown(network.equations)


def test_of_the_networks_here_those_with_populations_and_masses_have_such_states():
    found = {}
    for name in hc.networks.available():
        entry = hc.networks.load(name)
        if isinstance(entry, ReactionEntry):
            equations = hc.read_sbml(entry).equations
            states = [id for id, flag in zip(equations.states, self_grown(equations)) if flag]
            found |= {name: states} if states else {}
    assert found == {
        "cell_division": ["mass"],
        "glycolytic_oscillator": ["ATP"],
        "lotka_volterra": ["prey", "predator"],
        "predator_prey": ["prey", "predator"],
    }
