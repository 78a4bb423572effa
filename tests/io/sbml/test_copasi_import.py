"""Reaching COPASI: what the library that does it says when it is imported is nothing for a user."""

from __future__ import annotations

import sys

import pytest

from hybridcell.io.sbml.simulators.copasi import open_copasi

LIBRARY = """
import warnings
warnings.warn("IProgress not found. Please update jupyter and ipywidgets.")
def load_model_from_string(xml):
    return None
"""


def test_warnings_of_its_import_are_not_shown(tmp_path, monkeypatch):
    (tmp_path / "basico.py").write_text(LIBRARY, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "basico", raising=False)
    with pytest.raises(RuntimeError, match="the file cannot be imported"), open_copasi("<sbml/>"):
        pass
    del sys.modules["basico"]
