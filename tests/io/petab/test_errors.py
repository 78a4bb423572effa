from __future__ import annotations

import pickle

from hybridcell._core.errors import FileFormatError, HybridCellError
from hybridcell.io.petab.errors import PetabError, known_hint


def test_an_error_says_where():
    error = PetabError("a.tsv", 3, "time", "'x' is not a number", "Wanted a number.")
    assert str(error) == "a.tsv, line 3, column 'time': 'x' is not a number. Wanted a number."
    assert (error.file, error.row, error.column, error.hint) == ("a.tsv", 3, "time", "Wanted a number.")
    assert isinstance(error, FileFormatError)
    assert isinstance(error, HybridCellError)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(PetabError("a.yaml", 0, "model_files", "no models")) == "a.yaml, 'model_files': no models."
    assert str(PetabError("a.yaml", reason="bad")) == "a.yaml: bad."


def test_hints():
    assert known_hint("obz", ["obs", "x"]) == "Did you mean 'obs'? Known: obs, x."
    assert known_hint("obz", []) == "Known: none."
    assert "(20 in all)" in known_hint("q", [f"name{i}" for i in range(20)])
