"""A fitted network in the original's files: W, alpha, eps and, for scaled input, psi."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hybridcell._core.errors import FileFormatError, InvalidValueError
from hybridcell.io.cellbox.config import ENVELOPES, INPUTS, read_config, write_config
from hybridcell.io.cellbox.screen import count_nodes, node_kinds, original_order, read_kinds_of
from hybridcell.io.cellbox.tables import find_file, read_named, write_named
from hybridcell.mechanisms import CellBox

#: "6_best.W.loss.0.0335.csv" as the original writes it, and "seed871_W.csv" or "W.csv" as people rename it.
_PART = re.compile(r"(?P<run>.*?)(?P<part>W|alpha|eps|psi)(\.loss\..*)?\.csv")


def read_cellbox_model(
    weights: str | os.PathLike[str],
    alpha: str | os.PathLike[str] | None = None,
    eps: str | os.PathLike[str] | None = None,
    *,
    psi: str | os.PathLike[str] | None = None,
    kinds: Sequence[str] | None = None,
    n_protein_nodes: int | None = None,
    n_activity_nodes: int | None = None,
    **options: Any,
) -> CellBox:
    """Read a network that the original CellBox program fitted.

    Parameters
    ----------
    weights
        The file of W (a header line, then one line per node, its name first), or a folder with the files of
        one run; of several stages the last is taken. A ``config.json`` in the folder is heeded.
    alpha, eps, psi
        The other files. They hold the positive values, after softplus, as the original writes them.
    kinds, n_protein_nodes, n_activity_nodes
        Kinds of the nodes, or the original's counts. By default the zeros of W tell: nothing regulates a
        drug, and a phenotype regulates nothing.
    **options
        As for `hc.CellBox`: envelope, power, degree, input, clamp. The files do not say; the default is
        what the published networks have.

    Returns
    -------
    CellBox

    Raises
    ------
    FileFormatError
        If a file is missing, not numeric, or of other nodes than the others.
    InvalidValueError
        If a rate is not positive.

    Examples
    --------
    >>> import hybridcell as hc, tempfile
    >>> from hybridcell.io.cellbox import read_cellbox_model
    >>> model = hc.CellBox(["ERK", "growth", "aMEK"], ["protein", "phenotype", "drug"],
    ...                    [[0, 0, 0.8], [0.5, 0, 0], [0, 0, 0]])
    >>> folder = tempfile.mkdtemp()
    >>> paths = hc.write_cellbox(model, folder)
    >>> read_cellbox_model(folder).kinds
    ('protein', 'phenotype', 'drug')
    """
    source = Path(weights)
    if os.path.isdir(source):
        if alpha is not None or eps is not None:
            raise InvalidValueError("Give a folder or the files of W, alpha and eps; found both.")
        parts = _find_parts(source)
        if os.path.isfile(source / "config.json"):
            config = read_config(source / "config.json")
            options = {**config.model_options(), **options}
            n_protein_nodes = config.n_protein_nodes if n_protein_nodes is None else n_protein_nodes
            n_activity_nodes = config.n_activity_nodes if n_activity_nodes is None else n_activity_nodes
    else:
        if alpha is None or eps is None:
            raise InvalidValueError("Beside the file of W those of alpha and eps are needed; found W alone.")
        given = {"W": source, "alpha": Path(alpha), "eps": Path(eps), **({"psi": Path(psi)} if psi else {})}
        parts = {name: find_file(path.name, [path.parent]) for name, path in given.items()}
    names, matrix = read_named(parts["W"])
    if matrix.shape != (len(names), len(names)):
        raise FileFormatError(
            f"{parts['W'].name!r} is {matrix.shape[0]} x {matrix.shape[1]}; wanted a square."
        )
    rates = {name: _read_rates(path, names) for name, path in parts.items() if name != "W"}
    if kinds is None:
        if n_protein_nodes is None and n_activity_nodes is None:
            kinds = read_kinds_of(matrix)
        else:
            drug = ~(matrix != 0).any(axis=1)
            kinds = node_kinds(len(names), n_protein_nodes, n_activity_nodes, perturbed=drug)
    if "psi" in rates:
        options = {"input": "scaled", "psi": rates["psi"], **options}
    return CellBox(names, kinds, matrix, epsilon=rates["eps"], alpha=rates["alpha"], **options)


def _find_parts(folder: Path) -> dict[str, Path]:
    """Return the files of the one run (or the last stage of one run) in a folder."""
    runs: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.iterdir()):
        found = _PART.fullmatch(path.name)
        if found and os.path.isfile(path):
            runs.setdefault(found["run"], {})[found["part"]] = path
    whole = {run: parts for run, parts in runs.items() if {"W", "alpha", "eps"} <= set(parts)}
    if not whole:
        raise FileFormatError(
            f"{str(folder)!r} has no files of W, alpha and eps that belong together, such as "
            "6_best.W.loss.0.03.csv."
        )
    stages = {
        int(found[1]): parts for run, parts in whole.items() if (found := re.match(r"(\d+)_best\.", run))
    }
    if stages:
        return stages[max(stages)]
    if len(whole) > 1:
        raise FileFormatError(
            f"{str(folder)!r} has the files of several runs: {sorted(whole)}. Name the files."
        )
    return next(iter(whole.values()))


def _read_rates(path: Path, names: list[str]) -> np.ndarray:
    found, values = read_named(path)
    if found != names or values.shape[1] != 1:
        raise FileFormatError(
            f"{path.name!r} is not of the nodes of W: wanted one number for each, in order."
        )
    return values[:, 0]


def write_model(model: CellBox, folder: Path) -> list[Path]:
    """Write W, alpha, eps (and psi) and a configuration; see `write_cellbox`."""
    order = original_order(model.kinds)
    names = [model.names[i] for i in order]
    form = {ours: theirs for theirs, ours in ENVELOPES.items()}[model.envelope]
    config = {
        "model": "CellBox",
        "envelope_form": form,
        "envelope": INPUTS.index(model.input),
        "ode_degree": model.degree,
        "pert_form": "fix x" if model.clamp else "by u",
        **({"polynomial_k": model.power} if model.envelope in ("polynomial", "hill") else {}),
        **count_nodes([model.kinds[i] for i in order]),
    }
    tables = {"W": np.asarray(model.weights)[np.ix_(order, order)]}
    tables["alpha"], tables["eps"] = (np.asarray(v)[order, None] for v in (model.alpha, model.epsilon))
    if model.input == "scaled":
        tables["psi"] = np.asarray(model.psi)[order, None]
    for name, table in tables.items():
        if not np.isfinite(table).all():
            raise InvalidValueError(f"{name} of the network is not finite everywhere; it is not written.")
    written = [write_named(folder / f"{name}.csv", names, table) for name, table in tables.items()]
    return [*written, write_config(folder / "config.json", config)]
