"""Multiple shooting: segments of the time with states of their own, drawn together step by step.

Long trajectories of a wrong model run away from the data, and their derivatives with them; short ones cannot.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.compiler import jit_kinetics
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions.expression import walk
from hybridcell.fit.kinetics.free_numbers import FreeNumbers
from hybridcell.fit.kinetics.levenberg_marquardt import minimize
from hybridcell.fit.kinetics.measurements import Measurements
from hybridcell.fit.kinetics.settings import NetworkFitSettings
from hybridcell.mechanisms.program.observation import make_observation
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.mechanisms.reactions.start import freed_start
from hybridcell.simulate import simulate
from hybridcell.simulate.kinetics.compiled.tangents import states_along
from hybridcell.simulate.kinetics.simulate import system_of

#: Allowed gaps between segments, relative to the size of a state, from stage to stage.
_GAPS = (0.3, 0.03, 0.003)


def shoot(
    network: ReactionNetwork,
    free: FreeNumbers,
    measured: Measurements,
    settings: NetworkFitSettings,
    theta: Float[np.ndarray, " q"],
) -> Float[np.ndarray, " q"]:
    """Return free numbers under which segments fit the data and meet at their ends.

    Raises
    ------
    InvalidValueError
        If the network reads the time or has events: segments start their own clock.
    """
    equations = network.equations
    clocked = any(node.op in ("time", "delay") for node in walk(equations.dynamic))
    if clocked or equations.events or equations.residuals:
        raise InvalidValueError(
            "warm_start='shooting' cuts the time into segments that each start at 0; a network with events, "
            "delays, algebraic rules or laws that read the time cannot be cut. Take 'matching' or 'none'."
        )
    plan = _Plan(network, free, measured, settings)
    z = np.concatenate([theta, plan.start])
    low = np.concatenate([free.low, np.full(len(plan.start), -np.inf)])
    high = np.concatenate([free.high, np.full(len(plan.start), np.inf)])
    for gap in _GAPS:
        found = minimize(
            lambda z, gap=gap: plan.residuals(z, gap)[0],
            lambda z, gap=gap: plan.residuals(z, gap),
            z,
            low=low,
            high=high,
            iterations=settings.iterations // 2,
            tolerance=1e-3,
        )
        if not np.isfinite(found.cost):
            break
        z = found.theta
    return z[: len(theta)]


class _Plan:
    """Segments of all conditions as lanes; the free states follow theta, segment by segment."""

    def __init__(
        self,
        network: ReactionNetwork,
        free: FreeNumbers,
        measured: Measurements,
        settings: NetworkFitSettings,
    ):
        segments = settings.segments
        end = float(measured.times[-1])
        bounds = np.linspace(0.0, end, segments + 1)
        first = simulate(network, t1=end, ts=bounds, conditions=measured.conditions, solve=settings.solve)
        x = np.nan_to_num(np.asarray(first.values))  # conditions x bounds x states
        self.size = np.maximum(np.abs(x).max(axis=(0, 1)), 1e-12)
        self.start = (x[:, 1:-1] / self.size).reshape(-1)
        c, n = len(x), x.shape[2]
        segment = np.clip(np.searchsorted(bounds, measured.time, side="left") - 1, 0, segments - 1)
        local, when = np.unique(
            np.concatenate([measured.time - bounds[segment], np.diff(bounds)]), return_inverse=True
        )
        equations, base = freed_start(network.equations, measured.constants(network))
        self._free, self._equations = free, equations
        places = [network.equations.constants.index(id) for id in measured.ids]
        settled = np.zeros(base.shape, bool)
        settled[:, places] = ~np.isnan(measured.settings)
        self._data = {
            "ts": jnp.asarray(local), "base": jnp.asarray(base), "settled": jnp.asarray(settled),
            "lane": jnp.asarray(measured.condition * segments + segment),
            "when": jnp.asarray(when[: len(measured)]), "last": jnp.asarray(when[len(measured) :]),
            "readout": jnp.asarray(measured.readout), "value": jnp.asarray(measured.value),
            "sd": jnp.asarray(measured.sd), "size": jnp.asarray(self.size),
        }  # fmt: skip
        equations_of = (network.equations, equations)
        sizes = (c, segments, n)
        self._program = _program(equations_of, free, measured.readouts, sizes, settings.solve)

    def residuals(self, z: np.ndarray, gap: float) -> tuple[np.ndarray, np.ndarray]:
        """Return residuals and their Jacobian, for gaps of this size between segments."""
        r, j = self._program(jnp.asarray(z), jnp.asarray(gap), self._data)
        return np.asarray(r), np.asarray(j)


def _program(
    equations_of: tuple[Any, Any],
    free: FreeNumbers,
    readouts: tuple[str, ...],
    sizes: tuple[int, int, int],
    solve: Any,
) -> Any:
    """Return the compiled residuals of segments; from the network's equations, and the freed ones."""
    original, equations = equations_of
    c, segments, n = sizes
    system = system_of(equations, universal=False)
    start = system_of(original, universal=False)
    observe = make_observation([equations.observables[id] for id in readouts], equations)
    q, places = len(free), free.places
    m = len(equations.constants)
    begin = m - n  # the starts of states are the last constants

    def constants(z: Array, data: Any) -> Array:
        own = jnp.where(data["settled"][:, places], data["base"][:, places], free.values(z[:q]))
        p = jnp.repeat(data["base"].at[:, places].set(own)[:, None], segments, axis=1)
        # the first segments start where the network does, which free numbers may move
        first = jax.vmap(lambda p: start.initial(jnp.zeros(()), p))(p[:, 0, :begin])[:, :n]
        p = p.at[:, 0, begin:].set(first)
        later = z[q:].reshape(c, segments - 1, n) * data["size"]
        return p.at[:, 1:, begin:].set(later).reshape(c * segments, m)

    def off(x: Array, p: Array, z: Array, gap: Array, data: Any) -> Array:
        lanes, t, _ = x.shape
        columns = jnp.moveaxis(x, -1, 0).reshape(n, lanes * t)
        times = jnp.tile(data["ts"], lanes)
        seen = observe(times, columns, jnp.repeat(p.T, t, axis=1), jnp.zeros((0, lanes * t), x.dtype))
        seen = seen.reshape(-1, lanes, t)[data["readout"], data["lane"], data["when"]]
        ends = x.reshape(c, segments, t, n)[:, jnp.arange(segments), data["last"]][:, :-1]
        apart = (ends / data["size"] - z[q:].reshape(c, segments - 1, n)) / gap
        prior = (z[:q] - jnp.asarray(free.center)) / jnp.asarray(free.spread)
        return jnp.concatenate([(seen - data["value"]) / data["sd"], apart.reshape(-1), prior])

    @jit_kinetics
    def both(z: Array, gap: Array, data: Any) -> tuple[Array, Array]:
        p = constants(z, data)

        def direction(unit: Array) -> Array:
            return jax.jvp(lambda z: constants(z, data), (z,), (unit,))[1]

        units = jnp.eye(len(z))
        directions = jax.vmap(direction)(units)
        x, slopes = states_along(system, p, directions, data["ts"], solve)

        def along(x_dot: Array, p_dot: Array, unit: Array) -> tuple[Array, Array]:
            return jax.jvp(lambda x, p, z: off(x, p, z, gap, data), (x, p, z), (x_dot, p_dot, unit))

        r, columns = jax.vmap(along, out_axes=(None, 0))(slopes, directions, units)
        return r, columns.T

    return both
