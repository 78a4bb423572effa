"""One model from data to SBML: the steps that a recipe without [[studies]] goes through."""

from __future__ import annotations

from typing import Any

from hybridcell._core.errors import FileFormatError
from hybridcell._core.storage import save
from hybridcell.data import as_perturbation_data
from hybridcell.evaluate import evaluate
from hybridcell.fit import Ensemble
from hybridcell.graph import interactions
from hybridcell.io import write_sbml
from hybridcell.mechanisms.cellbox.edge_table import read_edges
from hybridcell.recipes import figures
from hybridcell.recipes.build import fitted_summary, with_solve
from hybridcell.recipes.markdown import markdown_table
from hybridcell.recipes.recovery import recover
from hybridcell.recipes.schema import resolve
from hybridcell.recipes.state import State
from hybridcell.simulate import predict
from hybridcell.therapy import screen_combinations


def run_job(state: State) -> None:
    """Take the steps whose tables the recipe has."""
    tables = state.recipe.tables
    load_data(state)
    if not any(name in tables for name in ("fit", "fit_ensemble")):
        raise FileFormatError(
            f"{state.recipe.path.name}: there is neither [fit] nor [fit_ensemble], so nothing to do."
        )
    fit_model(state)
    for name, step in _STEPS.items():
        if name in tables:
            step(state, state.recipe.table(name) or {})


def load_data(state: State) -> None:
    """Load the screen and cut it."""
    state.say("Data: " + str(state.recipe.tables["data"]["dataset"]))
    data = state.build.data()
    screen = as_perturbation_data(data)
    state.objects["data"] = data
    counts = (len(screen), len(screen.perturbations), len(screen.readouts))
    text = "{} conditions, {} perturbations, {} readouts".format(*counts)
    table = state.recipe.table("split")
    if table is None:
        state.objects["train"] = data
    else:
        train, test = state.build.split(data, table)
        state.objects |= {"train": train, "test": test}
        text += f"; {train.n_obs} conditions train, {test.n_obs} are held out ({table.get('by', 'random')})"
    state.say("  " + text)
    state.sections.append(f"## Data\n\n{text}.")


def fit_model(state: State) -> None:
    """Fit, keep the model on disk, draw the losses."""
    tables, train = state.recipe.tables, state.objects["train"]
    model = state.build.model(train, tables, screen=state.objects["data"])
    options = tables.get("fit_ensemble", tables.get("fit", {}))
    members = f"{options['n']} members of " if "n" in options else ""
    state.say(f"Fit: {members}{model!r} (the first steps wait for compilation)")
    fitted = state.build.fit(model, train, tables, progress=state.bars)
    state.objects["fit"] = fitted
    state.say("  " + fitted_summary(fitted))
    share = _residual_share(fitted)
    state.metrics |= {"fit.loss": _loss(fitted), "fit.residual_share": share}
    save(fitted, state.out.path("model.hc"))
    state.out.figure("training.png", figures.training_figure(fitted))
    lines = [f"`{model!r}`", f"{fitted_summary(fitted)[0].upper()}{fitted_summary(fitted)[1:]}."]
    if share:
        lines.append(f"The neural part supplies {share:.1%} of the response under the training conditions.")
    state.sections.append("## Model\n\n" + "\n\n".join(lines) + "\n\n![losses over the steps](training.png)")


def judge(state: State, options: dict[str, Any]) -> None:
    """Score held-out conditions beside the baselines."""
    state.say("Evaluate: held-out conditions, beside the baselines")
    fitted, test, train = state.objects["fit"], state.objects["test"], state.objects["train"]
    table = evaluate(fitted, test, train=train, **options)
    state.tables["accuracy"] = table
    for (scope, predictor), row in table.iterrows():  # pyright: ignore[reportGeneralTypeIssues]
        state.metrics |= {f"evaluate.{scope}.{predictor}.{name}": float(value) for name, value in row.items()}
    state.out.table("metrics.csv", table)
    shown = ["r", "r_centered", "r_node_median", "r_phenotype", "mse"]
    measured = table.loc["measured"]
    rows = [(_words(name), *map(float, row)) for name, row in zip(measured.index, measured[shown].to_numpy())]
    header = ("predictor", "r", "r, training mean removed", "r per readout, median", "r phenotypes", "MSE")
    text = markdown_table(header, rows)
    state.out.text("accuracy.md", text + "\n")
    state.out.figure("accuracy.png", figures.accuracy_figure(predict(fitted, test), test, table))
    state.say(f"  {_standing(measured)}")
    state.sections.append(
        f"## Accuracy\n\n{_standing(measured)} Readouts of kind drug are inputs and are left out.\n\n"
        f"{text}\n\n"
        "![predicted against measured, and the model beside the baselines](accuracy.png)"
    )


def read_graph(state: State, options: dict[str, Any]) -> None:
    """Read the interaction graph and, where the truth is known, say how much of it was recovered."""
    state.say("Interactions: the learned graph")
    graph = interactions(state.objects["fit"], **options)
    called = graph.filter(**(state.recipe.table("filter") or {}))
    state.objects |= {"interactions": graph, "called": called}
    state.tables["edges"] = graph.edges
    for name in ("edges.tsv", "graph.graphml"):
        (graph if name == "edges.tsv" else called).write(state.out.path(name))
    state.say(f"  {len(graph)} edges, {len(called)} of them called with confidence")
    text = (
        f"## Interaction graph\n\n`edges.tsv` ranks all {len(graph)} edges that the model could learn, each "
        f"with its interval over the members; `graph.graphml` holds the {len(called)} called with confidence."
    )
    truth, prior = _known_edges(state)
    if truth is not None:
        found = recover(graph, called, truth, prior)
        state.tables["recovery"] = found.table
        state.metrics |= {f"compare.{name}": value for name, value in found.metrics().items()}
        state.say("  " + found.sentence)
        text += "\n\n" + found.sentence + "\n\n" + _recovery_table(found.table)
    state.out.figure("graph.png", figures.graph_figure(called))
    state.sections.append(text + "\n\n![the strongest confident edges](graph.png)")


def screen(state: State, options: dict[str, Any]) -> None:
    """Simulate all combinations, rank them, draw the best pair."""
    state.say(f"Combinations: all of the drugs, read on {options.get('readout')}")
    found = screen_combinations(state.objects["fit"], **with_solve(options), progress=state.bars)
    state.objects["screen"] = found
    found.write(state.out.path("screen.csv"))
    best, strongest = found.top(5, by=_RANKING), found.top(5, by="effect")
    state.tables |= {"synergy": best, "effect": strongest}
    state.metrics |= {"screen.success": found.success, f"screen.best_{_RANKING}": float(best[_RANKING].max())}
    state.out.figure("screen.png", figures.screen_figure(found, found.top(1, by=_RANKING, order=2)))
    first, top = best.iloc[0], strongest.iloc[0]
    line = (
        f"The combination with the largest excess over the sum of its drugs alone is {_drugs(first)}: "
        f"{first[_RANKING]:+.3f}{_spread(first)}. "
        f"The strongest effect has {_drugs(top)}: {top['effect']:.0%} of the untreated level is taken away."
    )
    state.say(f"  {found!r}\n  {line}")
    columns = [name for name in _LISTED if name in best.columns]
    listed = [markdown_table(columns, table[columns].to_numpy().tolist()) for table in (best, strongest)]
    state.sections.append(
        f"## Combinations\n\n{found!r}. {line} `screen.csv` holds all doses.\n\n"
        "By excess over the sum (`additive`, in the unit of the readout), each combination at its best "
        "doses:\n\n"
        f"{listed[0]}\n\n"
        f"By effect:\n\n{listed[1]}\n\n"
        "![synergy of all pairs, and the dose surface of the first of them](screen.png)"
    )


def export(state: State, options: dict[str, Any]) -> None:
    """Write the best member as SBML."""
    state.say("Export: SBML")
    report = write_sbml(state.objects["fit"].best, state.out.path("model.xml"), **options)
    state.objects["export"] = report
    state.metrics["write_sbml.is_exact"] = float(report.is_exact)
    state.say(f"  {report!r}")
    if report.deviation is None:
        check = f"not simulated elsewhere: {report.deviation_note}"
    else:
        state.metrics["write_sbml.deviation"] = report.deviation
        check = f"libRoadRunner differs by at most {report.deviation:.1e} ({report.deviation_note})"
    text = f"`model.xml` holds the best member as {report.level}; {check}."
    notes = [
        f"- {note}" for note in (*report.warnings, *(f"{kind}: {said}" for kind, said in report.messages))
    ]
    rows = [(what, count, status, how) for what, count, status, how in report.elements]
    table = markdown_table(("element", "count", "", "how"), rows)
    state.sections.append("\n\n".join(["## SBML", text, table, *(["\n".join(notes)] if notes else [])]))


#: What ranks combinations in reports: unlike Bliss it is not cut off where the effect is full.
_RANKING = "additive"

#: Columns of combinations that reports list, of those that a screen has.
_LISTED = ("drug_a", "dose_a", "drug_b", "dose_b", "drug_c", "dose_c")
_LISTED += ("response", "effect", "bliss", "hsa", "additive", "emergent")

_STEPS = {
    "evaluate": judge,
    "interactions": read_graph,
    "screen_combinations": screen,
    "write_sbml": export,
}


def _known_edges(state: State) -> tuple[Any, Any]:
    """Return the edges to compare with, and those that the fit was told, None where there are none."""
    table = state.recipe.table("compare")
    if table is None:
        return None, None
    folder, where = state.build.folder, state.recipe.path.name
    edges = table.get("edges", "truth")
    if edges == "truth":
        from hybridcell.data import truth_edges

        truth = truth_edges(state.objects["data"])
    else:
        truth = resolve(edges, folder, where=where, table="compare")
    told = state.recipe.tables.get("model", {}).get("prior")
    prior = None if told is None else read_edges(resolve(told, folder, where=where, table="model"))
    return truth, prior


def _recovery_table(table: Any) -> str:
    header = (
        "edges",
        "known",
        "called",
        "right",
        "precision",
        "recall",
        "AUPR",
        "random",
        "prior alone",
        "right signs",
    )
    counts = ("known", "called", "right")
    rows = [
        (name, *(int(row[c]) for c in counts), *(float(v) for k, v in row.items() if k not in counts))
        for name, row in table.iterrows()
    ]
    return markdown_table(header, rows)


def _standing(measured: Any) -> str:
    """Return the model's r beside the best baseline's, in words."""
    r = measured["r"]
    others = r.drop("model").dropna()
    text = f"The model predicts held-out conditions with r = {r['model']:.3f}"
    if not len(others):
        return text + "."
    best = others.idxmax()
    text += f"; the best baseline, {_words(best)}, with {others[best]:.3f}"
    mean = (
        f", and the training mean alone with {others['training_mean']:.3f}"
        if "training_mean" in others
        else ""
    )
    return text + mean + "."


def _drugs(row: Any) -> str:
    """Return the two or three drugs of a combination with their doses."""
    given = [(row.get(f"drug_{k}"), row.get(f"dose_{k}")) for k in "abc"]
    return " + ".join(f"{drug} ({dose:.3g})" for drug, dose in given if drug)


def _spread(row: Any) -> str:
    """Return the range over the members, or nothing for a single model."""
    return f" ({row['lower']:+.3f} to {row['upper']:+.3f} over the members)" if "lower" in row else ""


def _words(name: object) -> str:
    return str(name).replace("_", " ")


def _loss(fitted: Any) -> float:
    return float(fitted.losses[fitted.best_index]) if isinstance(fitted, Ensemble) else float(fitted.loss)


def _residual_share(fitted: Any) -> float:
    share = fitted.info.get("residual_share", 0.0) if isinstance(fitted, Ensemble) else fitted.residual_share
    return float(share)
