"""From doses to occupancies: the share of its full effect that a drug has, a Hill curve."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.arrays import namespace

#: Below this share of the EC50 the curve is a straight line to 0. A power has no slope at 0 (or an infinite
#: one, for slopes below 1), and no logarithm; the line has both values, and differs by at most 1e-8 where
#: the Hill coefficient is 1.
LEAST = 1e-8


def occupancy(dose: Any, ec50: Any, hill: Any) -> Any:
    """Return d^h / (EC50^h + d^h), on JAX or NumPy arrays that broadcast.

    Exactly 0 at dose 0, with finite derivatives by dose, EC50 and Hill coefficient everywhere; below 1e-8 of
    the EC50 the curve is replaced by a straight line.

    Parameters
    ----------
    dose : array_like
        0 or more.
    ec50 : array_like
        Dose of half the effect, in the unit of the doses; positive.
    hill : array_like
        Hill coefficient, positive.

    References
    ----------
    Hill, Journal of Physiology 40 (1910) iv-vii.

    Examples
    --------
    >>> from hybridcell.mechanisms.doses import occupancy
    >>> [round(float(occupancy(d, 2.0, 1.0)), 3) for d in (0.0, 2.0, 18.0)]
    [0.0, 0.5, 0.9]
    """
    dose, ec50, hill = (one if isinstance(one, jax.Array) else np.asarray(one) for one in (dose, ec50, hill))
    xp = namespace(dose, ec50, hill)
    ratio = dose / ec50
    taken = _logistic(xp, hill * xp.log(xp.maximum(ratio, LEAST)))
    return taken * xp.minimum(ratio / LEAST, 1.0)


def _logistic(xp: Any, z: Any) -> Any:
    if xp is jnp:
        return jax.nn.sigmoid(z)
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


class DoseCurves(eqx.Module):
    """The curves of some drugs with plain arrays, ready to run.

    Attributes
    ----------
    columns
        The nodes of the drugs.
    """

    ec50: Float[Array, " p"]
    hill: Float[Array, " p"]
    columns: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return inputs on nodes with the doses of the drugs replaced by their occupancies."""
        columns = np.asarray(self.columns)
        taken = occupancy(u[:, columns], self.ec50, self.hill)
        if isinstance(taken, np.ndarray):
            out: Any = np.array(u, dtype=taken.dtype)
            out[:, columns] = taken
            return out
        return jnp.asarray(u).at[:, columns].set(taken)
