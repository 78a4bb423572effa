"""Walking through a list: every entry once, in order, however many at once."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.mechanisms.program.walk import AT_ONCE, walk


def note(entry: jax.Array, carry: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
    """Write the number of an entry where the ones before it end."""
    seen, place = carry
    return seen.at[place].set(entry[0] * 100 + entry[1]), place + 1


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("numbers", [1, 64])
@pytest.mark.parametrize("count", [0, 1, AT_ONCE, AT_ONCE + 1, 4 * AT_ONCE])
def test_each_entry_is_met_once_in_order_and_no_turn_is_behind_the_count(
    count: int, numbers: int, backward: bool
) -> None:
    length = 4 * AT_ONCE
    entries = jnp.stack([jnp.arange(length), jnp.arange(length) + 7], axis=1)
    begun = jnp.full(length + 1, -1), jnp.asarray(0)
    run = jax.jit(lambda count: walk(entries, count, note, begun, numbers=numbers, backward=backward))
    seen, place = run(jnp.asarray(count))
    turn = AT_ONCE if numbers == 1 else 1
    met = -(-count // turn) * turn
    wanted = 101 * np.arange(met) + 7
    assert int(place) == met
    np.testing.assert_array_equal(seen[:met], wanted[::-1] if backward else wanted)
