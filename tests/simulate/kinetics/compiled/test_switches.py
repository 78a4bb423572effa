"""Crossings: where in a step a root leaves its side."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.kinetics.compiled.switches import find_crossing
from tests.simulate.kinetics.compiled.toy import make_toy


def crossing(roots, places, side=1.0):
    """Look for it in steps from 0 to 1, one lane for each place."""
    system = make_toy(
        lambda t, x, p, d, modes: jnp.zeros(1), lambda t, p: jnp.zeros(1), 1, 1, signs=(1,), at_zero=(0,),
        roots=lambda t, x, p, d, modes: roots(t - p[0])[None],
    )  # fmt: skip
    lanes = len(places)
    p, x, modes = jnp.asarray(places)[:, None], jnp.zeros((lanes, 1)), jnp.ones((lanes, 1))
    field = Field(system, p, modes, None)
    t, columns = jnp.zeros(lanes), field.by_state(x)
    nothing = jnp.zeros((3, *columns.shape))
    return find_crossing(field, jnp.full((lanes, 1), side), t, t + 1, columns, columns, nothing)


@pytest.mark.parametrize(
    "roots",
    [
        lambda t: -t,
        lambda t: 1e12 * (jnp.exp(-40 * t) - 1),
        lambda t: 1 - jnp.exp(40 * t),
        lambda t: -(t**3),
        lambda t: jnp.where(t < 0, 1.0, -1.0),
        lambda t: jnp.where(t < 0, 1e-9, -1e9),
        lambda t: jnp.where(t < 0, 1.0, jnp.nan),
    ],
)
@pytest.mark.parametrize("places", [[0.3], [0.3, 1e-9, 2.0, 0.999]])
def test_it_is_just_behind_the_root(roots, places):
    found = crossing(roots, places)
    there = np.asarray(places) < 1
    np.testing.assert_array_equal(found.found, there)
    behind = np.asarray(found.share) - np.asarray(places)
    assert np.all((behind[there] >= 0) & (behind[there] <= 2e-15))
    assert np.all(np.asarray(found.share)[~there] == 1)
    assert np.all((np.asarray(found.target) != 0)[:, 0] == there)


def test_a_root_held_at_zero_leaves_at_once():
    found = crossing(lambda t: t, [0.0], side=0.0)
    assert bool(found.found[0])
    assert 0 < float(found.share[0]) < 1e-14
    assert float(found.target[0, 0]) == 1
