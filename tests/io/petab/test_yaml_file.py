from __future__ import annotations

import pytest

from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.yaml_file import read_yaml


def read(tmp_path, content):
    path = tmp_path / "a.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_yaml(path, what="a problem", keys="these keys")


def test_plain_values_are_read_also_behind_a_byte_order_mark(tmp_path):
    assert read(tmp_path, "\ufeffa: [1, x]\nb: {c: true}\n") == {"a": [1, "x"], "b": {"c": True}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: &x [1]\nb: *x\n", r"line 2.*alias \*x is not allowed.*Write out"),
        ("a: [1\n", "not YAML"),
        ("[" * 2000, "not YAML"),
        ("a: !!python/object/apply:os.getcwd []\n", "not YAML"),
        (b"a: \xff\n", "not UTF-8"),
        ("- 1\n", "holds no keys.*Wanted these keys"),
        ("", "holds no keys"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path, content, message):
    with pytest.raises(PetabError, match=message):
        read(tmp_path, content)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(PetabError, match=r"none\.yaml.*no such file.*a problem"):
        read_yaml(tmp_path / "none.yaml", what="a problem", keys="")


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("hybridcell.io.petab.yaml_file._LARGEST", 10)
    with pytest.raises(PetabError, match="has 12 bytes; wanted at most 10"):
        read(tmp_path, "a: 123456789")
