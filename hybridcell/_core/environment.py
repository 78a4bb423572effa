"""Is the installed JAX one that computes right numbers?"""

from __future__ import annotations

import warnings

import jax
import jax.numpy as jnp
import numpy as np

#: Releases seen to return wrong or unstable numbers on CPU.
BAD_JAX_VERSIONS = ("0.10.2", "0.11.0", "0.11.1")


def warn_about_bad_jax(version: str | None = None) -> None:
    """Warn when the installed jax is one that is known to compute wrong numbers."""
    version = jax.__version__ if version is None else version
    if version in BAD_JAX_VERSIONS:
        warnings.warn(
            f"jax {version} returns wrong or unstable numbers on CPU (batched small matrix-vector products). "
            "Install another release: pip install 'jax!=0.10.2,!=0.11.0,!=0.11.1'.",
            RuntimeWarning,
            stacklevel=3,
        )


def batched_matvec_error(batch: int = 20_000) -> float:
    """Return the largest relative error of the case that bad releases get wrong.

    The case is jit of a vmapped 3x3 mat-vec followed by a sum, in float64, against NumPy. A right
    release gives about 1e-15; jax 0.10.2 gave more than 100.
    """
    rng = np.random.default_rng(0)
    matrix, vectors = rng.normal(size=(3, 3)), rng.normal(size=(batch, 3))
    summed = jax.jit(jax.vmap(lambda v: jnp.sum(jnp.asarray(matrix) @ v)))
    wanted = (vectors @ matrix.T).sum(axis=1)
    return float(np.max(np.abs(np.asarray(summed(vectors)) - wanted) / (np.abs(wanted) + 1e-3)))
