"""A first guess without solving equations: rates that, integrated along smoothed data, give its changes.

The integral form needs no derivatives of splines, which noise would spoil.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell.fit.kinetics.free_numbers import FreeNumbers
from hybridcell.fit.kinetics.levenberg_marquardt import minimize
from hybridcell.fit.kinetics.measurements import Measurements
from hybridcell.fit.kinetics.splines import SmoothedStates, smooth_states
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate.kinetics.simulate import system_of

#: How far smoothed changes can be trusted, in units of the error of one measurement.
_TRUST = 1.0


class Matching:
    """What is matched; made once, started from several places."""

    def __init__(self, network: ReactionNetwork, free: FreeNumbers, measured: Measurements):
        self.free = free
        smoothed = smooth_states(network, measured)
        self.usable = smoothed is not None
        if smoothed is None:
            return
        self._data = _Data(network, measured, smoothed, free)
        self._compute, self._differentiate = _programs(network, free)

    def improve(self, theta: Float[np.ndarray, " q"], *, iterations: int = 60) -> Float[np.ndarray, " q"]:
        """Return numbers whose rates match the smoothed data."""
        data = self._data.arrays

        def linearized(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            r, j = self._differentiate(jnp.asarray(theta), data)
            return np.asarray(r), np.asarray(j)

        found = minimize(
            lambda theta: np.asarray(self._compute(jnp.asarray(theta), data)),
            linearized,
            theta,
            low=self.free.low,
            high=self.free.high,
            iterations=iterations,
            tolerance=1e-3,
        )
        return found.theta if np.isfinite(found.cost) else theta


class _Data:
    """Smoothed states of all conditions side by side."""

    def __init__(
        self,
        network: ReactionNetwork,
        measured: Measurements,
        smoothed: list[SmoothedStates],
        free: FreeNumbers,
    ):
        moving = ~network.equations.discrete
        n_points = np.cumsum([0, *(len(s.t) for s in smoothed)])
        weights = np.zeros((sum(len(s.edges) - 1 for s in smoothed), n_points[-1]))
        changes, errors, row = [], [], 0
        for s, first in zip(smoothed, n_points[:-1], strict=True):
            gaps = np.diff(s.t)
            for a, b in zip(s.edges[:-1], s.edges[1:], strict=True):
                weights[row, first + a : first + b] += gaps[a:b] / 2
                weights[row, first + a + 1 : first + b + 1] += gaps[a:b] / 2
                row += 1
            changes.append(np.diff(s.x[s.edges], axis=0))
            errors.append(np.repeat(_TRUST * s.sd[None], len(s.edges) - 1, axis=0))
        lanes = np.repeat(np.arange(len(smoothed)), np.diff(n_points))
        settled = np.zeros((len(smoothed), len(network.equations.constants)), bool)
        settled[:, [network.equations.constants.index(i) for i in measured.ids]] = ~np.isnan(
            measured.settings
        )
        self.arrays = {
            "t": jnp.asarray(np.concatenate([s.t for s in smoothed])),
            "x": jnp.asarray(np.concatenate([s.x for s in smoothed]).T),
            "base": jnp.asarray(measured.constants(network)[lanes].T),
            "settled": jnp.asarray(settled[lanes].T),
            "weights": jnp.asarray(weights),
            "changes": jnp.asarray(np.concatenate(changes)[:, moving]),
            "errors": jnp.asarray(np.concatenate(errors)[:, moving]),
            "moving": jnp.asarray(np.flatnonzero(moving)),
            "center": jnp.asarray(free.center),
            "spread": jnp.asarray(free.spread),
        }


_made: WeakKeyDictionary[Equations, dict[Any, tuple[Any, Any]]] = WeakKeyDictionary()


def _programs(network: ReactionNetwork, free: FreeNumbers) -> tuple[Any, Any]:
    kept = _made.setdefault(network.equations, {})
    if free.shape not in kept:
        kept[free.shape] = _make_programs(network, free)
    return kept[free.shape]


def _make_programs(network: ReactionNetwork, free: FreeNumbers) -> tuple[Any, Any]:
    system = system_of(network.equations, universal=False)
    places = free.places

    def residuals(theta: Array, data: Any) -> Array:
        own = jnp.where(data["settled"][places], data["base"][places], free.values(theta)[:, None])
        p = data["base"].at[places].set(own)
        rates = system.rhs(data["t"], data["x"], p)[data["moving"]]
        change = data["weights"] @ rates.T
        off = (change - data["changes"]) / data["errors"]
        return jnp.concatenate([off.reshape(-1), (theta - data["center"]) / data["spread"]])

    @eqx.filter_jit
    def compute(theta: Array, data: Any) -> Array:
        return residuals(theta, data)

    @eqx.filter_jit
    def differentiate(theta: Array, data: Any) -> tuple[Array, Array]:
        def along(direction: Array) -> tuple[Array, Array]:
            return jax.jvp(lambda theta: residuals(theta, data), (theta,), (direction,))

        r, columns = jax.vmap(along, out_axes=(None, 0))(jnp.eye(len(theta)))
        return r, columns.T

    return compute, differentiate
