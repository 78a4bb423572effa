from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hybridcell._core.errors import NotConvergedError
from hybridcell._core.expressions import symbol
from hybridcell.fit.distillation.law import Law
from hybridcell.fit.distillation.result import Distillation

from .conftest import learned_from


def made(*, result="success", **options):
    hybrid: Any = SimpleNamespace(chi2=90.0, n_data=100, result=result)
    fit: Any = SimpleNamespace(chi2=300.0, network="the network")
    law = Law(name="mass action", math=symbol("S"), constants=())
    table = pd.DataFrame({"chi2": [300.0]}, index=["mass action"])
    return Distillation(
        reaction="v7", table=table, screened=pd.concat([table, table]), laws={"mass action": law},
        fits={"mass action": fit}, hybrid=hybrid, learned=learned_from({"S": np.ones(3)}, np.ones(3)),
        **options,
    )  # fmt: skip


def test_the_best_law_is_handed_out():
    found = made(none_fits=False)
    assert found.network == "the network"
    assert found.law.name == "mass action"
    assert repr(found) == "Distillation('v7': mass action, 1 of 2 laws fitted)"
    assert "mass action: S" in found._repr_html_()


def test_where_none_fits_it_is_not_unless_asked_for():
    with pytest.raises(NotConvergedError, match=r"chi-square 300.*Keep the hybrid.*accept=True"):
        _ = made(none_fits=True).network
    with pytest.raises(NotConvergedError, match="Neither of them describes the data"):
        _ = made(none_fits=True, result="poor").network
    assert made(none_fits=True, accept=True).network == "the network"
    assert "no law fits" in repr(made(none_fits=True))
    assert "none describes" in made(none_fits=True)._repr_html_()
