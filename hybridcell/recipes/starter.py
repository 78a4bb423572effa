"""A study to begin with: tables to overwrite, a notebook that reads them, and a recipe that does the same."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.files import replacing, write_text

_DRUGS = ("aMEK", "aPI3K", "aCDK4", "aMDM2")

_README = """# A study with hybridcell

| file | what |
|---|---|
| `responses.csv` | conditions x readouts: log2 ratios against the untreated control; empty: not measured |
| `given.csv` | the same conditions x perturbations: strengths, negative for inhibition; 0 where not given |
| `readouts.csv` | what each readout is: protein, gene or phenotype |
| `prior.tsv` | known edges: source, target, sign; may be empty but for its first line |
| `study.ipynb` | from the tables to a fitted model, its graph, a screen of combinations and SBML |
| `recipe.toml` | the same without a notebook, `hybridcell run recipe.toml`, from `screen.h5ad` |
| `screen.h5ad` | the tables as AnnData; the notebook writes it anew |

The numbers are simulated from a known network (mapk_pi3k of hybridcell, 5 % noise). Put your own in their
place, keep the first lines, and run the notebook again.
"""

_RECIPE = """title = "My study"
seed = 0

[data]
dataset = "./screen.h5ad"

[split]
by = "random"
test_fraction = 0.3

[model]
kind = "CellBox"
prior = "prior.tsv"

[fit_ensemble]
n = 20

[evaluate]

[interactions]
kind = "response"

[filter]
confidence = 0.95

[screen_combinations]
readout = "viability"

[write_sbml]

[output]
folder = "results"

[smoke]
fit_ensemble = { n = 2, steps = 10 }
evaluate = { baselines = ["training_mean", "ridge"] }
filter = { confidence = 0.5 }
screen_combinations = { doses = 3 }
"""

#: Alternating text and code.
_CELLS = (
    "# My study\n\nRead the tables, look at what is there.",
    """import hybridcell as hc
import jax.random as jr
import pandas as pd

screen = hc.PerturbationData.from_frames(
    pd.read_csv("responses.csv", index_col=0),
    pd.read_csv("given.csv", index_col=0),
    kinds=pd.read_csv("readouts.csv", index_col=0)["kind"].to_dict(),
    input="strength",  # "dose" for amounts, which are never negative
)
screen.to_anndata().write_h5ad("screen.h5ad")
screen""",
    "## Fit, with some conditions kept back",
    """train, test = hc.split(screen, by="random", test_fraction=0.3, seed=0)
prior = hc.read_prior("prior.tsv").on([*screen.readouts, *screen.perturbations])
model = hc.CellBox.from_data(train, prior=prior, key=jr.key(0))
fitted = hc.fit_ensemble(model, train, n=20, key=jr.key(1))
hc.evaluate(fitted, test)  # beside simple baselines: read no score alone""",
    "## The graph",
    """graph = hc.interactions(fitted)
hc.pl.graph(graph.filter(confidence=0.95))
graph.regulators("viability")""",
    "## All pairs of drugs",
    """combinations = hc.screen_combinations(fitted, readout="viability")
combinations.to_html("screen.html")
combinations.top(5, by="bliss")""",
    "## Hand it on",
    """hc.save(fitted, "fit.hc")
hc.write_sbml(fitted.best, "model.xml")""",
)


def start_study(folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write a study that runs as it is, with tables to put your own numbers into.

    Parameters
    ----------
    folder
        New, or empty.

    Returns
    -------
    tuple of Path
        What was written.

    Raises
    ------
    InvalidValueError
        If the folder holds something already, or is a file.

    Examples
    --------
    >>> import tempfile, os
    >>> from hybridcell.recipes import start_study
    >>> [path.name for path in start_study(os.path.join(tempfile.mkdtemp(), "study"))][:3]
    ['README.md', 'given.csv', 'prior.tsv']
    """
    place = Path(folder)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        what = "holds something already" if place.is_dir() else "is a file"
        raise InvalidValueError(f"{str(place)!r} {what}; wanted a new folder, or an empty one.")
    place.mkdir(parents=True, exist_ok=True)
    _write_data(place)
    write_text(place / "README.md", _README)
    write_text(place / "recipe.toml", _RECIPE)
    write_text(place / "study.ipynb", json.dumps(_notebook(), indent=1, ensure_ascii=False) + "\n")
    return tuple(sorted(place.iterdir()))


def _write_data(place: Path) -> None:
    import pandas as pd

    from hybridcell.data import networks, simulate_screen

    entry = networks.load("mapk_pi3k")
    screen = simulate_screen(entry, drugs=_DRUGS, seed=0)  # pyright: ignore[reportArgumentType]
    measured = screen[:, screen.var["kind"] != "drug"].copy()
    tables = {
        "responses.csv": measured.to_df().round(4),
        "given.csv": screen.obsm["doses"],
        "readouts.csv": pd.DataFrame({"kind": measured.var["kind"].astype(str)}),
    }
    for name, table in tables.items():
        write_text(place / name, table.to_csv(index_label=name.partition(".")[0].rstrip("s")))
    prior = entry.prior.loc[:, ["source", "target", "sign"]]  # pyright: ignore[reportAttributeAccessIssue]
    known = prior["source"].isin(measured.var_names) & prior["target"].isin(measured.var_names)
    write_text(place / "prior.tsv", prior.loc[known].to_csv(sep="\t", index=False))
    with replacing(place / "screen.h5ad") as temporary:
        measured.write_h5ad(temporary)


def _notebook() -> dict[str, Any]:
    cells: list[dict[str, Any]] = []
    for number, text in enumerate(_CELLS):
        cell: dict[str, Any] = {"id": f"c{number:02d}", "metadata": {}, "source": text}
        kind = {"cell_type": "code", "execution_count": None, "outputs": []} if number % 2 else {}
        cells.append({"cell_type": "markdown", **kind, **cell})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
