"""Shares of the GEMM peak and ratios to PyTorch are what the times say; a missing PyTorch is named."""

import numpy as np
import pytest
from networks_parts.gradient import OURS, SCAN, STEADY, TORCH, _figures, tables
from networks_parts.problem import CONDITIONS, GEMM_FLOPS, HEUN_STEPS, NODES

SECONDS = {
    OURS: np.array([0.2, 0.1, 0.1]),
    SCAN: np.array([0.4, 0.3, 0.2]),
    STEADY: np.array([0.01, 0.01, 0.02]),
    "product 256": np.full(3, 2 * 256**3 / 50e9),
    "product 512": np.full(3, 2 * 512**3 / 100e9),
    "product 1024": np.full(3, 2 * 1024**3 / 80e9),
}
SLOPES = {name: np.array([1.0, -4.0]) for name in (OURS, SCAN, STEADY)}


def figures(**more):
    seconds, slopes = SECONDS | more, dict(SLOPES)
    if TORCH in more:
        slopes[TORCH] = np.array([1.0, -4.2])
    return _figures(seconds, dict.fromkeys(slopes, 1.0), slopes)


def test_flops_are_those_of_matrix_products_alone():
    product = 2 * CONDITIONS * NODES**2
    assert HEUN_STEPS * 2 * product * (1 + 2) == GEMM_FLOPS


def test_share_is_of_the_fastest_product_and_of_the_median():
    found = figures()
    assert found["GEMM peak, GF/s"] == pytest.approx(100.0)
    assert found["share of the GEMM peak"] == pytest.approx(GEMM_FLOPS / 0.1 / 100e9)
    assert found["ways"][OURS]["times faster than the scan"] == 2.0  # the median of 2, 3 and 2


def test_pytorch_stands_beside_or_is_not_installed():
    without, beside = figures(), figures(**{TORCH: np.array([0.4, 0.2, 0.3])})
    assert without["PyTorch"] == "not installed"
    assert beside["PyTorch over hybridcell"] == 2.0
    assert beside["PyTorch over the steady state"] == 20.0
    assert beside["ways"][TORCH]["gradient off by"] == pytest.approx(0.05)
    rows = tables({"float32": without})[0][2]
    assert ["float32", TORCH, "not installed", "", "", ""] in rows
    assert [row[1] for row in tables({"float32": beside})[0][2]].count(TORCH) == 1
