from __future__ import annotations

import pytest
import typer

import hybridcell as hc
from hybridcell._core.errors import FileFormatError, InvalidValueError
from hybridcell.cli.fitted import check_suffix, load_fitted


def test_a_model_alone_is_taken_and_other_things_are_not(tmp_path):
    model = hc.CellBox(["a"], ["protein"], [[0.0]])
    assert load_fitted(hc.save(model, tmp_path / "model.hc")).names == ("a",)
    with pytest.raises(InvalidValueError, match="holds a dict; wanted a fit"):
        load_fitted(hc.save({"a": 1}, tmp_path / "dict.hc"))
    with pytest.raises(FileFormatError, match=r"Did you mean 'model\.hc'"):
        load_fitted(tmp_path / "modle.hc")


def test_files_to_write_are_checked(tmp_path):
    check_suffix(tmp_path / "a.XML", (".xml",))
    with pytest.raises(typer.BadParameter, match=r"should end in \.xml, \.sbml"):
        check_suffix(tmp_path / "a.txt", (".xml", ".sbml"))
    (tmp_path / "b.xml").mkdir()
    with pytest.raises(typer.BadParameter, match="is a folder"):
        check_suffix(tmp_path / "b.xml", (".xml",))
