"""Dialogues that are answered together."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.profiles.lockstep import Together
from hybridcell.infer.target import as_target


def target(**options):
    return as_target(FunctionObjective(["a", "b"], [-9, -9], [9, 9], **options), at=[0.0, 0.0])


def asking(n, start):
    total = 0.0
    for k in range(n):
        point = yield np.array([start, float(k)])
        total += np.inf if point is None else point.value
    return total


def test_each_gets_its_own_answers():
    together = Together(target(residuals=lambda p: p), 3)
    ended = []
    found = together.run([asking(2, 1.0), asking(3, 2.0), asking(0, 0.0)], on_end=lambda: ended.append(1))
    assert found == [0.5 * (1 + 1 + 1), 0.5 * (4 + 4 + 4 + 1 + 4), 0.0]
    assert (together.evaluations, together.batches, len(ended)) == (5, 3, 3)
    assert together.best is not None
    assert together.best.theta.tolist() == [1.0, 0.0]


def test_failures_are_none_and_slopes_come_without_curvature():
    together = Together(target(value=lambda p: jnp.where(p[0] > 1.5, jnp.nan, p[0])), 2)
    assert together.run([asking(1, 1.0), asking(1, 2.0)]) == [1.0, np.inf]
    assert together.best is not None
    assert not together.best.information.size


def test_all_stop_when_told():
    together = Together(target(residuals=lambda p: p), 2)
    assert together.run([asking(9, 1.0)], until=lambda: together.evaluations >= 4) == [None]
    assert together.evaluations == 4


def test_more_than_fit_into_a_batch():
    together = Together(target(residuals=lambda p: p), 1)
    assert together.run([asking(1, float(k)) for k in range(20)]) == [0.5 * k**2 for k in range(20)]
