"""Read and check the folder of a network of interactions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import FileFormatError, unknown_name
from hybridcell._core.text_numbers import number_in
from hybridcell.data._checks import KINDS
from hybridcell.data.networks.files import read_csv, require
from hybridcell.data.networks.interaction_entry import InteractionEntry, weight_matrix

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = {
    "nodes.tsv": ("name", "kind", "epsilon", "alpha"),
    "edges.tsv": ("source", "target", "sign", "weight"),
    "prior.tsv": ("source", "target", "sign"),
    "drugs.tsv": ("drug", "target", "sign", "pathway"),
}
#: What the equations may be, so far.
_EQUATIONS = {"envelope": "tanh", "input": "inside", "degree": 1}


def read_interactions(folder: Path, about: dict[str, Any]) -> InteractionEntry:
    """Read a network of form "cellbox"."""
    _check_equations(folder / "network.toml", about)
    tables = {name: _table(folder / name, columns) for name, columns in _COLUMNS.items()}
    nodes = tables["nodes.tsv"]
    names, kinds = tuple(nodes["name"]), tuple(nodes["kind"])
    epsilon, alpha = (_positive(folder, nodes, column) for column in ("epsilon", "alpha"))
    edges = _with_numbers(folder / "edges.tsv", tables["edges.tsv"], ("sign", "weight"))
    _check_nodes(folder, names, kinds)
    _check_edges(folder, edges, names, kinds)
    prior = _with_numbers(folder / "prior.tsv", tables["prior.tsv"], ("sign",))
    _known(folder / "prior.tsv", prior, ("source", "target"), names)
    drugs = _with_numbers(folder / "drugs.tsv", tables["drugs.tsv"], ("sign",))
    _known(folder / "drugs.tsv", drugs, ("target",), names)
    drug_nodes = [n for n, kind in zip(names, kinds) if kind == "drug"]
    _known(folder / "drugs.tsv", drugs, ("drug",), drug_nodes)
    reference = read_csv(folder / "reference.csv", keep_default_na=False)
    if tuple(reference.columns) != ("perturbation", "dose", *names):
        raise FileFormatError(
            f"{folder / 'reference.csv'}: the columns are not perturbation, dose and then the nodes in order."
        )
    reference = _with_numbers(folder / "reference.csv", reference, names)
    return InteractionEntry(
        name=about.pop("name"),
        description=about.pop("description"),
        nodes=names,
        kinds=kinds,
        weights=weight_matrix(edges, names),
        epsilon=epsilon,
        alpha=alpha,
        edges=edges,
        prior=prior,
        drugs=drugs,
        reference=reference,
        about=about,
    )


def _check_equations(path: Path, about: dict[str, Any]) -> None:
    require(path, about, tuple(_EQUATIONS))
    for key, value in _EQUATIONS.items():
        if about[key] != value:
            raise FileFormatError(
                f"{path}: {key} is {about[key]!r}; this version reads {key} = {value!r} only."
            )


def _table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    # Names stay text: a gene may be called NA or 1433.
    frame = read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    for column in columns:
        if column not in frame.columns:
            raise FileFormatError(f"{path}: {unknown_name('column', column, frame.columns)}")
    return frame


def _positive(folder: Path, nodes: pd.DataFrame, column: str) -> np.ndarray:
    values = np.array([_number(folder / "nodes.tsv", text) for text in nodes[column]])
    if not (np.isfinite(values) & (values > 0)).all():
        bad = nodes["name"][int(np.argmin(np.isfinite(values) & (values > 0)))]
        raise FileFormatError(f"{folder / 'nodes.tsv'}: {column} of {bad!r} is not a positive number.")
    return values


def _number(path: Path, text: str, place: str = "") -> float:
    try:
        return number_in(text)
    except ValueError:
        raise FileFormatError(f"{path}{place}: {text!r} is not a number.") from None


def _with_numbers(path: Path, frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return the table with numbers in some columns; a sign is 1 or -1."""
    found: dict[str, np.ndarray] = {}
    for column in columns:
        values = np.array(
            [_number(path, str(cell), f", row {r + 1}, {column}") for r, cell in enumerate(frame[column])]
        )
        if column == "sign" and not np.isin(values, (-1, 1)).all():
            raise FileFormatError(f"{path}: a sign is neither 1 nor -1.")
        found[column] = values.astype(int if column == "sign" else float)
    return frame.assign(**found)


def _check_nodes(folder: Path, names: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise FileFormatError(
            f"{folder / 'nodes.tsv'}: the node {twice[0]!r} is listed {names.count(twice[0])} times."
        )
    for name, kind in zip(names, kinds):
        if kind not in KINDS:
            raise FileFormatError(
                f"{folder / 'nodes.tsv'}: the kind of {name!r} is {kind!r}; wanted one of {KINDS}."
            )


def _known(path: Path, frame: pd.DataFrame, columns: tuple[str, ...], names: Sequence[str]) -> pd.DataFrame:
    for column in columns:
        for row, name in enumerate(frame[column]):
            if name not in names:
                raise FileFormatError(f"{path}, row {row + 1}, {column}: {unknown_name('node', name, names)}")
    return frame


def _check_edges(folder: Path, edges: pd.DataFrame, names: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    path = folder / "edges.tsv"
    _known(path, edges, ("source", "target"), names)
    kind = dict(zip(names, kinds))
    seen = set()
    for source, target, sign, weight in zip(edges["source"], edges["target"], edges["sign"], edges["weight"]):
        edge = f"{path}: the edge {source} -> {target}"
        if (source, target) in seen:
            raise FileFormatError(f"{edge} is listed twice.")
        seen.add((source, target))
        if source == target:
            raise FileFormatError(f"{edge} points at itself; self-regulation belongs in alpha.")
        if kind[target] == "drug":
            raise FileFormatError(f"{edge} regulates a drug; nothing does.")
        if kind[source] == "phenotype":
            raise FileFormatError(f"{edge} starts at a phenotype; phenotypes regulate nothing.")
        if kind[source] == "drug" and kind[target] == "phenotype":
            raise FileFormatError(f"{edge} leads from a drug straight to a phenotype; go through a protein.")
        if not np.isfinite(weight) or np.sign(weight) != sign:
            raise FileFormatError(f"{edge} has weight {weight} and sign {sign}; they must agree.")
