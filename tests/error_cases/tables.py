"""What two tables of one's own are refused for."""

from __future__ import annotations

import io
from typing import Any

import jax.random as jr
import numpy as np
import pandas as pd

import hybridcell as hc
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


@case("table-turned")
def _(s: Setting) -> Any:
    return screen(table(VALUES).T, table(DOSES).T)


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
