"""A screen and a network as least squares: measurements, unknowns, errors and their slopes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from hybridcell._core.errors import NotConvergedError
from hybridcell._core.model import AbstractModel, Hybrid, make_field
from hybridcell.data import PerturbationData, as_conditions
from hybridcell.fit.losses import mechanism_of
from hybridcell.infer.identifiability.edge_sensitivities import edge_sensitivities
from hybridcell.mechanisms import CellBox
from hybridcell.simulate import predict

#: The unknowns: target and source of each edge that may exist, and the nodes whose saturation level is free.
Unknowns = tuple[Int[np.ndarray, " e"], Int[np.ndarray, " e"], Int[np.ndarray, " f"]]


@dataclass(frozen=True, eq=False)
class Measured:
    """The measurements as a vector, each times its precision, and where they are."""

    conditions: Any
    u: Float[np.ndarray, "c n"]
    columns: list[int]
    measured: Bool[np.ndarray, "c r"]
    values: Float[np.ndarray, " m"]
    precision: Float[np.ndarray, " m"]

    def read(self, x: np.ndarray) -> np.ndarray:
        """Return states at the measurements, each times the measurement's precision."""
        return x[:, self.columns][self.measured] * self.precision


@dataclass(frozen=True, eq=False)
class Point:
    """A model, its steady states, and its errors."""

    model: AbstractModel
    x: Float[np.ndarray, "c n"]
    error: Float[np.ndarray, " m"]
    theta: Float[np.ndarray, " p"]


def without_priors(network: Any) -> CellBox:
    """Return the network without priors, which would hold edges together or at one sign."""
    return CellBox(
        network.names, network.kinds, np.asarray(network.weights), epsilon=np.asarray(network.epsilon),
        alpha=np.asarray(network.alpha), psi=np.asarray(network.psi), envelope=network.envelope,
        power=network.power, degree=network.degree, input=network.input, clamp=network.clamp,
        scale=network.scale, mask=np.asarray(network.mask), doses=network.doses,
    )  # fmt: skip


def with_network(model: AbstractModel, network: CellBox) -> AbstractModel:
    """Return the model, neural part and all, with another network."""
    return Hybrid(mechanism=network, residuals=model.residuals) if isinstance(model, Hybrid) else network


def arrange(model: AbstractModel, data: PerturbationData, unknowns: Unknowns) -> tuple[Measured, Point]:
    """Return the measurements under the conditions in which the model settles, and where it starts."""
    x, settled = _states(model, replace(as_conditions(data), time=None))
    if not settled.any():
        raise NotConvergedError("The model has no steady state under any condition of the screen.")
    data = data.subset(np.flatnonzero(settled))
    conditions = replace(as_conditions(data), time=None)
    measured = np.asarray(data.observed) & np.array([kind != "drug" for kind in data.kinds])
    if data.weight is not None:
        measured &= np.asarray(data.weight) > 0
    precision = np.ones(measured.shape)
    if data.sd is not None and (np.asarray(data.sd)[measured] > 0).all():
        sd = np.asarray(data.sd)[measured]
        precision[measured] = np.sqrt(np.mean(sd**2)) / sd
    if data.weight is not None:
        precision = precision * np.sqrt(np.nan_to_num(data.weight))
    screen = Measured(
        conditions=conditions,
        u=np.asarray(model.inputs(conditions)),
        columns=[model.index(name) for name in data.readouts],
        measured=measured,
        values=(np.nan_to_num(data.values) * precision)[measured],
        precision=precision[measured],
    )
    target, source, free = unknowns
    network: Any = mechanism_of(model)
    theta = np.concatenate(
        [np.asarray(network.response)[target, source], np.asarray(network._epsilon.raw)[free]]
    )
    states = x[settled]
    return screen, Point(model, states, screen.values - screen.read(states), theta)


def _states(model: AbstractModel, conditions: Any) -> tuple[np.ndarray, np.ndarray]:
    found = predict(model, conditions)
    x = np.asarray(found.X)
    return x, np.asarray(found.obs["success"], dtype=bool) & np.isfinite(x).all(axis=1)


def moved(point: Point, screen: Measured, step: np.ndarray, unknowns: Unknowns) -> Point | None:
    """Return the point a step away; None where the network does not settle there."""
    target, source, free = unknowns
    network: Any = mechanism_of(point.model)
    theta = point.theta + step
    response = np.zeros((network.n, network.n))
    response[target, source] = theta[: len(target)]
    levels = np.asarray(network._epsilon.raw).copy()
    levels[free] = theta[len(target) :]
    moved = eqx.tree_at(
        lambda m: (m._response, m._epsilon.raw),
        network,
        (network._response.with_value(response), jnp.asarray(levels)),
    )
    model = with_network(point.model, moved)
    x, settled = _states(model, screen.conditions)
    return Point(model, x, screen.values - screen.read(x), theta) if settled.all() else None


def slopes_at(point: Point, screen: Measured, unknowns: Unknowns) -> Float[np.ndarray, "m p"]:
    """Return the derivatives of all measurements by all unknowns."""
    target, source, free = unknowns
    network: Any = mechanism_of(point.model)
    outward, read = edge_sensitivities(point.model, network, point.x, screen.u)
    seen = outward[:, screen.columns]
    by_edge = (seen[:, :, target] * read[:, target, source][:, None, :])[screen.measured]
    bend, push = (np.asarray(v) for v in _by_level(point.model, jnp.asarray(point.x), jnp.asarray(screen.u)))
    by_level = -np.linalg.solve(bend, np.eye(network.n)[None] * push[:, None, :])
    by_level = by_level[:, screen.columns][:, :, free][screen.measured]
    return np.concatenate([by_edge, by_level], axis=1) * screen.precision[:, None]


@eqx.filter_jit
def _by_level(
    model: AbstractModel, x: Float[Array, "c n"], u: Float[Array, "c n"]
) -> tuple[Float[Array, "c n n"], Float[Array, "c n"]]:
    """Return the Jacobians, and the change of each rate per log saturation level of the same node."""
    field: Any = make_field(model)
    network: Any = mechanism_of(model)

    def rates(levels: Array) -> Array:
        moved = eqx.tree_at(lambda m: m._epsilon.raw, network, levels)
        return moved.field()(0.0, x, u)

    levels = network._epsilon.raw
    push = jax.jvp(rates, (levels,), (jnp.ones_like(levels),))[1]
    return jax.vmap(jax.jacfwd(lambda x, u: field(0.0, x[None], u[None])[0]))(x, u), push
