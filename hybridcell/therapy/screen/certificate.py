"""Proof that a state is where the cells settle: the only one of its network, or stable by its Jacobian."""

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
#: Most steps in search of a scaling; an eigenvalue problem each, 1 ms for 100 nodes.
_SCALING_STEPS = 25


def has_one_state(field: AbstractField) -> bool:
    """Tell whether a network has one steady state for every input, stable for all positive rates alpha.

    True where it is contractive, or else diagonally stable. Fields that are no CellBox are not judged.
    """
    if not isinstance(field, CellBoxField) or (field.envelope == "hill" and field.power < 1):
        return False  # such a hill envelope has no steepest slope
    gains = _steepest_gains(field)
    return bool(np.isfinite(gains).all()) and (_is_contractive(gains) or _is_diagonally_stable(gains))


def _steepest_gains(field: CellBoxField) -> Float[np.ndarray, "n n"]:
    """Return the change of each steady node per change of each other one, where the envelope is steepest."""
    response = np.asarray(field.weights, dtype=float) * np.asarray(field.epsilon / field.alpha)[:, None]
    if field.degree == 2:
        response = response + np.diag(response.sum(axis=1))
    if field.clamp:
        response[np.asarray(field.held)] = 0.0
    return response * steepest_slope(field.envelope, field.power)


def _is_contractive(gains: Float[np.ndarray, "n n"]) -> bool:
    """Tell whether the fixed-point map contracts a weighted maximum norm.

    It does where the spectral radius of the bound |R| on its slopes is below 1. Then I - |R| is an M-matrix,
    so that diag(alpha) (D R - I) is stable for all slopes D of the envelope and all positive alpha.
    """
    return bool(np.abs(np.linalg.eigvals(np.abs(gains))).max() < 1.0)


def _is_diagonally_stable(gains: Float[np.ndarray, "n n"]) -> bool:
    """Tell whether some positive scaling T makes the symmetric part of T R / T smaller than 1.

    Then no D R - I with slopes D from 0 to 1 is singular, whatever the signs of the loops: two steady states
    for one input, whose difference it would map to 0, cannot be. Nor has diag(alpha) (D R - I) an eigenvalue
    with a real part of 0 or more, by v* T^2 R v on its eigenvector v. Loops of inhibition and activation
    that cancel each other, as in random networks, are stronger here than contraction allows.

    T starts from the balance of the Perron vectors of |R| and goes down the gradient of a smooth largest
    eigenvalue; few steps tell networks apart.

    References
    ----------
    Forti and Tesi, IEEE Trans. Circuits Syst. I 42 (1995) 354-366: neural networks with one steady state for
    every input and Lyapunov diagonal stability.
    """
    if np.linalg.eigvals(gains).real.max() >= 1.0:
        return False
    left, right = np.ones(len(gains)), np.ones(len(gains))
    size = np.abs(gains) + 1e-9
    for _ in range(30):
        right, left = size @ right, left @ size
        right, left = right / right.max(), left / left.max()
    log_scale = 0.5 * (np.log(left) - np.log(right))
    mean, square = np.zeros(len(gains)), np.zeros(len(gains))
    for step in range(1, _SCALING_STEPS + 1):
        scaled = gains * np.exp(log_scale[:, None] - log_scale)
        values, vectors = np.linalg.eigh((scaled + scaled.T) / 2.0)
        if values[-1] < 1.0 - 1e-9:
            return True
        share = np.exp((values - values[-1]) * 40.0)
        slopes = scaled * ((vectors * (share / share.sum())) @ vectors.T)
        slope = slopes.sum(axis=1) - slopes.sum(axis=0)
        # Adam: the slopes of nodes differ by orders of magnitude
        mean, square = 0.8 * mean + 0.2 * slope, 0.95 * square + 0.05 * slope**2
        size_of_step = np.sqrt(square / (1.0 - 0.95**step)) + 1e-9
        log_scale = log_scale - 0.1 * mean / (1.0 - 0.8**step) / size_of_step
    return False


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
    if not are_stable(jacobian[None], np.ones(n))[0]:
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
