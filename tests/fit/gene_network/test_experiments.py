from __future__ import annotations

import numpy as np
import pytest

from hybridcell.fit.gene_network import read_experiments
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
