"""The coefficients alone, in plain NumPy: order conditions, infinite stiffness, values between."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hybridcell.simulate.rodas5p.tableau import DENSE, GAMMA, NODES, RATE, SLOPE, STAGES, STATE

END = np.append(STATE[-1][:-1], 1.0)


def _linear_stages(z, x0=1.0):
    """Return the stages of a step of x' = z x of length 1."""
    k = np.zeros(STAGES, dtype=complex)
    for i in range(STAGES):
        k[i] = (z * (x0 + STATE[i] @ k) + RATE[i] @ k) / (1.0 / GAMMA - z)
    return k


def _quadrature_stages(f, slope, h):
    """Return the stages of a step of x' = f(t) from 0 to h, where the Jacobian is 0."""
    k = np.zeros(STAGES)
    for i in range(STAGES):
        k[i] = GAMMA * h * (f(NODES[i] * h) + RATE[i] @ k / h + SLOPE[i] * h * slope(0.0))
    return k


def _between(share, x0, x1, k):
    first, second, third = DENSE @ k
    return (1 - share) * x0 + share * (x1 + (1 - share) * (first + share * (second + share * third)))


def test_weights_are_lower_triangles_and_the_first_stage_stands_at_the_start():
    for matrix in (STATE, RATE):
        assert matrix.shape == (STAGES, STAGES)
        assert not np.triu(matrix).any()
    assert NODES[0] == 0.0
    assert (SLOPE[5:] == 0).all()
    assert NODES[5:].tolist() == [1.0, 1.0, 1.0]
    # stiffly accurate: the end is where the last stage looks, plus that stage
    assert END[-2:].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("angle", np.linspace(0.0, np.pi, 5))
def test_a_linear_step_is_the_exponential_to_order_five(angle):
    """Of the error, at most the part of order z^6 remains: halving the step divides it by 64 or more."""
    errors = []
    for size in (0.2, 0.1):
        z = size * np.exp(1j * angle)
        errors.append(abs(1.0 + END @ _linear_stages(z) - np.exp(z)))
    assert errors[0] < 1e-9
    assert math.log2(errors[0] / errors[1]) > 5.9


@pytest.mark.parametrize("z", [-1e3, -1e6, -1e12])
def test_what_is_infinitely_stiff_is_gone_after_one_step(z):
    assert abs(1.0 + END @ _linear_stages(z)) < 50.0 / abs(z)


def test_no_decay_and_no_oscillation_grows():
    """A-stable: on the imaginary axis and left of it the step never gains."""
    grid = [-(10.0**p) + 1j * w for p in range(-2, 4) for w in (0.0, 0.3, 3.0, 30.0, 300.0)]
    grid += [1j * w for w in (0.1, 1.0, 3.0, 10.0, 100.0)]
    assert all(abs(1.0 + END @ _linear_stages(z)) <= 1.0 + 1e-9 for z in grid)


@pytest.mark.parametrize("power", range(5))
def test_powers_of_time_are_integrated_exactly(power):
    h = 0.7
    slope = lambda t: power * t ** (power - 1) if power > 1 else float(power == 1)  # noqa: E731
    k = _quadrature_stages(lambda t: t**power, slope, h)
    assert END @ k == pytest.approx(h ** (power + 1) / (power + 1), rel=1e-9)


def test_the_power_above_the_order_is_not():
    k = _quadrature_stages(lambda t: t**5, lambda t: 0.0, 1.0)
    assert abs(END @ k - 1 / 6) > 1e-6


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("power", range(4))
def test_between_the_ends_powers_to_the_fourth_are_exact(share, power):
    slope = lambda t: power * t ** (power - 1) if power > 1 else float(power == 1)  # noqa: E731
    k = _quadrature_stages(lambda t: t**power, slope, 1.0)
    found = _between(share, 0.0, END @ k, k)
    assert found == pytest.approx(share ** (power + 1) / (power + 1), abs=1e-9)


def test_the_error_estimate_is_one_order_lower():
    errors = [abs(_linear_stages(z)[-1]) for z in (-0.2, -0.1)]
    assert 4.4 < math.log2(errors[0] / errors[1]) < 5.6
