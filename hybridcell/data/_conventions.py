"""Which columns of an AnnData say what was given, how much, and which rows are the control.

Other libraries write the same facts under other names. Where two readings are possible nothing is
guessed: the error names both and the argument that decides.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hybridcell._core.errors import DataError, UnknownNameError, unknown_name
from hybridcell.data._labels import MISSING_TEXTS, match_doses, split_doses, split_label

if TYPE_CHECKING:
    import pandas as pd

PERTURBATION_COLUMNS = ("perturbation", "condition", "target_gene")
DOSE_COLUMNS = ("dose", "dosage", "dose_val", "dose_value")
CONTROL_WORDS = (
    "control",
    "ctrl",
    "non-targeting",
    "non_targeting",
    "nontargeting",
    "untreated",
    "unperturbed",
    "vehicle",
    "dmso",
    "mock",
)
#: What is understood of doses where no column of them is read.
DOSE_NOT_STATED = "not stated: 1 for whatever was given"
_OTHER_SEPARATORS = ("+", "_", ";", ",", "|", "&", "/")


@dataclass(frozen=True)
class Reading:
    """What was given to each row: doses (C, P), the names of the P perturbations, how it was understood."""

    perturbations: tuple[str, ...]
    doses: np.ndarray
    understood: dict[str, str]


def named_column(obs: pd.DataFrame, name: str, argument: str) -> pd.Series:
    """Return a column that the caller named; an unknown one raises with the nearest."""
    if name not in obs.columns:
        error = unknown_name("obs column", name, obs.columns)
        raise UnknownNameError(f"{error} (from the argument {argument}=)")
    return column(obs, name)


def column(obs: pd.DataFrame, name: str) -> pd.Series:
    """Return a column that exists; two columns of one name are refused."""
    found = obs[name]
    if found.ndim != 1:
        raise DataError(f"obs has {found.shape[1]} columns called {name!r}; column names must be unique.")
    return cast("pd.Series", found)


def is_missing(texts: pd.Series) -> np.ndarray:
    """Return where a text column is empty, also when the gap went through a conversion to text."""
    return (texts.isna() | texts.astype(str).str.strip().isin(MISSING_TEXTS)).to_numpy()


def find_column(obs: pd.DataFrame, candidates: Sequence[str], argument: str) -> str | None:
    """Return the one usable candidate; several that say different things are refused."""
    found = [name for name in candidates if name in obs.columns and not is_missing(column(obs, name)).all()]
    if not found:
        return None
    first = obs[found[0]].astype(str)
    rivals = [name for name in found[1:] if not (obs[name].astype(str) == first).all()]
    if rivals:
        raise DataError(
            f"Both obs[{found[0]!r}] and obs[{rivals[0]!r}] could be meant, and they differ. Say which: "
            f"{argument}={found[0]!r} or {argument}={rivals[0]!r}."
        )
    return found[0]


def read_text_columns(
    obs: pd.DataFrame,
    *,
    perturbation: str | None,
    control: str | None,
    sep: str,
    dose: str | None,
    readouts: Sequence[str],
    need_control: bool,
) -> Reading:
    """Read perturbations and doses from the text columns of other libraries."""
    name = perturbation or find_column(obs, PERTURBATION_COLUMNS, "perturbation")
    if name is None:
        raise DataError(
            f"No column says what was given to each row: no obsm['doses'], and none of obs"
            f"{list(PERTURBATION_COLUMNS)}; obs has {list(map(str, obs.columns))}. Name it with "
            "perturbation=; names in two columns are joined first, as by "
            "adata.obs['drug1'].astype(str) + '+' + adata.obs['drug2'].astype(str)."
        )
    labels = _labels(named_column(obs, name, "perturbation"))
    controls = _control_words(labels, control, sep, need_control=need_control)
    _check_separator(labels, sep, controls, readouts)
    parts = [split_label(label, sep, controls, row=row) for label, row in zip(labels, obs.index)]
    _check_counts(obs, parts, controls, sep)
    dose = dose or find_column(obs, DOSE_COLUMNS, "dose")
    amounts = _amounts(obs, dose, parts, controls, sep)

    names = tuple(sorted({p for row in parts for p in row if p not in controls}))
    _warn_of_spellings(names, str(name))
    index = {p: j for j, p in enumerate(names)}
    doses = np.zeros((len(parts), len(names)))
    for i, (row, given) in enumerate(zip(parts, amounts)):
        doses[i, [index[p] for p in row if p not in controls]] = given
    understood = {
        "convention": _convention(name, dose, labels, sep, controls),
        "perturbation": f"obs[{name!r}], names joined by {sep!r}",
        "control": _describe_control(labels, sep, controls),
        "dose": f"obs[{dose!r}]" if dose else DOSE_NOT_STATED,
    }
    return Reading(names, doses, understood)


def _warn_of_spellings(names: Sequence[str], column: str) -> None:
    """Warn of perturbations that may be one: MEKi and meki, MK-2206 and MK2206."""
    known: dict[str, str] = {}
    for name in names:
        first = known.setdefault(re.sub(r"[\s_-]", "", name).casefold(), name)
        if first != name:
            warnings.warn(
                f"obs[{column!r}] has {first!r} and {name!r}, which are two perturbations here. If they are "
                "one, spell them alike.",
                UserWarning,
                stacklevel=5,
            )
            return


def _labels(texts: pd.Series) -> list[str]:
    missing = is_missing(texts)
    if missing.any():
        rows = [str(r) for r in np.asarray(texts.index)[missing][:3]]
        raise DataError(
            f"obs[{texts.name!r}] is empty (NaN) in {int(missing.sum())} row(s), first {rows}. pandas "
            "reads the "
            f"text 'None' (and 'NA', 'null') as NaN: if that was the control, read the file with "
            f"keep_default_na=False, or fill the gaps with 'control'."
        )
    return [str(label).strip() for label in texts]


def _control_words(
    labels: Sequence[str], control: str | None, sep: str, *, need_control: bool
) -> frozenset[str]:
    whole = set(labels)
    pieces = whole | {part.strip() for label in whole for part in (label.split(sep) if sep else [label])}
    if control is not None and control != "implied":
        if control not in pieces:
            error = unknown_name("control", control, sorted(whole))
            raise UnknownNameError(f"{error} (from the argument control=)")
        if need_control and not any(_gives_nothing(label, sep, {control}) for label in whole):
            raise missing_control(sorted(whole))
        return frozenset({control})
    found = sorted(piece for piece in pieces if piece.casefold() in CONTROL_WORDS)
    if len(found) > 1:
        raise DataError(
            f"Several labels could be the control: {', '.join(map(repr, found))}. Say which with "
            "control=, and "
            f"rename or drop the rest."
        )
    nothing = any(_gives_nothing(label, sep, set(found)) for label in whole)
    if control != "implied" and need_control and not nothing:
        raise missing_control(sorted(whole))
    return frozenset(found)


def _gives_nothing(label: str, sep: str, controls: Collection[str]) -> bool:
    """Return whether a label is the control: "DMSO", or "DMSO+DMSO" where each of two drugs has a column."""
    parts = label.split(sep) if sep else [label]
    return all(part.strip() in controls for part in parts)


def missing_control(labels: Sequence[str]) -> DataError:
    """Build the error for a data set in which no row is the control."""
    shown = ", ".join(map(repr, labels[:6])) + (", ..." if len(labels) > 6 else "")
    return DataError(
        f"No row is the control; the labels are {shown}. Wanted at least one row called 'control' (or "
        "another "
        "word, named with control=). If the values are log ratios to an untreated control, which then "
        "is 0 by "
        f"definition, say control='implied'."
    )


def _check_separator(
    labels: Sequence[str], sep: str, controls: frozenset[str], readouts: Sequence[str]
) -> None:
    whole = set(labels)
    names = set(readouts)
    for label in sorted(whole):
        if sep and sep in label and label in names:
            raise DataError(
                f"{label!r} is the name of a readout, but split at {sep!r} it reads as a combination: "
                "the separator "
                f"is inside a name. Choose another with sep=."
            )
    if any(sep and sep in label for label in whole):
        return
    for other in _OTHER_SEPARATORS:
        for label in sorted(whole) if other != sep else ():
            parts = label.split(other)
            if len(parts) > 1 and all(part in whole or part in controls for part in parts):
                raise DataError(
                    f"The label {label!r} looks like the combination of "
                    f"{' and '.join(map(repr, parts))}, which are "
                    f"labels too, but the separator is {sep!r}. Say sep={other!r}, or rename {label!r}."
                )


def _check_counts(
    obs: pd.DataFrame, parts: Sequence[Sequence[str]], controls: frozenset[str], sep: str
) -> None:
    """Compare with scPerturb's `nperts`, which knows where a name ends."""
    if "nperts" not in obs.columns:
        return
    for row, named, stated in zip(obs.index, parts, obs["nperts"]):
        found = sum(part not in controls for part in named)
        if stated == stated and found != int(float(stated)):
            raise DataError(
                f"Row {row!r} names {found} perturbation(s) ({sep.join(named)!r} split at {sep!r}), but "
                f"obs['nperts'] says {int(float(stated))}. Say how names are joined with sep=."
            )


def _amounts(
    obs: pd.DataFrame, dose: str | None, parts: Sequence[Sequence[str]], controls: frozenset[str], sep: str
) -> list[list[float]]:
    if dose is None:
        return [[1.0] * sum(p not in controls for p in row) for row in parts]
    texts = named_column(obs, dose, "dose")
    missing = is_missing(texts)
    amounts: list[list[float]] = []
    for row, named, text, gap in zip(obs.index, parts, texts, missing):
        if all(part in controls for part in named):
            amounts.append([])  # the dose of nothing is not read: files write 0, 1 or NaN there
            continue
        if gap:
            raise DataError(f"Row {row!r} ({sep.join(named)!r}) has no dose in obs[{dose!r}].")
        amounts.append(match_doses(named, split_doses(str(text), sep, row=str(row)), controls, row=str(row)))
    return amounts


def _describe_control(labels: Sequence[str], sep: str, controls: frozenset[str]) -> str:
    if not controls:
        return "implied: the values are relative to it"
    rows = sum(_gives_nothing(label, sep, controls) for label in labels)
    return f"{' and '.join(map(repr, sorted(controls)))} ({rows} rows)"


def _convention(
    name: str, dose: str | None, labels: Sequence[str], sep: str, controls: frozenset[str]
) -> str:
    if name == "target_gene":
        return "Virtual Cell Challenge"
    padded = any(
        len(parts := label.split(sep)) > 1 and any(p.strip() in controls for p in parts)
        for label in (labels if sep else ())
    )
    if name == "condition" and padded:
        return "GEARS"
    if dose in ("dosage", "dose_val"):
        return "CPA"
    if name == "perturbation":
        return "pertpy/scPerturb"
    return "text columns"


def plain(value: Any) -> Any:
    """Return provenance as dicts, lists, strings and numbers (an h5ad file gives NumPy things back)."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return [plain(v) for v in value.tolist()]
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    return value
