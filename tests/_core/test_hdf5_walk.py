"""The walk starts fast, because it imports nothing of this package."""

from __future__ import annotations

import ast
from pathlib import Path

import hybridcell._core.hdf5_walk as module


def test_nothing_but_h5py_and_the_standard_library_is_imported() -> None:
    tree = ast.parse(Path(module.__file__ or "").read_text("utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported == {"__future__", "h5py", "resource", "sys", "typing"}
