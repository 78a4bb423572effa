"""Damaged files that once ended in something else than an error of this library."""

from __future__ import annotations

from pathlib import Path

import pytest

import hybridcell as hc
from hybridcell._core.errors import FileFormatError, HybridCellError
from hybridcell.data import load_h5ad

NAME = "a" * 5000


def test_a_file_name_that_no_system_has_is_a_file_that_is_not_there(tmp_path: Path) -> None:
    problem = tmp_path / "problem.yaml"
    problem.write_text(
        f"format_version: 1\nparameter_file: {NAME}\nproblems:\n"
        "- {sbml_files: [m.xml], condition_files: [c.tsv], measurement_files: [m.tsv], "
        "observable_files: [o.tsv]}\n",
        encoding="utf-8",
    )
    with pytest.raises(FileFormatError, match="does not exist"):
        hc.read_petab(problem)


@pytest.mark.parametrize(
    "read", [hc.load, hc.read_petab, hc.read_omex, hc.read_cellbox, load_h5ad], ids=lambda read: read.__name__
)
def test_a_path_that_no_system_has_is_an_error_of_ours(read) -> None:
    with pytest.raises(HybridCellError):
        read(NAME)


@pytest.mark.parametrize("text", ['<?xml version="1.0" enco', "<?xml", '<?xml version="1.0"?', "<"])
def test_sbml_text_that_breaks_off_in_its_first_line_is_refused(text: str) -> None:
    with pytest.raises(FileFormatError, match=r"(?i)xml|sbml"):
        hc.read_sbml(text)
