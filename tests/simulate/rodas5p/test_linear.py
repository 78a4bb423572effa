"""Factorized matrices solved, also transposed and with a mass matrix, for one matrix and for several."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from hybridcell.simulate.rodas5p import tableau
from hybridcell.simulate.rodas5p.linear import choose_kind, factorize, prepare, solve_factorized
from hybridcell.simulate.rodas5p.solver import Rodas5PInterpolation
from hybridcell.simulate.rodas5p.step import _LEFT, stages_from_left
from tests.tolerances import ANALYTIC

N = 4


def matrices(lanes: tuple[int, ...]) -> np.ndarray:
    # rows exchanged, so that a solution without their permutation is wrong
    dominated = np.random.default_rng(0).normal(size=(*lanes, N, N)) + 5 * np.eye(N)
    return dominated[..., [2, 0, 3, 1], :]


@pytest.mark.parametrize(
    ("lanes", "n", "constrained", "kind"),
    [
        (1, 24, False, "inverse"), (1, 25, False, "lapack"), (1, 1, True, "lapack"),
        (2, 32, False, "inverse"), (2, 33, False, "lapack"), (9, 2, True, "lapack"),
    ],
)  # fmt: skip
def test_small_matrices_are_inverted_where_nothing_needs_pivots(
    lanes: int, n: int, constrained: bool, kind: str
) -> None:
    assert choose_kind(lanes, n, constrained=constrained) == kind


@pytest.mark.parametrize("lanes", [(), (3,)])
@pytest.mark.parametrize("kind", ["inverse", "lapack"])
def test_factors_solve_and_solve_the_transposed(kind: str, lanes: tuple[int, ...]) -> None:
    a, b = matrices(lanes), np.random.default_rng(1).normal(size=(*lanes, N))

    @jax.jit
    def both(a: jax.Array, b: jax.Array) -> list[jax.Array]:
        factors = factorize(kind, a)
        return [solve_factorized(kind, factors, b, transpose=transpose) for transpose in (False, True)]

    for found, matrix in zip(both(a, b), (a, np.swapaxes(a, -1, -2)), strict=True):
        wanted = np.linalg.solve(matrix, b[..., None])[..., 0]
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11)


def test_a_row_without_mass_is_an_equation_of_the_jacobian_alone() -> None:
    mass = np.diag([1.0, 2.0, 0.0, 0.0])
    jacobian, h, b = matrices((2,)), np.array([0.1, 3.0]), np.random.default_rng(2).normal(size=(N, 2))
    found = jax.jit(lambda *given: prepare("lapack", *given)[1](b))(jacobian, mass, h)
    whole = mass / (h[:, None, None] * tableau.GAMMA) - jacobian
    np.testing.assert_allclose(np.einsum("lij,jl->il", whole, found), b, rtol=1e-10, atol=1e-10)


def test_cotangents_of_stages_are_the_transposed_of_what_a_step_leaves() -> None:
    rng = np.random.default_rng(3)
    stages, cotangents = rng.normal(size=(8, N)), rng.normal(size=(4, N))
    found = np.asarray(jax.jit(stages_from_left)(cotangents[0], cotangents[1:]))
    np.testing.assert_allclose(np.sum(found * stages), np.sum((_LEFT @ stages) * cotangents), **ANALYTIC)


def test_a_step_is_interpolated_from_its_begin_to_its_end() -> None:
    y0, y1, dense = np.array([1.0, -2.0]), np.array([3.0, 5.0]), np.random.default_rng(4).normal(size=(3, 2))
    step = Rodas5PInterpolation(t0=2.0, t1=4.0, y0=y0, y1=y1, dense=dense)
    np.testing.assert_allclose(step.evaluate(2.0), y0, **ANALYTIC)
    np.testing.assert_allclose(step.evaluate(4.0), y1, **ANALYTIC)
    wanted = 0.5 * (y0 + y1) + 0.25 * (dense[0] + 0.5 * dense[1] + 0.25 * dense[2])
    np.testing.assert_allclose(step.evaluate(3.0), wanted, **ANALYTIC)
    np.testing.assert_allclose(step.evaluate(3.0, 4.0), y1 - wanted, **ANALYTIC)
    empty = Rodas5PInterpolation(t0=2.0, t1=2.0, y0=y0, y1=y0, dense=dense)
    np.testing.assert_array_equal(empty.evaluate(2.0), y0)
