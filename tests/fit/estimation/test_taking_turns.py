from __future__ import annotations

import jax
import numpy as np
import pytest

from hybridcell.fit.estimation import Tolerances, estimate
from hybridcell.fit.estimation.gauss_newton import GaussNewton
from hybridcell.fit.estimation.interior import Interior
from hybridcell.fit.estimation.lockstep import Lockstep
from hybridcell.fit.estimation.objective import Evaluator
from hybridcell.fit.estimation.taking_turns import TakingTurns
from tests.fit.estimation.objectives import waves

STARTS = np.random.default_rng(1).uniform(-4, 4, (6, 2))


def ways(o):
    bounded = {"lower": o.lower, "upper": o.upper, "tolerances": Tolerances()}
    return GaussNewton(**bounded), Interior(**bounded)


def crew_of(method):
    return Lockstep(method, capacity=6, max_iterations=50)


def finished(crew, evaluate):
    runs = []
    while len(crew):
        runs += crew.advance(evaluate)
    return {run.start: run for run in runs}


def going(method, numbers):
    crew = crew_of(method)
    for i in numbers:
        crew.admit(i, STARTS[i])
    return crew


def alike(one, other):
    return (
        one.theta.tobytes() == other.theta.tobytes()
        and one.history[:, :4].tobytes() == other.history[:, :4].tobytes()
        and one.reason == other.reason
    )


@pytest.mark.parametrize("numbers", [range(6), [0, 2], [3], [5, 0]])
def test_every_start_goes_its_way_as_if_there_were_no_other(numbers):
    o = waves()
    evaluate = Evaluator(o, 6)
    found = finished(going(TakingTurns(ways(o)), numbers), evaluate)
    assert sorted(found) == sorted(numbers)
    for i, run in found.items():
        mine, other = (finished(going(way, [i]), evaluate)[i] for way in (ways(o)[i % 2], ways(o)[1 - i % 2]))
        assert alike(run, mine)
        assert not alike(run, other)


def test_a_crew_that_was_saved_goes_on_to_the_same_bits():
    o = waves()
    evaluate, crew = Evaluator(o, 6), going(TakingTurns(ways(o)), range(6))
    for _ in range(3):
        assert not crew.advance(evaluate)
    other = crew_of(TakingTurns(ways(o)))
    other.restore({name: rows.copy() for name, rows in crew.saved().items()})
    one, two = finished(crew, evaluate), finished(other, evaluate)
    assert all(alike(one[i], two[i]) for i in range(6))


def test_least_squares_takes_turns():
    o = waves()
    found = estimate(o, starts=STARTS[[0, 0]], batch=6, key=jax.random.key(0))
    by_start = {run.start: run for run in found.runs}
    for i, way in enumerate(ways(o)):
        crew = crew_of(way)
        crew.admit(i, STARTS[0])
        alone = finished(crew, Evaluator(o, 6))[i]
        np.testing.assert_array_equal(by_start[i].history[:, :2], alone.history[:, :2])
        np.testing.assert_allclose(by_start[i].theta, alone.theta, rtol=1e-12)
    assert by_start[0].iterations != by_start[1].iterations
