"""The parts of an archive, each alone: names, manifest, XML, SED-ML, conditions, hashes."""

from __future__ import annotations

import json
import math
import warnings
import zipfile
from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import FileFormatError, InvalidValueError, SBMLWarning, UnknownNameError
from hybridcell._core.expressions import number
from hybridcell.io.omex import Experiment, OmexContents
from hybridcell.io.omex.archive import read_archive, write_archive
from hybridcell.io.omex.conditions import experiments_of
from hybridcell.io.omex.manifest import JSON, SEDML, Entry, manifest_text, read_manifest, sbml_format
from hybridcell.io.omex.metadata import metadata_text
from hybridcell.io.omex.provenance import check_hashes, from_json, to_json, with_hashes
from hybridcell.io.omex.read_sedml import read_experiments
from hybridcell.io.omex.sedml import sedml_text
from hybridcell.io.omex.targets import id_of_target, value_target
from hybridcell.io.omex.xml import parse_xml
from hybridcell.io.sbml.read import read_definition
from hybridcell.mechanisms.reactions.elements import Rule
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from tests.io.sbml.texts import sbml

MODEL = sbml(
    """<model id="m"><listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments>
<listOfSpecies>
<species id="A" compartment="c" initialConcentration="1" hasOnlySubstanceUnits="false"
 boundaryCondition="false" constant="false"/>
<species id="B" compartment="c" initialAmount="0" hasOnlySubstanceUnits="true" boundaryCondition="false"
 constant="false"/>
<species id="C" compartment="c" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>
</listOfSpecies>
<listOfParameters><parameter id="k" value="0.3" constant="true"/></listOfParameters>
<listOfRules><assignmentRule variable="C">
<math xmlns="http://www.w3.org/1998/Math/MathML"><cn>2</cn></math></assignmentRule></listOfRules>
<listOfReactions><reaction id="v" reversible="false"><listOfReactants>
<speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>own</ci><ci>A</ci></apply></math>
<listOfLocalParameters><localParameter id="own" value="2"/></listOfLocalParameters></kineticLaw></reaction>
</listOfReactions></model>"""
)


@pytest.fixture(scope="module")
def definition():
    return read_definition(MODEL)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
EXPERIMENTS = st.lists(
    st.builds(
        Experiment,
        st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8),
        st.dictionaries(st.sampled_from(["A", "B", "k", "c", "v.own"]), NUMBERS, max_size=3),
        end=st.none() | st.floats(1.0, 1e9),
        start=st.just(0.0) | st.floats(-5.0, 0.5),
        n_points=st.integers(2, 10_000),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=40)
@given(EXPERIMENTS)
def test_experiments_come_back_with_all_their_digits(definition, given_experiments):
    text = sedml_text(given_experiments, MODEL, "model.xml")
    found = read_experiments(text.encode(), "s.sedml", definition)
    assert len(found) == len(given_experiments)
    for one, other in zip(found, given_experiments):
        assert (one.name, one.end, dict(one.changes)) == (other.name, other.end, dict(other.changes))
        if not one.is_steady_state:
            assert (one.start, one.n_points) == (other.start, other.n_points)


def test_reports_have_the_outputs_that_are_asked_for():
    course, rest = Experiment("over <time>", end=2.0), Experiment("at rest")
    root = ElementTree.fromstring(sedml_text([course, rest], MODEL, "model.xml", ["B"]))
    reports = [e for e in root.iter() if e.tag.endswith("}report")]
    labels = [[d.get("label") for d in report.iter() if d.tag.endswith("}dataSet")] for report in reports]
    assert [report.get("name") for report in reports] == ["over <time>", "at rest"]
    assert labels == [["time", "B"], ["B"]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('numberOfSteps="4"', 'numberOfSteps="0"'),
        ('numberOfSteps="4"', 'numberOfSteps="-3"'),
        ('numberOfSteps="4"', 'numberOfSteps="4.5"'),
        ('outputEndTime="2.0"', 'outputEndTime="INF"'),
        ('outputEndTime="2.0"', 'outputEndTime="NaN"'),
        ('outputEndTime="2.0"', 'outputEndTime="-1"'),
        ('outputEndTime="2.0"', ""),
        ('outputStartTime="0.0"', 'outputStartTime="3"'),
        ('outputEndTime="2.0"', 'outputEndTime="0.0"'),
        (' initialTime="0.0"', ' initialTime="1.0"'),
        (' initialTime="0.0"', ' initialTime="-INF"'),
        ('outputStartTime="0.0"', 'outputStartTime="soon"'),
    ],
)
def test_a_time_course_that_cannot_be_computed_is_refused(definition, old, new):
    text = sedml_text([Experiment("one", end=2.0, n_points=5)], MODEL, "model.xml")
    assert old in text
    with pytest.raises(
        FileFormatError, match="'simulation_1' lacks a number, or has one that makes no sense"
    ):
        read_experiments(text.replace(old, new).encode(), "s.sedml", definition)


@pytest.mark.parametrize("value", ["INF", "nan", "fast", ""])
def test_a_change_that_is_no_number_is_left_aside(definition, value):
    text = sedml_text([Experiment("one", {"k": 0.5})], MODEL, "model.xml").replace('"0.5"', f'"{value}"')
    with pytest.warns(SBMLWarning, match="changeAttribute of .*left aside"):
        (found,) = read_experiments(text.encode(), "s.sedml", definition)
    assert dict(found.changes) == {}


def test_models_made_of_models_take_the_changes_of_both_and_circles_end(definition):
    text = sedml_text([Experiment("one", {"k": 0.5, "A": 2.0})], MODEL, "model.xml")
    change = '<listOfChanges><changeAttribute target="{}" newValue="{}"/></listOfChanges>'
    base = change.format(value_target(definition, "k").replace("'", "&apos;"), 7.0)
    head, tail = text.split("/>", 1)  # the model itself, which the other is made from
    nested = f"{head} >{base}</model>{tail}"
    (found,) = read_experiments(nested.encode(), "s.sedml", definition)
    assert dict(found.changes) == {"k": 0.5, "A": 2.0}
    circle = text.replace('source="model.xml"', 'source="#model_1"')
    (found,) = read_experiments(circle.encode(), "s.sedml", definition)
    assert dict(found.changes) == {"k": 0.5, "A": 2.0}


def test_targets_are_read_back_as_the_id_that_they_were_made_of(definition):
    for id in ("k", "c", "A", "B", "v.own"):
        target = value_target(definition, id)
        assert id_of_target(target, definition) == id
        assert id_of_target(f"  {target.replace(chr(39), chr(34))} ", definition) == id
        assert id_of_target(target.partition("/@")[0], definition) is None
    assert id_of_target(value_target(definition, "A").replace("Concentration", "Amount"), definition) is None
    assert id_of_target("/sbml:sbml/sbml:model/sbml:listOfSpecies", definition) is None
    with pytest.raises(InvalidValueError, match="'C' has no number to start from"):
        value_target(replace(definition, rules=()), "C")
    with pytest.raises(UnknownNameError, match=r"named by a condition.*'kk'.*Did you mean 'k'"):
        value_target(definition, "kk")


NAMES = st.lists(
    st.from_regex(r"[a-zA-Zé0-9 _.-]{1,8}(/[a-z]{1,3})?", fullmatch=True).filter(
        lambda name: name.strip(". /") and ".." not in name and "/." not in name and not name.startswith("./")
    ),
    max_size=4, unique=True,
)  # fmt: skip


@settings(max_examples=40)
@given(NAMES, st.data())
def test_files_come_back_byte_for_byte(tmp_path_factory, names, data):
    files = {name: data.draw(st.binary(max_size=50)) for name in names}
    path = write_archive(tmp_path_factory.mktemp("archive") / "a.omex", files)
    assert read_archive(path, max_bytes=10**6) == files
    before = path.read_bytes()
    assert write_archive(path, files).read_bytes() == before


def test_an_archive_at_its_limit_is_read_and_one_byte_more_is_not(tmp_path):
    path = write_archive(tmp_path / "a.omex", {"a": b"12345", "b": b"678"})
    assert len(read_archive(path, max_bytes=8)) == 2
    with pytest.raises(FileFormatError, match="unpacks to 8 bytes; at most 7"):
        read_archive(path, max_bytes=7)


def test_a_folder_is_no_archive_and_folders_inside_are_no_files(tmp_path):
    with pytest.raises(FileFormatError, match="There is no file"):
        read_archive(tmp_path, max_bytes=10)
    with zipfile.ZipFile(tmp_path / "a.omex", "w") as archive:
        archive.writestr("folder/", b"")
        archive.writestr("./folder/x", b"1")
    assert read_archive(tmp_path / "a.omex", max_bytes=10) == {"folder/x": b"1"}


def test_the_manifest_names_what_is_there_masters_first():
    entries = [
        Entry("a & b.json", JSON),
        Entry("s.sedml", SEDML, master=True),
        Entry("m.xml", sbml_format(3, 2)),
    ]
    files = {entry.name: b"" for entry in entries} | {"manifest.xml": manifest_text(entries).encode()}
    found = read_manifest(files)
    assert found == (entries[1], entries[0], entries[2])
    assert [(one.is_sbml, one.is_sedml) for one in found] == [(False, True), (False, False), (True, False)]
    del files["m.xml"]
    assert read_manifest(files) == found[:2]
    with pytest.raises(FileFormatError, match=r"no manifest\.xml.*It has: a & b\.json, s\.sedml"):
        read_manifest({"s.sedml": b"", "a & b.json": b""})


@pytest.mark.parametrize("form", ["application/sbml+xml", "text/sbml+xml", sbml_format(2, 4)])
def test_other_words_for_sbml(form):
    assert Entry("m.xml", form).is_sbml
    assert not Entry("m.xml", form).is_sedml


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<a>", "'x' in the archive is not well-formed"),
        (b"", "not well-formed"),
        (b"\xff\xfe<", "not well-formed"),
        (b"<!DOCTYPE a><a/>", "document type declaration"),
        (b'<?xml version="1.0" encoding="none-such"?><a/>', "not well-formed"),
    ],
)
def test_xml_that_is_not_read(content, message):
    with pytest.raises(FileFormatError, match=message):
        parse_xml(content, "x")


def test_what_is_written_as_text_is_escaped():
    root = ElementTree.fromstring(metadata_text("a < b & 'c'", "2020-01-01<"))
    assert "".join(root.itertext()).split() == ["a", "<", "b", "&", "'c'2020-01-01<"]
    assert "created" not in metadata_text("text", None)


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.text(max_size=4), st.integers() | NUMBERS | st.text(max_size=4) | st.none(), max_size=4
    )
)
def test_json_keeps_every_digit(value):
    assert from_json(to_json(value), "x") == value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[1]", "holds a list; wanted an object"),
        (b"{", "is no JSON"),
        (b"\xff", "is no JSON"),
        (b"[" * 10**5, "JSON"),
    ],
)
def test_what_is_no_json_object(content, message):
    with pytest.raises(FileFormatError, match=message):
        from_json(content, "weights.json")


def test_numbers_that_json_has_no_word_for_are_not_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"a": float("nan")})


def test_hashes_are_those_of_the_files():
    files = {"a": b"1", "b": b"2"}
    stated = with_hashes({"format": 1}, files)
    assert json.loads(to_json(stated))["sha256"]["a"].startswith("6b86b273ff34fce1")
    assert check_hashes(stated, files)
    assert not check_hashes({"format": 1}, files)
    assert not check_hashes({"sha256": {}}, files)
    with pytest.raises(FileFormatError, match="lacks 'b'"):
        check_hashes(stated, {"a": b"1"})
    with pytest.raises(FileFormatError, match="'a' in the archive is not what was written"):
        check_hashes(stated, {**files, "a": b"3"})


NETWORK = object.__new__(ReactionNetwork)  # what a condition names is looked up later, in the file


def _experiments(conditions=None, *, data=None, t1=None, n_points=11):
    return experiments_of(NETWORK, {}, data=data, conditions=conditions, t1=t1, n_points=n_points)


@pytest.mark.parametrize(
    ("conditions", "wanted"),
    [
        (None, [("control", {})]),
        ({}, [("control", {})]),
        ({"k": 0.5}, [("k=0.5", {"k": 0.5})]),
        ([{}, {"k": 1}, {"k": 1.0}], [("control", {}), ("k=1", {"k": 1.0})]),
        ([{"k": 1, "A": 2}, {"A": 2, "k": 1}], [("k=1, A=2", {"k": 1.0, "A": 2.0})]),
        ([{"k": np.nan}], [("control", {})]),
        ({"k": np.array(0.5), "A": np.float32(2)}, [("k=0.5, A=2", {"k": 0.5, "A": 2.0})]),
        ({"one": {"k": 1}, "two": {}}, [("one", {"k": 1.0}), ("two", {})]),
        (pd.DataFrame({"k": [1.0, np.nan]}, index=["x", "y"]), [("x", {"k": 1.0}), ("y", {})]),
        (SimpleNamespace(obsm={}), [("control", {})]),
        (pd.DataFrame(index=["x", "y"]), [("x", {})]),
    ],
)
def test_conditions_are_experiments_once_each(conditions, wanted):
    assert [(one.name, dict(one.changes)) for one in _experiments(conditions)] == wanted


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"conditions": {"k": "fast"}}, "value of 'k' is 'fast'; wanted a number"),
        ({"conditions": [{"k": None}]}, "value of 'k' is None"),
        ({"conditions": pd.DataFrame({"k": ["a"]})}, "value of 'k' is 'a'"),
        ({"conditions": "k=1"}, "wanted None, a dict such as"),
        ({"conditions": [1.0]}, "a list of such dicts"),
        ({"t1": 0.0}, "t1 is 0.0; wanted a positive number"),
        ({"t1": float("nan")}, "t1 is nan"),
        ({"t1": float("inf")}, "t1 is inf"),
        ({"t1": "5"}, "t1 is '5'; wanted a positive number"),
        ({"t1": True}, "t1 is True; wanted a positive number"),
        ({"n_points": 1}, "n_points is 1; wanted a whole number, at least 2"),
        ({"n_points": 10.5}, "n_points is 10.5; wanted a whole number"),
        ({"n_points": "11"}, "n_points is '11'; wanted a whole number"),
        ({"n_points": True}, "n_points is True; wanted a whole number"),
        ({"conditions": {"k": math.inf}}, "value of 'k' is inf; wanted a number that is finite"),
        ({"conditions": {"k": True}}, "value of 'k' is True; wanted a number"),
        ({"conditions": {"k": np.array([1.0, 2.0])}}, "value of 'k' is array"),
    ],
)
def test_conditions_that_are_none(options, message):
    with pytest.raises(InvalidValueError, match=message):
        _experiments(**options)


@pytest.mark.parametrize(
    ("times", "end"),
    [
        ([0.0, 3.0, np.nan], 3.0),
        ([np.nan], None),
        ([0.0], None),
        ([], None),
        ([1.0, np.inf], 1.0),
        ([np.inf], None),
    ],
)
def test_the_last_time_of_the_data_is_the_end(times, end):
    data = SimpleNamespace(obs={"time": times}, obsm={})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _experiments(data=data)[0].end == end
    assert _experiments(data=data, t1=7.0)[0].end == 7.0


ASSIGNED = MODEL.replace(
    "<listOfRules>",
    """<listOfInitialAssignments><initialAssignment symbol="A"><math
xmlns="http://www.w3.org/1998/Math/MathML"><ci>k</ci></math></initialAssignment></listOfInitialAssignments>
<listOfRules>""",
)


def test_what_a_rule_or_an_initial_assignment_decides_is_no_value_to_change(definition):
    assigned = read_definition(ASSIGNED)
    with pytest.raises(InvalidValueError, match="'A' cannot be set by a condition: an initial assignment"):
        value_target(assigned, "A")
    assert value_target(assigned, "B") == value_target(definition, "B")
    ruled = replace(definition, rules=(Rule(kind="assignment", variable="k", math=number(1.0)),))
    with pytest.raises(InvalidValueError, match="'k' cannot be set by a condition: a rule"):
        value_target(ruled, "k")
    rated = replace(definition, rules=(Rule(kind="rate", variable="k", math=number(1.0)),))
    assert value_target(rated, "k") == value_target(definition, "k")


def test_a_change_that_the_model_overrules_is_left_aside(definition):
    text = sedml_text([Experiment("one", {"A": 3.0, "k": 0.5})], MODEL, "model.xml")
    with pytest.warns(SBMLWarning, match="changeAttribute of .*species.*left aside"):
        (found,) = read_experiments(text.encode(), "s.sedml", read_definition(ASSIGNED))
    assert dict(found.changes) == {"k": 0.5}


def test_a_species_called_time_is_reported_beside_the_time():
    text = sedml_text([Experiment("one", end=2.0)], MODEL.replace('id="B"', 'id="time"'), "model.xml")
    root = ElementTree.fromstring(text)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(set(ids)) == len(ids)
    found = {v.get("id"): v.attrib for v in root.iter() if v.tag.endswith("}variable")}
    assert [v.get("symbol") for v in found.values()] == ["urn:sedml:symbol:time", None, None, None]
    assert "species[@id='time']" in found["v_time_1"]["target"]
    references = [d.get("dataReference") for d in root.iter() if d.tag.endswith("}dataSet")]
    assert references == [g.get("id") for g in root.iter() if g.tag.endswith("}dataGenerator")]


def test_a_time_course_that_is_shown_from_later_on_is_left_aside(definition):
    experiments = [Experiment("late", end=9.0), Experiment("whole", end=9.0, start=2.0)]
    text = sedml_text(experiments, MODEL, "model.xml")
    text = text.replace('outputStartTime="0.0"', 'outputStartTime="5"')
    with pytest.warns(SBMLWarning, match="'simulation_1', which begins at 0 and is shown from 5 on, is left"):
        assert read_experiments(text.encode(), "s.sedml", definition) == (experiments[1],)


@pytest.mark.parametrize(
    ("name", "source", "is_other"),
    [
        ("s.sedml", "other.xml", True),
        ("s.sedml", "./other.xml", True),
        ("sub/s.sedml", "../other.xml", True),
        ("sub/s.sedml", "other.xml", False),
        ("s.sedml", "model.xml", False),
        ("s.sedml", "urn:miriam:biomodels.db:BIOMD0000000001", False),
    ],
)
def test_experiments_of_another_model_of_the_archive_are_left_aside(definition, name, source, is_other):
    one = Experiment("one", {"k": 0.5}, end=2.0)
    text = sedml_text([one], MODEL, source)
    if not is_other:
        assert read_experiments(text.encode(), name, definition, {"other.xml"}) == (one,)
        return
    with pytest.warns(SBMLWarning, match="the task 'task_1' of another model, .*other.xml', is left aside"):
        assert read_experiments(text.encode(), name, definition, {"other.xml"}) == ()


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_a_byte_that_flipped_is_a_damaged_archive_in_every_compression(compression, tmp_path):
    path = tmp_path / "a.omex"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("x", bytes(range(256)) * 2)
    assert read_archive(path, max_bytes=1000) == {"x": bytes(range(256)) * 2}
    whole = path.read_bytes()
    packed = zipfile.ZipFile(path).getinfo("x").compress_size
    refused = []
    for place in range(31, 31 + packed, 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            assert read_archive(path, max_bytes=1000) == {"x": bytes(range(256)) * 2}
        except FileFormatError as error:
            refused.append(str(error))
    # a few bytes only tell versions of the format
    assert len(refused) > packed / 4
    assert all("is no COMBINE archive, or damaged" in message for message in refused)


def test_a_manifest_may_say_master_as_1_and_spaces_as_uris_do():
    entries = [Entry("a.xml", sbml_format(3, 2)), Entry("my model.xml", sbml_format(3, 2), master=True)]
    text = manifest_text(entries).replace('master="true"', 'master="1"').replace("my model", "my%20model")
    found = read_manifest({"a.xml": b"", "my model.xml": b"", "manifest.xml": text.encode()})
    assert found == (entries[1], entries[0])


@pytest.mark.parametrize(
    ("provenance", "shown"),
    [({"data": {"sha256": "abc1"}}, "abc1"), ({"data": "mine.csv"}, "mine.csv"), ({}, "")],
)
def test_provenance_of_other_programs_is_shown(provenance, shown):
    contents = OmexContents(model="a model", provenance=provenance)
    assert shown in contents._repr_html_()
