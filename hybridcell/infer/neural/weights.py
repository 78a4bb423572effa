"""The weights of a fitted hybrid's neural parts as one vector, and the log-posterior they were fitted by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractModel, Hybrid
from hybridcell.data import PerturbationData, as_perturbation_data
from hybridcell.fit.losses import data_loss
from hybridcell.fit.problem import Problem, make_problem
from hybridcell.fit.states import readouts, steady_states, timed_states
from hybridcell.neural import NeuralResidual
from hybridcell.simulate import Solve, solve_steady_state

#: Iterations of the steady-state and adjoint solvers from states that are nearly right.
ITERATIONS = 60
#: Bends of Huber's loss, in standard deviations, beyond which it is the square.
_SQUARE = 38.0


@dataclass(frozen=True, eq=False)
class NeuralWeights:
    """A fitted hybrid, seen as a function of some of its neural weights.

    Attributes
    ----------
    model : Hybrid
        The fitted model.
    start : Array, shape (p,)
        The weights as fitted.
    place : callable
        (p,) weights -> the model with them.
    problem : Problem
        The measurements.
    x : Array, shape (C, n)
        Steady states of the fitted model (of timed data: start states).
    ridge : float
        Strength of the penalty on the squared weights, against the sum of losses.
    delta : float
        Error from which on losses are Huber's, linear and no longer squares; infinite for squares.
    known_noise : bool
        Whether the weights of the measurements are one over their variances.
    train : PerturbationData
    """

    model: AbstractModel
    start: Float[Array, " p"]
    place: Callable[[Any], AbstractModel]
    problem: Problem
    x: Float[Array, "c n"]
    ridge: float
    delta: float
    known_noise: bool
    train: PerturbationData

    @property
    def n_values(self) -> int:
        """Number of measured values that count."""
        return int(np.sum(np.asarray(self.problem.weight) > 0))

    def misfit(self, theta: Float[Array, " p"], row_weight: Any = 1.0) -> Float[Array, ""]:
        """Return the weighted sum of the losses of errors: their squares, or Huber's."""
        model, problem = self.place(theta), self.problem
        field = model.field()
        if problem.is_steady:
            frozen = self.place(jax.lax.stop_gradient(theta)).field()
            states, _ = steady_states(field, frozen, problem, self.x, jnp.zeros_like(self.x), ITERATIONS)
        else:
            states = timed_states(model, field, problem)
        loss = "huber" if np.isfinite(self.delta) else "mse"
        return data_loss(
            readouts(states, problem), problem, row_weight * problem.weight, loss=loss, delta=self.delta
        )


def neural_weights(fitted: Any, *, last: bool) -> NeuralWeights:
    """Return the weights of the last layers (or of all layers, with biases) of a fit's neural residuals.

    Raises
    ------
    InvalidValueError
        When it is no `Fit` of a CellBox hybrid, has no neural residual, or its weights had no penalty: their
        posterior would be improper.
    """
    model, train = getattr(fitted, "model", None), getattr(fitted, "train", None)
    if not isinstance(model, AbstractModel) or train is None:
        raise InvalidValueError(
            f"Wanted what hc.fit returns for a hybrid; found a {type(fitted).__name__}. It must carry its "
            "data."
        )
    terms = [t for t in getattr(model, "residuals", ()) if isinstance(t, NeuralResidual)]
    if not isinstance(model, Hybrid) or not terms:
        raise InvalidValueError(
            f"The fitted {type(model).__name__} has no neural residual; wanted mechanism + "
            "hc.NeuralResidual()."
        )
    info = getattr(fitted, "info", {}).get("settings", {})
    ridge = _last_stage(info, "residual_l2", 2.0)
    if not ridge > 0:
        raise InvalidValueError(
            "The weights were fitted with residual_l2=0: without a prior their posterior is improper. Fit "
            "with a positive residual_l2."
        )
    loss = str(info.get("loss", "mse"))
    solve = info.get("solve")
    data = as_perturbation_data(train)
    problem = make_problem(model, data, loss=loss, solve=None if solve is None else Solve(**solve))

    def leaves(m: Any) -> list[Any]:
        out: list[Any] = []
        for term in m.residuals:
            if isinstance(term, NeuralResidual) and term.network is not None:
                weights = [w.raw for w in term.network.weights]
                # without hidden layers there are no biases (Equinox takes an empty tuple for a leaf)
                biases = [b.raw for b in term.network.biases] if term.width else []
                out += weights[-1:] if last else [*weights, *biases]
        return out

    vector, unravel = ravel_pytree([jnp.asarray(leaf) for leaf in leaves(model)])

    def place(theta: Any) -> AbstractModel:
        return eqx.tree_at(leaves, model, unravel(theta))

    x = jnp.asarray(model.initial_state(problem.u))
    if problem.is_steady:
        found = solve_steady_state(model, np.asarray(problem.u), certify=False)
        if not found.success.all():
            raise InvalidValueError(
                f"{int((~found.success).sum())} conditions of the fitted model have no steady state; its "
                "weights have no posterior around here. Look at fit.result and fit.history."
            )
        x = jnp.asarray(found.x)
    delta = float(info.get("huber_delta", 1.0)) if loss == "huber" else np.inf
    return NeuralWeights(model, vector, place, problem, x, float(ridge), delta, loss == "gaussian", data)


def _last_stage(settings: dict[str, Any], name: str, default: float) -> float:
    stages = list(settings.get("stages") or [{}])
    return float(stages[-1].get(name, settings.get(name, default)))


def noise_variance(target: NeuralWeights, given: float | None, freedom: float) -> float:
    """Return the variance of a measurement of weight 1: given, known, or what the fit leaves unexplained."""
    if given is not None:
        if not (np.isfinite(given) and given > 0):
            raise InvalidValueError(f"noise is {given!r}; wanted a positive standard deviation.")
        return float(given) ** 2
    if target.known_noise:
        return 1.0
    left = target.n_values - freedom
    if left < 1:
        raise InvalidValueError(
            f"{target.n_values} values for {freedom:.1f} effective weights do not tell their noise: give "
            "noise=."
        )
    variance = float(eqx.filter_jit(target.misfit)(target.start)) / left
    if not variance > 0:
        raise InvalidValueError("The fit leaves no error at all, which tells no noise: give noise=.")
    return huber_variance(variance, target) if np.isfinite(target.delta) else variance


def huber_variance(loss: float, target: NeuralWeights) -> float:
    """Return the variance of likelihood exp(-loss / (2 variance)) from the loss per value left, if Huber's.

    By maximum likelihood: the variance at which a value is expected to lose what it does.
    """
    from scipy.optimize import brentq

    weight = np.asarray(target.problem.weight)
    weight = weight[weight > 0]

    def excess(share: float) -> float:
        bend = target.delta / np.sqrt(share * loss) * np.sqrt(weight)
        return share * float(np.mean(expected_loss(bend))) - 1.0

    # of one standard deviation a value loses 1 where the loss is a square, 2 where it is straight
    return loss * float(brentq(excess, 0.5, 1.0))  # pyright: ignore[reportArgumentType]


def expected_loss(bend: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    """Return the mean of Huber's loss, bent at `bend`, under the density exp(-loss / 2)."""
    from scipy.special import erf

    bend = np.minimum(bend, _SQUARE)
    core = np.sqrt(2 * np.pi) * erf(bend / np.sqrt(2))
    tail = 2 / bend * np.exp(-(bend**2) / 2)
    return (core + 2 * tail) / (core + tail)
