import numpy as np
import pytest

from hybridcell.simulate.steady.verdict import LATE, verdict

T = np.linspace(0, 10, 33)[:, None]


@pytest.mark.parametrize(
    ("x", "rates", "wanted"),
    [
        (np.sin(3 * T), 3 * np.cos(3 * T), "oscillating"),
        (np.exp(0.01 * T), 0.01 * np.exp(0.01 * T), "diverged"),
        (np.exp(9 + T), np.exp(9 + T), "diverged"),
        (np.exp(T) * 1e3 * np.sin(T), np.exp(T) * 1e3 * np.cos(T), "diverged"),
        (1 - np.exp(-0.5 * T), 0.5 * np.exp(-0.5 * T), "not settled"),
        (1 - np.exp(-0.05 * T), 0.05 * np.exp(-0.05 * T), "not settled"),
        (np.exp(-0.5 * T) * np.sin(5 * T), 5 * np.exp(-0.5 * T) * np.cos(5 * T), "not settled"),
        (np.where(T > 5, np.nan, T), np.ones_like(T), "diverged"),
        (T, np.where(T > 5, np.inf, 1.0), "diverged"),
    ],
    ids=["cycle", "slow growth", "growth", "growing cycle", "approach", "slow", "ringing", "lost", "inf"],
)  # fmt: skip
def test_late_behavior_is_told_apart(x, rates, wanted):
    calm = np.zeros_like(T)
    assert verdict(np.hstack([calm, x]), np.hstack([calm, rates])) == wanted
    # neither the sign nor the place of the state that moves has a say
    assert verdict(-np.hstack([x, calm]), -np.hstack([rates, calm])) == wanted


@pytest.mark.parametrize("per_period", [1, 2, 0.5])
@pytest.mark.parametrize("off", [-0.005, -0.001, 0.0, 0.001, 0.005])
def test_a_cycle_is_told_from_a_drift_whatever_its_period(per_period, off):
    """At late times that are equally far apart it would be seen in the same phase again and again."""
    turns = 2 * np.pi * LATE / np.ptp(LATE) * (len(LATE) - 1) * per_period * (1 + off)
    x, rates = (np.stack([f(turns), f(turns + 1.0)], axis=1) for f in (np.sin, np.cos))
    assert verdict(x, rates) == "oscillating"
