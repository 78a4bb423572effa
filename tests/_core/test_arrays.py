from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.arrays import empty_for_jax, namespace


def test_numpy_stays_numpy_and_everything_else_is_jax():
    assert namespace(np.ones(2)) is np
    assert namespace(np.ones(2), np.ones(1)) is np
    assert namespace(jnp.ones(2)) is jnp
    assert namespace(np.ones(2), jnp.ones(2)) is jnp
    seen = []
    jax.make_jaxpr(lambda x: seen.append(namespace(np.ones(2), x)))(1.0)
    assert seen == [jnp]


@pytest.mark.parametrize("shape", [(3,), (7, 5, 2), (0, 4), ()])
@pytest.mark.parametrize("dtype", [float, np.int32])
def test_jax_takes_a_prepared_array_as_it_is(shape, dtype):
    array = empty_for_jax(shape, dtype)
    assert (array.shape, array.dtype, array.flags.c_contiguous) == (shape, np.dtype(dtype), True)
    array[...] = 3
    taken = jax.device_put(array)
    np.testing.assert_array_equal(taken, np.full(shape, 3, dtype))
    if jax.default_backend() == "cpu" and array.size:
        assert taken.unsafe_buffer_pointer() == array.ctypes.data
