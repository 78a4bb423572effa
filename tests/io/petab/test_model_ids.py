from __future__ import annotations

import pytest

from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.model_ids import model_ids
from tests.io.petab.problems import IDS, MODEL


def test_ids(tmp_path):
    path = tmp_path / "m.xml"
    path.write_text(MODEL, encoding="utf-8")
    found = model_ids(path, "m.xml")
    assert found.all == set(IDS)
    assert found.moving == {"A", "B", "D"}
    # what a rule or an initial assignment computes has no literal value
    assert found.values == {"c": 1.0, "k1": 0.8, "k2": 0.6}


@pytest.mark.parametrize("text", ["", "<a/>", "text", "<!DOCTYPE a [<!ENTITY b 'c'>]><sbml>&b;</sbml>"])
def test_no_model(tmp_path, text):
    path = tmp_path / "m.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PetabError, match=r"m\.xml"):
        model_ids(path, "m.xml")
