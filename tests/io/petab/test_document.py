from __future__ import annotations

import pytest

from hybridcell.io.petab.document import inside, read_document
from hybridcell.io.petab.errors import PetabError
from tests.io.petab.problems import VERSION_1, problem


def test_both_versions(tmp_path):
    one = read_document(problem(tmp_path, 1))
    assert (one.version, one.model, one.tables["measurements"]) == (1, "model.xml", ("measurements.tsv",))
    two = read_document(problem(tmp_path, 2))
    assert (two.version, two.model, two.model_id) == (2, "model.xml", "m")
    assert two.tables["mapping"] == ("mapping.tsv",)
    assert two.sciml is None


@pytest.mark.parametrize("version", ["1", "'1.0.0'", "1.0"])
def test_version_1_by_any_name(tmp_path, version):
    assert read_document(problem(tmp_path, 1, problem=("version: 1", f"version: {version}"))).version == 1


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../a.tsv", "a/../../b.tsv", "C:\\a.tsv", "C:a.tsv", "\\\\h\\a", ".."]
)
def test_files_stay_in_the_folder(path):
    with pytest.raises(PetabError, match=r"outside of the folder|address"):
        inside("p.yaml", "model_files", path)


@pytest.mark.parametrize("path", ["https://x.org/a.tsv", "file:///a.tsv", "s3://b/a"])
def test_nothing_is_downloaded(path):
    with pytest.raises(PetabError, match="nothing is downloaded"):
        inside("p.yaml", "model_files", path)


@pytest.mark.parametrize("path", [3, None, "", "a\0b", ["a"]])
def test_paths_are_texts(path):
    with pytest.raises(PetabError, match="not the path of a file"):
        inside("p.yaml", "model_files", path)


def test_paths_are_made_short():
    assert inside("p.yaml", "k", "./a/../b/c.tsv") == "b/c.tsv"


_PROBLEMS = VERSION_1["problem.yaml"].partition("problems:\n")[2]
_EXTENDED = "format_version: 1\nextensions:"


@pytest.mark.parametrize(
    ("version", "change", "words"),
    [
        (1, ("format_version: 1\n", ""), "format_version.*missing"),
        (1, ("format_version: 1", "format_version: 3"), "version 3 is not known"),
        (1, (_PROBLEMS, _PROBLEMS * 2), "2 problems"),
        (1, ("problems:", "problem:"), "no problems"),
        (1, ("[model.xml]", "[model.xml, b.xml]"), "2 models"),
        (1, ("[model.xml]", "[]"), "no file is named"),
        (1, ("parameter_file: parameters.tsv\n", ""), "'parameter_file': no file"),
        (2, ("{m: {", "{n: {location: a}, m: {"), "2 models"),
        (2, ("language: sbml", "language: pysb"), "'pysb'"),
        (2, ("location: model.xml", "place: model.xml"), "no location"),
        (2, ("format_version: 2.0.0", "format_version: 2.0.0\nproblems: []"), "belongs to version 1"),
        (
            2,
            ("format_version: 2.0.0", "format_version: 2.0.0\nextensions: {magic: {}}"),
            "'magic' is not known",
        ),
        (2, ("format_version: 2.0.0", "format_version: 2.0.0\nextensions: [1]"), "no keys"),
        (
            2,
            ("format_version: 2.0.0", "format_version: 2.0.0\nextensions: {sciml: 1}"),
            "'sciml' holds no keys",
        ),
        (2, ("[parameters.tsv]", "[[parameters.tsv]]"), "not the path"),
        (1, ("format_version: 1", f"{_EXTENDED} {{magic: {{required: true}}}}"), "'magic' is not known"),
        (1, ("format_version: 1", f"{_EXTENDED} {{sciml: {{}}}}"), "'sciml' belongs to version 2"),
        (1, ("format_version: 1", f"{_EXTENDED} [1]"), "no keys"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, version, change, words):
    with pytest.raises(PetabError, match=words) as caught:
        read_document(problem(tmp_path, version, problem=change))
    assert caught.value.file == "problem.yaml"


def test_an_extension_that_is_not_required_is_left_aside(tmp_path):
    change = ("format_version: 2.0.0", "format_version: 2.0.0\nextensions: {magic: {required: false}}")
    assert read_document(problem(tmp_path, 2, problem=change)).sciml is None


def test_no_yaml(tmp_path):
    path = tmp_path / "p.yaml"
    with pytest.raises(PetabError, match="no such file"):
        read_document(path)
    path.write_text("a: [1\nb: 2\n", encoding="utf-8")
    with pytest.raises(PetabError, match="not YAML") as caught:
        read_document(path)
    assert caught.value.row == 2
    path.write_text("just text", encoding="utf-8")
    with pytest.raises(PetabError, match="no keys"):
        read_document(path)
    path.write_text("a: !!python/object/apply:os.system [true]", encoding="utf-8")
    with pytest.raises(PetabError, match="not YAML"):
        read_document(path)
    path.write_bytes(b"a: \xff\n")
    with pytest.raises(PetabError, match="UTF-8"):
        read_document(path)
