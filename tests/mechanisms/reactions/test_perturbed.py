from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.data import Drug, Perturbation
from hybridcell.mechanisms.reactions.perturbed import Times, perturbed_network

NETWORK = hc.read_sbml(
    """model m
    species A, B, $H, T, Z, I; A = 4; B = 0; H = 2; Z = 0; I = 2*k
    made: -> A; s
    turn: A -> B; k*A
    lost: B -> ; H*d*B
    s = 0.5; k = 0.3; d = 0.2
    T := A + B
    end"""
).with_drugs(Drug("stop", inhibits="turn", ic50=100.0, unit="nM"))


def settings(text):
    network, rows = perturbed_network(NETWORK, [Perturbation(text)])
    return network, rows[0]


def test_doses_are_converted_to_the_unit_of_the_drug():
    for text in ("stop 0.25 uM", "stop 250 nM", "stop 250"):
        assert settings(text)[1] == {"stop": 250.0}


def test_a_species_loses_its_start_and_what_makes_it_from_nothing():
    network, row = settings("A knockout")
    assert row == {"rate_of_made": 0.0, "A": 0.0}
    assert all(isinstance(value, Times) for value in row.values())
    assert network.parameters["rate_of_made"].value == 1.0
    assert settings("A knockdown 75%")[1] == {"rate_of_made": 0.25, "A": 0.25}
    assert settings("H overexpression 3x")[1] == {"H": 3.0}


def test_reactions_are_scaled_and_parameters_are():
    assert settings("turn inhibition 0.9")[1] == {"rate_of_turn": pytest.approx(0.1)}
    network, row = settings("d knockdown 0.5")
    assert row == {"d": 0.5}
    assert network is NETWORK  # nothing had to be added
    both = settings("A knockdown 0.5 + made inhibition 0.5")[1]
    assert both["rate_of_made"] == 0.25


def test_ids_that_are_taken_are_left_alone():
    network = hc.read_sbml("model m; A = 1; v: A -> ; A; rate_of_v = 3; end")
    _, rows = perturbed_network(network, [Perturbation("v knockout")])
    assert list(rows[0]) == ["rate_of_v_2"]


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("stap 1 uM", UnknownNameError, "Did you mean 'stop'"),
        ("AA knockout", UnknownNameError, "Did you mean 'A'"),
        ("turm inhibition 0.5", UnknownNameError, "Did you mean 'turn'"),
        ("k 1 uM", InvalidValueError, "no drug of this network"),
        ("stop knockout", InvalidValueError, "is a drug"),
        ("stop -1", InvalidValueError, "0 or more"),
        ("Z knockout", InvalidValueError, "nothing of 'Z'"),
        ("T knockout", InvalidValueError, "assignment rule"),
        ("I knockout", InvalidValueError, "initial assignment"),
    ],
)
def test_what_has_no_meaning_is_refused(text, error, says):
    with pytest.raises(error, match=says):
        settings(text)


def test_without_drugs_it_says_how_to_put_one_in():
    network = hc.read_sbml("model m; A = 1; v: A -> ; A; end")
    with pytest.raises(InvalidValueError, match="with_drugs"):
        perturbed_network(network, [Perturbation("MEKi 1 uM")])


def test_a_knockout_is_never_there():
    network, rows = perturbed_network(NETWORK, [Perturbation("A knockout")])
    found = hc.simulate(network, t1=5.0, n_points=4, conditions=rows, solve=hc.Solve(backend="numpy"))
    assert not np.asarray(found["A"]).any()
    assert not np.asarray(found["B"]).any()
