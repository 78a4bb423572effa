"""Many splits, several models, all baselines: the table of [[studies]]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import FileFormatError, HybridCellError
from hybridcell._core.progress import progress_bar
from hybridcell.data import as_perturbation_data
from hybridcell.evaluate import evaluate
from hybridcell.recipes import figures
from hybridcell.recipes.accuracy import accuracy_markdown, mean_scores
from hybridcell.recipes.overrides import merge
from hybridcell.recipes.state import State

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.data import PerturbationData

_MODEL_TABLES = ("model", "residual", "fit", "fit_ensemble")


@dataclass(frozen=True)
class Competitor:
    """A model of a study: its name in tables, and the tables that make and fit it."""

    name: str
    tables: dict[str, Any]


def run_studies(state: State) -> None:
    """Fit every model on every split of every study, score it beside the baselines, and write the means."""
    import pandas as pd

    state.say("Data: " + str(state.recipe.tables["data"]["dataset"]))
    state.objects["data"] = state.build.data()
    data = as_perturbation_data(state.objects["data"])
    state.say(f"  {len(data)} conditions, {len(data.readouts)} readouts")
    scores = pd.concat(
        [_study(state, data, study) for study in state.recipe.tables["studies"]], ignore_index=True
    )
    means = mean_scores(scores)
    state.tables |= {"scores": scores, "accuracy": means}
    for (study, scope, predictor), row in means.iterrows():  # pyright: ignore[reportGeneralTypeIssues]
        state.metrics |= {f"{study}.{scope}.{predictor}.{name}": float(value) for name, value in row.items()}
    state.out.table("metrics.csv", scores, index=False)
    text = accuracy_markdown(scores, data.kinds)
    state.out.text("accuracy.md", text)
    state.out.figure("accuracy.png", figures.studies_figure(scores))
    state.sections.append(f"## Accuracy\n\n{text}\n![accuracy per study](accuracy.png)")


def competitors(tables: Mapping[str, Any], study: Mapping[str, Any]) -> list[Competitor]:
    """Return the models of a study: its own tables over the study's over the recipe's.

    Raises
    ------
    FileFormatError
        When two models have one name.
    """
    shared = _over(_only_model(tables), _only_model(study))
    entries = study.get("models", [{"name": "model"}])
    names = [str(entry["name"]) for entry in entries]
    if len(names) > len({*names}):
        raise FileFormatError(
            f"The study {study['name']!r} has two models of one name; names must differ: {names}."
        )
    return [Competitor(name, _over(shared, _only_model(entry))) for name, entry in zip(names, entries)]


def _over(inherited: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return tables with one's own above those inherited; who says how to fit inherits no other way."""
    other = {"fit": "fit_ensemble", "fit_ensemble": "fit"}
    dropped = {other[name] for name in own if name in other}
    return merge({name: table for name, table in inherited.items() if name not in dropped}, own)


def _only_model(tables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tables[name] for name in _MODEL_TABLES if name in tables}


def _study(state: State, data: PerturbationData, study: Mapping[str, Any]) -> pd.DataFrame:
    import pandas as pd

    models = competitors(state.recipe.tables, study)
    parts = list(state.build.splits(data, study["split"]))
    state.say(f"{study['name']}: {len(parts)} split(s), {', '.join(model.name for model in models)}")
    options = merge(state.recipe.tables.get("evaluate", {}), study.get("evaluate", {}))
    tables = []
    with progress_bar(total=len(parts) * len(models), description=study["name"], show=state.bars) as bar:
        for train, test in parts:
            label = split_label(test)
            for i, model in enumerate(models):
                # the baselines are the same for every model of a split
                asked = options if i == 0 else {**options, "baselines": False}
                tables.append(_score(state, model, train, test, asked, f"{study['name']}, {label}"))
                tables[-1].insert(0, "split", label)
                bar.update()
    found = pd.concat(tables, ignore_index=True)
    found.insert(0, "study", study["name"])
    state.say("  " + _summary(found, [model.name for model in models]))
    return found


def _score(
    state: State,
    competitor: Competitor,
    train: PerturbationData,
    test: PerturbationData,
    options: Mapping[str, Any],
    place: str,
) -> pd.DataFrame:
    try:
        model = state.build.model(train, competitor.tables, screen=state.objects["data"])
        fitted = state.build.fit(model, train, competitor.tables, progress=False)
        table = evaluate(fitted, test, train=train, **options).reset_index()
    except HybridCellError as error:
        error.add_note(f"while fitting {competitor.name!r} in the study {place}")
        raise
    table["is_model"] = table["predictor"] == "model"
    table.loc[table["is_model"], "predictor"] = competitor.name
    return table


def split_label(test: PerturbationData) -> str:
    """Return what tells a split from the others of its study: the drug left out, the context, the seed."""
    how = test.provenance.get("split", {})
    for key in ("drug", "context"):
        if how.get(key):
            return str(how[key])
    return f"seed {how['seed']}" if "seed" in how else str(how.get("by", ""))


def _summary(scores: pd.DataFrame, models: list[str]) -> str:
    r = scores[scores["readouts"] == "measured"].groupby("predictor")["r"].mean()
    others = r.drop(models).dropna()
    text = ", ".join(f"{name} {r[name]:.4f}" for name in models)
    return f"r {text}" + (f"; best baseline {others.idxmax()} {others.max():.4f}" if len(others) else "")
