from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from hybridcell._core.arrays import namespace


def test_numpy_stays_numpy_and_everything_else_is_jax():
    assert namespace(np.ones(2)) is np
    assert namespace(np.ones(2), np.ones(1)) is np
    assert namespace(jnp.ones(2)) is jnp
    assert namespace(np.ones(2), jnp.ones(2)) is jnp
    seen = []
    jax.make_jaxpr(lambda x: seen.append(namespace(np.ones(2), x)))(1.0)
    assert seen == [jnp]
