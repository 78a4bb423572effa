from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.fit.gene_network import read_experiments
from hybridcell.fit.gene_network.experiments import NetworkExperiments
from tests.fit.gene_network.networks import GENES, experiments, truth


def test_the_untouched_cell_is_found(data):
    np.testing.assert_allclose(data.reference, truth().reference, atol=0.03)


def test_noise_is_found(data):
    assert data.noise.sd(0.5) == pytest.approx(0.01, abs=0.01)


def test_responses_are_large_where_there_is_an_edge(data):
    z = data.response
    assert z.shape == (4, 4)
    assert not np.diag(z).any()
    assert z[GENES.index("B"), GENES.index("A")] < -5  # activated by A
    assert z[GENES.index("C"), GENES.index("B")] > 5
    assert abs(z[GENES.index("A"), GENES.index("D")]) < 3


def test_without_knockouts_there_is_no_response():
    assert not read_experiments(experiments(steady=False)).response.any()


@pytest.mark.parametrize("factor", [1.0, 60.0])
def test_the_time_scale_is_that_of_the_data(factor):
    adata = experiments(steady=False)
    adata.obs["time"] = adata.obs["time"] * factor
    assert read_experiments(adata).time_scale == pytest.approx(0.1 / factor, rel=0.5)


def test_without_courses_there_is_no_time():
    data = read_experiments(experiments(series=False))
    assert data.time_scale == 1.0
    assert data.courses.shape[0] == 0


def test_flat_courses_fall_back_on_the_sampling():
    adata = experiments(steady=False, noise=0.0)
    adata.X = np.tile(adata.X[:1], (adata.n_obs, 1))
    assert 1 / 100 < read_experiments(adata).time_scale < 1 / 10


def test_measurements_are_counted(data):
    assert data.n_measurements == 3 + 4 + 4 + 33


def measured_by_hand(steady, made, *, times=(), courses=(), on=(), n=3):
    times = np.asarray(times, float).reshape(len(courses), np.size(times) // max(len(courses), 1))
    return NetworkExperiments(
        genes=tuple("ABC"[:n]),
        steady=np.asarray(steady, float).reshape(-1, n),
        made=np.asarray(made, float).reshape(-1, n),
        times=times,
        courses=np.asarray(courses, float).reshape(*times.shape, n),
        course_made=np.ones((len(times), n)),
        on=np.asarray(on, float).reshape(times.shape),
    )


def test_one_look_at_each_course_tells_no_time():
    adata = experiments()
    first = (adata.obs["series"] < 0) | (adata.obs["time"] == 0)
    data = read_experiments(adata[first.to_numpy()].copy())
    assert data.times.shape == (3, 1)
    assert data.time_scale == 1.0


@settings(max_examples=20)
@given(rate=st.floats(0.01, 10), unit=st.floats(1e-3, 1e3))
def test_law_the_time_scale_is_twice_the_rate_of_one_stage(rate, unit):
    times = np.linspace(0.0, 8.0 / rate, 401) * unit
    on = times < 2.0 / rate * unit
    back = np.exp(-rate / unit * np.clip(times - times[on][-1], 0, None))
    course = 1.0 + np.outer(np.where(on, 1.0, back), [0.5, 0.2, 0.0])
    course[0] = 1.0
    rest = 1.0 + 1e-3 * np.random.default_rng(0).normal(size=(9, 3))
    data = measured_by_hand(rest, np.ones((9, 3)), times=times, courses=[course], on=on)
    assert data.time_scale == pytest.approx(2 * rate / unit, rel=0.03)


@settings(max_examples=20)
@given(st.floats(1e-4, 1e4), st.integers(0, 1000))
def test_law_responses_do_not_depend_on_the_unit_of_levels_or_the_order_of_genes(unit, seed):
    rng = np.random.default_rng(seed)
    made = np.concatenate([np.ones((4, 3)), 1 - np.eye(3), 1 - 0.5 * np.eye(3), [[0, 0, 1]]])
    steady = rng.uniform(0.5, 1.5, size=made.shape) * made
    z = measured_by_hand(steady, made).response
    np.testing.assert_allclose(measured_by_hand(unit * steady, made).response, z, rtol=1e-5)
    order = rng.permutation(3)
    moved = measured_by_hand(steady[:, order], made[:, order]).response
    np.testing.assert_allclose(moved, z[np.ix_(order, order)], rtol=1e-9)


def test_responses_weigh_each_experiment_by_what_was_taken_and_leave_double_knockouts_out():
    rest = np.array([[1.0, 2.0, 3.0]] * 5)
    touched = [[0.0, 2.5, 3.0], [0.5, 2.2, 3.0], [0.0, 0.0, 9.0]]
    made = np.concatenate([np.ones((5, 3)), [[0, 1, 1], [0.5, 1, 1], [0, 0, 1]]])
    data = measured_by_hand([*rest, *touched], made)
    np.testing.assert_array_equal(data.reference, [1, 2, 3])
    spread = data.noise.sd(2.0)
    wanted = (1.0 * 0.5 + 0.5 * 0.2) / spread / np.sqrt(1.0 + 0.25)
    assert data.response[1, 0] == pytest.approx(wanted)
    assert not data.response[:, 1:].any()
