"""Which constants of a network a fit moves, and the unconstrained numbers in their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.expressions.expression import leaves
from hybridcell._core.parameter import Freedom
from hybridcell.mechanisms.reactions.network import ReactionNetwork

#: Positive numbers may move this many powers of e from where they start, unless bounds say otherwise.
_REACH = 14.0


@dataclass(frozen=True, eq=False)
class FreeNumbers:
    """q constants that a fit moves, as unconstrained numbers theta.

    Attributes
    ----------
    ids : tuple of str, length q
    places : ndarray, shape (q,)
        In ``equations.constants``.
    transforms : tuple of str, length q
        "identity", "log" or "logit".
    lower, upper : ndarray, shape (q,)
        Bounds of the constants ("logit" maps between them).
    low, high : ndarray, shape (q,)
        Bounds of theta.
    center, spread : ndarray, shape (q,)
        Gaussian prior of theta; an infinite spread is none.
    neural : ndarray of bool, shape (q,)
        Weights of neural pieces.
    """

    ids: tuple[str, ...]
    places: np.ndarray
    transforms: tuple[str, ...]
    lower: np.ndarray
    upper: np.ndarray
    low: np.ndarray
    high: np.ndarray
    center: np.ndarray
    spread: np.ndarray
    neural: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def shape(self) -> tuple[Any, ...]:
        """What programs are made for: places, transforms and the bounds that transforms read."""
        return self.ids, self.transforms, tuple(self.lower.tolist()), tuple(self.upper.tolist())

    def theta(self, values: Float[np.ndarray, " m"]) -> Float[np.ndarray, " q"]:
        """Return the unconstrained numbers of constants."""
        v = np.asarray(values, dtype=float)[self.places]
        log, logit = self._is("log"), self._is("logit")
        out = v.copy()
        with np.errstate(all="ignore"):
            out[log] = np.log(v[log])
            out[logit] = np.log(v[logit] - self.lower[logit]) - np.log(self.upper[logit] - v[logit])
        return np.clip(out, self.low, self.high)

    def values(self, theta: Float[Array, " q"]) -> Float[Array, " q"]:
        """Return the constants of unconstrained numbers."""
        log, logit = self._is("log"), self._is("logit")
        found = jnp.where(log, jnp.exp(jnp.where(log, theta, 0.0)), theta)
        if not logit.any():
            return found
        between = self.lower + (self.upper - self.lower) * jax.nn.sigmoid(theta)
        return jnp.where(logit, between, found)

    def slopes(self, theta: Float[Array, " q"]) -> Float[Array, " q"]:
        """Return the derivative of each constant with respect to its own number."""
        return jax.jvp(self.values, (theta,), (jnp.ones_like(theta),))[1]

    def place(self, network: ReactionNetwork, theta: np.ndarray) -> ReactionNetwork:
        """Return the network with these numbers."""
        values = np.array(network.values, dtype=float)
        values[self.places] = np.asarray(self.values(jnp.asarray(theta)))
        return network.with_values(values)

    def _is(self, transform: str) -> np.ndarray:
        return np.array([t == transform for t in self.transforms], bool)


def find_free_numbers(network: ReactionNetwork, wanted: Sequence[str] | str | None) -> FreeNumbers:
    """Return the constants to move.

    Parameters
    ----------
    wanted : sequence of str, "neural", "all" or None
        Ids besides the weights of neural pieces. None: those declared by `with_parameters`, or, where none
        are, all parameters that the dynamics read. "all": these in any case. "neural": weights only.
    """
    freedoms = _freedoms(network, wanted)
    constants = network.equations.constants
    values = np.asarray(network.values, dtype=float)
    weights = {id for hole in network.holes for id in hole.weights}
    rows = []
    for id, freedom in freedoms.items():
        if id not in constants:
            raise unknown_name("constant (to be fitted)", id, constants)
        rows.append((id, *_row(id, values[constants.index(id)], freedom), id in weights))
    if not rows:
        raise InvalidValueError(
            "There is nothing to fit: the network has no free constants. Declare some with "
            "network.with_parameters({...}), or put a neural piece into it."
        )
    ids, transforms, lower, upper, low, high, center, spread, neural = zip(*rows)
    return FreeNumbers(
        ids=ids, places=np.array([constants.index(id) for id in ids]), transforms=transforms,
        lower=np.array(lower), upper=np.array(upper), low=np.array(low), high=np.array(high),
        center=np.array(center), spread=np.array(spread), neural=np.array(neural, bool),
    )  # fmt: skip


def _freedoms(network: ReactionNetwork, wanted: Sequence[str] | str | None) -> dict[str, Freedom]:
    unusable = wanted is not None and not isinstance(wanted, str | Sequence)
    if unusable or (isinstance(wanted, str) and wanted not in ("all", "neural")):
        raise InvalidValueError(f"free is {wanted!r}; wanted a list of ids, 'all', 'neural' or None.")
    known = network.holes.freedoms
    weights = {id for hole in network.holes for id in hole.weights}
    attached = {id for hole in network.holes for id in hole.brought} | weights
    found = {id: f for id, f in known.items() if f.trainable}
    declared = [id for id in found if id not in attached]
    if wanted == "neural":
        return {id: f for id, f in found.items() if id in attached}
    if isinstance(wanted, str) or (wanted is None and not declared):
        chosen: Sequence[str] = [id for id in parameters_of(network) if id not in known]
    else:
        chosen = declared if wanted is None else list(wanted)
    own = {id: known.get(id) or usual_freedom(network, id) for id in chosen}
    kept = {id: f for id, f in found.items() if id in attached or wanted is None or wanted == "all"}
    # who names a constant wants it fitted, whatever was declared before
    named = not isinstance(wanted, str) and wanted is not None
    return {**{id: f for id, f in own.items() if f.trainable or named}, **kept}


def usual_freedom(network: ReactionNetwork, id: str) -> Freedom:
    """Return how a constant moves of which nothing is said: positive ones stay positive."""
    if id not in network.equations.constants:
        raise unknown_name("constant (to be fitted)", id, network.equations.constants)
    value = float(network.values[network.equations.constants.index(id)])
    return Freedom(transform="log") if value > 0 else Freedom()


def parameters_of(network: ReactionNetwork) -> list[str]:
    """Return the parameters, not 0, that the dynamics read: what a fit moves if nothing is declared."""
    read = set(leaves(network.equations.dynamic, "constant"))
    definition = network.definition
    local = [p.id for r in definition.reactions for p in r.local_parameters]
    values = dict(zip(network.equations.constants, np.asarray(network.values, dtype=float)))
    return [id for id in (*(p.id for p in definition.parameters), *local) if id in read and values[id] != 0]


def _row(id: str, value: float, f: Freedom) -> tuple[str, float, float, float, float, float, float]:
    lower, upper = f.bounds
    transform = "log" if f.transform == "softplus" else f.transform
    if not np.isfinite(value):
        raise InvalidValueError(f"The value of {id!r} is {value}; a fit needs a finite number to start from.")
    if transform == "log":
        if value <= 0:
            raise InvalidValueError(f"{id!r} is {value:g}; a number on a log scale starts above 0.")
        start = float(np.log(value))
        low = np.log(lower) if lower > 0 else start - _REACH
        high = np.log(upper) if np.isfinite(upper) else start + _REACH
    elif transform == "logit":
        low, high = -20.0, 20.0
    else:
        low, high = lower, upper
    center, spread = _prior(id, f.prior, transform)
    return transform, lower, upper, float(low), float(high), center, spread


def _prior(id: str, prior: tuple[str, float, float] | None, transform: str) -> tuple[float, float]:
    """Return a prior as one of theta."""
    if prior is None:
        return 0.0, np.inf
    name, location, scale = prior
    if not 0 < scale < np.inf:
        raise InvalidValueError(f"The prior of {id!r} has the width {scale:g}; wanted a positive number.")
    if (name, transform) in (("normal", "identity"), ("log-normal", "log")):
        return location, scale
    if name == "normal" and transform == "log" and location > 0:
        return float(np.log(location)), scale / location  # to first order
    raise InvalidValueError(
        f"The prior of {id!r} is {name!r} on a {transform!r} scale; wanted ('normal', mean, sd) of a number "
        "as it is, or ('log-normal', mean, sd) of the logarithm of a positive one."
    )
