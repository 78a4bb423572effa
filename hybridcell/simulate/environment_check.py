"""`hc.check_environment`: does this installation compute right numbers and right gradients?"""

from __future__ import annotations

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from hybridcell._core.environment import BAD_JAX_VERSIONS, batched_matvec_error
from hybridcell._core.html import card
from hybridcell._core.model import make_field
from hybridcell.mechanisms.cellbox import CellBox
from hybridcell.simulate.fixed_step import step_rk4
from hybridcell.simulate.steady.fixed_point import implicit_steady_state

#: Largest relative errors that a right installation makes, with room: of products, of gradients against
#: central differences.
_PRODUCT, _GRADIENT = 1e-9, 1e-6


@dataclass(frozen=True)
class EnvironmentCheck:
    """What was computed, and how wrong it was.

    Attributes
    ----------
    version : str
        Of jax.
    double_precision : bool
        Whether JAX computes in 64 bit.
    errors : dict of str to float
        Largest relative error of each check.
    problems : tuple of str
        What is wrong, and how to mend it; empty where all is right.
    """

    version: str
    double_precision: bool
    errors: dict[str, float]
    problems: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether numbers and gradients of this installation can be relied on."""
        return not self.problems

    def _facts(self) -> dict[str, str]:
        return {
            "jax": self.version,
            "precision": "64 bit" if self.double_precision else "32 bit",
            **{what: f"off by {error:.1e}" for what, error in self.errors.items()},
            "verdict": "right" if self.sound else " ".join(self.problems),
        }

    def __repr__(self) -> str:
        return "\n".join(f"{what}: {value}" for what, value in self._facts().items())

    def _repr_html_(self) -> str:
        return card("EnvironmentCheck", self._facts())


def check_environment() -> EnvironmentCheck:
    """Compute what is known on this machine, with the installed JAX, and compare.

    Some releases of JAX return wrong numbers on CPU without an error. Checked are the release, a batch of
    small matrix products that bad releases get wrong, the gradient of a steady state (by the implicit
    function theorem), and the gradient through a hundred steps of integration, both against central
    differences.

    Returns
    -------
    EnvironmentCheck
        `sound` is True where all is right; `problems` says what is not. Some seconds at the first call.

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.check_environment().sound
    True
    """
    double = jnp.zeros(0).dtype == np.float64
    errors = {
        "batched matrix products": batched_matvec_error(),
        "gradient of a steady state": _gradient_error(_at_rest),
        "gradient through an integration": _gradient_error(_after_a_while),
    }
    limits = dict(zip(errors, (_PRODUCT, _GRADIENT, _GRADIENT)))
    problems = [
        f"{what}: off by {error:.1e}; wanted at most {limits[what]:.0e}."
        for what, error in errors.items()
        if not error <= limits[what]  # NaN is wrong as well
    ]
    if jax.__version__ in BAD_JAX_VERSIONS:
        problems.append(f"jax {jax.__version__} is known to return wrong numbers.")
    if not double:
        problems.append("JAX computes in 32 bit; unset JAX_ENABLE_X64, or set it to 1.")
    elif problems:
        problems.append("Install another release: pip install 'jax!=0.10.2,!=0.11.0,!=0.11.1'.")
    return EnvironmentCheck(jax.__version__, double, errors, tuple(problems))


def _network() -> tuple[CellBox, np.ndarray]:
    rng = np.random.default_rng(0)
    names = [f"x{k}" for k in range(6)]
    weights = 0.25 * rng.normal(size=(6, 6))
    return CellBox(names, ["protein"] * 6, weights), rng.normal(size=(8, 6))


def _at_rest(weights: Array) -> Array:
    model, u = _network()
    field = eqx.tree_at(lambda f: f.weights, make_field(model), weights)
    x = implicit_steady_state(field, jnp.asarray(u), jnp.zeros(u.shape))
    return jnp.sum(jnp.sin(x))


def _after_a_while(weights: Array) -> Array:
    model, u = _network()
    field = eqx.tree_at(lambda f: f.weights, make_field(model), weights)

    def step(x: Array, _: None) -> tuple[Array, None]:
        return step_rk4(lambda t, y: field(t, y, jnp.asarray(u)), 0.0, x, 0.05), None

    x, _ = jax.lax.scan(step, jnp.zeros(u.shape), length=100)
    return jnp.sum(jnp.sin(x))


def _gradient_error(function: object) -> float:
    """Return the largest difference of the gradient from central differences, relative to the largest."""
    weights = jnp.asarray(make_field(_network()[0]).weights)  # pyright: ignore[reportAttributeAccessIssue]
    h = 1e-5 if weights.dtype == np.float64 else 1e-2
    value = jax.jit(function)  # pyright: ignore[reportArgumentType]
    gradient = np.asarray(jax.jit(jax.grad(function))(weights)).ravel()  # pyright: ignore[reportArgumentType]
    moved = h * jnp.eye(weights.size, dtype=weights.dtype).reshape(-1, *weights.shape)
    wanted = [(float(value(weights + d)) - float(value(weights - d))) / (2 * h) for d in moved]
    return float(np.max(np.abs(gradient - wanted)) / np.max(np.abs(wanted)))
