"""A screen in the original's files: expr.csv, pert.csv, node_Index.csv."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import DataError, FileFormatError
from hybridcell.data import PerturbationData, as_perturbation_data
from hybridcell.io.cellbox.config import CellBoxConfig, read_config, write_config
from hybridcell.io.cellbox.tables import (
    check_names,
    find_file,
    read_names,
    read_numbers,
    write_names,
    write_numbers,
)

if TYPE_CHECKING:
    from anndata import AnnData

#: The original orders its nodes so, and has no kind of their own for genes.
_ORDER = {"protein": 0, "gene": 0, "phenotype": 1, "drug": 2}


def read_cellbox(
    path: str | os.PathLike[str],
    *,
    expr: str | None = None,
    pert: str | None = None,
    nodes: str | None = None,
    n_protein_nodes: int | None = None,
    n_activity_nodes: int | None = None,
) -> AnnData:
    """Read a screen from the files of the original CellBox program.

    Parameters
    ----------
    path
        A folder with ``expr.csv``, ``pert.csv`` and ``node_Index.csv`` (no headers; conditions x nodes), or a
        JSON configuration that names them. Paths in a configuration are looked for beside it, one folder
        up, and in the current folder.
    expr, pert, nodes
        Other file names. Without a node file nodes are called "0", "1", ...
    n_protein_nodes, n_activity_nodes
        Nodes before the first are proteins, those before the second phenotypes, the rest drugs. By default
        from the configuration. Without them the perturbed nodes are drugs and all others proteins.

    Returns
    -------
    AnnData
        Following the data contract, with signed strengths u in ``obsm["doses"]``. Where the configuration
        weighs the loss by \\|y\\|, ``layers["weight"]`` holds it.

    Raises
    ------
    FileFormatError
        If a file is missing or not numeric.
    DataError
        If the files do not fit each other, or break the data contract.

    Examples
    --------
    >>> import hybridcell as hc, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> paths = hc.write_cellbox(hc.datasets.demo(seed=0), folder)
    >>> hc.read_cellbox(f"{folder}/config.json").shape == hc.datasets.demo(seed=0).shape
    True
    """
    path = Path(path)
    config, folders = _locate(path)
    expr_path = find_file(expr or config.expr_file or "expr.csv", folders)
    pert_path = find_file(pert or config.pert_file or "pert.csv", folders)
    values, strengths = read_numbers(expr_path), read_numbers(pert_path)
    if values.shape != strengths.shape:
        raise DataError(
            f"{expr_path.name!r} is {values.shape[0]} x {values.shape[1]}, but {pert_path.name!r} "
            f"{strengths.shape[0]} x {strengths.shape[1]}; wanted conditions x nodes in both."
        )
    names = _node_names(nodes, config, folders, values.shape[1], named=os.path.isdir(path))
    kinds = node_kinds(
        values.shape[1],
        config.n_protein_nodes if n_protein_nodes is None else n_protein_nodes,
        config.n_activity_nodes if n_activity_nodes is None else n_activity_nodes,
        perturbed=(strengths != 0).any(axis=0),
    )
    drugs = [i for i, kind in enumerate(kinds) if kind == "drug" or (strengths[:, i] != 0).any()]
    screen = PerturbationData(
        values=values,
        readouts=names,
        kinds=kinds,
        conditions=_condition_names([names[i] for i in drugs], strengths[:, drugs]),
        perturbations=tuple(names[i] for i in drugs),
        doses=strengths[:, drugs],
        input="strength",
        control="measured" if (strengths == 0).all(axis=1).any() else "implied",
        weight=np.abs(np.nan_to_num(values)) if config.weight_loss == "expr" else None,
        provenance={"source": "files of CellBox", "files": [expr_path.name, pert_path.name]},
    )
    return screen.to_anndata()


def _locate(path: Path) -> tuple[CellBoxConfig, list[Path]]:
    if os.path.isdir(path):
        return CellBoxConfig(), [path]
    config = read_config(path)
    here = path.resolve().parent
    return config, list(dict.fromkeys([here, here.parent, Path.cwd()]))


def _node_names(
    nodes: str | None, config: CellBoxConfig, folders: list[Path], n: int, *, named: bool
) -> tuple[str, ...]:
    given = nodes or config.node_index_file
    if given is None and named and os.path.isfile(folders[0] / "node_Index.csv"):
        given = "node_Index.csv"
    if config.n_x is not None and config.n_x != n:
        raise DataError(f"The configuration says n_x = {config.n_x}, but the data have {n} nodes (columns).")
    if given is None:
        return tuple(map(str, range(n)))
    path = find_file(given, folders)
    names = read_names(path)
    if len(names) != n:
        raise DataError(f"{path.name!r} has {len(names)} node names, but the data have {n} nodes (columns).")
    return names


def node_kinds(
    n: int, n_proteins: int | None, n_activity: int | None, *, perturbed: np.ndarray
) -> tuple[str, ...]:
    """Return the kind of each node from the original's counts, or as far as the perturbed nodes tell."""
    if n_proteins is None and n_activity is None:
        warnings.warn(
            "Which nodes are phenotypes is not in the files: all nodes that are not perturbed are read as "
            "proteins. Give n_protein_nodes= and n_activity_nodes=, or read a configuration that has them.",
            UserWarning,
            stacklevel=3,
        )
        return tuple("drug" if is_drug else "protein" for is_drug in perturbed)
    if n_activity is None:
        n_activity = int(np.argmax(perturbed)) if perturbed.any() else n
    if n_proteins is None:
        n_proteins = n_activity
    if not 0 <= n_proteins <= n_activity <= n:
        raise DataError(
            f"n_protein_nodes is {n_proteins} and n_activity_nodes {n_activity} for {n} nodes; wanted "
            "0 <= n_protein_nodes <= n_activity_nodes <= number of nodes."
        )
    return (
        ("protein",) * n_proteins + ("phenotype",) * (n_activity - n_proteins) + ("drug",) * (n - n_activity)
    )


def _condition_names(drugs: list[str], strengths: np.ndarray) -> tuple[str, ...]:
    """Name conditions by what was given, "aMEK=-0.863+aHDAC=-0.5", and number those that are alike."""
    seen: Counter[str] = Counter()
    names = []
    for row in strengths:
        given = [f"{drug}={strength:.6g}" for drug, strength in zip(drugs, row) if strength != 0]
        name = "+".join(given) or "control"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return tuple(names)


def write_screen(data: Any, folder: Path) -> list[Path]:
    """Write expr.csv, pert.csv, node_Index.csv and a configuration that names them; see `write_cellbox`."""
    screen = as_perturbation_data(data)
    if screen.time is not None and len(np.unique(screen.time)) > 1:
        raise DataError("The screen has several time points; the files of CellBox hold one. Take a subset.")
    extra = [p for p in screen.perturbations if p not in screen.readouts]
    names, kinds = (*screen.readouts, *extra), (*screen.kinds, *("drug" for _ in extra))
    check_names(names)
    strengths = np.zeros((len(screen), len(names)))
    for column, name in enumerate(screen.perturbations):
        strengths[:, names.index(name)] = screen.doses[:, column]
    # A drug's own column is its activity; where the screen has none it is what the envelope makes of u.
    values = np.concatenate([screen.values, np.tanh(strengths[:, len(screen.readouts) :])], axis=1)
    order = original_order(kinds)
    if np.isnan(values).any():
        warnings.warn(
            f"{int(np.isnan(values).sum())} values are missing and become empty fields, which the original "
            "program cannot read.",
            UserWarning,
            stacklevel=3,
        )
    files = {"pert_file": "pert.csv", "expr_file": "expr.csv", "node_index_file": "node_Index.csv"}
    config = {**files, **count_nodes([kinds[i] for i in order])}
    return [
        write_numbers(folder / "expr.csv", values[:, order]),
        write_numbers(folder / "pert.csv", strengths[:, order]),
        write_names(folder / "node_Index.csv", [names[i] for i in order]),
        write_config(folder / "config.json", config),
    ]


def original_order(kinds: tuple[str, ...]) -> list[int]:
    """Return the positions of nodes in the original's order: proteins, phenotypes, drugs."""
    return sorted(range(len(kinds)), key=lambda i: _ORDER[kinds[i]])


def count_nodes(kinds: list[str]) -> dict[str, Any]:
    """Return the original's counts for nodes in its order."""
    n_proteins = sum(_ORDER[kind] == 0 for kind in kinds)
    n_drugs = sum(_ORDER[kind] == 2 for kind in kinds)
    return {"n_x": len(kinds), "n_protein_nodes": n_proteins, "n_activity_nodes": len(kinds) - n_drugs}


def read_kinds_of(weights: np.ndarray) -> tuple[str, ...]:
    """Return the kinds that the structural zeros of a weight matrix show.

    A node that nothing regulates is a drug; one that regulates nothing is a phenotype.

    Raises
    ------
    FileFormatError
        When a node neither regulates nor is regulated: it could be either.
    """
    nothing_in, nothing_out = ~(weights != 0).any(axis=1), ~(weights != 0).any(axis=0)
    if (nothing_in & nothing_out).any():
        raise FileFormatError(
            f"Node number {int(np.argmax(nothing_in & nothing_out))} has no edges, so its kind is "
            "unknown. Give kinds=, or n_protein_nodes= and n_activity_nodes=."
        )
    return tuple(
        "drug" if into else "phenotype" if out else "protein" for into, out in zip(nothing_in, nothing_out)
    )
