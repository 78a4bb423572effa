"""`hc.read_omex`: what a COMBINE archive holds, its hashes verified."""

from __future__ import annotations

import os

from hybridcell._core.errors import FileFormatError
from hybridcell.io.omex.archive import read_archive
from hybridcell.io.omex.contents import OmexContents
from hybridcell.io.omex.experiment import Experiment
from hybridcell.io.omex.manifest import Entry, read_manifest
from hybridcell.io.omex.provenance import check_hashes, from_json
from hybridcell.io.omex.read_sedml import read_experiments
from hybridcell.io.omex.write import CARD, PROVENANCE, WEIGHTS
from hybridcell.io.sbml import read_sbml


def read_omex(path: str | os.PathLike[str], *, max_bytes: int = 512 * 2**20) -> OmexContents:
    """Read a COMBINE archive: the model, its experiments and, of our own archives, weights and provenance.

    Nothing is unpacked to disk and nothing in the archive is executed.

    Parameters
    ----------
    path
        A file, by custom ``<name>.omex``, of this or another program. Its first SBML file and its first
        SED-ML file are read; those that the manifest calls master go first.
    max_bytes : int
        Refuse archives that unpack to more than this.

    Returns
    -------
    OmexContents
        `model` (a `ReactionNetwork`, whatever was exported: hidden units are parameters with rules),
        `experiments`, `weights`, `provenance`, `card`.

    Raises
    ------
    FileFormatError
        If the file is no COMBINE archive, is damaged or dangerous, has no SBML file, or holds other files
        than its provenance states.
    SBMLError
        If its SBML file cannot be read.

    Warns
    -----
    SBMLWarning
        On experiments that are left aside.

    See Also
    --------
    hybridcell.write_omex : The other way.

    Examples
    --------
    >>> import hybridcell as hc, tempfile
    >>> network = hc.read_sbml(hc.networks.load("robertson"))
    >>> report = hc.write_omex(network, f"{tempfile.mkdtemp()}/model.omex", t1=40.0, resimulate=False)
    >>> contents = hc.read_omex(report.path)
    >>> contents.verified, contents.experiments[0].name
    (True, 'control')
    """
    files = read_archive(path, max_bytes=max_bytes)
    entries = read_manifest(files)
    provenance = from_json(files[PROVENANCE], PROVENANCE) if PROVENANCE in files else {}
    verified = check_hashes(provenance, files)
    sbml = next((entry for entry in entries if entry.is_sbml), None)
    if sbml is None:
        named = ", ".join(entry.name for entry in entries) or "none"
        raise FileFormatError(f"The archive has no SBML file; its manifest names: {named}.")
    model = read_sbml(_text(files, sbml))
    sedml = next((entry for entry in entries if entry.is_sedml), None)
    experiments: tuple[Experiment, ...] = ()
    if sedml is not None:
        others = {entry.name for entry in entries if entry.is_sbml} - {sbml.name}
        experiments = read_experiments(files[sedml.name], sedml.name, model.definition, others)
    return OmexContents(
        model=model,
        experiments=experiments,
        weights=from_json(files[WEIGHTS], WEIGHTS) if WEIGHTS in files else {},
        provenance=provenance,
        card=_text(files, Entry(CARD, "")) if CARD in files else "",
        files=tuple(files),
        verified=verified,
    )


def _text(files: dict[str, bytes], entry: Entry) -> str:
    try:
        return files[entry.name].decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileFormatError(f"{entry.name!r} in the archive is not UTF-8 text.") from None
