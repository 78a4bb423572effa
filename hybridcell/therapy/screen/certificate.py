"""Proof that a state is where the cells settle: unique by contraction, or stable by its Jacobian."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from hybridcell._core.model import AbstractField
from hybridcell.mechanisms.cellbox.contraction import steepest_slope
from hybridcell.mechanisms.cellbox.field import CellBoxField
from hybridcell.simulate.steady.linearization import are_stable, relaxed_jacobians

#: Rows whose Jacobians are held at one time: 20 MB for 100 nodes.
_ROWS = 256


def is_contractive(field: AbstractField) -> bool:
    """Tell whether a network has one steady state for every input, stable for all rates alpha.

    True where the spectral radius of the bound |R| on the slopes of the fixed-point map is below 1: then the
    map contracts a weighted maximum norm, and I - |R| is an M-matrix, so that diag(alpha) (R D - I) is
    stable for all slopes D of the envelope and all positive alpha. Fields that are no CellBox are not
    judged.
    """
    if not isinstance(field, CellBoxField):
        return False
    response = np.asarray(field.weights) * np.asarray(field.epsilon / field.alpha)[:, None]
    bound = np.abs(response)
    if field.degree == 2:
        bound = bound + np.diag(np.abs(response.sum(axis=1)))
    if field.clamp:
        bound[np.asarray(field.held)] = 0.0
    bound = bound * steepest_slope(field.envelope, field.power)
    return bool(np.isfinite(bound).all() and np.abs(np.linalg.eigvals(bound)).max() < 1.0)


def states_are_stable(
    field: AbstractField, x: Float[np.ndarray, "c n"], u: Float[np.ndarray, "c n"]
) -> Bool[np.ndarray, " c"]:
    """Tell for each steady state whether all eigenvalues of its Jacobian lie left of the imaginary axis.

    Most states are proved stable by one Lyapunov function, x' P x of the mean state: J is stable where
    -(P J + J' P) is positive definite. Eigenvalues, which cost some 50 times as much, are computed for the
    others.
    """
    stable = np.zeros(len(x), dtype=bool)
    if not len(x):
        return stable
    alpha = np.asarray(field.relaxation)
    lyapunov = None
    for first in range(0, len(x), _ROWS):
        rows = np.arange(first, min(first + _ROWS, len(x)))
        # rows are repeated to one shape, because each shape is compiled anew
        padded = np.resize(rows, _ROWS)
        jacobians = np.asarray(relaxed_jacobians(field, jnp.asarray(x[padded]), jnp.asarray(u[padded])))
        jacobians = jacobians[: len(rows)]
        if lyapunov is None:
            lyapunov = _lyapunov_matrix(jacobians.mean(axis=0) * alpha[:, None])
        decay = -(lyapunov * alpha) @ jacobians
        proved = np.array([_is_positive_definite(d + d.T) for d in decay])
        stable[rows[proved]] = True
        if not proved.all():
            stable[rows[~proved]] = are_stable(jacobians[~proved], alpha)
    return stable


def _lyapunov_matrix(jacobian: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    """Return P with P J + J' P = -1; zero, which proves nothing, where that is not positive definite."""
    from scipy.linalg import LinAlgError, solve_continuous_lyapunov

    n = len(jacobian)
    if not np.isfinite(jacobian).all():
        return np.zeros((n, n))
    try:
        p = solve_continuous_lyapunov(jacobian.T, -np.eye(n))
    except LinAlgError:
        return np.zeros((n, n))
    return p if _is_positive_definite(p) else np.zeros((n, n))


def _is_positive_definite(matrix: Float[np.ndarray, "n n"]) -> bool:
    try:
        return bool(np.isfinite(np.linalg.cholesky(matrix)).all())
    except np.linalg.LinAlgError:
        return False
