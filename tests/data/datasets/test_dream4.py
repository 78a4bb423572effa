from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import DataError, FileFormatError, InvalidValueError, UnknownNameError
from hybridcell.data import as_perturbation_data, truth_edges
from hybridcell.data.datasets import dream4, dream4_folder

FOLDER = Path(os.environ.get("HYBRIDCELL_DATA", "")) / "dream4_insilico"
needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs dream4_insilico in $HYBRIDCELL_DATA")

HEADER = '"A"\t"B"\n'
SERIES = 'Time\t"A"\t"B"\n\n0\t1\t2\n50\t3\t4\n\n0\t5\t6\n50\t7\t8\n'


def folder_with(path: Path, **files: str | bytes) -> Path:
    for name, text in files.items():
        (path / f"{name}.tsv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@needs_data
@pytest.mark.parametrize(
    ("network", "n", "series", "edges"), [("size10_2", 10, 5, 16), ("size100_1", 100, 10, 176)]
)
def test_networks_of_the_challenge(network, n, series, edges):
    adata = dream4(network)
    count = adata.obs["experiment"].value_counts()
    assert count.to_dict() == {
        "timeseries": 21 * series, "knockout": n, "knockdown": n, "multifactorial": n, "wildtype": 1,
    }  # fmt: skip
    truth = truth_edges(adata)
    assert len(truth) == edges
    assert (truth["sign"] == 0).all()
    # a gene that is knocked out is not made
    off = adata[(adata.obs["experiment"] == "knockout").to_numpy()].X
    assert (np.diag(off) == 0).all()
    assert as_perturbation_data(adata).readouts == tuple(f"G{k + 1}" for k in range(n))


@needs_data
def test_an_unknown_network_is_named():
    with pytest.raises(UnknownNameError, match="Did you mean 'size10_1'"):
        dream4("size_10_1")


def test_without_data(monkeypatch, tmp_path):
    from hybridcell._core.config import config

    monkeypatch.setenv("HYBRIDCELL_DATA", str(tmp_path))
    monkeypatch.setattr(config, "cache_dir", tmp_path / "cache")
    with pytest.raises(DataError, match=r"are not here; looked in .*dream4_insilico.*set HYBRIDCELL_DATA"):
        dream4("size10_1")


def test_a_gold_standard_that_is_none(monkeypatch, tmp_path):
    folder = tmp_path / "dream4_insilico" / "net"
    folder.mkdir(parents=True)
    folder_with(folder, wildtype=HEADER + "1\t2\n", goldStandard="A\tB\t1\nB\tA\t0\n")
    monkeypatch.setenv("HYBRIDCELL_DATA", str(tmp_path))
    assert truth_edges(dream4("net"))[["source", "target"]].values.tolist() == [["A", "B"]]
    folder_with(folder, goldStandard="A\tB\t1\nB\tC\t0\n")
    with pytest.raises(FileFormatError, match=r"goldStandard.tsv, line 2: 'B\\tC\\t0'; wanted two genes"):
        dream4("net")
    folder_with(folder, goldStandard="A\tB\t1\nB\tA\t0\nA\tB\t0\n")
    with pytest.raises(
        FileFormatError, match="line 3: 'A' -> 'B' is an edge in one line and none in another"
    ):
        dream4("net")


def test_an_edge_that_a_gold_standard_lists_twice_is_one_edge(monkeypatch, tmp_path):
    folder = tmp_path / "dream4_insilico" / "net"
    folder.mkdir(parents=True)
    folder_with(folder, wildtype=HEADER + "1\t2\n", goldStandard="A\tB\t1\nA\tB\t1\n")
    monkeypatch.setenv("HYBRIDCELL_DATA", str(tmp_path))
    assert truth_edges(dream4("net"))[["source", "target"]].values.tolist() == [["A", "B"]]


@pytest.mark.parametrize(
    ("files", "rows"),
    [
        ({"wildtype": HEADER + "1\t2\n"}, ["wildtype"]),
        ({"knockouts": HEADER + "0\t2\n1\t0\n"}, ["knockout"] * 2),
        ({"timeseries": SERIES}, ["timeseries"] * 4),
        ({"timeseries": SERIES, "wildtype": HEADER + "1\t2\n1\t3"}, ["wildtype"] * 2 + ["timeseries"] * 4),
        ({"multifactorial": HEADER + "1\t2\n", "other": "no table"}, ["multifactorial"]),
    ],
)
def test_any_subset_of_files(tmp_path, files, rows):
    adata = dream4_folder(folder_with(tmp_path, **files))
    assert adata.obs["experiment"].tolist() == rows
    assert as_perturbation_data(adata).perturbations[:2] == ("A", "B")


def test_series_are_told_apart_with_and_without_blank_lines(tmp_path):
    texts = (SERIES, SERIES.replace("\n\n", "\n"), SERIES.replace("\n", "\r\n"), "\ufeff" + SERIES + "\n\n")
    for text in texts:
        adata = dream4_folder(folder_with(tmp_path, timeseries=text), stimulus_off=20.0)
        assert adata.obs["series"].tolist() == [0, 0, 1, 1]
        assert adata.obs["perturbation"].tolist() == ["stimulus_1", "control", "stimulus_2", "control"]
        np.testing.assert_array_equal(adata.X, [[1, 2], [3, 4], [5, 6], [7, 8]])


def test_genes_in_another_order_are_put_in_order(tmp_path):
    files = {"wildtype": HEADER + "1\t2\n", "knockouts": "B\tA\n0\t1\n2\t0.5\n"}
    adata = dream4_folder(folder_with(tmp_path, **files))
    assert adata.var_names.tolist() == ["A", "B"]
    assert adata["knockout_A"].X.tolist() == [[0.5, 2.0]]
    assert adata["knockout_B"].X.tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("files", "error", "message"),
    [
        ({}, DataError, "has none of wildtype.tsv"),
        ({"knockout": HEADER}, DataError, "Rename 'knockout.tsv' to 'knockouts.tsv'"),
        ({"wildtype": ""}, FileFormatError, "wildtype.tsv is empty"),
        ({"wildtype": "\n \n"}, FileFormatError, "wildtype.tsv is empty"),
        ({"wildtype": HEADER}, FileFormatError, "no line of numbers"),
        ({"wildtype": "1\t2\n3\t4\n"}, FileFormatError, "line 1 holds numbers; wanted the names"),
        ({"wildtype": "A,B\n1,2\n"}, FileFormatError, "no tab: it seems to be separated by ','"),
        ({"wildtype": "A\tB\tA\n1\t2\t3\n"}, DataError, "wildtype.tsv, line 1: .*'A' is used 2 times"),
        ({"wildtype": "A\tA+B\n1\t2\n"}, DataError, r"line 1: .*'A\+B' contains '\+'"),
        ({"wildtype": "A\t\tB\n1\t2\t3\n"}, DataError, "line 1: There is an empty perturbation name"),
        ({"wildtype": HEADER + "\n1\tx\n"}, FileFormatError, "line 3, column 'B': 'x' is not a number"),
        ({"wildtype": HEADER + "1\t0,5\n"}, FileFormatError, "line 2, column 'B': .*decimal point"),
        ({"wildtype": HEADER + "1\tNA\n"}, FileFormatError, r"column 'B': the value is missing \('NA'\)"),
        ({"wildtype": HEADER + "\t2\n"}, FileFormatError, r"column 'A': the value is missing \(''\)"),
        ({"wildtype": HEADER + "-1\t2\n"}, FileFormatError, "line 2, column 'A': -1 is negative"),
        ({"wildtype": HEADER + "1\tinf\n"}, FileFormatError, "'inf' is not finite"),
        ({"wildtype": HEADER + "1\t2\n3\n"}, FileFormatError, "line 3 has 1 cells; wanted 2"),
        ({"wildtype": HEADER + "1\t2\t3\n"}, FileFormatError, "line 2 has 3 cells; wanted 2"),
        ({"wildtype": b"A\tB\n1\t\xff\n"}, FileFormatError, "line 2: byte 0xff is not UTF-8"),
        ({"wildtype": (HEADER + "1\t2\n").encode("utf-16")}, FileFormatError, "looks like UTF-16"),
        ({"wildtype": b"A\tB\n1\t2\0\n"}, FileFormatError, "line 2 holds a zero byte"),
        ({"knockouts": HEADER + "0\t1\n"}, FileFormatError, "has 1 rows of numbers .* and 2 genes"),
        ({"knockdowns": HEADER + "0\t1\n" * 3}, FileFormatError, r"3 rows of numbers \(the last on line 4\)"),
        (
            {"wildtype": HEADER + "1\t2\n", "knockouts": "A\tb\n0\t1\n1\t0\n"},
            DataError,
            "knockouts.tsv, line 1 has the gene 'b', unlike .*Is it 'B' there",
        ),
        ({"wildtype": "A\n1\n", "timeseries": SERIES}, DataError, "timeseries.tsv, line 1 has the gene 'B'"),
        ({"wildtype": "A\tB\tC\n1\t2\t3\n", "timeseries": SERIES}, DataError, "lacks the gene 'C'"),
        ({"timeseries": HEADER + "1\t2\n"}, FileFormatError, "first column is 'A'; wanted 'Time'"),
        ({"timeseries": "Time\tA\n0\t1\n\n0\t1\n5\t1\n"}, FileFormatError, "line 2: the series has one time"),
        ({"timeseries": "Time\tA\n0\t1\n9\t1\n5\t1\n"}, FileFormatError, "line 4: time 5 comes after 9"),
        ({"timeseries": "Time\tA\n0\t1\n0\t1\n5\t1\n"}, FileFormatError, "line 3: time 0 comes after 0"),
    ],
)
def test_bad_files_are_refused(tmp_path, files, error, message):
    with pytest.raises(error, match=message):
        dream4_folder(folder_with(tmp_path, **files))


def test_bad_arguments(tmp_path):
    with pytest.raises(DataError, match="does not exist; wanted a folder"):
        dream4_folder(tmp_path / "nowhere")
    with pytest.raises(DataError, match="is a file; wanted a folder"):
        dream4_folder(folder_with(tmp_path, wildtype=HEADER) / "wildtype.tsv")
    with pytest.raises(InvalidValueError, match="stimulus_off is -1"):
        dream4_folder(tmp_path, stimulus_off=-1)


letters = st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="+\"'")
reserved = ("control", "nan", "<na>")
one_name = st.text(letters, min_size=1).filter(lambda n: n.casefold() not in reserved and not _is_number(n))
names = st.lists(one_name, min_size=2, max_size=4, unique=True)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@settings(max_examples=25)
@given(names=names, data=st.data())
def test_what_is_written_is_read(tmp_path_factory, names, data):
    n = len(names)
    level = st.floats(0, 1e6, allow_subnormal=False)
    values = np.array(data.draw(st.lists(st.lists(level, min_size=n, max_size=n), min_size=n, max_size=n)))
    lines = ["\t".join(f'"{name}"' for name in names)]
    lines += ["\t".join(repr(v) for v in row) for row in values.tolist()]
    folder = tmp_path_factory.mktemp("tables")
    adata = dream4_folder(folder_with(folder, knockouts="\n".join(lines) + "\n"))
    assert adata.var_names.tolist() == names
    np.testing.assert_array_equal(adata.X, values)


@pytest.mark.parametrize("late", ["late", None, True, float("nan"), float("inf"), 0])
def test_the_end_of_the_stimulus_is_a_positive_number(tmp_path, late):
    with pytest.raises(InvalidValueError, match=f"stimulus_off is {late!r}; wanted a positive time"):
        dream4_folder(tmp_path, stimulus_off=late)


@pytest.mark.parametrize(
    "gold", ["my gene\tB\t1\n", '"my gene"\t"B"\t1\n\nB\tmy gene\t0\n', "my gene \t B\t1\r\n"]
)
def test_the_gold_standard_spells_names_as_the_tables_do(monkeypatch, tmp_path, gold):
    folder = tmp_path / "dream4_insilico" / "net"
    folder.mkdir(parents=True)
    folder_with(folder, wildtype="my gene\tB\n1\t2\n", goldStandard=gold)
    monkeypatch.setenv("HYBRIDCELL_DATA", str(tmp_path))
    assert truth_edges(dream4("net"))[["source", "target"]].values.tolist() == [["my gene", "B"]]


def test_a_stimulus_lasts_until_it_is_taken_away(tmp_path):
    lines = "".join(f"{time}\t{time}\t1\n" for time in (0, 10, 20, 30))
    folder_with(tmp_path, timeseries=HEADER.replace('"A"', 'Time\t"A"') + lines)
    for off, on in ((5.0, 1), (10.0, 1), (10.5, 2), (99.0, 4)):
        adata = dream4_folder(tmp_path, stimulus_off=off)
        assert adata.obsm["doses"]["stimulus_1"].tolist() == [1.0] * on + [0.0] * (4 - on)
        assert adata.uns["hybridcell"]["recovery"]["stimulus_off"] == off
