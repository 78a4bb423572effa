"""The table of operators against NumPy and SciPy, and slopes against differences."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy.special import polygamma

from hybridcell._core.expressions.operators import ARITY
from hybridcell.mechanisms.interpreter.array_operations import ARRAY_OPERATIONS
from hybridcell.mechanisms.interpreter.scalar_operations import SCALAR_OPERATIONS
from hybridcell.mechanisms.program.operations import CODES, COMMON, PARTIALS, SAFE, VALUES

SPECIAL = (
    -171.5,
    -171.0,
    -2.5,
    -2.0,
    -1.0,
    -0.5,
    -0.0,
    0.0,
    0.5,
    1.0,
    1.5,
    3.0,
    22.0,
    170.0,
    800.0,
    np.inf,
    -np.inf,
    np.nan,
)
INNER = (-2.7, -0.6, -0.2, 0.3, 0.8, 1.4, 2.6)


def grid(values: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    a, b = (each.ravel() for each in np.meshgrid(values, values, indexing="ij"))
    return a, b, np.roll(a, 5)


@pytest.fixture(scope="module")
def computed() -> dict[str, np.ndarray]:
    """Return what all operators make of special arguments."""
    args = grid(SPECIAL)
    every = jax.jit(lambda args: {op: function(*args[: ARITY[op]]) for op, function in VALUES.items()})
    return {op: np.asarray(found) for op, found in every(args).items()}


def test_every_operator_is_in_every_table() -> None:
    evaluated = set(ARITY) - {"delay", "rate_of"}
    assert set(VALUES) == evaluated == set(CODES)
    assert set(ARRAY_OPERATIONS) == evaluated | {"delay"}
    assert CODES[: len(COMMON)] == COMMON
    assert set(PARTIALS) < evaluated
    assert all(len(safe) == ARITY.get(op, 1) for op, safe in SAFE.items())


@pytest.mark.parametrize("op", VALUES)
def test_compiled_operators_are_those_of_numpy(op: str, computed: dict[str, np.ndarray]) -> None:
    args = grid(SPECIAL)[: ARITY[op]]
    with np.errstate(all="ignore"):
        wanted = ARRAY_OPERATIONS[op](*args)
    np.testing.assert_allclose(computed[op], wanted, rtol=1e-11, atol=1e-300)


@pytest.fixture(scope="module")
def slopes() -> dict[str, tuple[np.ndarray | None, ...]]:
    """Return the slopes of all operators inside their domains."""
    args = grid(INNER)

    def every(args: tuple[np.ndarray, ...]) -> dict[str, tuple]:
        given = {op: args[: ARITY[op]] for op in PARTIALS}
        return {op: PARTIALS[op](*given[op], VALUES[op](*given[op])) for op in PARTIALS}  # pyright: ignore

    return jax.jit(every)(args)


@pytest.mark.parametrize("op", PARTIALS)
def test_slopes_are_those_of_differences(op: str, slopes: dict[str, tuple[np.ndarray | None, ...]]) -> None:
    args, h = grid(INNER)[: ARITY[op]], 1e-6
    assert len(slopes[op]) == len(args)
    for i, found in enumerate(slopes[op]):
        with np.errstate(all="ignore"):
            high, low = (
                ARRAY_OPERATIONS[op](*[a + sign * h * (i == j) for j, a in enumerate(args)])
                for sign in (1, -1)
            )
        wanted = (high - low) / (2 * h)
        inside = np.isfinite(wanted)
        if op in ("min", "max", "rem"):
            inside &= np.abs(wanted) < 1e3
            inside &= args[0] != args[1]
        assert inside.sum() > 10
        given = np.zeros(len(wanted)) if found is None else np.broadcast_to(np.asarray(found), wanted.shape)
        np.testing.assert_allclose(given[inside], wanted[inside], rtol=2e-6, atol=2e-7)


EDGES = {
    "sqrt": (0.0,), "exp": (1000.0,), "factorial": (-2.0,), "digamma": (-1.0,),
    "asin": (1.0,), "acos": (-1.0,), "acosh": (1.0,), "pow": (0.0, 0.5),
}  # fmt: skip


def test_at_the_edge_of_a_domain_slopes_are_zero() -> None:
    def every(given: dict[str, tuple]) -> dict[str, tuple]:
        return {op: PARTIALS[op](*args, VALUES[op](*args)) for op, args in given.items()}

    found = jax.jit(every)(EDGES)
    for op, parts in found.items():
        assert [float(part) for part in parts if part is not None] == [0.0] * len(EDGES[op]), op


def test_the_slope_of_a_choice_is_that_of_the_branch_taken() -> None:
    one = np.ones(3)
    _, then, otherwise = PARTIALS["if"](np.array([1.0, 0.0, -2.0]), one, one, one)  # pyright: ignore
    np.testing.assert_array_equal(then, [1.0, 0.0, 1.0])  # pyright: ignore[reportArgumentType]
    np.testing.assert_array_equal(otherwise, [0.0, 1.0, 0.0])  # pyright: ignore[reportArgumentType]


#: Close to a pole, with value and slope that overflow, and where Gamma has become 0.
STEEP = np.array([-2.0 + 1e-9, -1.0 - 1e-12, -100.5, -180.5, 3.0, 170.6])


def test_factorials_and_their_slopes_are_exact_near_poles() -> None:
    values, slopes, second = jax.jit(
        lambda a: (
            VALUES["factorial"](a),
            jax.vmap(jax.grad(VALUES["factorial"]))(a),
            jax.vmap(jax.grad(jax.grad(VALUES["factorial"])))(a),
        )
    )(STEEP)
    wanted, psi = ARRAY_OPERATIONS["factorial"](STEEP), ARRAY_OPERATIONS["digamma"](STEEP + 1.0)
    np.testing.assert_allclose(values, wanted, rtol=1e-12)
    assert np.isfinite(slopes).all()
    np.testing.assert_allclose(slopes[:-1], wanted[:-1] * psi[:-1], rtol=1e-7)
    trigamma = [polygamma(1, 4.0), (np.pi**2 - polygamma(1, 100.5))]
    curved = [4, 2]
    np.testing.assert_allclose(
        np.asarray(second)[curved], wanted[curved] * (psi[curved] ** 2 + trigamma), rtol=1e-12
    )


def test_negative_integers_have_no_factorial_in_any_program() -> None:
    whole = np.array([-1.0, -2.0, -3.0, -170.0, -1e17, -np.inf])
    assert np.isnan(VALUES["factorial"](whole)).all()  # pyright: ignore[reportArgumentType]
    assert np.isnan(ARRAY_OPERATIONS["factorial"](whole)).all()
    assert all(np.isnan(SCALAR_OPERATIONS["factorial"](a)) for a in whole.tolist())
