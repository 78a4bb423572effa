"""AnnData in, AnnData out: the data contract, and the conventions of other libraries that are understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hybridcell._core.errors import DataError, UnknownNameError, check_choice, unknown_name
from hybridcell.data import _checks
from hybridcell.data._cell_lines import lines_column, warn_of_mixed_lines
from hybridcell.data._conventions import (
    CONTROL_WORDS,
    DOSE_NOT_STATED,
    Reading,
    column,
    is_missing,
    missing_control,
    named_column,
    plain,
    read_text_columns,
)
from hybridcell.data._labels import CONTROL, SEPARATOR, format_label, split_doses, split_label
from hybridcell.data._row_entries import times_of
from hybridcell.data._unread_columns import unread_columns, warn_of_unread
from hybridcell.data.perturbation_data import PerturbationData, dose_texts
from hybridcell.data.response_scale import BASES, SCALES

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

SCHEMA = "1"


def read_anndata(
    adata: AnnData,
    *,
    perturbation: str | None = None,
    control: str | None = None,
    sep: str = "+",
    dose: str | None = None,
    time: str | None = None,
    context: str | None = None,
    layer: str | None = None,
) -> dict[str, Any]:
    """Return the fields of a `PerturbationData`; see `PerturbationData.from_anndata`."""
    declared = _declared(adata)
    rows = _checks.unique_names(
        "condition (obs)", list(adata.obs_names), hint="adata.obs_names_make_unique() mends it."
    )
    readouts = _checks.unique_names(
        "readout (var)", list(adata.var_names), hint="adata.var_names_make_unique() mends it."
    )
    reading, input, implied = read_given(
        adata, perturbation=perturbation, control=control, sep=sep, dose=dose, need_control=True
    )
    values = _values(adata, layer)
    kinds = _kinds(adata, native="doses" in adata.obsm)
    _checks.check_not_counts(values, kinds)
    obs = obs_table(adata)
    times = read_time(obs, time)
    contexts = read_texts(obs, context, "context")
    _warn_of_unread(obs, reading, times, contexts)
    understood = {
        **reading.understood,
        "values": f"layers[{layer!r}]" if layer else "X",
        **({"time": f"obs[{time or 'time'!r}]"} if times is not None else {}),
        **({"context": f"obs[{context or 'context'!r}]"} if contexts is not None else {}),
        **(_unread_lines(obs, reading, times, read=(perturbation, dose, time)) if contexts is None else {}),
    }
    provenance = {**declared.get("provenance", {}), "understood": understood}
    return {
        "values": values,
        "readouts": readouts,
        "kinds": kinds,
        "conditions": rows,
        "perturbations": reading.perturbations,
        "doses": reading.doses,
        "input": input,
        "control": "implied" if implied else "measured",
        "sd": _layer(adata, "sd"),
        "weight": _layer(adata, "weight"),
        "time": times,
        "context": contexts,
        "replicate": read_texts(obs, None, "replicate"),
        "dose_labels": _nominal_doses(adata) if "doses" in adata.obsm and perturbation is None else None,
        "provenance": provenance,
        "scale": _scale(adata, declared, layer),
    }


def _scale(adata: AnnData, declared: dict[str, Any], layer: str | None) -> str | None:
    """Return what the data say that their values are; scanpy's `log1p` leaves the base of X in uns."""
    if declared.get("scale") is not None:
        return check_choice("uns['hybridcell']['scale']", declared["scale"], SCALES)
    logs = adata.uns.get("log1p")
    if layer is not None or not isinstance(logs, Mapping):
        return None
    base = plain(dict(logs)).get("base")
    return "ln" if base is None else next((name for name, b in BASES.items() if b == base), None)


def _unread_lines(
    obs: pd.DataFrame, reading: Reading, times: np.ndarray | None, *, read: Sequence[str | None]
) -> dict[str, str]:
    """Return what to say of a column of cell lines that is not read, after a warning where lines mix."""
    name = lines_column(obs, without=read)
    if name is None:
        return {}
    given = np.column_stack([reading.doses + 0.0, np.zeros(len(obs)) if times is None else times])
    split = f"context={name!r}"
    mixed = warn_of_mixed_lines(
        column(obs, name), (row.tobytes() for row in given), split=split, stacklevel=4
    )
    return {"cell lines": f"conditions are of several; {split} tells them apart"} if mixed else {}


def _warn_of_unread(
    obs: pd.DataFrame, reading: Reading, times: np.ndarray | None, contexts: tuple[str, ...] | None
) -> None:
    """Warn of columns of times and doses that would tell replicates apart."""
    wanted = [
        argument
        for argument, read in (
            ("time", times is not None),
            ("dose", reading.understood["dose"] != DOSE_NOT_STATED),
        )
        if not read and unread_columns(obs, argument)
    ]
    if not wanted:
        return
    moments = np.zeros(len(obs)) if times is None else times
    rows = np.column_stack([reading.doses + 0.0, moments])
    known = [(row.tobytes(), where) for row, where in zip(rows, contexts or [""] * len(obs))]
    perturbed = [one if any(row) else None for one, row in zip(known, reading.doses)]
    for argument in wanted:
        warn_of_unread(obs, argument, perturbed if argument == "dose" else known, stacklevel=4)


def read_given(
    adata: AnnData,
    *,
    perturbation: str | None = None,
    control: str | None = None,
    sep: str = "+",
    dose: str | None = None,
    need_control: bool,
) -> tuple[Reading, str, bool]:
    """Read what was given to each row, as "dose" or "strength", and whether the control is implied."""
    declared = _declared(adata)
    implied = control == "implied" or (control is None and declared.get("control") == "implied")
    if "doses" in adata.obsm and perturbation is None and dose is None:
        input = _native_input(adata, declared)
        # Data that hybridcell wrote may be a part of a screen whose control rows are in another part.
        known = bool(declared.get("provenance", {}).get("understood"))
        reading = _read_native(adata, input, need_control=need_control and not implied and not known)
        if implied:
            reading.understood["control"] = "implied: the values are relative to it"
        return reading, input, implied
    reading = read_text_columns(
        obs_table(adata),
        perturbation=perturbation,
        control="implied" if implied else control,
        sep=sep,
        dose=dose,
        readouts=list(map(str, adata.var_names)),
        need_control=need_control,
    )
    return reading, "dose", implied


def obs_table(adata: AnnData) -> pd.DataFrame:
    """Return obs; lazily loaded AnnData, whose obs is no DataFrame, is not supported."""
    return cast("pd.DataFrame", adata.obs)


def _doses_table(adata: AnnData) -> pd.DataFrame:
    return cast("pd.DataFrame", adata.obsm["doses"])


def _declared(adata: AnnData) -> dict[str, Any]:
    declared = plain(dict(adata.uns.get("hybridcell", {})))
    schema = declared.get("schema", SCHEMA)
    if str(schema) != SCHEMA:
        raise DataError(
            f"uns['hybridcell']['schema'] is {schema!r}; this version of hybridcell reads {SCHEMA!r}. A "
            "newer "
            f"version wrote these data: upgrade hybridcell."
        )
    if "control" in declared:
        check_choice("uns['hybridcell']['control']", declared["control"], _checks.CONTROLS)
    return declared


def _native_input(adata: AnnData, declared: dict[str, Any]) -> str:
    import pandas as pd

    doses = adata.obsm["doses"]
    if not isinstance(doses, pd.DataFrame):
        raise DataError(
            f"obsm['doses'] is {type(doses).__name__}; wanted a DataFrame (conditions x perturbations) whose "
            f"columns name the perturbations."
        )
    return check_choice("uns['hybridcell']['input']", declared.get("input", "dose"), _checks.INPUTS)


def _read_native(adata: AnnData, input: str, *, need_control: bool) -> Reading:
    frame = _doses_table(adata)
    names = _checks.perturbation_names(list(frame.columns))
    doses = _checks.float_array("obsm['doses']", frame.to_numpy(), (adata.n_obs, len(names)))
    rows = list(map(str, adata.obs_names))
    _checks.check_doses(doses, rows, names, input=input)
    _compare_with_labels(obs_table(adata), doses, names)
    controls = int((doses == 0).all(axis=1).sum())
    if need_control and not controls and adata.n_obs:
        raise missing_control(sorted({format_label(names, row) for row in doses}))
    understood = {
        "convention": "hybridcell",
        "perturbation": "obsm['doses']",
        "control": f"all doses 0 ({controls} rows)" if controls else "not among these rows",
        "dose": f"obsm['doses'], {input}",
    }
    return Reading(names, doses, understood)


def _compare_with_labels(obs: pd.DataFrame, doses: np.ndarray, names: Sequence[str]) -> None:
    """The text in obs, where it exists, must say the same as the numbers."""
    if "perturbation" not in obs.columns:
        return
    texts = column(obs, "perturbation")
    for row, text, gap, given in zip(obs.index, texts, is_missing(texts), doses):
        parts = [] if gap else split_label(str(text), SEPARATOR, (CONTROL,), row=str(row))
        named = {part for part in parts if part.casefold() not in CONTROL_WORDS or part in names}
        for part in sorted(named - set(names)):
            raise UnknownNameError(
                f"{unknown_name('perturbation', part, names)} (in obs['perturbation'], row {row!r})"
            )
        found = {name for name, amount in zip(names, given) if amount != 0}
        if named != found or gap:
            raise DataError(
                f"Row {row!r}: obs['perturbation'] is {'empty' if gap else repr(str(text))}, but "
                "obsm['doses'] gives "
                f"{format_label(names, given)!r}. Make them agree, or drop the column."
            )


def _nominal_doses(adata: AnnData) -> tuple[str, ...] | None:
    obs = obs_table(adata)
    if "dose" not in obs.columns or is_missing(column(obs, "dose")).all():
        return None
    doses = _doses_table(adata).to_numpy()
    texts = tuple(str(text) for text in column(obs, "dose"))
    for row, text, count in zip(adata.obs_names, texts, (doses != 0).sum(axis=1)):
        if count and len(split_doses(text, SEPARATOR, row=str(row))) != count:
            raise DataError(
                f"Row {row!r}: obs['dose'] is {text!r}, but obsm['doses'] gives {count} perturbation(s). "
                "Wanted one "
                f"number each, such as '0.5+2'."
            )
    return texts


def _values(adata: AnnData, layer: str | None) -> np.ndarray:
    if layer is not None and layer not in adata.layers:
        raise unknown_name("layer", layer, [name for name in adata.layers if name is not None])
    matrix = adata.X if layer is None else adata.layers[layer]
    if matrix is None:
        raise DataError("adata.X is empty; put the values there, or name their layer with layer=.")
    return _dense(matrix, "values", adata.shape)


def _layer(adata: AnnData, name: str) -> np.ndarray | None:
    return _dense(adata.layers[name], f"layers[{name!r}]", adata.shape) if name in adata.layers else None


def _dense(matrix: Any, what: str, shape: tuple[int, int]) -> np.ndarray:
    return _checks.float_array(what, matrix.toarray() if hasattr(matrix, "toarray") else matrix, shape)


def _kinds(adata: AnnData, *, native: bool) -> tuple[str, ...]:
    if "kind" in adata.var.columns:
        return tuple(str(kind) for kind in adata.var["kind"])
    return ("protein" if native else "gene",) * adata.n_vars


def read_time(obs: pd.DataFrame, time: str | None) -> np.ndarray | None:
    """Return the times from the column named, or from "time" where that exists."""
    name = time or ("time" if "time" in obs.columns and not is_missing(column(obs, "time")).all() else None)
    if name is None:
        return None
    return times_of(f"obs[{name!r}]", named_column(obs, name, "time"))


def read_texts(obs: pd.DataFrame, named: str | None, default: str) -> tuple[str, ...] | None:
    """Return the texts of the column named, or of the default column where that exists."""
    name = named or (default if default in obs.columns else None)
    if name is None:
        return None
    texts = named_column(obs, name, default)
    missing = is_missing(texts)
    if missing.all() and named is None:
        return None
    if missing.any():
        rows = [str(r) for r in np.asarray(texts.index)[missing][:3]]
        raise DataError(
            f"obs[{name!r}] is empty in {int(missing.sum())} row(s), first {rows}; wanted a name for each."
        )
    return tuple(str(text) for text in texts)


def stamp(adata: AnnData, data: PerturbationData) -> AnnData:
    """Write what `data` says about the rows into `adata` (same rows, same order) and return it."""
    import pandas as pd

    adata.obs["perturbation"] = list(data.labels)
    adata.obs["dose"] = list(dose_texts(data))
    if data.time is not None:
        adata.obs["time"] = np.array(data.time)
    if data.context is not None:
        adata.obs["context"] = list(data.context)
    if data.replicate is not None:
        adata.obs["replicate"] = list(data.replicate)
    adata.var["kind"] = list(data.kinds)
    adata.obsm["doses"] = pd.DataFrame(
        np.array(data.doses), index=adata.obs_names, columns=pd.Index(data.perturbations, dtype=object)
    )
    provenance = plain(data.provenance)
    provenance.setdefault("understood", {"convention": "hybridcell"})
    adata.uns["hybridcell"] = {
        **adata.uns.get("hybridcell", {}),
        "schema": SCHEMA,
        "input": data.input,
        "control": data.control,
        "provenance": provenance,
    }
    if data.scale is not None:
        adata.uns["hybridcell"]["scale"] = data.scale
    return adata


def to_anndata(data: PerturbationData) -> AnnData:
    """Return an AnnData that follows the contract; see `PerturbationData.to_anndata`."""
    import anndata
    import pandas as pd

    adata = anndata.AnnData(
        X=np.array(data.values),
        obs=pd.DataFrame(index=pd.Index(data.conditions, dtype=object)),
        var=pd.DataFrame(index=pd.Index(data.readouts, dtype=object)),
    )
    if data.sd is not None:
        adata.layers["sd"] = np.array(data.sd)
    if data.weight is not None:
        adata.layers["weight"] = np.array(data.weight)
    return stamp(adata, data)
