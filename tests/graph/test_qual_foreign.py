"""SBML-qual of other programs: names that come twice, odd notes, columns that XML cannot name."""

from __future__ import annotations

import json

import pytest

import hybridcell as hc
from hybridcell._core.errors import HybridCellError


@pytest.fixture
def text(tmp_path):
    graph = hc.interactions(
        hc.CellBox(["MEK", "ERK", "S6"], ["protein"] * 3, [[0, 0, 0], [0.8, 0, -0.3], [0, 0.5, 0]])
    )
    return graph.write(tmp_path / "own.sbml").read_text(encoding="utf-8")


def _read(folder, text):
    (folder / "g.sbml").write_text(text, encoding="utf-8")
    return hc.Interactions.read(folder / "g.sbml")


def _edges(graph):
    return sorted(graph.edges[["source", "target", "sign"]].values.tolist())


def test_names_that_come_twice_give_way_to_ids(tmp_path, text):
    assert text.count('name="MEK"') == text.count('name="S6"') == 1
    graph = _read(tmp_path, text.replace('name="MEK"', 'name="S6"'))
    assert graph.nodes["name"].tolist() == ["MEK", "ERK", "S6"]
    assert _edges(graph) == [["ERK", "S6", 1], ["MEK", "ERK", 1], ["S6", "ERK", -1]]


@pytest.mark.parametrize("rank", ["first", "", "nan", "1_0x", "-3", "inf"])
def test_a_rank_that_is_none_only_moves_the_edge(tmp_path, text, rank):
    assert 'rank="0"' in text
    graph = _read(tmp_path, text.replace('rank="0"', f'rank="{rank}"'))
    assert len(graph) == 3
    assert graph.edges["weight"].abs().is_monotonic_decreasing


def test_what_a_note_says_of_ends_and_signs_does_not_count(tmp_path, text):
    noted = text.replace('rank="0"', 'rank="0" source="S6" target="S6" sign="-1"')
    assert _edges(_read(tmp_path, noted)) == _edges(_read(tmp_path, text))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'sign="positive"',
            'sign="upward"',
            "an input has sign 'upward'.*Wanted positive, negative or unknown",
        ),
        (
            'qualitativeSpecies="MEK"',
            'qualitativeSpecies="MEKK"',
            "transition of 'MEKK', which is no species",
        ),
        ('level="0.95"', 'level="much"', "level = 'much'; wanted a number"),
        ('weight="0.8"', 'weight="strong"', "weight = 'strong'; wanted a number"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, text, old, new, message):
    assert old in text
    with pytest.raises(HybridCellError, match=message):
        _read(tmp_path, text.replace(old, new))


@pytest.mark.parametrize("column", ["edge score", "2nd", "p<q", "größe", "a:b", "-x"])
def test_columns_that_xml_cannot_name_are_left_out(tmp_path, column):
    edge = {"source": "a", "target": "b", "weight": 0.5, column: 3.0, "score": 7.0}
    document = {"elements": {"nodes": [{"data": {"id": n}} for n in "ab"], "edges": [{"data": edge}]}}
    (tmp_path / "g.json").write_text(json.dumps(document), encoding="utf-8")
    graph = hc.Interactions.read(tmp_path / "g.json")
    assert graph.edges[column].tolist() == [3.0]
    for suffix in (".sbml", ".graphml", ".tsv", ".json"):
        found = hc.Interactions.read(graph.write(tmp_path / f"again{suffix}"))
        assert _edges(found) == [["a", "b", 1]]
        assert found.edges["score"].tolist() == [7.0]
        assert (column in found.edges) == (suffix != ".sbml")
