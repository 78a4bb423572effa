import dataclasses

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError, UnknownNameError
from hybridcell.data import concatenate
from hybridcell.fit.problem import check_measured, make_problem


def _problem(model, data, loss="mse", solve=None):
    return make_problem(model, data, loss=loss, solve=solve)


def test_rows_that_share_an_input_are_simulated_once(model, screen):
    twice = concatenate(screen, dataclasses.replace(screen, conditions=tuple(f"r{i}" for i in range(15))))
    problem = _problem(model, twice)
    inputs = model.inputs(twice)
    assert len(np.unique(np.asarray(problem.row)[:30])) == 15
    np.testing.assert_array_equal(np.asarray(problem.u)[np.asarray(problem.row)[:30]], inputs)
    np.testing.assert_array_equal(np.asarray(problem.y)[:30], twice.values)
    assert problem.is_steady


def test_missing_entries_have_no_weight(model, screen):
    values = screen.values.copy()
    values[2, 1] = np.nan
    problem = _problem(model, dataclasses.replace(screen, values=values))
    assert problem.weight[2, 1] == 0
    assert problem.y[2, 1] == 0
    assert float(np.sum(problem.weight)) == 15 * 4 - 1


def test_weights_and_errors_multiply(model, screen):
    weight, sd = np.full((15, 4), 3.0), np.full((15, 4), 0.5)
    data = dataclasses.replace(screen, weight=weight, sd=sd)
    np.testing.assert_allclose(_problem(model, data).weight[:15], 3.0)
    np.testing.assert_allclose(_problem(model, data, "gaussian").weight[:15], 12.0)


def test_gaussian_loss_needs_errors(model, screen):
    with pytest.raises(DataError, match=r'layers\["sd"\]'):
        _problem(model, screen, "gaussian")


def test_errors_too_small_for_single_precision_are_refused(model, screen):
    data = dataclasses.replace(screen, sd=np.full((15, 4), 1e-30))
    assert np.isfinite(_problem(model, data, "gaussian").weight).all()
    hc.config.precision = "float32"
    try:
        with pytest.raises(DataError, match="is 1e-30, whose inverse square"):
            _problem(model, data, "gaussian")
    finally:
        hc.config.precision = "float64"


def test_columns_follow_the_readouts(model, screen):
    order = [2, 0]
    data = dataclasses.replace(
        screen,
        values=screen.values[:, order],
        readouts=tuple(screen.readouts[i] for i in order),
        kinds=tuple(screen.kinds[i] for i in order),
    )
    assert np.asarray(_problem(model, data).columns).tolist() == [2, 0]


def test_unknown_readout_suggests_the_nearest(model, screen):
    data = dataclasses.replace(screen, readouts=("p1", "p2", "p33", "growth"))
    with pytest.raises(UnknownNameError, match=r"p33.*Did you mean 'p3'"):
        _problem(model, data)


def test_unknown_perturbation_suggests_the_nearest(model, screen):
    data = dataclasses.replace(screen, perturbations=("d1", "d2", "D3"))
    with pytest.raises(UnknownNameError, match="Did you mean 'd3'"):
        _problem(model, data)


def test_nothing_measured_is_refused(model, screen):
    with pytest.raises(DataError, match="nothing to fit"):
        _problem(model, dataclasses.replace(screen, values=np.full((15, 4), np.nan)))


def test_times_are_placed(model, timed):
    problem = _problem(model, timed)
    assert problem.ts == (0.5, 1.0, 4.0)
    assert not problem.is_steady
    assert np.asarray(problem.when)[:27].tolist() == [0] * 9 + [1] * 9 + [2] * 9


@pytest.mark.parametrize(
    ("times", "solve", "message"),
    [
        (-1.0, None, "from 0 on"),
        (0.0, None, "positive"),
        (0.55, hc.Solve(dt=0.1), "multiple of the step"),
    ],
)
def test_wrong_times_are_refused(times, solve, message, model, screen):
    data = dataclasses.replace(screen, time=np.full(15, times))
    with pytest.raises(DataError, match=message):
        _problem(model, data, solve=solve)


def test_rows_without_a_measurement_are_refused_by_member(model, screen):
    values = screen.values.copy()
    values[3] = np.nan
    weight = np.ones_like(values)
    weight[4] = 0.0
    problem = _problem(model, dataclasses.replace(screen, values=values, weight=weight))
    everything, some, empty = np.ones((2, 15)), np.zeros((2, 15)), np.zeros((2, 15))
    some[:, 3:6] = 1.0
    empty[:, 5] = 1.0
    empty[1] = 0.0
    empty[1, 3:5] = 1.0
    check_measured(problem, everything, np.zeros((2, 15)))
    check_measured(problem, everything, some)
    with pytest.raises(DataError, match=r"rows to validate on \(member 1\)"):
        check_measured(problem, everything, empty)
    with pytest.raises(DataError, match=r"rows to train on \(member 1\)"):
        check_measured(problem, empty, some)
