from __future__ import annotations

import json
import os

import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import FileFormatError, HybridCellError, InvalidValueError
from hybridcell._core.shipped import shipped_names
from hybridcell.recipes import read_recipe, run

HAS_DATA = os.path.isdir(os.path.join(os.environ.get("HYBRIDCELL_DATA", ""), "cellbox"))

STUDIES = """
title = "two studies"
[data]
dataset = "signaling"
drugs = ["aMEK", "aPI3K", "aJAK"]
doses = [1.0]
[fit]
steps = 2
[evaluate]
baselines = ["training_mean", "ridge"]
[[studies]]
name = "random"
split = { by = "random", n = 2, test_fraction = 0.4 }
[[studies.models]]
name = "ode"
[[studies.models]]
name = "skip"
residual = { width = 0, bound = inf }
[[studies]]
name = "never seen"
split = { by = "drug", keep_singles = false, n = 1 }
[expect.random.measured.ode]
r = { at_least = -1.0, at_most = 1.0 }
mse = { at_least = 1e9 }
"""


@pytest.fixture(scope="module")
def demo_run(tmp_path_factory):
    """The demo as a smoke run, with what it said, into a folder that already holds a foreign file."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "mine.txt").write_text("keep")
    (folder / "report.md").write_text("old")
    said: list[str] = []
    return run("demo", smoke=True, out=folder, progress=said.append), said


def test_the_demo_leaves_everything_it_promises(demo_run):
    result, _ = demo_run
    promised = {
        "edges.tsv", "graph.graphml", "screen.csv", "model.xml", "model.hc", "report.md", "metrics.csv",
        "accuracy.md", "recipe.toml", "run.json", "training.png", "accuracy.png", "graph.png", "screen.png",
    }  # fmt: skip
    assert promised <= set(result.artifacts)
    for name, path in result.artifacts.items():
        assert path.stat().st_size > 100, name
    left = {path.name for path in result.folder.iterdir()}
    assert left == set(result.artifacts) | {"mine.txt"}, "a temporary or foreign file"
    assert (result.folder / "mine.txt").read_text("utf-8") == "keep"


def test_the_demo_says_what_it_does_and_how_much_of_the_truth_it_found(demo_run):
    result, said = demo_run
    spoken = "\n".join(said)
    for step in ("Data:", "Fit:", "Evaluate:", "Interactions:", "Combinations:", "Export:", "Done in"):
        assert step in spoken
    report = result.artifacts["report.md"].read_text("utf-8")
    assert "Of the 76 true edges" in report
    assert "random ranking" in report
    assert "prior alone" in report
    assert "numbers below mean nothing" in report
    for figure in ("training.png", "accuracy.png", "graph.png", "screen.png"):
        assert f"({figure})" in report


def test_the_demo_can_be_gone_on_with(demo_run):
    result, _ = demo_run
    fitted = hc.load(result.artifacts["model.hc"])
    assert fitted.n == result.objects["fit"].n == read_recipe("demo", smoke=True).tables["fit_ensemble"]["n"]
    edges = pd.read_csv(result.artifacts["edges.tsv"], sep="\t")
    assert len(edges) == len(result.tables["edges"])
    screen = pd.read_csv(result.artifacts["screen.csv"])
    assert set(screen["drug_a"]) | set(screen["drug_b"]) == set(result.objects["screen"].drugs)
    record = json.loads(result.artifacts["run.json"].read_text("utf-8"))
    assert record["smoke"] is True
    assert record["versions"]["hybridcell"] == hc.__version__
    assert record["metrics"]["compare.all.known"] == 76
    assert result.checks == ()
    assert "RunResult('demo'" in repr(result)


@pytest.mark.skipif(not HAS_DATA, reason="needs the melanoma screen in $HYBRIDCELL_DATA")
def test_the_melanoma_recipe_runs_all_its_studies(tmp_path):
    result = run("melanoma", smoke=True, out=tmp_path, progress=False)
    studies = [study["name"] for study in read_recipe("melanoma").tables["studies"]]
    assert list(dict.fromkeys(result.tables["accuracy"].index.get_level_values("study"))) == studies
    text = result.artifacts["accuracy.md"].read_text("utf-8")
    assert "r, 87 measured" in text
    assert "r, all 99" in text
    assert all(f"### {study} (" in text for study in studies)


@pytest.mark.parametrize("name", shipped_names("training"))
def test_every_shipped_recipe_expects_something_and_has_a_smoke_run(name):
    assert read_recipe(name).tables["expect"]
    assert read_recipe(name, smoke=True).smoke


@pytest.fixture(scope="module")
def studies_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies")
    (folder / "two.toml").write_text(STUDIES)
    return run(folder / "two.toml", out=folder / "out", progress=False)


def test_studies_score_every_model_on_every_split_beside_the_baselines(studies_run):
    scores = studies_run.tables["scores"]
    random = scores[(scores["study"] == "random") & (scores["readouts"] == "measured")]
    assert (
        random.groupby("split")["predictor"].apply(list).tolist()
        == [["ode", "training_mean", "ridge", "skip"]] * 2
    )
    assert random.loc[random["is_model"], "predictor"].unique().tolist() == ["ode", "skip"]
    never = scores[(scores["study"] == "never seen") & (scores["readouts"] == "measured")]
    assert never["split"].unique().tolist() == ["aMEK"]
    assert never["predictor"].tolist() == ["model", "training_mean", "ridge"]
    means = studies_run.tables["accuracy"]
    assert means.loc[("random", "measured", "ode"), "r"] == pytest.approx(
        random.groupby("predictor")["r"].mean()["ode"]
    )
    assert means.loc[("random", "measured", "skip"), "residual_share"] > 0
    assert studies_run.artifacts["accuracy.md"].read_text("utf-8").count("**ode**") == 1


def test_what_a_recipe_expects_is_checked_and_told(studies_run):
    passed = {check.metric: check.passed for check in studies_run.checks}
    assert passed == {"random.measured.ode.r": True, "random.measured.ode.mse": False}
    assert not studies_run.passed
    assert "**no**" in studies_run.artifacts["report.md"].read_text("utf-8")


def test_a_study_model_scores_as_it_does_by_hand(studies_run):
    """A study is fit and evaluate, split by split, and nothing else."""
    import jax.random as jr

    screen = hc.datasets.signaling(drugs=["aMEK", "aPI3K", "aJAK"], doses=[1.0], seed=0)
    train, test = hc.split(screen, by="random", test_fraction=0.4, seed=1)
    model = hc.CellBox.from_data(train, key=jr.fold_in(jr.key(0), 0))
    fitted = hc.fit(model, train, steps=2, key=jr.fold_in(jr.key(0), 2), progress=False)
    r = hc.evaluate(fitted, test, train=train, baselines=False).loc[("measured", "model"), "r"]
    scores = studies_run.tables["scores"]
    found = scores[
        (scores["split"] == "seed 1") & (scores["predictor"] == "ode") & (scores["readouts"] == "measured")
    ]
    assert found["r"].item() == pytest.approx(r, abs=1e-9)


SINGLE = """
[data]
dataset = "signaling"
drugs = ["aMEK", "aPI3K"]
doses = [1.0]
[fit]
steps = 1
"""


def test_a_failure_leaves_no_half_written_file(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(SINGLE + "[screen_combinations]\nreadout = 'nothing'\n")
    with pytest.raises(HybridCellError, match="no readout 'nothing'"):
        run(path, out=tmp_path / "out", progress=False)
    assert {p.name for p in (tmp_path / "out").iterdir()} <= {"model.hc", "training.png"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"model.prior": "nowhere.tsv"}, r"bad\.toml, \[model\]: there is no file 'nowhere\.tsv'"),
        ({"compare.edges": "nowhere.tsv"}, r"bad\.toml, \[compare\]: there is no file 'nowhere\.tsv'"),
        ({"model.kind": "Perceptron"}, r"kind is 'Perceptron'"),
        ({"split.by": "random", "split.n": 3}, "belongs to the split of"),
        ({"fit.steps": -1}, "steps is -1"),
    ],
)
def test_what_cannot_be_done_says_why(tmp_path, changes, says):
    path = tmp_path / "bad.toml"
    path.write_text(SINGLE)
    with pytest.raises(HybridCellError, match=says):
        run(path, set=changes, out=tmp_path / "out", progress=False)


def test_a_screen_in_a_file_is_found_beside_the_recipe(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[data]\ndataset = 'screen.h5ad'\n[fit]\nsteps = 1\n")
    with pytest.raises(FileFormatError, match=r"\[data\]: there is no file 'screen\.h5ad'"):
        read_recipe(path)
    hc.datasets.signaling(drugs=["aMEK", "aPI3K"], doses=[1.0]).write_h5ad(tmp_path / "screen.h5ad")
    result = run(path, out=tmp_path / "out", progress=False)
    assert result.objects["train"].n_obs == 4
    assert "fit.loss" in result.metrics


def test_the_output_folder_must_not_be_a_file(tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(InvalidValueError, match="is a file"):
        run("demo", smoke=True, out=tmp_path / "taken", progress=False)
