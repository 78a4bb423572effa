"""Fingerprints: equal content gives equal digests however it is held, any change another one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from hybridcell._core.errors import InvalidValueError
from hybridcell.data import PerturbationData
from hybridcell.io.digest import data_digest


def _screen(**changes):
    fields = {
        "values": [[0.0, 1.0], [np.nan, 3.0]], "readouts": ("x", "y"), "kinds": ("protein", "gene"),
        "conditions": ("a", "b"), "perturbations": ("A",), "doses": [[0.0], [1.0]], "input": "strength",
    }  # fmt: skip
    return PerturbationData(**{**fields, **changes})


CHANGES = [
    {"values": [[0.0, 1.0], [np.nan, 3.0000000000000004]]},
    {"values": [[0.0, np.nan], [np.nan, 3.0]]},
    {"readouts": ("y", "x")},
    {"kinds": ("gene", "protein")},
    {"conditions": ("b", "a")},
    {"perturbations": ("B",)},
    {"doses": [[0.0], [2.0]]},
    {"input": "dose"},
    {"context": ("u", "u")},
    {"sd": np.ones((2, 2))},
    {"weight": np.ones((2, 2))},
    {"time": [1.0, 2.0]},
]


def test_every_change_is_seen_and_all_digests_differ():
    found = [data_digest(_screen(**change)) for change in ({}, *CHANGES)]
    assert len(set(found)) == len(found)
    assert all(len(one) == 64 and set(one) <= set("0123456789abcdef") for one in found)
    assert data_digest(_screen()) == found[0]
    assert data_digest(replace(_screen(), provenance={"file": "other"})) == found[0]


@settings(max_examples=20)
@given(st.lists(st.sampled_from(range(len(CHANGES))), unique=True, max_size=4))
def test_an_anndata_has_one_digest_however_its_numbers_are_stored(which):
    merged = {key: value for k in which for key, value in CHANGES[k].items()}
    adata = _screen(**merged).to_anndata()
    wanted = data_digest(adata)
    assert data_digest(adata.copy()) == wanted
    adata.X = np.asfortranarray(adata.X)
    assert data_digest(adata) == wanted
    adata.X = sparse.csr_matrix(adata.X)
    assert data_digest(adata) == wanted
    adata.X = sparse.csc_matrix(adata.X * 2.0)
    assert data_digest(adata) != wanted


def test_a_table_and_a_file(tmp_path):
    table = pd.DataFrame({"a": [1.0, 2.0]}, index=["x", "y"])
    assert data_digest(table) == data_digest(table.copy())
    assert data_digest(table) != data_digest(table.rename(index={"x": "z"}))
    (tmp_path / "f").write_bytes(b"abc")
    assert data_digest(tmp_path / "f") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert data_digest(str(tmp_path / "f")) == data_digest(tmp_path / "f")


@pytest.mark.parametrize("what", [None, 3, [1.0], {"a": 1}, np.zeros(3)])
def test_what_is_no_data(what):
    with pytest.raises(InvalidValueError, match="wanted an AnnData, PerturbationData, a table or a path"):
        data_digest(what)
