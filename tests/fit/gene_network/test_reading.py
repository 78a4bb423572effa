from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import DataError
from hybridcell.fit.gene_network import read_experiments
from tests.fit.gene_network.networks import GENES, TIMES, experiments


@pytest.fixture
def adata():
    return experiments()


def test_what_is_read(data):
    assert data.genes == GENES
    assert data.made.tolist()[2:5] == [[1, 1, 1, 1], [0, 1, 1, 1], [1, 0, 1, 1]]
    assert data.made[7].tolist() == [0.5, 1, 1, 1]
    np.testing.assert_array_equal(data.times, np.tile(TIMES, (3, 1)))
    np.testing.assert_array_equal(data.on[0], TIMES < 50)


def test_the_order_of_rows_does_not_matter(adata, data):
    shuffled = read_experiments(adata[np.random.default_rng(0).permutation(adata.n_obs)].copy())
    np.testing.assert_array_equal(shuffled.courses, data.courses)
    assert sorted(shuffled.steady.tolist()) == sorted(data.steady.tolist())


def test_short_courses_are_padded(adata):
    last = (adata.obs["series"] == 0) & (adata.obs["time"] > 75)
    data = read_experiments(adata[~last.to_numpy()].copy())
    assert data.times[0].tolist() == [*TIMES[:8], 70, 70, 70]
    assert np.isnan(data.courses[0, 8:]).all()


def test_unknown_perturbations_at_rest_are_left_out(adata):
    adata.obsm["doses"].loc[adata.obs_names[0], "stimulus_1"] = 1.0
    assert len(read_experiments(adata).steady) == 10


def test_other_tables_are_refused(adata):
    del adata.obs["series"]
    with pytest.raises(DataError, match=r"lacks obs\['series'\].*dream4_folder"):
        read_experiments(adata)


@pytest.mark.parametrize(("value", "told"), [(-0.5, "is -0.5"), (np.inf, "is inf")])
def test_levels_must_be_levels(adata, value, told):
    adata.X[3, 1] = value
    with pytest.raises(DataError, match=f"level of 'B' in row 'knockout_A' {told}.*Logarithms"):
        read_experiments(adata)


def test_doses_must_be_shares(adata):
    adata.obsm["doses"].loc["knockout_B", "B"] = 2.0
    with pytest.raises(DataError, match="'knockout_B' takes away 2 of gene 'B'"):
        read_experiments(adata)


def test_a_wild_type_alone_tells_nothing(adata):
    with pytest.raises(DataError, match="nothing tells who acts on whom"):
        read_experiments(adata[:3].copy())


def test_one_gene_has_no_partner(adata):
    with pytest.raises(DataError, match="There is 1 gene"):
        read_experiments(adata[:, :1].copy())


def test_a_gene_that_was_never_measured(adata):
    adata.X[:, 2] = np.nan
    with pytest.raises(DataError, match="'C' was never measured"):
        read_experiments(adata)


def test_times_must_differ(adata):
    adata.obs.loc["series_1_t10", "time"] = 0.0
    with pytest.raises(DataError, match="times of series 0"):
        read_experiments(adata)


def test_genes_stay_touched_through_a_course(adata):
    adata.obsm["doses"].loc["series_1_t10", "A"] = 1.0
    with pytest.raises(DataError, match="in the course of series 0"):
        read_experiments(adata)


def test_all_zero(adata):
    adata.X[:] = 0.0
    with pytest.raises(DataError, match="All levels are 0"):
        read_experiments(adata)


def test_two_genes_of_one_name(adata):
    with pytest.warns(UserWarning, match="not unique"):
        adata = adata[:, [0, 1, 2, 2]].copy()
    with pytest.raises(DataError, match="two genes 'C'; wanted every name once"):
        read_experiments(adata)


def test_a_dose_that_is_not_known_is_no_dose(adata):
    adata.obsm["doses"].loc["knockout_B", "B"] = np.nan
    with pytest.raises(DataError, match="'knockout_B' takes away nan of gene 'B'"):
        read_experiments(adata)


def test_genes_without_a_column_of_doses_were_never_touched(adata):
    del adata.obsm["doses"]["D"]
    data = read_experiments(adata)
    assert (data.made[:, 3] == 1).all()
    assert (data.course_made[:, 3] == 1).all()
