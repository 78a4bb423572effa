"""Which models a study fits, and what a job compares with."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import FileFormatError
from hybridcell.data import datasets, truth_edges
from hybridcell.recipes.build import Builder
from hybridcell.recipes.job import _known_edges
from hybridcell.recipes.recipe import Recipe
from hybridcell.recipes.studies import competitors

steps = st.none() | st.integers(1, 9)


def _with(steps, **more):
    return more if steps is None else {"fit": {"steps": steps}, **more}


@given(steps, steps, steps)
@settings(max_examples=25)
def test_a_models_own_words_count_before_the_studys_and_those_before_the_recipes(recipe, study, model):
    entry = _with(model, name="m")
    (found,) = competitors(_with(recipe, seed=3), _with(study, name="s", split={}, models=[entry]))
    wanted = next((n for n in (model, study, recipe) if n is not None), None)
    assert found.name == "m"
    assert found.tables == ({} if wanted is None else {"fit": {"steps": wanted}})


def test_a_model_that_says_how_it_is_fitted_does_not_inherit_the_other_way():
    tables = {"fit_ensemble": {"n": 5}, "model": {"degree": 2}}
    study = {"name": "s", "models": [{"name": "one", "fit": {"steps": 1}}, {"name": "many"}]}
    one, many = competitors(tables, study)
    assert one.tables == {"fit": {"steps": 1}, "model": {"degree": 2}}
    assert many.tables == tables


def test_a_study_that_says_how_it_fits_does_not_inherit_the_other_way():
    (model,) = competitors({"fit_ensemble": {"n": 5}}, {"name": "s", "fit": {"steps": 1}})
    assert model.tables == {"fit": {"steps": 1}}


def test_a_study_without_models_has_one_and_names_differ():
    (only,) = competitors({"fit": {}}, {"name": "s", "residual": {"width": 2}})
    assert (only.name, only.tables) == ("model", {"fit": {}, "residual": {"width": 2}})
    with pytest.raises(FileFormatError, match="study 's' has two models of one name"):
        competitors({}, {"name": "s", "models": [{"name": "a"}, {"name": "a"}]})


def test_a_comparison_without_edges_is_one_with_the_truth(tmp_path):
    adata = datasets.signaling(drugs=["aMEK"], doses=[1.0])

    def known(**compare):
        recipe = Recipe(name="r", path=tmp_path / "r.toml", tables={"compare": compare})
        return _known_edges(SimpleNamespace(recipe=recipe, build=Builder(recipe), objects={"data": adata}))

    assert known()[0].equals(truth_edges(adata))
    assert known(edges="truth")[0].equals(truth_edges(adata))
    assert known()[1] is None
    (tmp_path / "mine.tsv").write_text("source\ttarget\n")
    assert known(edges="mine.tsv")[0] == tmp_path / "mine.tsv"
