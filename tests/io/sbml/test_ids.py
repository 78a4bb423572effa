from __future__ import annotations

import libsbml
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.io.sbml.ids import Ids


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=8), max_size=12))
def test_identifiers_are_valid_and_given_once(names):
    ids = Ids()
    found = [ids.new(name) for name in names]
    assert len(set(found)) == len(found)
    assert all(libsbml.SyntaxChecker.isValidSBMLSId(sid) for sid in found)


def test_good_names_stay():
    ids = Ids()
    assert [ids.new(name) for name in ("ERK", "p53_S15", "ERK", "time")] == [
        "ERK",
        "p53_S15",
        "ERK_2",
        "_time",
    ]
