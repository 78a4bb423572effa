from __future__ import annotations

import pytest

from hybridcell._core.errors import FileFormatError, InvalidValueError, UnknownNameError
from hybridcell.recipes import read_recipe
from hybridcell.recipes.overrides import merge, parse_overrides

SMALL = """
title = "small"
[data]
dataset = "signaling"
drugs = ["aMEK", "aPI3K"]
[split]
by = "single-to-combo"
[fit]
steps = 3
"""


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SMALL.replace("steps", "stpes"), r"mine\.toml, \[fit\]: there is no key 'stpes'.*'steps'"),
        (SMALL.replace("[fit]", "[fti]"), r"mine\.toml: there is no table or key 'fti'.*'fit'"),
        (SMALL.replace("drugs", "drug_list"), r"\[data\]: there is no key 'drug_list'.*'drugs'"),
        (
            SMALL.replace('"signaling"', '"signalling"'),
            r"\[data\]: there is no dataset 'signalling'.*'signaling'",
        ),
        (SMALL + "[fit.solve]\ntolerance = 1\n", r"\[fit\.solve\]: there is no key 'tolerance'"),
        (SMALL + "[model]\nwieghts = 1\n", r"\[model\]: there is no key 'wieghts'"),
        (SMALL + "[residual]\nwidht = 1\n", r"\[residual\]: there is no key 'widht'.*'width'"),
        (SMALL + "[evaluate]\ntrain = 1\n", r"\[evaluate\]: there is no key 'train'"),
        (
            SMALL + "[expect.fit.loss]\natleast = 1\n",
            r"\[expect\.fit\.loss\]: there is no key 'atleast'.*'at_least'",
        ),
        (SMALL.replace("[data]", "[dota]"), "'dota'.*'data'"),
        ("title = 1", "title is 1"),
        ("[fit]\n", r"\[data\] is missing"),
        ("fit = 3\n[data]\ndataset = 'demo'", "fit is 3; wanted a table"),
        ("[data\n", "is not TOML"),
        (SMALL + "[[studies]]\nname = 'a'\nsplit = {by = 'random'}\n", r"\[split\] and \[\[studies\]\]"),
    ],
)
def test_what_nothing_reads_is_refused_with_the_nearest_name(written, text, says):
    with pytest.raises(FileFormatError, match=says):
        read_recipe(written(text))


STUDIES = """
[data]
dataset = "demo"
[[studies]]
name = "a"
split = { by = "random", n = 2 }
[[studies.models]]
name = "ode"
fit = { steps = 3 }
[[studies]]
name = "b"
split = { by = "drug" }
"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            STUDIES.replace("steps", "stepps"),
            r"\[studies\.a\.models\.ode\.fit\]: there is no key 'stepps'.*'steps'",
        ),
        (STUDIES.replace("n = 2", "m = 2"), r"\[studies\.a\.split\]: there is no key 'm'"),
        (STUDIES.replace('"b"', '"a"'), "two studies have the name 'a'"),
        (
            STUDIES.replace("[[studies.models]]\nname", "[[studies.models]]\nnick"),
            r"\[studies\.a\.models\.1\].*'nick'",
        ),
        (STUDIES.replace('split = { by = "drug" }', ""), r"\[studies\.b\]: split is missing"),
    ],
)
def test_studies_are_checked_down_to_their_models(written, text, says):
    with pytest.raises(FileFormatError, match=says):
        read_recipe(written(text))


def test_overrides_change_one_key_and_are_checked_like_the_file(written):
    path = written(SMALL)
    recipe = read_recipe(path, set=["fit.steps=200", "data.drugs=['aMEK']"])
    assert recipe.tables["fit"] == {"steps": 200}
    assert recipe.tables["data"]["drugs"] == ["aMEK"]
    assert read_recipe(path, set={"fit.steps": 7}).tables["fit"]["steps"] == 7
    assert recipe.changed
    assert not recipe.judged
    assert read_recipe(path).judged
    with pytest.raises(FileFormatError, match=r"with overrides, \[fit\]: there is no key 'step'"):
        read_recipe(path, set=["fit.step=200"])


def test_overrides_reach_into_arrays_by_name_or_all_at_once(written):
    path = written(STUDIES)
    named = read_recipe(path, set=["studies.a.split.n=5"]).tables["studies"]
    assert [s["split"].get("n") for s in named] == [5, None]
    every = read_recipe(path, set=["studies.*.split.n=1"]).tables["studies"]
    assert [s["split"]["n"] for s in every] == [1, 1]
    with pytest.raises(UnknownNameError, match="'c'"):
        read_recipe(path, set=["studies.c.split.n=5"])


def test_a_merge_leaves_what_it_was_given_alone():
    base = {"fit": {"steps": 1}, "list": [{"name": "a", "x": 1}]}
    merged = merge(base, {"fit": {"steps": 2}, "list": {"a": {"x": 2}}})
    assert merged == {"fit": {"steps": 2}, "list": [{"name": "a", "x": 2}]}
    assert base == {"fit": {"steps": 1}, "list": [{"name": "a", "x": 1}]}


def test_override_values_are_toml_with_bare_words_as_text():
    parsed = parse_overrides(["a.b=1.5", "a.c=true", "a.d=NO", "a.e=[1, 2]", 'a."f g"="x y"'])
    assert parsed == {"a": {"b": 1.5, "c": True, "d": "NO", "e": [1, 2], "f g": "x y"}}


@pytest.mark.parametrize("text", ["fit.steps", "=3", "fit.steps=two words", "fit.steps=[1"])
def test_an_override_that_is_no_assignment_is_refused(text):
    with pytest.raises(InvalidValueError, match="override"):
        parse_overrides([text])


def test_smoke_needs_a_smoke_table(written):
    with pytest.raises(FileFormatError, match=r"\[smoke\]"):
        read_recipe(written(SMALL), smoke=True)
    recipe = read_recipe(written(SMALL + "[smoke]\nfit = { steps = 1 }\n"), smoke=True)
    assert recipe.tables["fit"]["steps"] == 1
    assert "smoke" not in recipe.tables
    with pytest.raises(FileFormatError, match=r"with \[smoke\], \[fit\]: there is no key 'speps'"):
        read_recipe(written(SMALL + "[smoke]\nfit = { speps = 1 }\n"), smoke=True)


def test_an_unknown_recipe_suggests_the_nearest(tmp_path):
    with pytest.raises(UnknownNameError, match="'demo'"):
        read_recipe("dmeo")
    (tmp_path / "mine.toml").write_text(SMALL)
    with pytest.raises(FileFormatError, match="mine"):
        read_recipe(tmp_path / "mien.toml")
    with pytest.raises(FileFormatError, match="folder"):
        read_recipe(tmp_path)


def test_a_folder_does_not_hide_a_shipped_recipe(tmp_path, monkeypatch):
    (tmp_path / "demo").mkdir()
    monkeypatch.chdir(tmp_path)
    assert read_recipe("demo").path.name == "demo.toml"
