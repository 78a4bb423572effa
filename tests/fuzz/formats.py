"""Every format that is read: small sound files of it, made here, and the reader."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Format:
    """One reader.

    Attributes
    ----------
    make
        Writes sound files into an empty folder.
    read
        Reads one of them, given its path.
    opened
        Name of the file that is read, where the folder holds more than one; the others are read with it.
    """

    make: Callable[[Path], Any]
    read: Callable[[Path], Any]
    opened: str | None = None


def _model() -> Any:
    import hybridcell as hc

    names, kinds = ["ERK", "AKT", "growth", "aMEK"], ["protein", "protein", "phenotype", "drug"]
    weights = [[0, 0.2, 0, -0.8], [0.3, 0, 0, 0], [0.5, 0.4, 0, 0], [0, 0, 0, 0]]
    return hc.CellBox(names, kinds, weights)


def _screen() -> Any:
    from hybridcell.data import PerturbationData

    return PerturbationData(
        values=[[0.0, 0.1, 0.0], [-0.5, 0.2, -0.3], [-0.9, float("nan"), -0.6]],
        readouts=("ERK", "AKT", "growth"),
        kinds=("protein", "protein", "phenotype"),
        conditions=("c0", "c1", "c2"),
        perturbations=("aMEK",),
        doses=[[0.0], [-0.5], [-1.0]],
        input="strength",
    )


def _make_hc(folder: Path) -> None:
    import jax.random as jr

    import hybridcell as hc

    hc.save(_model(), folder / "model.hc")
    hc.save(_model() + hc.NeuralResidual(width=2, key=jr.key(0)), folder / "hybrid.hc")
    hc.save(_screen(), folder / "screen.hc")
    hc.save(hc.interactions(_model()), folder / "graph.hc")


def _read_hc(path: Path) -> Any:
    import hybridcell as hc

    return hc.load(path)


def _make_h5ad(folder: Path) -> None:
    _screen().to_anndata().write_h5ad(folder / "screen.h5ad")


def _read_h5ad(path: Path) -> Any:
    from hybridcell.data import as_perturbation_data, load_h5ad

    return as_perturbation_data(load_h5ad(path))


def _make_sbml(folder: Path) -> None:
    import hybridcell as hc
    from tests.io.sbml.texts import BINDING, EVERYTHING

    (folder / "binding.xml").write_text(BINDING, encoding="utf-8")
    (folder / "everything.xml").write_text(EVERYTHING, encoding="utf-8")
    hc.write_sbml(_model(), folder / "network.xml")


def _read_sbml(path: Path) -> Any:
    import hybridcell as hc

    return hc.read_sbml(path)


def _make_omex(folder: Path) -> None:
    import hybridcell as hc

    hc.write_omex(_model(), folder / "network.omex")
    # its hashes catch every change: an archive without them shows what the readers behind do
    with zipfile.ZipFile(folder / "network.omex") as full, zipfile.ZipFile(folder / "bare.omex", "w") as bare:
        for name in full.namelist():
            content = full.read(name)
            if name == "manifest.xml":
                lines = content.splitlines(keepends=True)
                content = b"".join(line for line in lines if b"provenance.json" not in line)
            if name != "provenance.json":
                bare.writestr(name, content)


def _read_omex(path: Path) -> Any:
    import hybridcell as hc

    return hc.read_omex(path)


def _make_petab(version: int) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        from tests.io.petab.problems import problem

        problem(folder, version)

    return make


def _read_petab(path: Path) -> Any:
    import hybridcell as hc

    return hc.read_petab(path)


def _make_sciml(folder: Path) -> None:
    from hybridcell.io.petab.arrays_hdf5 import write_arrays
    from hybridcell.io.petab.network_yaml import write_network_yaml
    from tests.io.petab.sciml_problem import arrays_of, network_of

    network = network_of()
    write_network_yaml(network, folder / "network.yaml")
    write_arrays(folder / "arrays.hdf5", parameters={"net1": arrays_of(network)})


def _read_sciml(path: Path) -> Any:
    from hybridcell.io.petab.arrays_hdf5 import read_array_files
    from hybridcell.io.petab.network_yaml import read_network_yaml

    if path.suffix != ".hdf5":
        return read_network_yaml(path)
    found = read_array_files([path])
    return [array.read() for arrays in found.parameters.values() for array in arrays.values()]


def _make_graphs(folder: Path) -> None:
    import hybridcell as hc

    graph = hc.interactions(_model())
    for suffix in (".graphml", ".sif", ".tsv", ".json", ".sbml"):
        graph.write(folder / f"graph{suffix}")


def _read_graph(path: Path) -> Any:
    import hybridcell as hc

    return hc.Interactions.read(path)


def _make_priors(folder: Path) -> None:
    rows = ["source\ttarget\tsign\tconfidence", "ERK\tgrowth\t1\t0.9", "AKT\tERK\t-1\t0.4"]
    (folder / "prior.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    rows = ["source,target,is_stimulation,is_inhibition", "ERK,growth,1,0", "AKT,ERK,0,1"]
    (folder / "omnipath.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "prior.sif").write_text("ERK activates growth AKT\nAKT\tinhibits\tERK\n", encoding="utf-8")


def _read_prior(path: Path) -> Any:
    import hybridcell as hc

    return hc.read_prior(path)


def _make_recipe(folder: Path) -> None:
    from hybridcell.recipes import read_recipe

    text = read_recipe("demo").path.read_text(encoding="utf-8")
    text = text.replace("../networks/mapk_pi3k/prior.tsv", "prior.tsv")
    (folder / "recipe.toml").write_text(text, encoding="utf-8")
    (folder / "prior.tsv").write_text("source\ttarget\tsign\nMEK\tERK\t1\n", encoding="utf-8")


def _read_recipe(path: Path) -> Any:
    from hybridcell.recipes import read_recipe

    return read_recipe(path)


def _make_cellbox(folder: Path) -> None:
    import hybridcell as hc

    whole = _screen()
    hc.write_cellbox(replace(whole, values=np.nan_to_num(whole.values)), folder)
    hc.write_cellbox(_model(), folder)


def _read_cellbox(path: Path) -> Any:
    import hybridcell as hc

    return hc.read_cellbox(path)


def _make_midas(folder: Path) -> None:
    header = "TR:mock:CellLine,TR:EGF,TR:MEKi,DA:ERK,DA:AKT,DV:ERK,DV:AKT"
    rows = ["1,0,0,0,0,0.1,0.2", "1,1,0,0,0,0.1,0.2", "1,1,0,10,10,0.9,0.6", "1,1,1,10,10,0.2,0.7"]
    (folder / "screen.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def _read_midas(path: Path) -> Any:
    from hybridcell.data import datasets

    return datasets.midas(path)


def _make_genes(folder: Path) -> None:
    head = '"G1"\t"G2"\t"G3"\n'
    (folder / "wildtype.tsv").write_text(head + "0.5\t0.4\t0.3\n", encoding="utf-8")
    (folder / "knockouts.tsv").write_text(head + "0\t0.4\t0.3\n0.5\t0\t0.2\n0.5\t0.4\t0\n", encoding="utf-8")
    series = "".join(f"{t}\t0.5\t{0.4 + 0.01 * t}\t0.3\n" for t in range(0, 60, 10))
    (folder / "timeseries.tsv").write_text('"Time"\t' + head + "\n" + series, encoding="utf-8")


def _read_genes(path: Path) -> Any:
    from hybridcell.data.datasets import dream4_folder

    return dream4_folder(path.parent)


def _make_antimony(folder: Path) -> None:
    text = "model m\n  A -> B; k*A;\n  A = 1; B = 0; k = 0.5;\n  at (A < 0.2): A = 1;\nend\n"
    (folder / "model.ant").write_text(text, encoding="utf-8")


#: What `make fuzz` reads.
FORMATS: dict[str, Format] = {
    "hybridcell (.hc)": Format(_make_hc, _read_hc),
    "AnnData (.h5ad)": Format(_make_h5ad, _read_h5ad),
    "SBML": Format(_make_sbml, _read_sbml),
    "OMEX": Format(_make_omex, _read_omex),
    "PEtab 1": Format(_make_petab(1), _read_petab, "problem.yaml"),
    "PEtab 2": Format(_make_petab(2), _read_petab, "problem.yaml"),
    "PEtab SciML": Format(_make_sciml, _read_sciml),
    "graphs": Format(_make_graphs, _read_graph),
    "priors": Format(_make_priors, _read_prior),
    "recipes (TOML)": Format(_make_recipe, _read_recipe, "recipe.toml"),
    "CellBox": Format(_make_cellbox, _read_cellbox, "."),
    "MIDAS": Format(_make_midas, _read_midas),
    "DREAM4 folder": Format(_make_genes, _read_genes),
    "Antimony": Format(_make_antimony, _read_sbml),
}
