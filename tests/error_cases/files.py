"""What files and tables are refused, and what the disk refuses."""

from __future__ import annotations

import zipfile
from typing import Any

import numpy as np

import hybridcell as hc
from hybridcell._core.lock import only_writer
from hybridcell.data import load_h5ad
from tests.error_cases.registry import Setting, case


@case("in-use")
def _(s: Setting) -> Any:
    target = s.folder / "fit.npz"
    with only_writer(target), only_writer(target):
        pass


@case("disk-refuses")
def _(s: Setting) -> Any:
    (s.folder / "occupied").write_text("a file, where a folder is wanted")
    hc.save(s.model, s.folder / "occupied" / "model.hc")


@case("name-of-a-folder")
def _(s: Setting) -> Any:
    hc.save(s.model, s.folder)


@case("h5ad-damaged")
def _(s: Setting) -> Any:
    (s.folder / "screen.h5ad").write_text("no HDF5")
    return load_h5ad(s.folder / "screen.h5ad")


@case("file-claims-too-much")
def _(s: Setting) -> Any:
    hc.save(s.model, s.folder / "model.hc")
    return hc.load(s.folder / "model.hc", max_bytes=10)


@case("foreign-zip")
def _(s: Setting) -> Any:
    with zipfile.ZipFile(s.folder / "model.hc", "w") as archive:
        archive.writestr("notes.txt", "no model")
    return hc.load(s.folder / "model.hc")


@case("no-column-of-perturbations")
def _(s: Setting) -> Any:
    import anndata
    import pandas as pd

    obs = pd.DataFrame({"treatment_name": ["control", "a"]}, index=["1", "2"])
    return hc.PerturbationData.from_anndata(anndata.AnnData(np.eye(2), obs=obs))


@case("graph-without-directions")
def _(s: Setting) -> Any:
    (s.folder / "net.graphml").write_text(
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="undirected">'
        '<node id="a"/><node id="b"/><edge source="a" target="b"/></graph></graphml>'
    )
    return hc.Interactions.read(s.folder / "net.graphml")


@case("edge-twice")
def _(s: Setting) -> Any:
    (s.folder / "net.sif").write_text("a\tactivates\tb\na\tinhibits\tb\n")
    return hc.Interactions.read(s.folder / "net.sif")


@case("perturbation-not-understood")
def _(s: Setting) -> Any:
    return hc.predict(s.model, 3.0)  # type: ignore[arg-type]


@case("dose-is-text")
def _(s: Setting) -> Any:
    return hc.predict(s.model, {s.screen.perturbations[0]: "1 uM"})  # type: ignore[dict-item]
