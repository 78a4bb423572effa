"""The shipped networks: signaling models with known truth, as data (`hc.networks`)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import FileFormatError, unknown_name
from hybridcell._core.html import card
from hybridcell._core.shipped import shipped_names, shipped_path
from hybridcell.data._checks import KINDS

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = {
    "nodes.tsv": ("name", "kind", "epsilon", "alpha"),
    "edges.tsv": ("source", "target", "sign", "weight"),
    "prior.tsv": ("source", "target", "sign"),
    "drugs.tsv": ("drug", "target", "sign", "pathway"),
}


@dataclass(frozen=True, eq=False)
class NetworkEntry:
    """A network with known truth, dx/dt = epsilon * tanh(W x + u) - alpha * x.

    Attributes
    ----------
    name, description
        What it is called and what it is.
    nodes, kinds
        n names, each with its kind: protein, gene, phenotype or drug.
    weights
        (n, n) interactions, [target, source].
    epsilon, alpha
        (n,) saturation and decay, both positive.
    edges
        DataFrame source, target, sign, weight: the non-zero weights.
    prior
        DataFrame source, target, sign: what a reader of the literature would believe, incomplete and partly
        wrong.
    drugs
        DataFrame drug, target, sign (-1 inhibits), pathway.
    reference
        DataFrame of steady states: perturbation, dose (signed strengths), then one column per node.
    about
        Everything else in `network.toml`: title, units, references.

    Examples
    --------
    >>> import hybridcell as hc
    >>> entry = hc.networks.load("mapk_pi3k")
    >>> entry.kinds.count("drug")
    9
    """

    name: str
    description: str
    nodes: tuple[str, ...]
    kinds: tuple[str, ...]
    weights: np.ndarray
    epsilon: np.ndarray
    alpha: np.ndarray
    edges: pd.DataFrame
    prior: pd.DataFrame
    drugs: pd.DataFrame
    reference: pd.DataFrame
    about: dict[str, Any]

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.nodes)

    def of_kind(self, *kinds: str) -> tuple[str, ...]:
        """Return the nodes of some kinds, in order."""
        return tuple(name for name, kind in zip(self.nodes, self.kinds) if kind in kinds)

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.kinds.count(kind)} {kind}" for kind in KINDS if kind in self.kinds)
        return f"NetworkEntry({self.name!r}: {self.n} nodes ({counts}), {len(self.edges)} edges)"

    def _repr_html_(self) -> str:
        facts = {kind: ", ".join(self.of_kind(kind)) for kind in KINDS if kind in self.kinds}
        return card(self.name, {"description": self.description, **facts, "edges": len(self.edges)})


def available() -> tuple[str, ...]:
    """Return the names of the shipped networks.

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.networks.available()
    ('mapk_pi3k',)
    """
    return shipped_names("networks")


def load(name: str) -> NetworkEntry:
    """Load a shipped network.

    Parameters
    ----------
    name
        One of `available()`.

    Raises
    ------
    UnknownNameError
        When there is no such network; the nearest name is suggested.
    FileFormatError
        When a file of the network breaks the format; the message names file and row.

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.networks.load("mapk_pi3k").n
    39
    """
    return read_network(shipped_path("networks", name))


def read_network(folder: str | Path) -> NetworkEntry:
    """Read and check the folder of a network.

    Parameters
    ----------
    folder
        With network.toml, nodes.tsv, edges.tsv, prior.tsv, drugs.tsv and reference.csv, as
        `networks/README.md` describes them.

    Raises
    ------
    FileFormatError
        When a file is missing or breaks the format.
    """
    import pandas as pd

    folder = Path(folder)
    about = _about(folder)
    tables = {name: _table(folder / name, columns) for name, columns in _COLUMNS.items()}
    nodes = tables["nodes.tsv"]
    names, kinds = tuple(nodes["name"]), tuple(nodes["kind"])
    epsilon, alpha = (_positive(folder, nodes, column) for column in ("epsilon", "alpha"))
    edges = tables["edges.tsv"].astype({"sign": int, "weight": float})
    _check_nodes(folder, names, kinds)
    _check_edges(folder, edges, names, kinds)
    prior = _known(
        folder / "prior.tsv", tables["prior.tsv"].astype({"sign": int}), ("source", "target"), names
    )
    drugs = _known(folder / "drugs.tsv", tables["drugs.tsv"].astype({"sign": int}), ("target",), names)
    drug_nodes = [n for n, kind in zip(names, kinds) if kind == "drug"]
    _known(folder / "drugs.tsv", drugs, ("drug",), drug_nodes)
    reference = pd.read_csv(_existing(folder / "reference.csv"), keep_default_na=False)
    if tuple(reference.columns) != ("perturbation", "dose", *names):
        raise FileFormatError(
            f"{folder / 'reference.csv'}: the columns are not perturbation, dose and then the nodes in order."
        )
    return NetworkEntry(
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


def weight_matrix(edges: pd.DataFrame, nodes: Sequence[str]) -> np.ndarray:
    """Return the (n, n) matrix [target, source] of a table with source, target and weight."""
    index = {name: i for i, name in enumerate(nodes)}
    weights = np.zeros((len(nodes), len(nodes)))
    for source, target, weight in zip(edges["source"], edges["target"], edges["weight"]):
        weights[index[target], index[source]] = weight
    return weights


def readme_table() -> str:
    """Return the table of all shipped networks for `networks/README.md`, as Markdown."""
    rows = ["| name | what | nodes | edges | prior edges (right) | drugs |", "|---|---|---|---|---|---|"]
    for name in available():
        entry = load(name)
        truth = set(zip(entry.edges["source"], entry.edges["target"], entry.edges["sign"]))
        right = sum(
            edge in truth for edge in zip(entry.prior["source"], entry.prior["target"], entry.prior["sign"])
        )
        counts = ", ".join(f"{entry.kinds.count(kind)} {kind}" for kind in KINDS if kind in entry.kinds)
        rows.append(
            f"| `{name}` | {entry.about['title']} | {entry.n} ({counts}) | {len(entry.edges)} "
            f"| {len(entry.prior)} ({right}) | {', '.join(entry.of_kind('drug'))} |"
        )
    return "\n".join(rows) + "\n"


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise FileFormatError(f"{path.parent}: the file {path.name} is missing.")
    return path


def _about(folder: Path) -> dict[str, Any]:
    path = _existing(folder / "network.toml")
    try:
        about = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise FileFormatError(f"{path} is not TOML: {error}.") from None
    wanted = {"form": "cellbox", "envelope": "tanh", "input": "inside", "degree": 1}
    for key in ("name", "title", "description", *wanted):
        if key not in about:
            raise FileFormatError(f"{path}: the key {key!r} is missing.")
    for key, value in wanted.items():
        if about[key] != value:
            raise FileFormatError(
                f"{path}: {key} is {about[key]!r}; this version reads {key} = {value!r} only."
            )
    if about["name"] != folder.name:
        raise FileFormatError(f"{path}: name is {about['name']!r}, but the folder is {folder.name!r}.")
    return about


def _table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    # Names stay text: a gene may be called NA or 1433.
    frame = pd.read_csv(_existing(path), sep="\t", dtype=str, keep_default_na=False)
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


def _number(path: Path, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise FileFormatError(f"{path}: {text!r} is not a number.") from None


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
    if not set(frame["sign"]) <= {-1, 1}:
        raise FileFormatError(f"{path}: a sign is neither 1 nor -1.")
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
