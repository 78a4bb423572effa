from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import DataError, FileFormatError, UnknownNameError
from hybridcell.data import as_perturbation_data
from hybridcell.data.datasets import midas

FOLDER = Path(os.environ.get("HYBRIDCELL_DATA", "")) / "cellnopt_midas"
needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs cellnopt_midas in $HYBRIDCELL_DATA")

HEADINGS = "TR:HepG2:CellLine,TR:EGF:Stimuli,TR:None:Stimuli,TR:MEKi,DA:ALL,DV:ERK ,DV:AKT"


def written(folder: Path, *rows: str, headings: str = HEADINGS) -> Path:
    path = folder / "MD-test.csv"
    path.write_text("\r\n".join([headings, *rows]) + "\r\n")
    return path


def test_cues_times_and_signals(tmp_path):
    adata = midas(
        written(tmp_path, "1,1,0,,0,5,6", "", "1,1,,1,30,7,NaN", "1,0.5,0, ,30,8,", "1,0,1,0,30,9,1")
    )
    assert adata.var_names.tolist() == ["ERK", "AKT"]
    assert adata.obs["perturbation"].tolist() == ["EGF", "EGF+MEKi", "EGF", "None"]
    assert adata.obs["dose"].tolist() == ["1", "1+1", "0.5", "1"]
    assert adata.obs["time"].tolist() == [0, 30, 30, 30]
    assert set(adata.obs["context"]) == {"HepG2"}
    np.testing.assert_array_equal(adata.X, [[5, 6], [7, np.nan], [8, np.nan], [9, 1]])
    assert adata.uns["hybridcell"]["cues"] == {"stimuli": ["EGF", "None"], "inhibitors": ["MEKi"]}
    # a cue called "None" is a name, no gap, and stays one in a file
    import anndata

    adata.write_h5ad(tmp_path / "midas.h5ad")
    assert as_perturbation_data(anndata.read_h5ad(tmp_path / "midas.h5ad")).labels[3] == "None"


def test_replicates_are_numbered(tmp_path):
    adata = midas(written(tmp_path, "1,1,0,0,0,5,6", "1,1,0,0,5,5,6", "1,1,0,0,0,5,7"))
    assert adata.obs["replicate"].tolist() == ["1", "1", "2"]
    assert adata.obs_names[2] == "HepG2|EGF|t0|r2"


def test_signals_with_times_of_their_own(tmp_path):
    headings = "TR:EGF,DA:ERK,DA:ALL,DV:ERK,DV:AKT"
    adata = midas(written(tmp_path, "1,10,20,0.1,0.2", "1,10,10,0.3,0.4", headings=headings))
    assert adata.obs["time"].tolist() == [10, 20, 10]
    np.testing.assert_array_equal(adata.X, [[0.1, np.nan], [np.nan, 0.2], [0.3, 0.4]])
    assert "context" not in adata.obs


def test_nothing_given_is_no_cue(tmp_path):
    headings = "TR:a:CellLine,TR:b:CellLine,TR:NOCYTO,TR:EGF,TR:NOINHIB,TR:PI3K:Inhibitors,DA:ALL,DV:ERK"
    path = written(tmp_path, "well_7,1,1,,1,,0,3", "1,0,,1,,1,0,4", headings=headings)
    adata = midas(path)
    assert list(adata.obsm["doses"].columns) == ["EGF", "PI3K"]
    assert adata.obs["perturbation"].tolist() == ["control", "EGF+PI3K"]
    assert adata.obs["context"].tolist() == ["b", "a"]
    assert adata.obs["sample"].tolist() == ["well_7", ""]
    assert adata.uns["hybridcell"]["cues"]["inhibitors"] == ["PI3K"]


def test_names_are_replaced(tmp_path):
    path = written(tmp_path, "1,0,1,0,30,5,6")
    adata = midas(path, rename={"None": "TGFa", "AKT": "Akt"})
    assert adata.obs["perturbation"].tolist() == ["TGFa"]
    assert adata.var_names.tolist() == ["ERK", "Akt"]
    with pytest.raises(UnknownNameError, match=r"no cue or signal 'AKt'\. Did you mean 'AKT'"):
        midas(path, rename={"AKt": "Akt"})
    with pytest.raises(DataError, match="'EGF' is used 2 times"):
        midas(path, rename={"None": "EGF"})


@pytest.mark.parametrize(
    ("headings", "rows", "message"),
    [
        ("", [], "is empty; wanted a MIDAS table"),
        (HEADINGS, [], "has headings, but no rows"),
        ("TR:A;DA:ALL;DV:B", ["1;0;2"], "single heading.*separated by ';'"),
        ("TR:A,DV:B", ["1,2"], "no column DA:"),
        ("TR:A,Time,DV:B", ["1,0,2"], "line 1, column 2: the heading is 'Time'; wanted TR:, DA: or DV:"),
        ("TR:A,DA:ALL", ["1,0"], "no column DV:"),
        ("TR:A:Stimulant,DA:ALL,DV:B", ["1,0,2"], "role 'Stimulant'.*Did you mean 'Stimuli'"),
        ("TR:A,TR:A,DA:ALL,DV:B", ["1,1,0,2"], "line 1: .*'A' is used 2 times"),
        ("TR:A+B,DA:ALL,DV:B", ["1,0,2"], r"'A\+B' contains"),
        ("TR:A,DA:ALL,DV:B,DV:B", ["1,0,2,3"], "signal name 'B' is used 2 times"),
        ("TR:A,DA:B,DV:B,DV:C", ["1,0,2,3"], "'DV:C', but neither 'DA:C' nor 'DA:ALL'"),
        ("TR:A,DA:D,DA:ALL,DV:B", ["1,0,0,2"], "'DA:D', but no 'DV:D'"),
        ("TR:A,DA:ALL,DA:ALL,DV:B", ["1,0,0,2"], "'DA:ALL' twice"),
        (HEADINGS, ["1,1,0,0,0,5"], "line 2 has 6 cells; wanted 7"),
        (HEADINGS, ["1,1,0,0,0,5,x"], "line 2, column 'DV:AKT': 'x' is not a number"),
        (HEADINGS, ["1,1,yes,0,0,5,6"], "column 'TR:None:Stimuli': 'yes' is not a number"),
        (HEADINGS, ["1,1,0,-1,0,5,6"], "column 'TR:MEKi': the amount is -1"),
        (HEADINGS, ["1,1,0,0,,5,6"], "column 'DA:ALL': the time is missing"),
        (HEADINGS, ["1,1,0,0,-3,5,6"], "the time is -3; wanted 0 or later"),
        (HEADINGS, ["0,1,0,0,0,5,6"], r"sets 0 cell lines \(none\)"),
        (HEADINGS, ['1,"1,0,0,0,5,6'], "line 2 has 2 cells"),
        ("TR:MEKi,TR:NOINHIB,DA:ALL,DV:B", ["1,1,0,2"], "sets both NOINHIB and MEKi"),
    ],
)
def test_bad_tables_are_refused(tmp_path, headings, rows, message):
    with pytest.raises((DataError, FileFormatError), match=message):
        midas(written(tmp_path, *rows, headings=headings))


def test_bad_bytes_are_refused(tmp_path):
    path = tmp_path / "MD-bad.csv"
    path.write_bytes(b"TR:A,DA:ALL,DV:B\n1,0,\xe9\n")
    with pytest.raises(FileFormatError, match="line 2: byte 0xe9 is not UTF-8"):
        midas(path)
    with pytest.raises(FileFormatError, match="cannot be read"):
        midas(tmp_path / "nowhere.csv")


@needs_data
@pytest.mark.parametrize(
    ("name", "shape", "inhibitors", "contexts"),
    [
        ("LiverMSB2009/MD-LiverMSB2009.csv", (95, 15), 5, {"HepG2"}),
        ("LiverDREAM/MD-LiverDREAM.csv", (50, 7), 4, {"HepG2"}),
        ("ToyPB/MD-ToyPB.csv", (160, 6), 2, {"Cell"}),
        ("HepG2CancerRes2011/MD-HepG2CancerRes2011.csv", (480, 18), 3,
         {"HepG2", "PriHu", "Hep3B", "Huh7", "Focus"}),
    ],
)  # fmt: skip
def test_published_tables(name, shape, inhibitors, contexts):
    adata = midas(FOLDER / name)
    assert adata.shape == shape
    assert len(adata.uns["hybridcell"]["cues"]["inhibitors"]) == inhibitors
    assert set(adata.obs["context"]) == contexts


def test_rows_that_differ_in_the_seventh_digit_are_no_replicates(tmp_path):
    later = midas(written(tmp_path, "1,1,0,0,1234567,5,6", "1,1,0,0,1234568,5,6", "1,1,0,0,1234567,4,4"))
    assert later.obs["replicate"].tolist() == ["1", "1", "2"]
    more = midas(written(tmp_path, "1,0.12345671,0,0,0,5,6", "1,0.12345672,0,0,0,5,6"))
    assert more.obs["replicate"].tolist() == ["1", "1"]
    assert more.obs_names[1] == "HepG2|EGF|0.12345672|t0|r1"


def test_a_table_in_which_nothing_was_measured_is_refused(tmp_path):
    with pytest.raises(FileFormatError, match="no value and no time in any; wanted one measurement"):
        midas(written(tmp_path, "1,1,0,0,,,", "1,0,0,0,,NaN,"))


numbers = st.integers(0, 50).map(lambda k: k / 8)
cell = st.one_of(st.none(), numbers)
row = st.tuples(numbers, numbers, numbers, cell, cell)


@settings(max_examples=30)
@given(rows=st.lists(row, min_size=1, max_size=6))
def test_what_is_written_is_read_in_the_order_of_its_rows(tmp_path_factory, rows):
    texts = [",".join("" if value is None else repr(value) for value in one) for one in rows]
    headings = "TR:EGF,TR:MEKi,DA:ALL,DV:ERK,DV:AKT"
    adata = midas(written(tmp_path_factory.mktemp("midas"), *texts, headings=headings))
    table = np.array(rows, dtype=float)
    np.testing.assert_array_equal(adata.obsm["doses"].to_numpy(), table[:, :2])
    np.testing.assert_array_equal(adata.obs["time"], table[:, 2])
    np.testing.assert_array_equal(adata.X, table[:, 3:])
    seen = [sum(other[:3] == one[:3] for other in rows[: k + 1]) for k, one in enumerate(rows)]
    assert adata.obs["replicate"].astype(int).tolist() == seen
