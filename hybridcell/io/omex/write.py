"""`hc.write_omex`: a model with its experiments, weights and origin as one archive."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date as calendar_date
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractModel
from hybridcell.io.digest import data_digest
from hybridcell.io.omex.archive import write_archive
from hybridcell.io.omex.conditions import experiments_of
from hybridcell.io.omex.experiment import Experiment
from hybridcell.io.omex.manifest import (
    JSON,
    MARKDOWN,
    METADATA,
    NAME,
    SEDML,
    Entry,
    manifest_text,
    sbml_format,
)
from hybridcell.io.omex.metadata import metadata_text
from hybridcell.io.omex.provenance import provenance_of, to_json, weights_of, with_hashes
from hybridcell.io.omex.sedml import sedml_text
from hybridcell.io.sbml import ExportReport, write_sbml

MODEL, SIMULATION, RDF = "model.xml", "simulation.sedml", "metadata.rdf"
WEIGHTS, PROVENANCE, CARD = "weights.json", "provenance.json", "card.md"
_FORMATS = {SIMULATION: SEDML, RDF: METADATA, WEIGHTS: JSON, PROVENANCE: JSON, CARD: MARKDOWN}


def write_omex(
    model: Any,
    path: str | os.PathLike[str],
    *,
    data: Any = None,
    conditions: Any = None,
    t1: float | None = None,
    n_points: int = 101,
    neural: str = "exact",
    weights: str = "numbers",
    level: str = "3.2",
    resimulate: bool = True,
    date: str | None = None,
) -> ExportReport:
    """Write a COMBINE archive: the model, what is simulated with it, its weights and where it comes from.

    The archive holds `model.xml` (SBML), `simulation.sedml` (SED-ML Level 1 Version 4: one time course or
    steady state for each condition), `weights.json` (the neural part, all digits), `provenance.json`
    (versions, seeds, SHA-256 of the data and of each file), `metadata.rdf` and `manifest.xml`; of a fitted
    reaction network also its model card, `card.md`. Equal models give equal archives, unless a date is given.

    Parameters
    ----------
    model
        What `hybridcell.write_sbml` takes; of a `Fit` its training data are taken too.
    path
        Where to, by custom ``<name>.omex``. Written wholly or not at all.
    data : AnnData, PerturbationData, DataFrame or path, optional
        What the model was trained on: its hash goes into the archive, not the data. The conditions and the
        last time of an AnnData or PerturbationData are those of the experiments, unless they are given.
    conditions
        Conditions as `hybridcell.simulate` takes them.
    t1 : float, optional
        End of the time courses. Default: the last time of the data; without times, steady states.
    n_points : int
        Times of a time course.
    neural, weights, level, resimulate
        As in `hybridcell.write_sbml`.
    date : str, optional
        Date of making, such as "2026-01-31".

    Returns
    -------
    ExportReport
        That of the SBML file, with the path of the archive.

    Raises
    ------
    InvalidValueError
        If the model cannot be exported, or on a condition that the file has no number for.
    UnknownNameError
        If a condition names an id that is not in the file.

    See Also
    --------
    hybridcell.read_omex : The other way.

    References
    ----------
    Bergmann et al., COMBINE archive and OMEX format, BMC Bioinformatics 15 (2014) 369.
    Smith et al., The simulation experiment description markup language (SED-ML), Level 1 Version 4,
    J. Integr. Bioinform. 18 (2021).

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr, tempfile
    >>> network = hc.read_sbml(hc.networks.load("robertson"))
    >>> hybrid = network.replace("slow", hc.NeuralRate(width=4, key=jr.key(0)))
    >>> report = hc.write_omex(hybrid, f"{tempfile.mkdtemp()}/model.omex", t1=40.0, resimulate=False)
    >>> hc.read_omex(report.path).experiments[0].end
    40.0
    """
    data = getattr(model, "train", None) if data is None else data
    best = model if isinstance(model, AbstractModel) else getattr(model, "best", model)
    _check_date(date)
    digest = None if data is None else data_digest(data)
    with TemporaryDirectory() as folder:
        report = write_sbml(
            model, Path(folder) / MODEL, neural=neural, weights=weights, level=level, resimulate=resimulate
        )
        sbml = (Path(folder) / MODEL).read_text("utf-8")
    experiments = experiments_of(
        best,
        report.inputs,
        data=data if hasattr(data, "obsm") or hasattr(data, "doses") else None,
        conditions=conditions,
        t1=t1,
        n_points=n_points,
    )
    # only fits of reaction networks have one; it speaks of the model with its neural part
    write_card = None if neural == "omit" else getattr(model, "card", None)
    card = "" if write_card is None else write_card(date=date)
    files = _files(best, sbml, experiments, report, digest=digest, neural=neural, date=date, card=card)
    language = sbml_format(int(level[0]), int(report.level[-1]))
    entries = [Entry(name, _FORMATS.get(name, language), name == SIMULATION) for name in files]
    write_archive(path, {NAME: manifest_text(entries).encode(), **files})
    return replace(report, path=Path(path))


def _files(
    model: Any,
    sbml: str,
    experiments: Sequence[Experiment],
    report: ExportReport,
    *,
    digest: str | None,
    neural: str,
    date: str | None,
    card: str = "",
) -> dict[str, bytes]:
    """Return all files but the manifest; the provenance last, with the hashes of the others."""
    files = {
        MODEL: sbml.encode(),
        SIMULATION: sedml_text(experiments, sbml, MODEL).encode(),
        RDF: metadata_text(f"{report.level}: {model!r}", date).encode(),
    }
    neural_part = {} if neural == "omit" else weights_of(model)
    if neural_part:
        files[WEIGHTS] = to_json(neural_part)
    if card:
        files[CARD] = card.encode()
    facts = provenance_of(
        data=None if digest is None else {"sha256": digest},
        date=date,
        report={"level": report.level, "deviations": report.deviations, "warnings": list(report.warnings)},
        seeds={name: piece["seed"] for name, piece in neural_part.items()},
    )
    return {**files, PROVENANCE: to_json(with_hashes(facts, files))}


def _check_date(date: str | None) -> None:
    if date is None:
        return
    try:
        # the day alone, or with a time behind it; other forms of ISO 8601 are none of W3CDTF
        calendar_date.fromisoformat(date[:10])
        datetime.fromisoformat(date)
    except (TypeError, ValueError):
        raise InvalidValueError(f"date is {date!r}; wanted one like '2026-01-31'.") from None
