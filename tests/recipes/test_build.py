"""From tables to arguments: splits, keys, strengths, files."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.data import PerturbationData
from hybridcell.recipes.build import Builder, largest_strengths, read_table, with_solve
from hybridcell.recipes.recipe import Recipe
from hybridcell.recipes.studies import split_label

DOSES = [[-1, 0, 0], [0, -2, 0], [0, 0, 3], [-1, -2, 0], [-0.5, 0, 3], [0, -2, 1]]


@pytest.fixture(scope="module")
def screen():
    return PerturbationData(
        values=np.arange(12.0).reshape(6, 2) / 7, readouts=["x", "y"], kinds=["protein"] * 2,
        conditions=[f"c{k}" for k in range(6)], perturbations=["A", "B", "C"], doses=DOSES, input="strength",
        control="implied", context=["u", "v"] * 3,
    )  # fmt: skip


@pytest.fixture
def builder(tmp_path):
    return Builder(Recipe(name="r", path=tmp_path / "r.toml", tables={"seed": 4}))


@pytest.mark.parametrize(
    ("table", "labels"),
    [
        ({"by": "random", "n": 3}, ["seed 4", "seed 5", "seed 6"]),
        ({"by": "random", "n": 2, "seed": 0}, ["seed 0", "seed 1"]),
        ({}, [f"seed {k}" for k in range(4, 14)]),
        ({"by": "drug"}, ["A", "B", "C"]),
        ({"by": "drug", "n": 2}, ["A", "B"]),
        ({"by": "drug", "drug": "C", "n": 2}, ["C"]),
        ({"by": "context"}, ["u", "v"]),
        ({"by": "single-to-combo", "n": 5}, ["single-to-combo"]),
    ],
)
def test_a_study_is_cut_as_often_as_it_asks(builder, screen, table, labels):
    parts = list(builder.splits(screen, table))
    assert [split_label(test) for _, test in parts] == labels
    for train, test in parts:
        assert not set(train.conditions) & set(test.conditions)


@pytest.mark.parametrize("n", [0, -1, 2.0, True, "3"])
@pytest.mark.parametrize("by", ["random", "drug"])
def test_splits_are_counted(builder, screen, by, n):
    with pytest.raises(InvalidValueError, match=f"n of a split is {n!r}; wanted a whole number, at least 1"):
        builder.splits(screen, {"by": by, "n": n})


def test_a_job_is_cut_once(builder, screen):
    with pytest.raises(InvalidValueError, match="n belongs to the split of"):
        builder.split(screen.to_anndata(), {"by": "random", "n": 2})


def test_only_a_random_split_takes_the_seed_of_the_recipe(builder, screen):
    by_chance = builder.split(screen, {"by": "random-partition"})[1]
    assert by_chance.provenance["split"]["seed"] == 4
    by_order = builder.split(screen, {"by": "single-to-combo"})[1]
    assert "seed" not in by_order.provenance["split"]
    with pytest.raises(InvalidValueError, match="by='single-to-combo' does not read seed=3"):
        builder.split(screen, {"by": "single-to-combo", "seed": 3})


def test_keys_come_from_the_seed_and_differ_from_step_to_step(builder, tmp_path):
    made = {
        kind: jr.key_data(builder._keyed(kind, {})["key"]).tolist() for kind in ("model", "residual", "fit")
    }
    assert len({tuple(key) for key in made.values()}) == 3
    same = Builder(Recipe(name="r", path=tmp_path, tables={"seed": 4}))._keyed("fit", {"steps": 2})
    assert jr.key_data(same["key"]).tolist() == made["fit"]
    assert same["steps"] == 2
    assert builder._keyed("fit", {"key": 7})["key"] == jr.key(7)


def test_strengths_are_the_largest_of_either_sign(screen):
    assert largest_strengths(screen) == {"A": 1.0, "B": 2.0, "C": 3.0}


def test_a_table_of_a_solver_becomes_one():
    given = {"n": 3, "solve": {"rtol": 1e-5}}
    made = with_solve(given)
    assert made == {"n": 3, "solve": hc.Solve(rtol=1e-5)}
    assert given["solve"] == {"rtol": 1e-5}
    assert with_solve({"n": 3}) == {"n": 3}


@pytest.mark.parametrize(("name", "sep"), [("t.csv", ","), ("t.tsv", "\t"), ("t.txt", "\t")])
def test_tables_keep_names_as_they_are_written(tmp_path, name, sep):
    lines = ["# a comment", f"drug{sep}target", f"NA{sep}MEK"]
    (tmp_path / name).write_text("\n".join(lines))
    assert read_table(tmp_path / name).to_dict("list") == {"drug": ["NA"], "target": ["MEK"]}
    (tmp_path / name).write_text("\n".join([f"{sep}a{sep}b", f"a{sep}1{sep}0.5", f"b{sep}0.5{sep}1"]))
    square = read_table(tmp_path / name)
    assert list(square.index) == list(square.columns) == ["a", "b"]
    assert square.loc["a", "b"] == 0.5
