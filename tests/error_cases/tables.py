"""What two tables of one's own are refused for."""

from __future__ import annotations

import io
from typing import Any

import jax.random as jr
import numpy as np
import pandas as pd

import hybridcell as hc
from hybridcell.data import average_cells
from tests.error_cases.registry import Setting, case

VALUES = "condition,MEK,growth\nuntreated,0.0,0.02\nlow,-0.61,-0.20\n"
DOSES = "condition,aMEK\nuntreated,0\nlow,0.5\n"


def table(text: str, index_col: Any = 0) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), index_col=index_col)


def screen(values: Any, doses: Any) -> Any:
    return hc.PerturbationData.from_frames(values, doses, kinds="protein")


@case("table-separator")
def _(s: Setting) -> Any:
    return screen(table(VALUES.replace(",", ";")), table(DOSES))


@case("table-text")
def _(s: Setting) -> Any:
    return screen(table(VALUES), table(DOSES.replace("0.5", "0.5 uM")))


@case("table-row-names")
def _(s: Setting) -> Any:
    return screen(table(VALUES, index_col=None), table(DOSES))


@case("table-long")
def _(s: Setting) -> Any:
    return screen(table(VALUES).reset_index().melt("condition").set_index("condition"), table(DOSES))


@case("table-nameless-row")
def _(s: Setting) -> Any:
    return screen(table(VALUES.replace("\nuntreated", "\n,log2,log2\nuntreated")), table(DOSES))


@case("table-empty-columns")
def _(s: Setting) -> Any:
    return screen(table(VALUES.replace("\n", ",,\n")), table(DOSES))


@case("table-identifiers")
def _(s: Setting) -> Any:
    wells = table("well,MEK\n11,0.0\n12,-0.6\n", index_col=None)
    return screen(wells, wells.rename(columns={"MEK": "aMEK"}))


@case("table-turned")
def _(s: Setting) -> Any:
    return screen(table(VALUES).T, table(DOSES).T)


@case("times-with-units")
def _(s: Setting) -> Any:
    return hc.PerturbationData.from_frames(table(VALUES), table(DOSES), time=["0h", "24h"])


@case("series-of-other-rows")
def _(s: Setting) -> Any:
    context = pd.Series(["A375", "A375"], index=["untreated", "high"])
    return hc.PerturbationData.from_frames(table(VALUES), table(DOSES), context=context)


@case("another-scale")
def _(s: Setting) -> Any:
    return hc.fit(s.model, s.other(scale="ln"), key=jr.key(0))


@case("no-name-to-leave-out")
def _(s: Setting) -> Any:
    return hc.split(s.screen, by="drug")


@case("time-of-some-rows")
def _(s: Setting) -> Any:
    return hc.fit(s.model, s.other(time=np.array([np.nan, *range(1, len(s.screen))])), key=jr.key(0))


@case("newer-data")
def _(s: Setting) -> Any:
    adata = s.screen.to_anndata()
    adata.uns["hybridcell"]["schema"] = "99"
    return hc.PerturbationData.from_anndata(adata)


@case("text-for-a-list")
def _(s: Setting) -> Any:
    return s.other(readouts="ERK")


@case("split-does-not-read")
def _(s: Setting) -> Any:
    return hc.split(s.screen, drug="aMEK")


@case("split-without-times")
def _(s: Setting) -> Any:
    return hc.split(s.screen, by="time")


def cells(labels: list[str], **columns: Any) -> Any:
    import anndata

    obs = pd.DataFrame({"perturbation": labels, **columns}, index=[f"c{i}" for i in range(len(labels))])
    return anndata.AnnData(np.full((len(labels), 1), -1.0), obs=obs)


@case("negative-counts")
def _(s: Setting) -> Any:
    return average_cells(cells(["control", "A"]), by="perturbation", progress=False)


@case("cells-without-control")
def _(s: Setting) -> Any:
    of_lines = cells(["control", "A"], cell_line=["K562", "RPE1"])
    by = ("perturbation", "cell_line")
    return average_cells(of_lines, by=by, counts=False, control="control", progress=False)


@case("negative-level")
def _(s: Setting) -> Any:
    (s.folder / "wildtype.tsv").write_text("G1\tG2\n0.5\t-1\n")
    return hc.datasets.dream4_folder(s.folder)
