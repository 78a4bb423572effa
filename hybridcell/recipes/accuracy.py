"""The accuracy table: mean scores per study and predictor, and models beside ridge on the same splits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hybridcell.evaluate.paired import compare_paired
from hybridcell.recipes.markdown import markdown_table

if TYPE_CHECKING:
    import pandas as pd

_SCORES = ("r", "r_centered", "r_node_median", "mse", "r_phenotype", "n_failed", "residual_share")
#: The baseline that models are compared with split by split.
_RIVAL = "ridge"


def mean_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over splits.

    Parameters
    ----------
    scores
        One row per study, split, set of readouts and predictor, with the columns of `hc.evaluate`.

    Returns
    -------
    DataFrame
        Indexed by study, readouts and predictor, in the order of `scores`; ``splits`` counts them.
    """
    groups = scores.groupby(["study", "readouts", "predictor"], sort=False)
    return groups[list(_SCORES)].mean().assign(splits=groups.size())


def accuracy_markdown(scores: pd.DataFrame, kinds: Sequence[str]) -> str:
    """Return the accuracy table as Markdown, one per study.

    Parameters
    ----------
    scores
        As for `mean_scores`, with ``is_model`` telling models from baselines.
    kinds
        Kinds of the readouts, for the headers.
    """
    n_all, n_measured = len(kinds), sum(kind != "drug" for kind in kinds)
    header = ["predictor", f"r, {n_measured} measured", f"r, all {n_all}", "r, training mean removed", "MSE"]
    if not (has_drugs := n_measured < n_all):
        header.pop(2)
    parts = []
    for study, rows in scores.groupby("study", sort=False):
        means = mean_scores(rows).loc[study]
        measured, everything = means.loc["measured"], means.loc["all"]
        models = list(dict.fromkeys(rows.loc[rows["is_model"], "predictor"]))
        baselines = measured.drop(models).sort_values("r", ascending=False, na_position="last").index
        compared = _paired(rows, models)
        lines = []
        for name in [*models, *baselines]:
            bold = f"**{name}**" if name in models else str(name).replace("_", " ")
            cells = [float(measured.loc[name, c]) for c in ("r", "r_centered", "mse")]
            if has_drugs:
                cells.insert(1, float(everything.loc[name, "r"]))
            lines.append([bold, *cells, *([compared.get(name, "")] if compared else [])])
        n = int(measured["splits"].max())
        title = f"### {study} ({n} split{'s' if n != 1 else ''})"
        parts.append(
            f"{title}\n\n"
            + markdown_table([*header, *(["minus ridge, by split"] if compared else [])], lines, decimals=4)
        )
    note = "Pearson r pooled over the held-out entries, mean over splits."
    if has_drugs:
        note += " Readouts of kind drug are inputs given back; the measured ones are what counts."
    return "\n\n".join([note, *parts]) + "\n"


def _paired(rows: pd.DataFrame, models: list[str]) -> dict[str, str]:
    """Return each model's r minus ridge's over the same splits, where there are several."""
    measured = rows[rows["readouts"] == "measured"]
    r = measured.pivot(index="split", columns="predictor", values="r").dropna(axis=1)
    if _RIVAL not in r or len(r) < 2:
        return {}
    return {name: str(compare_paired(r[name], r[_RIVAL])) for name in models if name in r}
