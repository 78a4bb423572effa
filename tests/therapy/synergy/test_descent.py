"""Small least squares, many at once, each as if it were alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import least_squares

from hybridcell.therapy.synergy.descent import descend

T = np.linspace(0.0, 3.0, 12)
SEEN = 2.0 * np.exp(-1.3 * T) + 0.3 + 0.01 * np.cos(7 * T)


def decay(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    left = np.exp(-theta[:, 1, None] * T)
    height = theta[:, 0, None]
    slopes = np.stack([left, -height * T * left, np.ones_like(left)], axis=2)
    return height * left + theta[:, 2, None] - SEEN, slopes


STARTS = np.array([[1.0, 1.0, 0.0], [5.0, 0.2, 1.0], [0.5, 4.0, 0.1]])


def test_every_start_ends_where_scipy_does() -> None:
    found, cost = descend(decay, STARTS, tolerance=1e-12, most=200)
    for start, one, least in zip(STARTS, found, cost):
        wanted = least_squares(lambda p: decay(p[None])[0][0], start, xtol=1e-12, ftol=1e-14, gtol=1e-14)
        np.testing.assert_allclose(one, wanted.x, rtol=1e-6)
        assert least == pytest.approx(2 * wanted.cost, rel=1e-9)


def test_starts_do_not_see_each_other() -> None:
    together, _ = descend(decay, STARTS, tolerance=1e-6, most=30)
    for k, start in enumerate(STARTS):
        np.testing.assert_allclose(
            descend(decay, start[None], tolerance=1e-6, most=30)[0][0], together[k], rtol=1e-9
        )


def test_what_is_held_stays_and_the_rest_is_best() -> None:
    free = np.array([True, False, True])
    (found,), _ = descend(decay, np.array([[1.0, 1.0, 0.0]]), tolerance=1e-12, most=100, free=free)
    basis = np.stack([np.exp(-T), np.ones_like(T)], axis=1)
    height, floor = np.linalg.lstsq(basis, SEEN, rcond=None)[0]
    np.testing.assert_allclose(found, [height, 1.0, floor], rtol=1e-8)


def test_no_step_makes_it_worse_and_nan_is_not_taken() -> None:
    def walled(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        r, slopes = decay(theta)
        r[theta[:, 1] > 1.1] = np.nan
        return r, slopes

    (found,), (cost,) = descend(walled, np.array([[1.0, 1.0, 0.0]]), tolerance=1e-9, most=80)
    assert np.isfinite(found).all()
    assert cost <= np.sum(decay(np.array([[1.0, 1.0, 0.0]]))[0] ** 2)
