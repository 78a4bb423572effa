"""What moving doses do to some readouts of every member over time, and the slopes by each dose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.ensemble import Ensemble
from hybridcell.simulate import Solve
from hybridcell.simulate.moving_doses import moving_course
from hybridcell.therapy.scheduling.regimen import Regimen

#: Even steps per relaxation time to begin with, and at least.
_PER_RELAXATION, _LEAST = 6.0, 48
#: Largest change of a readout when steps are halved, and most halvings.
_CLOSE, _HALVINGS = 2e-6, 6
#: Regimens that are simulated side by side; fewer are filled up, so that there is one program.
_TILE = 16


class Courses:
    """Readouts of an ensemble over time as functions of the doses; counts what it simulates.

    Parameters
    ----------
    ensemble
        M members.
    regimen
        Doses that may be moved.
    readouts
        R nodes.
    solve
        Its `max_steps` bounds the steps.
    """

    def __init__(
        self, ensemble: Ensemble, regimen: Regimen, readouts: Sequence[str], solve: Solve | None
    ) -> None:
        self.ensemble, self.regimen, self.readouts = ensemble, regimen, tuple(readouts)
        first = ensemble.model
        self._rows = np.array([first.names.index(name) for name in readouts], dtype=int)
        self._nodes = np.array([first.index(drug) for drug in regimen.drugs])[regimen.owner]
        self.n_simulations = 0
        relaxation = float(np.max(np.asarray(first.field().relaxation)))
        most = (Solve() if solve is None else solve).max_steps
        doublings = np.log2(max(_PER_RELAXATION * relaxation * regimen.span / _LEAST, 1.0))
        # few different numbers of steps: each is a program of its own
        self.n_steps = int(min(_LEAST * 2 ** int(np.ceil(doublings)), most))
        coarse = self.values(regimen.point[None])[:2]
        for _ in range(_HALVINGS):
            if 2 * self.n_steps > most:
                break
            fine = self.values(regimen.point[None], finer=True)[:2]
            if max(np.abs(one - other).max() for one, other in zip(coarse, fine)) < _CLOSE:
                break
            self.n_steps, coarse = 2 * self.n_steps, fine
        self.n_simulations = 0

    def values(
        self, points: Float[np.ndarray, "c m"], *, finer: bool = False
    ) -> tuple[Float[np.ndarray, "c e r"], Float[np.ndarray, "c e r"], Float[np.ndarray, "c e t r"]]:
        """Return ends, means over time and courses of E members under C points; half steps if finer."""
        self.n_simulations += len(points)
        found = []
        for at in range(0, len(points), _TILE):
            part = points[at : at + _TILE]
            filled = np.concatenate([part, np.repeat(part[-1:], _TILE - len(part), axis=0)])
            steps = self.n_steps * (2 if finer else 1)
            doses = self.regimen.doses(filled)
            states, mean = _many(self.ensemble.members, doses, *self._setting, n_steps=steps)
            found.append([np.asarray(a)[: len(part)] for a in (states[:, :, -1], mean, states)])
        end, mean, states = (np.concatenate(each) for each in zip(*found))
        return end, mean, states

    def values_and_slopes(
        self, point: Float[np.ndarray, " m"], free: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return courses (E, T, R), means (E, R), and slopes by the F free numbers, as a last axis.

        Parameters
        ----------
        point
            Starts, durations and amounts.
        free
            Positions of the F numbers that may change.
        """
        self.n_simulations += 1
        k = self.regimen.k
        # along all numbers, also fixed ones: another choice of what is free is no other program
        every = np.arange(3 * k)
        basis = np.zeros((3 * k, k, 5))
        basis[every, every % k, every // k] = self.regimen.scale
        (states, mean), (d_states, d_mean) = _with_slopes(
            self.ensemble.members, self.regimen.doses(point), basis, *self._setting, n_steps=self.n_steps
        )
        slopes = (np.asarray(a)[..., free] for a in (d_states, d_mean))
        return np.asarray(states), np.asarray(mean), *slopes  # pyright: ignore[reportReturnType]

    @property
    def _setting(self) -> tuple[Any, ...]:
        return self._nodes, self._rows, np.asarray(self.regimen.t0), np.asarray(self.regimen.t1)


def _course(
    model: Any, doses: Array, nodes: Array, rows: Array, t0: Any, t1: Any, n_steps: int
) -> tuple[Array, Array]:
    nothing = jnp.zeros((1, model.n))
    x0 = model.initial_state(nothing)[0]
    field = model.field()
    _, states, mean = moving_course(field, x0, nothing[0], doses, nodes, t0=t0, t1=t1, n_steps=n_steps)
    return states[:, rows], mean[rows]


@eqx.filter_jit
def _many(
    members: Any, doses: Any, nodes: Any, rows: Any, t0: Any, t1: Any, *, n_steps: int
) -> tuple[Array, Array]:
    def one(model: Any, d: Array) -> tuple[Array, Array]:
        return _course(model, d, nodes, rows, t0, t1, n_steps)

    doses = jnp.asarray(doses)
    return jax.vmap(lambda d: jax.vmap(lambda model: one(model, d))(members))(doses)


@eqx.filter_jit
def _with_slopes(
    members: Any,
    doses: Any,
    basis: Any,
    nodes: Any,
    rows: Any,
    t0: Any,
    t1: Any,
    *,
    n_steps: int,
) -> Any:
    """Return courses and means, and their slopes along each direction of the basis (last axis)."""

    def one(model: Any) -> Any:
        def along(direction: Array) -> Any:
            run = lambda d: _course(model, d, nodes, rows, t0, t1, n_steps)  # noqa: E731
            return jax.jvp(run, (jnp.asarray(doses),), (direction,))

        return jax.vmap(along, out_axes=(None, -1))(jnp.asarray(basis))

    return jax.vmap(one)(members)
