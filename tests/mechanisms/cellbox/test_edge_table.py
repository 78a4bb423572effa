from __future__ import annotations

import pandas as pd
import pytest

from hybridcell._core.errors import DataError, FileFormatError, InvalidValueError, UnknownNameError
from hybridcell.mechanisms.cellbox.edge_table import read_edges

WANTED = [["RAS", "MEK", 1.0], ["aMEK", "MEK", -1.0], ["MEK", "ERK", 0.0]]
TSV = "source\ttarget\tsign\nRAS\tMEK\t1\naMEK\tMEK\t-1\nMEK\tERK\t0\n"
FILES = {
    "prior.tsv": TSV,
    "prior.txt": TSV,
    "PRIOR.TSV": TSV,
    "prior.csv": TSV.replace("\t", ","),
    "more.csv": "# a comment\npmid,target,source,sign\n1,MEK,RAS,+1\n2,MEK,aMEK,inhibits\n\n3,ERK,MEK\n",
    "quoted.tsv": 'source\ttarget\tsign\n"RAS"\tMEK\tactivates\naMEK\tMEK\t-\nMEK\tERK\t?\n',
    "bom.csv": "\ufeffsource,target,sign\nRAS,MEK,1\naMEK,MEK,-1\nMEK,ERK,\n",
    "prior.sif": "RAS activates MEK\naMEK inhibits MEK\nLONELY\nMEK interacts ERK\n",
    "tabs.SIF": "RAS\tactivates\tMEK\naMEK\tinhibits\tMEK\n\nMEK\tinteracts\tERK\n",
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_edges(tmp_path, name):
    path = tmp_path / name
    path.write_text(FILES[name], encoding="utf-8")
    assert read_edges(path).values.tolist() == WANTED
    assert list(read_edges(str(path)).columns) == ["source", "target", "sign"]


def test_a_line_of_sif_may_have_many_targets(tmp_path):
    path = tmp_path / "net.sif"
    path.write_text("A activates B C D\n")
    assert read_edges(path).values.tolist() == [["A", "B", 1.0], ["A", "C", 1.0], ["A", "D", 1.0]]


def test_names_may_hold_spaces_and_signs_of_number(tmp_path):
    (tmp_path / "net.sif").write_text("cell cycle\tinhibits\tp53 #2\n")
    assert read_edges(tmp_path / "net.sif").values.tolist() == [["cell cycle", "p53 #2", -1.0]]
    (tmp_path / "net.tsv").write_text('source\ttarget\n"#1"\tp53 #2\n')
    assert read_edges(tmp_path / "net.tsv").values.tolist() == [["#1", "p53 #2", 0.0]]


def test_a_gene_called_nan_or_na_stays_a_gene(tmp_path):
    (tmp_path / "net.csv").write_text("source,target,sign\nNA,NaN,1\n")
    assert read_edges(tmp_path / "net.csv").values.tolist() == [["NA", "NaN", 1.0]]


@pytest.mark.parametrize("sign", [[1, -1, 0], [1.0, -1.0, float("nan")], ["+", "inhibition", ""]])
def test_a_frame_may_give_signs_in_any_manner(sign):
    frame = pd.DataFrame({"sign": sign, "target": ["MEK", "MEK", "ERK"], "source": ["RAS", "aMEK", "MEK"]})
    before = frame.copy()
    assert read_edges(frame).values.tolist() == WANTED
    pd.testing.assert_frame_equal(frame, before)


def test_a_frame_without_signs_has_none():
    assert read_edges({"source": ["a"], "target": ["b"]}).values.tolist() == [["a", "b", 0.0]]


def test_a_missing_column_names_the_nearest():
    with pytest.raises(
        UnknownNameError, match=r"no column of the prior table 'source'. Did you mean 'Sources'"
    ):
        read_edges(pd.DataFrame({"Sources": ["a"], "target": ["b"]}))


@pytest.mark.parametrize("sign", ["activate", 2, "up"])
def test_a_sign_that_is_none_is_refused(sign):
    with pytest.raises(DataError, match=f"The prior has sign '{sign}'; wanted"):
        read_edges([{"source": "a", "target": "b", "sign": sign}])


def test_files_that_are_no_tables_are_refused(tmp_path):
    with pytest.raises(DataError, match="no prior file"):
        read_edges(tmp_path / "missing.tsv")
    (tmp_path / "empty.tsv").write_text("\n# nothing\n")
    with pytest.raises(FileFormatError, match="is empty; wanted a header"):
        read_edges(tmp_path / "empty.tsv")
    (tmp_path / "long.csv").write_text("source,target\na,b,1\n")
    with pytest.raises(FileFormatError, match=r"has 3 cells in .* its header has 2"):
        read_edges(tmp_path / "long.csv")
    (tmp_path / "half.sif").write_text("a activates\n")
    with pytest.raises(FileFormatError, match="'a activates'; wanted source, relation, target"):
        read_edges(tmp_path / "half.sif")
    (tmp_path / "binary.tsv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="no UTF-8 text"):
        read_edges(tmp_path / "binary.tsv")


@pytest.mark.parametrize("edges", [3, ["a", "b"], None])
def test_what_is_no_table_at_all_is_refused(edges):
    with pytest.raises(InvalidValueError, match=r"The prior is a .*; wanted a DataFrame"):
        read_edges(edges)


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    (tmp_path / "a.tsv").write_text("source\ttarget\ttarget\nA\tB\tC\n", encoding="utf-8")
    with pytest.raises(DataError, match="column 'target' twice"):
        read_edges(tmp_path / "a.tsv")


def test_a_cell_without_end_is_refused(tmp_path):
    (tmp_path / "a.tsv").write_text("source\ttarget\nA\t" + "B" * 200_000 + "\n", encoding="utf-8")
    with pytest.raises(FileFormatError, match="cannot be read as a table of edges"):
        read_edges(tmp_path / "a.tsv")


def test_omnipath_without_names_is_refused():
    table = pd.DataFrame({"source": ["A"], "is_stimulation": [1], "is_inhibition": [0]})
    with pytest.raises(DataError, match="'target_genesymbol' or 'target' among them"):
        read_edges(table)


def test_an_encoding_that_nobody_knows_is_refused(tmp_path):
    text = '<?xml version="1.0" encoding="utf1e308"?><graphml><graph/></graphml>'
    (tmp_path / "a.graphml").write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match="unknown encoding"):
        read_edges(tmp_path / "a.graphml")
