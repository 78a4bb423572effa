"""YAML that is small and would keep a reader busy for minutes: brackets inside of brackets."""

from __future__ import annotations

import time

import pytest

from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.yaml_file import read_yaml


@pytest.mark.parametrize("text", ["[" * 50_000, "{a: " * 20_000, "- " * 20_000, "? " * 20_000])
def test_what_lies_too_deep_is_refused_at_once(tmp_path, text):
    (tmp_path / "x.yaml").write_text(text)
    began = time.process_time()
    with pytest.raises(PetabError, match=r"line 1: .*more than 100 lists lie inside of each other"):
        read_yaml(tmp_path / "x.yaml", what="a problem", keys="format_version")
    assert time.process_time() - began < 5.0


@pytest.mark.parametrize("depth", [1, 50, 99])
def test_what_lies_no_deeper_than_files_do_is_read(tmp_path, depth):
    (tmp_path / "x.yaml").write_text("a: " + "[" * depth + "]" * depth + "\nb: " + "[[1]]")
    found = read_yaml(tmp_path / "x.yaml", what="a problem", keys="format_version")
    assert found["b"] == [[1]]
    inner = found["a"]
    for _ in range(depth - 1):
        (inner,) = inner
    assert inner == []


def test_many_lists_beside_each_other_are_not_deep(tmp_path):
    (tmp_path / "x.yaml").write_text("".join(f"k{i}: [{i}, {{a: {i}}}]\n" for i in range(300)))
    assert len(read_yaml(tmp_path / "x.yaml", what="a problem", keys="k0")) == 300
