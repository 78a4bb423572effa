"""The documentation is about this code: names, errors and lists on its pages are those of the package."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybridcell as hc
from tests.infer.problems import A0, K, decay
from tests.pages import DOCS, ROOT, page

# ---------------------------------------------------------------- names


def test_every_public_name_is_on_the_reference_page():
    text = page("reference/api.md")
    missing = [name for name in hc.__all__ if not re.search(rf"(:: |hc\.){re.escape(name)}\b", text)]
    assert missing == []


@pytest.mark.parametrize("module", ["datasets", "metrics", "baselines", "synergy", "infer", "pl"])
def test_every_name_of_a_namespace_is_on_the_reference_page(module):
    text = page("reference/api.md")
    public = getattr(getattr(hc, module), "__all__", None) or [
        name for name in vars(getattr(hc, module)) if not name.startswith("_") and name in ("bliss", "hsa")
    ]
    missing = [name for name in public if name != "Baseline" and not re.search(rf":: {name}\b", text)]
    assert missing == []


def test_everything_on_the_reference_page_exists():
    import importlib

    module = None
    for directive, value in re.findall(
        r"^\.\. (currentmodule|auto\w+):: (\S+)", page("reference/api.md"), flags=re.MULTILINE
    ):
        if directive in ("currentmodule", "automodule"):
            module = importlib.import_module(value)
        else:
            assert hasattr(module, value), f"{module} has no {value}"


def test_every_baseline_is_explained():
    text = page("explanation/evaluation.md")
    assert [name for name in hc.baselines.available() if f"`{name}`" not in text] == []


def test_every_shipped_network_and_model_class_has_a_card():
    text = page("explanation/model-cards.md")
    assert "networks/README.md" in text
    listed = (ROOT / "networks" / "README.md").read_text(encoding="utf-8")
    assert [name for name in hc.networks.available() if f"| `{name}` |" not in listed] == []
    for title in ("CellBox", "Dose layer", "Reaction network", "Prior network", "Gene network", "Ensembles"):
        assert re.search(rf"^## {title}", text, flags=re.MULTILINE), title


def test_words_of_the_glossary_are_in_order_and_explained_once():
    words = re.findall(r"^(\w[^\n]*)\n  \w", page("reference/glossary.md"), flags=re.MULTILINE)
    assert len(words) > 50
    assert words == sorted(set(words), key=str.lower)


def test_every_dependency_has_a_reason():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [re.split(r"[><=!\[]", text)[0] for text in project["dependencies"]]
    text = page("explanation/decisions.md")
    assert [
        name for name in named if not re.search(rf"^\| {re.escape(name)}\b", text, flags=re.MULTILINE)
    ] == []
    assert [name for name in project["optional-dependencies"] if f"`{name}`" not in text] == []


def test_every_layer_is_explained():
    import tomllib

    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    layers = " | ".join(tools["importlinter"]["contracts"][0]["layers"])
    text = page("explanation/architecture.md")
    for layer in re.findall(r"hybridcell\.(\w+)", layers):
        assert re.search(rf"^\|.*`{layer}`.*\|", text, flags=re.MULTILINE), layer


def test_settings_of_a_fit_are_documented():
    from dataclasses import fields

    from hybridcell.fit.settings import FitSettings

    text = hc.fit.__doc__ or ""
    assert [f.name for f in fields(FitSettings) if f"``{f.name}``" not in text] == []


# ---------------------------------------------------------------- code on the pages


def blocks(name: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page(name), flags=re.DOTALL | re.MULTILINE)


def pages() -> list[str]:
    return sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md") if "_build" not in path.parts)


@pytest.mark.parametrize("name", pages())
def test_code_on_a_page_is_python(name):
    for number, block in enumerate(blocks(name), 1):
        compile(block, f"{name}, block {number}", "exec")


@pytest.mark.parametrize("name", pages())
def test_names_on_a_page_exist(name):
    """`hc.something` that a page mentions is something that hybridcell has."""
    for found in set(re.findall(r"\bhc\.([A-Za-z_]\w*)(?:\.([A-Za-z_]\w*))?", page(name))):
        if found[0] in ("xml",):
            continue
        value = getattr(hc, found[0])
        if found[1]:
            assert hasattr(value, found[1]), ".".join(found)


def test_own_tables_become_a_model(tmp_path, monkeypatch, capsys):
    """The ten lines of docs/how-to/own-data.md, on the tables that the page shows."""
    tables = re.findall(
        r"^`(\w+\.csv)`.*?^```text\n(.*?)^```", page("how-to/own-data.md"), flags=re.DOTALL | re.MULTILINE
    )
    monkeypatch.chdir(tmp_path)
    for name, text in tables:
        Path(name).write_text(text, encoding="utf-8")
    assert [name for name, _ in tables] == ["responses.csv", "given.csv"]
    exec(compile(blocks("how-to/own-data.md")[0], "own-data.md", "exec"), {})
    assert "growth" in capsys.readouterr().out


def test_time_courses_can_be_fitted():
    # fixed steps, so that little is compiled
    quick = 'steps=2, solve=hc.Solve(method="heun", dt=0.5)'
    block = blocks("how-to/time-courses.md")[0].replace("steps=60", quick)
    names: dict[str, Any] = {}
    exec(compile(block, "time-courses.md", "exec"), names)
    assert names["fitted"].result == "success"
    assert np.isfinite(np.asarray(names["trajectory"].values)).all()


def test_sbml_is_read_changed_simulated_and_written(tmp_path, monkeypatch, capsys):
    pytest.importorskip("antimony", reason="Antimony is not installed (pip install antimony)")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks("how-to/sbml.md"), 1):
        exec(compile(block, f"sbml.md, block {number}", "exec"), names)
    assert names["table"].loc["E1=0.0001", "Kpp"].iloc[-1] > 0.9
    assert names["again"].species["E1"].initial_concentration == 1e-4
    assert names["report"].is_exact
    text = capsys.readouterr().out
    assert hc.read_sbml(text).species.ids == names["net"].species.ids


@pytest.mark.slow
def test_a_petab_problem_is_read_fitted_and_handed_on(tmp_path, monkeypatch, capsys):
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks("how-to/petab.md"), 1):
        block = block.replace("n_starts=10", "n_starts=3")
        exec(compile(block, f"petab.md, block {number}", "exec"), names)
    plt.close("all")
    best = names["fitted"].log_likelihood()
    assert best > names["problem"].log_likelihood() + 1
    np.testing.assert_allclose(names["problem"].log_likelihood(names["theta"]), best, atol=1e-3)
    assert hc.read_petab("fitted/jak_stat.yaml").log_likelihood() == pytest.approx(best)
    assert (tmp_path / "calibrated.xml").is_file()
    assert "scaling" in capsys.readouterr().out


def test_the_recipe_on_the_page_is_one(tmp_path):
    import tomllib

    from hybridcell.recipes.schema import check_recipe

    (text,) = re.findall(r"^```toml\n(.*?)^```", page("how-to/recipes.md"), flags=re.DOTALL | re.MULTILINE)
    check_recipe(tomllib.loads(text), where="the page")


def test_every_page_is_listed():
    listed = {"index"}
    for path in DOCS.rglob("*.md"):
        for tree in re.findall(
            r"^```\{toctree\}\n(.*?)^```", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
        ):
            for line in tree.splitlines():
                if line and not line.startswith(":"):
                    listed.add(str((path.parent / line).relative_to(DOCS)))
    assert {name.removesuffix(".md") for name in pages()} <= listed
    assert {f"tutorials/{path.stem}" for path in (ROOT / "notebooks").glob("*.ipynb")} <= listed


@pytest.mark.slow
def test_what_is_uncertain_is_said_and_the_next_experiment_chosen(tmp_path, monkeypatch):
    pytest.importorskip("antimony", reason="Antimony is not installed (pip install antimony)")
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    monkeypatch.chdir(tmp_path)
    # of the page's problem most time would go to compiling its delay
    large = 'hc.read_petab(hc.networks.load("jak_stat").petab)'
    small = decay(tmp_path / "small", f"{K}\n{A0}")
    names: dict[str, Any] = {"small": small}
    assert sum(large in block for block in blocks("how-to/uncertainty.md")) == 1
    for number, block in enumerate(blocks("how-to/uncertainty.md"), 1):
        block = block.replace(large, "small")
        exec(compile(block, f"uncertainty.md, block {number}", "exec"), names)
    plt.close("all")
    layers = names["predicted"].layers
    assert (layers["lower"] < layers["upper"]).all()
    assert names["problem"] is small
    assert len(names["profiles"].table) == len(names["problem"].free)
    assert len(names["plan"].chosen) == 2
    assert (tmp_path / "member.xml").is_file()


@pytest.mark.slow
def test_a_graph_is_questioned(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks("how-to/interaction-graph.md"), 1):
        exec(compile(block, f"interaction-graph.md, block {number}", "exec"), names)
    assert names["sure"].edges["q_value"].max() <= 0.1
    assert len(names["controls"]) == 5
    assert len(names["again"]) == len(names["graph"])
    assert (tmp_path / "graph.html").is_file()


@pytest.mark.slow
def test_a_network_is_recovered():
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks("how-to/recover-a-network.md"), 1):
        exec(compile(block, f"recover-a-network.md, block {number}", "exec"), names)
    assert len(names["found"].ranked()) == 20


def test_drugs_are_combined(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks("how-to/combination-therapies.md"), 1):
        exec(compile(block, f"combination-therapies.md, block {number}", "exec"), names)
    assert names["plan"].table["stress <= 0.4"].iloc[0] <= 0.4 + 1e-4
    assert names["course"].result == ("success",) * 3
    assert (tmp_path / "screen.html").stat().st_size > 10_000
    assert np.asarray(names["seen"][:, "ERK"].X)[1, 0] < -0.3
    assert names["answer"].result == ("success",) * 2
    assert len(capsys.readouterr().out.splitlines()) == 4


@pytest.mark.parametrize("name", ["copasi", "scverse"])
def test_what_is_called_otherwise_elsewhere_runs(name):
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks(f"how-to/coming-from-{name}.md"), 1):
        exec(compile(block, f"coming-from-{name}.md, block {number}", "exec"), names)
    if name == "copasi":
        assert names["run"].result == ("success",) * 2
    else:
        assert names["screen"].perturbations == ("KLF1", "MAP2K6")
        assert names["apart"].labels[2] == "KLF1 KO+MAP2K6 KO"


def test_every_command_is_on_its_page():
    from typer.main import get_command

    from hybridcell.cli.app import app

    text = page("reference/command-line.md")
    assert [name for name in get_command(app).commands if f"`hybridcell {name}" not in text] == []  # type: ignore[attr-defined]


def test_an_ensemble_is_fitted_by_a_pool(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(blocks("how-to/scale-out.md")[0], "scale-out.md", "exec"), names)
    assert names["ensemble"].result == ("success",) * 4
