"""Recipes that are no recipes: whatever a TOML file says, it is read or told in one sentence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import FileFormatError
from hybridcell.recipes import read_recipe
from hybridcell.recipes.schema import (
    check_recipe,
    data_options,
    flat_expectations,
    is_path,
    resolve,
    valid_keys,
)

DATA = "[data]\ndataset = 'demo'\n"
STUDY = DATA + "[[studies]]\nname = 'a'\nsplit = {by = 'random'}\n"


def _read(folder, text, **options):
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return read_recipe(folder / "mine.toml", **options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed = 'x'\n" + DATA, "seed is 'x'; wanted a whole number"),
        ("seed = 1.5\n" + DATA, "seed is 1.5"),
        ("seed = -1\n" + DATA, "seed is -1"),
        ("seed = true\n" + DATA, "seed is True"),
        ("smoke = 3\n" + DATA, r"smoke is 3; wanted a table, \[smoke\]"),
        ("expect = 3\n" + DATA, r"expect is 3; wanted a table, \[expect\]"),
        (DATA + "[expect]\na = {value = 'x'}\n", r"\[expect.a\]: value is 'x'; wanted a number"),
        (DATA + "[expect]\na = {at_least = true}\n", "at_least is True"),
        (DATA + "[expect]\na = 'x'\n", "value is 'x'"),
        (DATA + "[expect.a.b]\natleast = 1\n", r"\[expect.a.b\]: there is no key 'atleast'.*'at_least'"),
        ("output = 3\n" + DATA, "output is 3; wanted a table"),
        ("output = {folder = 3}\n" + DATA, r"\[output\]: folder is 3; wanted text"),
        ("data = [1]\n", r"data is \[1\]; wanted a table"),
        ("[data]\n", "dataset is missing"),
        ("[data]\ndataset = 3\n", "dataset is missing; wanted a name"),
        ("[data]\ndataset = 'demmo'\n", r"\[data\]: there is no dataset 'demmo'. Did you mean 'demo'"),
        ("[data]\ndataset = 'absent.h5ad'\n", r"\[data\]: there is no file 'absent.h5ad' \(looked for /"),
        (DATA + "[compare]\nedges = 3\n", r"\[compare\]: edges is 3; wanted 'truth' or the path"),
        (DATA + "[compare]\nedges = 'absent.tsv'\n", r"\[compare\]: there is no file 'absent.tsv'"),
        (DATA + "[model]\nprior = 'absent.tsv'\n", r"\[model\]: there is no file"),
        (DATA + "[fit.solve]\nrtoll = 1\n", r"\[fit.solve\]: there is no key 'rtoll'.*'rtol'"),
        ("studies = 3\n" + DATA, r"write \[\[studies\]\]"),
        ("studies = [3]\n" + DATA, r"write \[\[studies\]\]"),
        (STUDY + "models = 3\n", r"\[studies.a\]: models is no list of tables; write \[\[studies.models\]\]"),
        (STUDY + "models = ['m']\n", "models is no list of tables"),
        (STUDY + "models = {name = 'm'}\n", "models is no list of tables"),
        (STUDY.replace("'a'", "['a']"), r"name is \['a'\]; wanted text"),
        (STUDY.replace("'a'", "3"), "name is 3; wanted text"),
        (STUDY.replace("'a'", "''"), "name is ''; wanted text"),
        (STUDY + STUDY.removeprefix(DATA), "two studies have the name 'a'"),
        (STUDY + "[[studies.models]]\nname = 'm'\n" * 2, "two models of a study have the name 'm'"),
        (STUDY.replace("split = {by = 'random'}", ""), r"\[studies.a\]: split is missing"),
        (STUDY + "fit = 3\n", "studies.a.fit is 3; wanted a table"),
        (STUDY + "[split]\nby = 'random'\n", "a study brings its own split"),
        ("x = " + "[" * 5000, "is not TOML"),
        ("x = '\ud800'".encode("utf-8", "surrogatepass").decode("latin-1"), "is not TOML|no table or key"),
    ],
)  # fmt: skip
def test_what_is_no_recipe_is_told_before_anything_runs(tmp_path, text, message):
    with pytest.raises(FileFormatError, match=message):
        _read(tmp_path, text)


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "mine.toml").write_bytes(b"title = '\xff'\n")
    with pytest.raises(FileFormatError, match="is not TOML"):
        read_recipe(tmp_path / "mine.toml")


def test_what_smoke_changes_is_checked_as_the_file_is(tmp_path):
    text = DATA + "[fit]\nsteps = 5\n[smoke.fit]\nstepps = 2\n"
    assert _read(tmp_path, text).tables["fit"] == {"steps": 5}
    with pytest.raises(FileFormatError, match=r"mine\.toml with \[smoke\], \[fit\]: .*'stepps'.*'steps'"):
        _read(tmp_path, text, smoke=True)
    with pytest.raises(FileFormatError, match="with overrides: seed is 'x'"):
        _read(tmp_path, text, set={"seed": "x"})


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.floats()
    | st.sampled_from(["a", "demo", "truth", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["name", "split", "models", "fit", "solve", "value", "dataset"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
tables = st.dictionaries(
    st.sampled_from(["title", "seed", "output", "studies", "expect", "smoke", "fit", "split", "compare"]),
    values, max_size=4,
)  # fmt: skip


@settings(max_examples=40)
@given(tables)
def test_any_tables_are_a_recipe_or_one_error_that_names_the_file(tables):
    try:
        check_recipe({"data": {"dataset": "demo"}, **tables}, where="mine.toml")
    except hc.HybridCellError as error:
        told = str(error)
    else:
        told = "mine.toml is fine"
    assert told.startswith("mine.toml")


def test_keys_are_the_arguments_of_the_functions():
    assert {"steps", "validation", "loss"} <= set(valid_keys("fit", {}))
    for kind in ("fit", "fit_ensemble", "screen_combinations", "evaluate", "interactions"):
        assert not {"self", "progress", "model", "data", "executor"} & set(valid_keys(kind, {}))
    assert valid_keys("data", {"dataset": "demo"})[0] == "dataset"
    assert data_options("demo") == ("seed",)
    assert {"drugs", "noise"} <= set(data_options("signaling"))
    assert {"perturbation", "sep", "layer"} <= set(data_options("screens/mine.h5ad"))
    assert data_options("no-such-set") == ()


@pytest.mark.parametrize(
    ("dataset", "is_one"), [("demo", False), ("x.h5ad", True), ("a/b", True), ("", False), ("h5ad", False)]
)
def test_a_data_set_is_a_name_or_a_file(dataset, is_one):
    assert is_path(dataset) is is_one


def test_expectations_lie_flat_under_dotted_names():
    given_table = {"a": 1, "b": {"c": {"at_least": 2}, "d": {"e": {"value": 3, "tolerance": 0.1}}}, "f": {}}
    assert flat_expectations(given_table) == {
        "a": {"value": 1}, "b.c": {"at_least": 2}, "b.d.e": {"value": 3, "tolerance": 0.1}, "f": {},
    }  # fmt: skip


def test_files_are_looked_for_beside_the_recipe(tmp_path):
    (tmp_path / "x.tsv").write_text("")
    assert resolve("x.tsv", tmp_path, where="r", table="model") == tmp_path / "x.tsv"
    assert (
        resolve(str(tmp_path / "x.tsv"), tmp_path / "other", where="r", table="model") == tmp_path / "x.tsv"
    )
    with pytest.raises(FileFormatError, match=r"r, \[model\]: there is no file '\.'"):
        resolve(".", tmp_path, where="r", table="model")
