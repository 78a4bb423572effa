"""A screen as tables, on responses made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell.data import PerturbationData
from hybridcell.therapy.screen import tables

LEVELS = [[0.0, -0.5, -1.0], [0.0, -2.0], [0.0, -3.0]]
RESPONSES = np.random.default_rng(0).normal(size=(4, 12))


@pytest.fixture
def screen(made_screen):
    responses = RESPONSES.copy()
    responses[1, 9] = responses[:, 11] = np.nan
    return made_screen(LEVELS, responses, order=3)


def test_pieces_of_a_table_are_its_parts(screen, monkeypatch):
    whole = screen.to_dataframe()
    monkeypatch.setattr(tables, "_ROWS", 1)
    pieces = list(tables.table_pieces(screen))
    assert len(pieces) == 3 + 2
    assert screen.to_dataframe().equals(whole)
    assert [len(piece) for piece in pieces] == [6, 6, 4, 1, 1]


def test_every_row_of_the_table_is_the_condition_of_its_doses(screen):
    frame, design = screen.to_dataframe(), screen.design
    doses = {tuple(row): k for k, row in enumerate(np.abs(design.doses(np.arange(12))).tolist())}
    mean = np.nanmean(screen.responses[:, :11], axis=0)
    for row in frame.itertuples():
        given = dict.fromkeys("abc", 0.0)
        given |= {row.drug_a: row.dose_a, row.drug_b: row.dose_b}
        if row.drug_c:
            given[row.drug_c] = row.dose_c
        k = doses[tuple(given.values())]
        assert row.success == {9: 0.75, 11: 0.0}.get(k, 1.0)
        assert row.response == pytest.approx(mean[k]) if k < 11 else np.isnan(row.response)
        assert row.response_lower <= row.response <= row.response_upper or k == 11
    assert (frame["dose_c"] == 0).tolist() == (frame["drug_c"] == "").tolist()
    assert len(frame) == 18
    assert frame.groupby(["drug_a", "drug_b", "drug_c"]).ngroups == 4


def test_the_anndata_holds_each_condition_once_with_its_spread(screen):
    adata = screen.to_anndata()
    assert adata.obs_names[[0, 1, 9, 11]].tolist() == ["control", "a 0.5", "b 2 + c 3", "a 1 + b 2 + c 3"]
    data = PerturbationData.from_anndata(adata)
    np.testing.assert_array_equal(data.doses, screen.design.doses(np.arange(12)))
    np.testing.assert_array_equal(adata.X[:, 0], screen.summary("response").mean)
    np.testing.assert_array_equal(adata.layers["upper"][:, 0], screen.summary("response").upper)
    assert np.isnan(adata.obs["emergent"][:10]).all()
    assert data.provenance["members"] == 4
