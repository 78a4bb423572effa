"""Updates of reaction networks: fits of `hc.fit`, and PEtab problems with new rows of measurements."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import DataError, InvalidValueError, unknown_name
from hybridcell.fit import fit
from hybridcell.fit.kinetics.measurements import read_measurements
from hybridcell.fit.kinetics.objective import make_objective
from hybridcell.fit.kinetics.result import NetworkFit
from hybridcell.fit.petab.problem import PetabProblem
from hybridcell.infer.design.kinetic_outlook import posterior_factor, readout_noise
from hybridcell.infer.design.petab_candidates import with_candidates
from hybridcell.infer.target import Target, as_target
from hybridcell.infer.updating.result import Update, moved_table, rms, share_outside
from hybridcell.io.petab.statement import PetabMeasurements

#: Half the width of a 90 % interval, in standard deviations.
_WIDTH = 1.6448536269514722
_LINEAR = "Intervals of predictions and parameters are those of the linearized old fit, not calibrated ones."


def update_network(
    old: NetworkFit, new_data: Any, *, compare: bool, options: dict[str, Any], key: PRNGKeyArray
) -> Update:
    """Return the update of a fit of a reaction network."""
    target = as_target(old)
    search = old.search
    readouts = [str(name) for name in new_data.var_names] if hasattr(new_data, "var_names") else []
    common = [name for name in readouts if name in search.measured.readouts]
    if readouts and not common and not any(name in old.network.equations.observables for name in readouts):
        raise unknown_name("readout", readouts[0], search.measured.readouts)
    noise = dict(zip(readouts, readout_noise(search, readouts, None))) if readouts else None
    given = None if "sd" in getattr(new_data, "layers", {}) else noise
    asked = read_measurements(search.network, new_data, sd=given, noise=search.settings.noise)
    joint = _joined(old.train, new_data, noise)
    settings = {
        "free": list(search.free.ids), "noise": search.settings.noise, "sd": search.settings.sd,
        "solve": search.settings.solve, "penalty": search.settings.penalty, **options, "progress": False,
    }  # fmt: skip
    if search.settings.free in ("all", "neural", None):
        settings["free"] = search.settings.free
    fitted = fit(old.network, joint, warm_start="none", retries=0, key=key, **settings)
    cold = None
    if compare:
        cold = fit(search.network, joint, retries=0, key=key, **settings)
    table, told = _network_predictions(target, as_target(fitted), asked, search)
    steps = None if cold is None else _arrived(fitted.history, cold.history)
    return Update(
        fit=fitted,
        predictions=table,
        moved=moved_table(_moved(target, as_target(fitted).at)),
        error_before=rms(table["before"] - table["measured"]),
        error_after=rms(table["after"] - table["measured"]),
        surprise=share_outside(table["outside"], told),
        steps=None if steps is None else steps[0],
        cold_steps=None if steps is None else steps[1],
        remarks=(_LINEAR,),
    )


def _joined(old: Any, new: Any, noise: Any) -> Any:
    """Return rows of old and new data; a constant that one of them does not set keeps the network's value."""
    import anndata
    import pandas as pd

    if not hasattr(old, "var_names") or not hasattr(new, "var_names"):
        raise InvalidValueError("Old and new data of a network are to be AnnData, as for hc.fit.")
    readouts = list(dict.fromkeys([*map(str, old.var_names), *map(str, new.var_names)]))
    values, errors, doses, times = [], [], [], []
    with_sd = "sd" in old.layers
    for part in (old, new):
        frame = pd.DataFrame(np.asarray(part.X, float), columns=pd.Index(list(map(str, part.var_names))))
        values.append(frame.reindex(columns=readouts))
        if with_sd:
            layer = part.layers.get("sd")
            known = np.asarray(layer, float) if layer is not None else np.broadcast_to(
                [noise[str(name)] for name in part.var_names], frame.shape)  # fmt: skip
            errors.append(pd.DataFrame(known, columns=frame.columns).reindex(columns=readouts))
        times.append(np.asarray(part.obs["time"], float))
        table = part.obsm.get("doses")
        doses.append(pd.DataFrame(index=range(part.n_obs)) if table is None else table.reset_index(drop=True))
    index = pd.Index([str(k) for k in range(sum(map(len, times)))])
    joint = anndata.AnnData(
        pd.concat(values).to_numpy(float), obs=pd.DataFrame({"time": np.concatenate(times)}, index=index),
        var=pd.DataFrame(index=pd.Index(readouts)),
    )  # fmt: skip
    if with_sd:
        joint.layers["sd"] = pd.concat(errors).to_numpy(float)
    set_ = pd.concat(doses, ignore_index=True)
    if len(set_.columns):
        joint.obsm["doses"] = set_.astype(float).set_index(index)
    return joint


def _network_predictions(before: Target, after: Target, asked: Any, search: Any) -> tuple[Any, np.ndarray]:
    import pandas as pd

    settings = search.settings
    objective = make_objective(
        search.network, search.free, asked, solve=settings.solve, noise=settings.noise, penalty=0.0
    )
    n = len(asked)
    was = np.asarray(objective.predict(before.at, objective.task))[:n]
    now = np.asarray(objective.predict(after.at, objective.task))[:n]
    _, jacobian = objective.linearized(before.at)
    factor = posterior_factor(before)[0]
    # in units of the noise, to which the noise of the measurement itself is added
    spread = np.sqrt(1.0 + np.sum((jacobian[:n] @ factor) ** 2, axis=1)) * asked.sd
    if settings.noise == "log-normal":
        lower, upper = was * np.exp(-_WIDTH * spread), was * np.exp(_WIDTH * spread)
    else:
        lower, upper = was - _WIDTH * spread, was + _WIDTH * spread
    told = np.isfinite(lower) & np.isfinite(upper)
    table = pd.DataFrame(
        {
            "condition": [f"row {k}" for k in asked.row], "time": asked.time,
            "readout": [asked.readouts[k] for k in asked.readout], "measured": asked.value,
            "before": was, "after": now, "lower": lower, "upper": upper,
            "outside": told & ((asked.value < lower) | (asked.value > upper)),
        }
    )  # fmt: skip
    return table, told


def _moved(before: Target, after: np.ndarray) -> list[dict[str, Any]]:
    """Return all parameters, on their scales, with their intervals before."""
    sd = np.sqrt(np.sum(posterior_factor(before)[0] ** 2, axis=1))
    rows = []
    for k, name in enumerate(before.names):
        lower, upper = before.at[k] - _WIDTH * sd[k], before.at[k] + _WIDTH * sd[k]
        rows.append(
            {
                "name": name, "scale": before.scales[k], "before": float(before.at[k]),
                "after": float(after[k]), "lower": float(lower), "upper": float(upper),
                "beyond": bool(after[k] < lower or after[k] > upper),
            }
        )  # fmt: skip
    return rows


def _arrived(warm: Any, cold: Any) -> tuple[int | None, int | None]:
    goal = float(cold["objective"].iloc[-1]) * 1.02 + 1e-12
    found = [np.flatnonzero(h["objective"].to_numpy() <= goal) for h in (warm, cold)]
    return tuple(int(places[0]) + 1 if len(places) else None for places in found)  # pyright: ignore[reportReturnType]


def update_petab(
    old: PetabProblem, new_data: Any, *, at: Any, options: dict[str, Any], key: PRNGKeyArray
) -> Update:
    """Return the update of a PEtab problem: new rows, and a fit from the old optimum."""
    import pandas as pd

    target = as_target(old, at=at)
    table = new_data if isinstance(new_data, pd.DataFrame) else pd.DataFrame(list(new_data))
    for column in ("measurement", "observableId", "time"):
        if column not in table.columns:
            raise DataError(
                f"New measurements need a column {column!r}; found {', '.join(map(str, table.columns))}."
            )
    numbers: Any = pd.to_numeric(table["measurement"], errors="coerce")
    values = np.asarray(numbers, float)
    if not len(values) or not np.isfinite(values).all():
        raise DataError("Every new measurement must be a finite number; found none, or some that are not.")
    asked, _, _ = with_candidates(
        old, table.reset_index(drop=True).drop(columns="candidate", errors="ignore"), None
    )
    rows = replace(asked.statement.measurements, value=values)
    asked = replace(asked, statement=replace(asked.statement, measurements=rows))
    joint = _appended(old, rows, table)
    found = joint.fit(n_starts=1, starts=target.at[None], progress=False, key=key, **options)
    after = np.asarray(found.best.theta)
    before_seen, slope, _ = asked.compiled.linearized(target.at[None])
    after_seen = asked.compiled.simulate(after[None])
    was, now = np.asarray(before_seen.found[0]), np.asarray(after_seen.found[0])
    sigma = np.asarray(before_seen.sigma[0])
    noise: Any = asked.compiled.noise
    off = [
        np.asarray(noise.residual(y, s)) for y, s in ((was, sigma), (now, np.asarray(after_seen.sigma[0])))
    ]
    with np.errstate(all="ignore"):
        rows_slope = (
            np.asarray(slope[0])
            / np.where(noise.logarithmic, was * noise.base, 1.0)[:, None]
            / sigma[:, None]
        )
    spread = np.sqrt(1.0 + np.sum((rows_slope @ posterior_factor(target)[0]) ** 2, axis=1))
    told = np.isfinite(off[0]) & np.isfinite(spread)
    predictions = pd.DataFrame(
        {
            "condition": [asked.statement.experiments[k].id for k in rows.experiment], "time": rows.time,
            "readout": [asked.statement.observables[k].id for k in rows.observable], "measured": values,
            "before": was, "after": now, "expected_sd": spread * sigma,
            "outside": told & (np.abs(off[0]) > _WIDTH * spread),
        }
    )  # fmt: skip
    history = found.best.history
    return Update(
        fit=joint.with_parameters(after),
        predictions=predictions,
        moved=moved_table(_moved(target, after)),
        error_before=rms(off[0]),
        error_after=rms(off[1]),
        surprise=share_outside(predictions["outside"], told),
        steps=int(history[-1, 0]) if len(history) else None,
        cold_steps=None,
        remarks=(
            _LINEAR,
            "Errors are in units of the noise.",
            f"The fit ended because: {found.best.reason}.",
        ),
    )


def _appended(problem: PetabProblem, rows: PetabMeasurements, table: Any) -> PetabProblem:
    """Return the problem with more measurements, in its arrays and in its table."""
    import pandas as pd

    statement, old = problem.statement, problem.statement.measurements
    join = lambda name: np.concatenate([getattr(old, name), getattr(rows, name)])  # noqa: E731
    measurements = PetabMeasurements(
        observable=join("observable"), experiment=join("experiment"), time=join("time"), value=join("value"),
        observable_parameters=(*old.observable_parameters, *rows.observable_parameters),
        noise_parameters=(*old.noise_parameters, *rows.noise_parameters),
    )  # fmt: skip
    own = statement.tables["measurements"]
    fresh = []
    for k, given in enumerate(table.to_dict("records")):
        same = np.flatnonzero((old.observable == rows.observable[k]) & (old.experiment == rows.experiment[k]))
        same = same if len(same) else np.flatnonzero(old.observable == rows.observable[k])
        # what the new row does not say is as in the measurements nearest to it
        base = own.iloc[int(same[0])].to_dict() if len(same) else dict.fromkeys(own.columns, "")
        said = {c: str(v) for c, v in given.items() if c in own.columns and not pd.isna(v) and str(v).strip()}
        fresh.append({**base, **said})
    joined = pd.concat([own, pd.DataFrame(fresh, columns=own.columns)], ignore_index=True)
    tables = {**statement.tables, "measurements": joined}
    return replace(
        problem,
        statement=replace(statement, measurements=measurements, tables=tables, origins={}),
        _origin=None,
    )
