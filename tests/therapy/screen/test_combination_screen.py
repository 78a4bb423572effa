"""What can be read from a screen: rankings, surfaces, tables, files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import FileFormatError, InvalidValueError, UnknownNameError

EDGES = {("a", "p"): 0.7, ("b", "q"): 0.9, ("c", "p"): 0.4, ("p", "growth"): 0.8, ("q", "growth"): 0.6}
DOSES = {"a": [-0.5, -1.0, -2.0], "b": [-1.0, -2.0], "c": [-3.0]}


@pytest.fixture(scope="module")
def model(network):
    return network(EDGES)


@pytest.fixture(scope="module")
def screen(model):
    return hc.screen_combinations(model, readout="growth", doses=DOSES)


@pytest.fixture(scope="module")
def ensemble_screen(network):
    models = [network({**EDGES, ("a", "growth"): w}) for w in (0.1, 0.2, -0.3)]
    return hc.screen_combinations(Ensemble.from_models(models), readout="growth", doses=DOSES)


def test_top_ranks_pairs_at_their_best_doses(screen):
    best = screen.top(10, by="effect")
    assert len(best) == 3
    assert best["effect"].is_monotonic_decreasing
    for row in best.itertuples():
        surface = screen.surface(row.drug_a, row.drug_b, "effect")
        assert row.effect == surface.iloc[1:, 1:].to_numpy().max()
        assert surface.loc[row.dose_a, row.dose_b] == row.effect
    every = screen.top(100, by="hsa", per_pair=False)
    assert len(every) == 3 * 2 + 3 * 1 + 2 * 1
    assert (every[["dose_a", "dose_b"]] > 0).all(axis=None)
    assert list(screen.top(1).columns) == [
        "drug_a", "drug_b", "dose_a", "dose_b", "response", "effect", "bliss", "hsa", "additive", "success",
    ]  # fmt: skip
    with pytest.raises(InvalidValueError, match="by is 'blis'"):
        screen.top(by="blis")
    with pytest.raises(InvalidValueError, match="n is 0"):
        screen.top(0)


def test_an_ensemble_ranks_with_its_spread(ensemble_screen):
    best = ensemble_screen.top(3, by="bliss")
    assert list(best.columns[-4:]) == ["lower", "upper", "probability", "success"]
    assert (best["lower"] <= best["bliss"]).all()
    assert (best["bliss"] <= best["upper"]).all()
    assert best["probability"].between(0, 1).all()


def test_a_surface_has_doses_as_labels_and_turns_with_its_drugs(screen):
    surface = screen.surface("a", "b")
    assert list(surface.index) == [0, 0.5, 1, 2]
    assert list(surface.columns) == [0, 1, 2]
    assert (surface.index.name, surface.columns.name) == ("a", "b")
    pd.testing.assert_frame_equal(screen.surface("b", "a"), surface.T)
    with pytest.raises(UnknownNameError, match="no drug 'd'"):
        screen.surface("a", "d")
    with pytest.raises(InvalidValueError, match="Did you mean 'response'"):
        screen.surface("a", "b", "respons")


def test_one_drug_alone_is_the_same_in_all_its_pairs_and_has_no_excess(screen):
    np.testing.assert_array_equal(screen.surface("a", "b").iloc[:, 0], screen.surface("a", "c").iloc[:, 0])
    for value in ("bliss", "hsa", "additive"):
        surface = screen.surface("a", "b", value).to_numpy()
        assert not surface[0].any()
        assert not surface[:, 0].any()


def test_per_pair_is_symmetric_and_leaves_the_margins_out(screen):
    table = screen.per_pair("hsa", statistic="max")
    assert table.loc["a", "b"] == screen.surface("a", "b", "hsa").iloc[1:, 1:].to_numpy().max()
    assert table.loc["c", "a"] == table.loc["a", "c"]
    assert np.isnan(np.diag(table)).all()
    with pytest.raises(InvalidValueError, match="statistic"):
        screen.per_pair(statistic="median")


def test_the_dataframe_holds_all_grids(screen):
    frame = screen.to_dataframe()
    assert len(frame) == 4 * 3 + 4 * 2 + 3 * 2
    part = frame[(frame["drug_a"] == "a") & (frame["drug_b"] == "b")]
    pivot = part.pivot(index="dose_a", columns="dose_b", values="effect")
    np.testing.assert_array_equal(pivot, screen.surface("a", "b", "effect"))
    assert (frame["success"] == 1.0).all()


def test_the_anndata_follows_the_contract_and_can_be_predicted_again(screen, model):
    adata = screen.to_anndata()
    assert adata.shape == (1 + 6 + 11, 1)
    data = hc.PerturbationData.from_anndata(adata)
    assert data.input == "strength"
    assert data.labels[0] == "control"
    assert data.labels[-1] == "b+c"
    again = hc.predict(model, adata).to_df()["growth"]
    np.testing.assert_allclose(adata.to_df()["growth"], again, atol=1e-7)
    assert adata.obs["residual"].max() <= 1e-8


@pytest.mark.parametrize("name", ["screen.csv", "screen.tsv", "screen.h5ad"])
def test_files_hold_the_tables(ensemble_screen, tmp_path, name):
    import anndata

    path = ensemble_screen.write(tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    if name.endswith("h5ad"):
        adata = anndata.read_h5ad(path)
        np.testing.assert_array_equal(adata.X, ensemble_screen.to_anndata().X)
        assert set(adata.layers) >= {"lower", "upper"}
    else:
        frame = pd.read_csv(path, sep="," if name.endswith("csv") else "\t")
        pd.testing.assert_frame_equal(frame, ensemble_screen.to_dataframe())


def test_a_write_that_fails_leaves_what_was_there(screen, tmp_path, monkeypatch):
    path = tmp_path / "screen.csv"
    path.write_text("old")
    with pytest.raises(FileFormatError, match=r"\.csv, \.tsv, \.h5ad"):
        screen.write(tmp_path / "screen.xlsx")
    monkeypatch.setattr(pd.DataFrame, "to_csv", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        screen.write(path)
    assert path.read_text("utf-8") == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_screen_shows_itself(screen, ensemble_screen):
    assert (
        repr(screen) == "CombinationScreen(3 drugs, 3 pairs, 18 conditions, readout 'growth', 100.0% solved)"
    )
    assert "3 members" in repr(ensemble_screen)
    html = screen._repr_html_()
    assert "log2 ratio, lower is better" in html
    assert html.count("<tr>") >= 8


def test_a_screen_of_triples_shows_cuts_through_them(network):
    screen = hc.screen_combinations(network(EDGES), readout="growth", doses=DOSES, order=3)
    assert "3 pairs, 1 triple, 24 conditions" in repr(screen)
    assert "drug_c" in screen._repr_html_()
    for value in ("response", "bliss"):
        pd.testing.assert_frame_equal(
            screen.surface("a", "b", value, at={"c": 0}), screen.surface("a", "b", value)
        )
    cut = screen.surface("b", "a", "effect", at={"c": 3})
    assert cut.loc[2, 0.5] == screen.surface("a", "c", "effect", at={"b": -2}).loc[0.5, 3]
    np.testing.assert_array_equal(cut.loc[0], screen.surface("a", "c", "effect")[3])
    frame = screen.to_dataframe()
    assert len(frame) == 4 * 3 + 4 * 2 + 3 * 2 + 3 * 2 * 1
    assert frame.loc[frame["drug_c"] == "", "emergent"].isna().all()
    assert frame.loc[frame["drug_c"] == "c", "emergent"].notna().all()
    data = hc.PerturbationData.from_anndata(screen.to_anndata())
    assert data.labels[-1] == "a+b+c"
    with pytest.raises(InvalidValueError, match="wanted one drug besides"):
        screen.surface("a", "b", at={"a": 1})
    with pytest.raises(InvalidValueError, match="not screened at 2"):
        screen.surface("a", "b", at={"c": 2})


def test_cuts_need_triples(screen):
    with pytest.raises(InvalidValueError, match="triples need order=3"):
        screen.surface("a", "b", at={"c": 3})


def test_without_training_data_nothing_is_measured(screen):
    assert screen.measured("a", "b").empty
