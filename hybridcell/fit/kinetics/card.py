"""What to know of a fitted network before using it, on one page of Markdown."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.hole import Hole
from hybridcell._version import __version__
from hybridcell.fit.kinetics.measurements import Measurements, read_measurements
from hybridcell.hybrid import NeuralShare, neural_share
from hybridcell.io.digest import data_digest
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate import Solve, simulate

if TYPE_CHECKING:
    from hybridcell.fit.kinetics.result import NetworkFit

_PACKAGES = ("jax", "equinox", "diffrax", "numpy", "scipy", "python-libsbml")
#: Kinds of pieces whose outputs are fluxes, which have a share.
_FLUXES = ("rate", "residual")
#: Below this share of its largest value an input counts as zero.
_ZERO = 1e-6


def model_card(fit: NetworkFit, *, date: str | None = None, intended_use: str | None = None) -> str:
    """Return the model card of a fit; see `NetworkFit.card`."""
    network = fit.network
    measured = read_measurements(network, fit.train, sd=fit.sd or None)
    # a fit that failed has nothing to be simulated
    fitted = bool(np.isfinite(fit.chi2))
    runs = _runs(network, measured, ts=np.union1d(0.0, measured.times)) if fitted else None
    # over equal times, as `Fit.residual_share` is
    share = neural_share(network, _runs(network, measured, n_points=41)) if fitted else None
    parts = {
        "Model": _model(fit, date),
        "Data": _data(fit, measured),
        "What is mechanism and what is learned": _learned(network, share),
        "How well it describes the data": _quality(fit, measured, runs),
        "Parameters": _parameters(fit),
        "Where it was trained": _ranges(network, measured, runs),
        "Use and limits": _limits(fit, intended_use),
        "Made with": _versions(),
    }
    title = network.name or "reaction network"
    return (
        f"# Model card: {title}\n\n"
        + "\n\n".join(f"## {name}\n\n{text}" for name, text in parts.items())
        + "\n"
    )


def _runs(network: ReactionNetwork, measured: Measurements, **times: Any) -> Any:
    return simulate(
        network, t1=measured.end, conditions=measured.conditions, solve=Solve(backend="numpy", rtol=1e-6),
        **times,
    )  # fmt: skip


def _model(fit: NetworkFit, date: str | None) -> str:
    network = fit.network
    facts = {
        "network": repr(network),
        "species": _names(s.id for s in network.definition.species),
        "reactions": _names(r.id for r in network.definition.reactions),
        "free numbers": fit.info.get("free numbers", ""),
        "of which the data determine": fit.info.get("determined by data", ""),
        "date": date or "",
    }
    return _list(facts)


def _data(fit: NetworkFit, measured: Measurements) -> str:
    if fit.sd:
        errors = "estimated from what the fit leaves over"
    else:
        errors = "given with the data" if "sd" in getattr(fit.train, "layers", {}) else "given to the fit"
    facts = {
        "rows": fit.train.n_obs,  # pyright: ignore[reportAttributeAccessIssue]
        "conditions": len(measured.settings),
        "set by conditions": _names(measured.ids),
        "readouts": _names(measured.readouts),
        "measured values": len(measured),
        "times": f"{_number(measured.time.min())} to {_number(measured.time.max())}",
        "errors of measurement": errors,
        "SHA-256": f"`{data_digest(fit.train)}`",
    }
    return _list(facts)


def _learned(network: ReactionNetwork, share: NeuralShare | None) -> str:
    if not len(network.holes):
        return "All of it is mechanism: no part is a neural network."
    rows = [
        (
            hole.id,
            hole.kind,
            _names(hole.targets),
            _names(hole.inputs),
            len(hole.weights),
            _share_of(hole, share),
        )
        for hole in network.holes
    ]
    total = "" if share is None else (
        f"Neural pieces supply **{share.total:.1%}** of all change along the training conditions; the "
        "mechanism supplies the rest.\n\n"
    )  # fmt: skip
    return total + _table(("piece", "kind", "determines", "reads", "weights", "share of the change"), rows)


def _share_of(hole: Hole, share: NeuralShare | None) -> str:
    if share is None:
        return ""
    if hole.kind not in _FLUXES:
        return "no flux"
    # a residual on a species is a flux of its own: what counts is its part in the change of the species
    found = {
        id: shares[id]
        for id in hole.targets
        for shares in (share.by_species, share.by_reaction)
        if id in shares.index
    }
    return ", ".join(f"{id} {part:.0%}" for id, part in found.items())


def _quality(fit: NetworkFit, measured: Measurements, runs: Any) -> str:
    facts = {
        "verdict": fit.result,
        "chi-square": f"{_number(fit.chi2)} of {fit.n_data} measured values",
        "BIC": _number(fit.bic),
    }
    if runs is None:
        return _list(facts)
    rows = []
    at = np.searchsorted(runs.ts, measured.time)
    for r, id in enumerate(measured.readouts):
        mine = measured.readout == r
        off = np.asarray(runs[id])[measured.condition[mine], at[mine]] - measured.value[mine]
        error = _number(np.median(measured.sd[mine])) if measured.sd_known else "given to the fit"
        rows.append((id, int(mine.sum()), error, _number(np.sqrt(np.mean(off**2)))))
    table = _table(("readout", "values", "error of measurement", "root mean square deviation"), rows)
    return f"{_list(facts)}\n\n{table}"


def _parameters(fit: NetworkFit) -> str:
    columns = fit.parameters.reset_index()[["id", "value", "sd", "verdict"]].to_numpy()
    rows = [(id, _number(value), _number(sd), verdict) for id, value, sd, verdict in columns]
    if not rows:
        return "No constant of the mechanism was fitted."
    text = _table(("id", "value", "standard error", "verdict"), rows)
    return f"{text}\n\nErrors are those of a linearization at the optimum, and hold if the model is right."


def _ranges(network: ReactionNetwork, measured: Measurements, runs: Any) -> str:
    seen = {
        (f"piece {hole.id}", id): runs.ts if id == "time" else np.asarray(runs[id], dtype=float)
        for hole in network.holes
        for id in hole.inputs
        if runs is not None
    }
    set_by = {("conditions", id): measured.settings[:, i] for i, id in enumerate(measured.ids)}
    rows = []
    for (who, id), values in {**seen, **set_by}.items():
        finite = values[np.isfinite(values)]
        if len(finite):
            # what is used up ends within the solver's error of zero
            finite = np.where(np.abs(finite) < _ZERO * np.abs(finite).max(), 0.0, finite)
            rows.append((who, id, _number(finite.min()), _number(finite.max())))
    if not rows:
        return "Under one condition, that of the network itself."
    table = _table(("read or set by", "id", "smallest", "largest"), rows)
    if not seen:
        return table
    return (
        f"{table}\n\nOutside of what they have read, neural pieces extrapolate, and nothing vouches for what "
        "they answer; within it, combinations may still be new "
        "(`hybridcell.hybrid.extrapolation` measures it)."
    )


def _limits(fit: NetworkFit, intended_use: str | None) -> str:
    table = fit.parameters
    uncertain = [str(id) for id in table.index[table["verdict"] != "determined"]]
    lines = [
        intended_use
        or "Simulation within the range of the training conditions, and hypotheses for experiments."
    ]
    if fit.result != "success":
        lines.append(f"**The fit is not a success**: {fit.result}. Draw no conclusions from its parameters.")
    if len(fit.network.holes):
        lines.append("What is learned describes; it does not explain. It is no evidence for a mechanism.")
    if uncertain:
        lines.append(f"The data do not determine {_names(uncertain)}: do not interpret these values.")
    if fit.sd:
        lines.append(
            "Errors were estimated from this fit: its chi-square says nothing "
            "about whether the model is right."
        )
    lines.append("Not checked on data other than those it was fitted to. Not for medical decisions.")
    return "\n".join(f"- {line}" for line in lines)


def _versions() -> str:
    found = {"hybridcell": __version__, "Python": platform.python_version()}
    return _list({**found, **{name: version(name) for name in _PACKAGES}})


def _list(facts: dict[str, Any]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in facts.items() if value != "")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    # a bar in a name would begin another cell
    return "\n".join("| " + " | ".join(str(c).replace("|", "\\|") for c in line) + " |" for line in lines)


def _names(ids: Iterable[str], most: int = 20) -> str:
    names = [*ids]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"`{id}`" for id in names[:most]) + more


def _number(value: float) -> str:
    return f"{float(value):.4g}"
