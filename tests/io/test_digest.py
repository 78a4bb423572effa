from __future__ import annotations

from dataclasses import replace

import anndata
import numpy as np
import pandas as pd
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.io.digest import data_digest


def time_course(**changes):
    obs = pd.DataFrame({"time": [0.0, 1.0]}, index=["a", "b"])
    data = anndata.AnnData(np.array([[1.0], [2.0]]), obs=obs, var=pd.DataFrame(index=["S"]))
    data.obsm["doses"] = pd.DataFrame({"k": [0.5, 1.0]}, index=["a", "b"])
    for name, value in changes.items():
        setattr(data, name, value)
    return data


def test_equal_data_have_the_same_digest_and_others_another(tiny_screen):
    assert data_digest(time_course()) == data_digest(time_course())
    assert data_digest(time_course()) != data_digest(time_course(X=np.array([[1.0], [2.5]])))
    assert data_digest(tiny_screen) == data_digest(replace(tiny_screen))
    assert data_digest(tiny_screen) != data_digest(replace(tiny_screen, values=tiny_screen.values + 1))
    other = time_course()
    other.obsm["doses"] = np.array([[0.5], [2.0]])
    assert len({data_digest(time_course()), data_digest(other), data_digest(tiny_screen)}) == 3


def test_a_digest_is_known_beforehand(tmp_path):
    (tmp_path / "data.csv").write_bytes(b"abc")
    assert data_digest(tmp_path / "data.csv").startswith("ba7816bf")
    table = pd.DataFrame({"x": [1.0]})
    (tmp_path / "table.csv").write_text(table.to_csv(), "utf-8", newline="\n")
    assert data_digest(table) == data_digest(tmp_path / "table.csv")


def test_what_is_no_data_is_refused():
    with pytest.raises(InvalidValueError, match="data is a int"):
        data_digest(3)
