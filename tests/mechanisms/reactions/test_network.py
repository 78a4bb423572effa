"""A network with its values."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from tests.mechanisms.reactions.resolve.building import network, parameter, reaction, rule, species


@pytest.fixture
def decay() -> ReactionNetwork:
    definition = network(
        species("S", 4.0),
        parameter("k", 3.0),
        parameter("y", constant=False),
        rule("assignment", "y", "2 * S"),
        reaction("v", ["S"], [], "v.q * k * S", local_parameters=(parameter("v.q", 0.5),)),
        id="decay",
    )
    return ReactionNetwork.from_definition(definition)


def test_values_are_the_only_leaf(decay):
    (leaf,) = jax.tree.leaves(decay)
    assert leaf.dtype == jnp.float64
    assert dict(zip(decay.equations.constants, leaf.tolist())) == {"C": 2.0, "S": 4.0, "k": 3.0, "v.q": 0.5}
    assert (decay.id, decay.name) == ("decay", "decay")


def test_values_are_set_by_id(decay):
    other = decay.with_values({"k": 7.0, "v.q": 1.0})
    assert other.values.tolist() == [2.0, 4.0, 7.0, 1.0]
    assert decay.values.tolist() == [2.0, 4.0, 3.0, 0.5]
    assert other.equations is decay.equations
    assert decay.with_values({}).values.tolist() == decay.values.tolist()


def test_values_are_set_all_at_once(decay):
    np.testing.assert_array_equal(decay.with_values([1, 2, 3, 4]).values, [1.0, 2.0, 3.0, 4.0])
    with pytest.raises(InvalidValueError, match=r"shape \(3,\); this network has 4 constants"):
        decay.with_values([1.0, 2.0, 3.0])


def test_gradients_are_with_respect_to_values(decay):
    def loss(net):
        return jnp.sum(net.with_values({"k": net.values[0] * 2}).values ** 2)

    gradient = eqx.filter_grad(loss)(decay)
    np.testing.assert_allclose(gradient.values, [2 * 2.0 + 8 * 2.0, 8.0, 0.0, 1.0])


def test_unknown_ids_suggest_the_nearest(decay):
    with pytest.raises(UnknownNameError, match="Did you mean"):
        decay.with_values({"kk": 1.0})


def test_what_is_computed_cannot_be_set(decay):
    with pytest.raises(InvalidValueError, match="'y' cannot be given a value"):
        decay.with_values({"y": 1.0})


def test_a_network_says_what_it_holds(decay):
    assert repr(decay).startswith("ReactionNetwork('decay': 1 species, 1 reaction")
