from __future__ import annotations

import threading

import jax
import numpy as np
import pytest

from hybridcell.fit.estimation import estimate
from hybridcell.fit.estimation.objective import Evaluator
from hybridcell.fit.estimation.threads import Threads
from tests.fit.estimation.objectives import Counting, rosenbrock


def test_threads_end_with_the_estimation():
    before = threading.active_count()
    estimate(rosenbrock(), n_starts=6, batch=3, method="l-bfgs-b", key=jax.random.key(0))
    with pytest.raises(KeyboardInterrupt):
        estimate(Counting(rosenbrock(), stop_at=5), n_starts=6, method="l-bfgs-b", key=jax.random.key(0))
    assert threading.active_count() == before


def test_all_that_ask_are_answered_in_one_batch_in_their_order():
    def two_more(caller, first):
        caller.iteration = 1
        caller(caller.theta0 + first.gradients * 0 + 0.1)
        caller.iteration = 2
        caller(caller.theta0 + 0.2)
        return "enough"

    o = Counting(rosenbrock())
    evaluate = Evaluator(o, 3)
    crew = Threads(two_more, "gradients", capacity=3)
    starts = np.array([[0.0, 0.0], [0.3, 0.3], [0.6, 0.6]])
    for i in (2, 0, 1):
        crew.admit(i, starts[i])
    runs = []
    while len(crew):
        runs += crew.advance(evaluate)
    crew.close()
    assert [run.start for run in runs] == [0, 1, 2]
    assert {run.reason for run in runs} == {"enough"}
    np.testing.assert_allclose(o.thetas, [starts, starts + 0.1, starts + 0.2])
    for run in runs:
        values = o.values(run.theta0 + np.array([[0.0], [0.1], [0.2]]))
        np.testing.assert_allclose(run.history[:, 2], np.minimum.accumulate(values))
        assert run.value == values.min()
