"""Files of a run: whole or not at all, and remembered."""

from __future__ import annotations

import pandas as pd
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.recipes.outputs import Outputs


def test_what_is_written_is_remembered_by_name(tmp_path):
    out = Outputs(tmp_path / "deep" / "run").prepare()
    table = pd.DataFrame({"r": [0.5]}, index=pd.Index(["ridge"], name="predictor"))
    out.text("a.md", "text\n")
    out.table("b.csv", table)
    out.table("c.csv", table, index=False)
    assert out.path("model.xml") == tmp_path / "deep" / "run" / "model.xml"
    assert list(out.written) == ["a.md", "b.csv", "c.csv", "model.xml"]
    assert out.written["a.md"].read_text("utf-8") == "text\n"
    pd.testing.assert_frame_equal(pd.read_csv(out.written["b.csv"], index_col=0), table)
    assert out.written["c.csv"].read_text("utf-8") == "r\n0.5\n"


def test_a_file_that_fails_leaves_the_one_before_it(tmp_path):
    out = Outputs(tmp_path).prepare()
    out.text("figure.png", "old")

    class Broken:
        def savefig(self, path, **_):
            path.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        out.figure("figure.png", Broken())
    assert (tmp_path / "figure.png").read_text("utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["figure.png"]


def test_a_place_that_cannot_be_a_folder_is_told_at_once(tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(InvalidValueError, match=r"taken is a file; wanted a folder to write to \(out="):
        Outputs(tmp_path / "taken").prepare()
    with pytest.raises(InvalidValueError, match=r"inner cannot be made: .*Not a directory"):
        Outputs(tmp_path / "taken" / "inner").prepare()
    assert (tmp_path / "taken").read_text("utf-8") == "mine"


def test_a_folder_that_is_there_is_kept_as_it_is(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    out = Outputs(tmp_path)
    assert out.prepare() is out
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
