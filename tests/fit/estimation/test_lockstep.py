from __future__ import annotations

import numpy as np

from hybridcell.fit.estimation import Tolerances
from hybridcell.fit.estimation.gauss_newton import GaussNewton
from hybridcell.fit.estimation.lockstep import Lockstep
from hybridcell.fit.estimation.objective import Evaluator
from tests.fit.estimation.objectives import Counting, waves


def crew_of(o):
    steps = GaussNewton(lower=o.lower, upper=o.upper, tolerances=Tolerances())
    return Lockstep(steps, capacity=3, max_iterations=50)


def finished(crew, evaluate):
    runs = []
    while len(crew):
        runs += crew.advance(evaluate)
    return sorted(runs, key=lambda run: run.start)


def test_a_crew_that_was_saved_goes_on_to_the_same_bits():
    o = waves()
    evaluate, crew = Evaluator(o, 3), crew_of(o)
    for i, theta in enumerate([[3.0, 1.0], [-1.0, 0.5], [2.0, -3.5]]):
        crew.admit(i, np.array(theta))
    for _ in range(3):
        assert not crew.advance(evaluate)
    other = crew_of(o)
    other.restore({name: rows.copy() for name, rows in crew.saved().items()})
    one, two = finished(crew, evaluate), finished(other, evaluate)
    assert len(one) == len(two) == 3
    for a, b in zip(one, two):
        assert a.theta.tobytes() == b.theta.tobytes()
        assert a.history[:, :4].tobytes() == b.history[:, :4].tobytes()
    crew_of(o).restore({})


def test_new_runs_are_evaluated_with_the_steps_of_the_others():
    o = Counting(waves())
    evaluate, crew = Evaluator(o, 3), crew_of(o)
    crew.admit(0, np.array([3.0, 1.0]))
    crew.advance(evaluate)
    crew.admit(1, np.array([2.0, 1.0]))
    crew.advance(evaluate)
    assert len(o.sizes) == 2
    np.testing.assert_array_equal(o.thetas[1][1], [2.0, 1.0])
    assert next(run.iterations for run in finished(crew, evaluate)) > 1
    assert not len(crew)
    assert crew.saved() == {}
