from __future__ import annotations

import jax
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell._core.expressions import symbol
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.composition.scaled_rates import reaction_of, with_scaled_rates
from tests.mechanisms.reactions.composition.hybrids import CHAIN, NUMPY

FACTOR = [e.ParameterElement(id="f", value=0.5)]


def halved(network):
    return with_scaled_rates(network, {"turn": [symbol("f")]}, FACTOR)


def test_a_scaled_rate_is_that_of_a_scaled_constant():
    wanted = hc.simulate(CHAIN.with_values({"V": 0.75}), t1=3.0, n_points=4, solve=NUMPY)
    found = hc.simulate(halved(CHAIN), t1=3.0, n_points=4, solve=NUMPY)
    np.testing.assert_allclose(found.values, wanted.values, rtol=1e-6)


def test_values_carry_over_traced_ones_too():
    changed = CHAIN.with_values({"k1": 0.9})
    place = CHAIN.equations.constants.index("k1")

    def value(values):
        network = halved(CHAIN.with_values(values))
        return network.values[network.equations.constants.index("k1")]

    assert float(value(changed.values)) == 0.9
    slope = jax.grad(value)(changed.values)
    assert slope[place] == 1.0
    assert np.count_nonzero(slope) == 1


def test_neural_pieces_stay_and_can_be_taken_out():
    hybrid = CHAIN.replace("turn", hc.NeuralRate(key=jax.random.key(0)))
    scaled = halved(hybrid)
    assert scaled.holes.ids == hybrid.holes.ids
    bare = scaled.mechanistic_only()
    assert "f" in bare.equations.constants
    assert not len(bare.holes)


def test_a_network_with_a_start_of_its_own_refuses():
    assigned = hc.read_sbml("model m; A = 2*k; A -> ; k*A; k = 0.5; end")
    started = assigned.starting_from(np.array([3.0]))
    with pytest.raises(InvalidValueError, match="starting_from"):
        with_scaled_rates(started, {}, FACTOR)


def test_what_is_no_reaction_is_told():
    assert reaction_of(CHAIN, "turn", "test").id == "turn"
    with pytest.raises(UnknownNameError, match="Did you mean 'turn'"):
        reaction_of(CHAIN, "turm", "test")
    with pytest.raises(UnknownNameError, match="parameter"):
        reaction_of(CHAIN, "k1", "test")
