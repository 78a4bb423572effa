"""Draw the figure of the README, or fill its accuracy table from a run of training/melanoma.toml.

python docs/make_figures.py                     draws docs/_static/readme.png from the embedded screen
python docs/make_figures.py --accuracy FOLDER   takes FOLDER/metrics.csv into README.md
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FIGURE = ROOT / "docs" / "_static" / "readme.png"
BEGIN, END = "<!-- accuracy:begin -->", "<!-- accuracy:end -->"
#: Baselines that each study is shown beside; the recipe's accuracy.md has all of them.
SHOWN = ("ridge", "kernel_ridge")


def fit_demo(*, n: int, steps: int) -> tuple[Any, Any]:
    """Return an ensemble fitted to the embedded screen, and what was held out."""
    import jax.random as jr

    import hybridcell as hc

    train, test = hc.split(hc.datasets.demo(), by="random", seed=0)
    prior = hc.networks.load("mapk_pi3k").prior
    model = hc.CellBox.from_data(train, prior=prior, key=jr.key(0)) + hc.NeuralResidual(
        width=8, key=jr.key(1)
    )
    options = {"steps": steps, "learning_rate": 0.02, "prior": 1.0, "drug_l2": 0.1}
    return hc.fit_ensemble(model, train, n=n, resample="bootstrap", key=jr.key(2), **options), test


def draw(fitted: Any, test: Any) -> Any:
    """Return the figure: predictions, graph, dose surface."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    import hybridcell as hc

    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(15, 4.8), width_ratios=(1, 1.5, 1.15), layout="constrained"
    )
    hc.pl.predicted_measured(hc.predict(fitted, test), test, ax=left)
    graph = hc.interactions(fitted, kind="response").filter(confidence=0.95, min_selection=0.9)
    hc.pl.graph(graph, top=45, ax=middle)
    screen = hc.screen_combinations(fitted, readout="viability", drugs=["aMEK", "aPI3K"], doses=12)
    hc.pl.dose_surface(screen, "aMEK", "aPI3K", ax=right)
    left.set_title("Held-out conditions")
    middle.set_title("Confident interactions")
    right.set_title("Viability under two drugs", pad=24)  # above the legend
    return figure


def accuracy_table(scores: Any) -> str:
    """Return the README's table from the scores of all splits: models first, then the baselines shown.

    Parameters
    ----------
    scores
        metrics.csv of a run: study, split, readouts, predictor, is_model, r, ...
    """
    means = scores.groupby(["study", "readouts", "predictor"], sort=False)["r"].mean()
    splits = scores.groupby("study", sort=False)["split"].nunique()
    lines = ["| split | predictor | r, measured | r, all |", "|---|---|---|---|"]
    for study, rows in scores.groupby("study", sort=False):
        models = list(dict.fromkeys(rows.loc[rows["is_model"], "predictor"]))
        found = set(rows["predictor"])
        for i, name in enumerate([*models, *(b for b in SHOWN if b in found)]):
            title = f"{study} ({splits[study]})" if i == 0 else ""
            label = f"**{name}**" if name in models else name.replace("_", " ")
            measured, everything = (means[study, scope, name] for scope in ("measured", "all"))
            lines.append(f"| {title} | {label} | {measured:.4f} | {everything:.4f} |")
    return "\n".join(lines)


def fill(readme: str, table: str) -> str:
    """Return the README with the table between its markers replaced."""
    before, rest = readme.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def main() -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--accuracy", metavar="FOLDER", type=Path, help="folder of a run of training/melanoma.toml"
    )
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--steps", type=int, default=300)
    asked = parser.parse_args()
    if asked.accuracy is not None:
        import pandas as pd

        readme = ROOT / "README.md"
        table = accuracy_table(pd.read_csv(asked.accuracy / "metrics.csv"))
        readme.write_text(fill(readme.read_text(encoding="utf-8"), table), encoding="utf-8")
        return
    figure = draw(*fit_demo(n=asked.members, steps=asked.steps))
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, dpi=110)


if __name__ == "__main__":
    main()
