"""Slopes and shares of the rules."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell.therapy.triples.rules import BASES, RULES, build


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("scale", BASES)
def test_slopes_are_those_of_differences(rule, scale):
    rng = np.random.default_rng(0)
    parts, step = rng.uniform(-0.6, 0.2, (4, 6)), 1e-6
    built = build(parts[:, :3], parts[:, 3:], rule=rule, scale=scale)
    for i in range(6):
        e = step * np.eye(6)[i]
        more, less = (build((parts + s)[:, :3], (parts + s)[:, 3:], rule=rule, scale=scale) for s in (e, -e))
        np.testing.assert_allclose(
            (more.independent - less.independent) / (2 * step), built.by_independent[:, i], atol=1e-8
        )
        moved = (more.full - more.independent) - (less.full - less.independent)
        np.testing.assert_allclose(moved / (2 * step), built.by_correction[:, i], atol=1e-8)


def test_the_share_is_the_best_one_on_average():
    """On pairs with known interactions and noise, no other share does clearly better."""
    rng = np.random.default_rng(1)
    single, extra, noise, holds = rng.uniform(-1, 0, (4000, 3)), 0.3 * rng.normal(size=(4000, 3)), 0.1, 0.7
    pair = single[:, [0, 0, 1]] + single[:, [1, 2, 2]] + extra
    truth = single.sum(axis=1) + holds * extra.sum(axis=1)
    seen = [one + noise * rng.normal(size=one.shape) for one in (single, pair)]
    built = build(*seen, rule="additive", scale="log2")
    shares = np.linspace(0, 1, 101)
    errors = [np.mean((built.effects(share) - truth) ** 2) for share in shares]
    assert built.share_for(noise, holds) == pytest.approx(shares[int(np.argmin(errors))], abs=0.03)
    assert built.share_for(1e-9, holds) == pytest.approx(holds, abs=1e-6)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("scale", BASES)
def test_strong_drugs_that_are_independent_stay_so(rule, scale):
    """Each leaves a fiftieth; three leave far less than a tenth of what two do."""
    base = BASES[scale]
    one = np.full((1, 3), 0.02 - 1.0 if base is None else np.log(0.02) / np.log(base))
    two = (1 + one) ** 2 - 1 if base is None else 2 * one
    wanted = (1 + one[:, 0]) ** 3 - 1 if base is None else 3 * one[:, 0]
    built = build(one, two, rule=rule, scale=scale)
    np.testing.assert_allclose(built.effects(0.0), wanted, rtol=1e-12)
    if rule == "isserlis" or base is not None:
        np.testing.assert_allclose(built.effects(1.0), wanted, rtol=1e-12)
