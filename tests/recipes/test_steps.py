"""Tables that nothing would read beside the others of a recipe."""

from __future__ import annotations

import pytest

from hybridcell._core.errors import FileFormatError
from hybridcell.recipes import read_recipe
from hybridcell.recipes.steps import check_steps

JOB = "[data]\ndataset = 'demo'\n[fit]\n"
STUDY = JOB + "[[studies]]\nname = 'a'\nsplit = {by = 'random'}\n"


def _read(folder, text, **options):
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return read_recipe(folder / "mine.toml", **options)


@pytest.mark.parametrize("name", ["filter", "compare"])
def test_what_is_done_with_a_graph_needs_the_graph(tmp_path, name):
    with pytest.raises(FileFormatError, match=rf"mine\.toml: \[{name}\] needs the interaction graph.*Add"):
        _read(tmp_path, JOB + f"[{name}]\n")
    assert name in _read(tmp_path, JOB + f"[interactions]\n[{name}]\n").tables


def test_scores_need_conditions_that_are_held_out(tmp_path):
    with pytest.raises(FileFormatError, match=r"\[evaluate\] needs held-out conditions.*no \[split\]"):
        _read(tmp_path, JOB + "[evaluate]\n")


@pytest.mark.parametrize("name", ["interactions", "filter", "compare", "screen_combinations", "write_sbml"])
def test_studies_fit_and_score_only(tmp_path, name):
    with pytest.raises(FileFormatError, match=rf"there is \[{name}\] and \[\[studies\]\].*take it away"):
        _read(tmp_path, STUDY + f"[{name}]\n")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (JOB + "[fit_ensemble]\n", r"mine\.toml"),
        (STUDY + "[fit_ensemble]\n", r"mine\.toml"),
        (STUDY + "fit = {}\nfit_ensemble = {}\n", r"\[studies\.a\]"),
        (STUDY + "models = [{name = 'm', fit = {}, fit_ensemble = {}}]\n", r"\[studies\.a\.models\.m\]"),
    ],
)
def test_a_model_is_fitted_one_way(tmp_path, text, place):
    with pytest.raises(FileFormatError, match=place + r": there is \[fit\] and \[fit_ensemble\]"):
        _read(tmp_path, text)


def test_overrides_may_add_what_is_needed_and_may_not_add_what_nothing_reads(tmp_path):
    filtered = JOB + "[filter]\nconfidence = 0.9\n"
    assert _read(tmp_path, filtered, set={"interactions.kind": "response"}).tables["filter"]
    with pytest.raises(FileFormatError, match=r"\[fit\] and \[fit_ensemble\]"):
        _read(tmp_path, JOB, set={"fit_ensemble.n": 3})


def test_a_study_and_its_models_may_fit_in_another_way_than_the_recipe():
    models = [{"name": "one"}, {"name": "many", "fit_ensemble": {}}]
    study = {"name": "a", "split": {}, "fit": {}, "models": models}
    check_steps({"fit_ensemble": {}, "evaluate": {}, "studies": [study]}, where="mine.toml")
