"""Who acts on whom, as matrices [target, source]: one per ensemble member and per meaning of "acts"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from hybridcell._core.ensemble import Ensemble, members_in_tiles
from hybridcell._core.errors import InvalidValueError, NotConvergedError
from hybridcell._core.model import AbstractModel, HybridField
from hybridcell.mechanisms import CellBox
from hybridcell.simulate import ensemble_states
from hybridcell.simulate.steady.linearization import are_stable

Rate = Callable[[Array, Array], Array]


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects of all nodes on all nodes, with what is known about them.

    Attributes
    ----------
    values : ndarray, shape (M, n, n)
        ``values[m, i, j]``: effect of j on i in member m; the diagonal is 0.
    neural_share : ndarray, shape (n, n)
        Share of the local effect that the neural part supplies, mean over members; NaN where there is no
        local effect to share.
    possible : ndarray of bool, shape (n, n)
        Pairs that could have been an edge.
    """

    values: Float[np.ndarray, "m n n"]
    neural_share: Float[np.ndarray, "n n"]
    possible: Bool[np.ndarray, "n n"]


def structural_effects(ensemble: Ensemble, given: Any, *, response: bool) -> Effects:
    """Return the network's parameters: weights W, or local responses R = (epsilon / alpha) W."""
    mechanism = ensemble.model.mechanistic_only()
    if not isinstance(mechanism, CellBox):
        raise InvalidValueError(
            f"A {type(mechanism).__name__} has no weights. Structural edges need a CellBox; use kind='local'."
        )
    values = np.asarray(_parameters(ensemble.members, response))
    share = np.zeros(values.shape[1:])
    if isinstance(ensemble.model.field(), HybridField):
        try:
            share = local_effects(ensemble, given).neural_share
        except NotConvergedError:  # the weights are known all the same
            share = np.full(values.shape[1:], np.nan)
    return Effects(values=values, neural_share=share, possible=np.asarray(mechanism.mask, dtype=bool))


def local_effects(ensemble: Ensemble, given: Any) -> Effects:
    """Return d(rate of i / alpha_i) / d(x_j) of the full field at the steady state, mean over conditions.

    A drug's column is per unit of its input u, because a neural residual reads u itself.
    """
    total, mechanistic, _ = _linearize(ensemble, given)
    neural = np.abs(total - mechanistic)
    whole = neural + np.abs(mechanistic)
    share = np.divide(neural, whole, out=np.full_like(whole, np.nan), where=whole > 0)
    return Effects(values=total, neural_share=_mean_of_known(share), possible=_direct(ensemble, total))


def global_effects(ensemble: Ensemble, given: Any) -> Effects:
    """Return how far the steady state of i moves when j's own rate (or a drug's input) is pushed.

    A small sustained push that alone would move x_j by 1 moves x_i by -(J^-1)[i, j], all feedback
    included, J being the Jacobian of dx/dt / alpha.
    """
    local, _, values = _linearize(ensemble, given)
    reachable = _closure(_direct(ensemble, local))
    share = np.full(reachable.shape, np.nan if isinstance(ensemble.model.field(), HybridField) else 0.0)
    return Effects(values=np.where(reachable, values, 0.0), neural_share=share, possible=reachable)


def _direct(ensemble: Ensemble, local: np.ndarray) -> np.ndarray:
    """Return the pairs with a direct effect: those the mechanism allows and those the neural part adds."""
    direct = (local != 0).any(axis=0)
    mechanism = ensemble.model.mechanistic_only()
    return direct | np.asarray(mechanism.mask, dtype=bool) if isinstance(mechanism, CellBox) else direct


@eqx.filter_jit
def _parameters(members: Any, response: bool) -> Array:
    def one(model: AbstractModel) -> Array:
        mechanism: Any = model.mechanistic_only()
        return mechanism.response if response else mechanism.weights

    return members_in_tiles(one, members)


def _linearize(ensemble: Ensemble, given: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return local, mechanistic local and global effects, (M, n, n) each, of the members that settle."""
    x, success = ensemble_states(ensemble, given)
    u = jnp.asarray(ensemble.model.inputs(given))
    drug = jnp.asarray([kind == "drug" for kind in ensemble.kinds])
    found = []
    for m in np.flatnonzero(success.all(axis=1)):
        field = ensemble.member(int(m)).field()
        jacobians, *effects = _linearized(field, jnp.asarray(x[m]), u, drug)
        relaxation = np.asarray(field.relaxation)
        # a search that starts on an unstable steady state stays there, so settling alone proves nothing
        if are_stable(np.asarray(jacobians), relaxation).all():
            found.append([np.asarray(effect) for effect in effects])
    if not found:
        raise NotConvergedError(
            f"No model settles to a stable steady state under {', '.join(given.names)}, so there is nothing "
            "to linearize around. Try at=None (the control) or kind='structural'."
        )
    local, mechanistic, response = (np.stack(effect) for effect in zip(*found))
    return local, mechanistic, response


@eqx.filter_jit
def _linearized(field: Any, x: Array, u: Array, drug: Array) -> tuple[Array, Array, Array, Array]:
    """Return the Jacobians (C, n, n), and the three effects as means over conditions."""
    off_diagonal = ~jnp.eye(x.shape[-1], dtype=bool)

    def at_state(pair: tuple[Array, Array]) -> tuple[Array, ...]:
        jacobian, by_input = _derivatives(lambda y, v: _relaxed(field, field, y, v), *pair)
        # how a drug's own node moves per unit of its input
        uptake = jnp.where(drug, jnp.diag(by_input) / -jnp.diag(jacobian), 1.0)
        local = jacobian * uptake + by_input * drug
        own = local
        if isinstance(field, HybridField):
            parts = _derivatives(lambda y, v: _relaxed(field.mechanism, field, y, v), *pair)
            own = parts[0] * uptake + parts[1] * drug
        propagated = -jnp.linalg.inv(jacobian)
        response = jnp.where(drug, propagated @ by_input, propagated)
        return jacobian, *(jnp.where(off_diagonal, m, 0.0) for m in (local, own, response))

    jacobians, local, own, response = jax.lax.map(at_state, (x, u))
    return jacobians, local.mean(axis=0), own.mean(axis=0), response.mean(axis=0)


def _relaxed(part: Any, whole: Any, x: Array, u: Array) -> Array:
    return part(0.0, x[None], u[None])[0] / whole.relaxation


def _derivatives(rate: Rate, x: Array, u: Array) -> tuple[Array, Array]:
    return jax.jacfwd(rate, argnums=(0, 1))(x, u)


def _mean_of_known(values: np.ndarray) -> np.ndarray:
    """Mean over members, ignoring NaN; NaN where there is none (without NumPy's warning)."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    count = known.sum(axis=0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _closure(direct: np.ndarray) -> np.ndarray:
    """Return which node reaches which over one or more edges, self excluded."""
    reach = direct.copy()
    for _ in range(int(np.ceil(np.log2(max(len(direct), 2))))):
        reach = reach | ((reach.astype(int) @ reach.astype(int)) > 0)
    return reach & ~np.eye(len(direct), dtype=bool)
