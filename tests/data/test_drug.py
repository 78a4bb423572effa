from __future__ import annotations

import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.data import Drug


def test_targets_are_one_or_several_reactions():
    assert Drug("a", inhibits="v1").targets == ("v1",)
    assert Drug("a", activates=["v1", "v2"], maximum=3.0).targets == ("v1", "v2")
    assert [Drug("a", inhibits="v1").sign, Drug("a", activates="v1").sign] == [-1.0, 1.0]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "either inhibit or activate"),
        ({"inhibits": "v1", "activates": "v2"}, "either"),
        ({"inhibits": "v1", "ic50": 0.0}, "ic50"),
        ({"inhibits": "v1", "hill": -1.0}, "hill"),
        ({"inhibits": "v1", "maximum": 1.5}, "more than all"),
        ({"inhibits": "v1", "unit": "uMM"}, "Did you mean 'uM'"),
        ({"inhibits": ["v1", "v1"]}, "twice"),
        ({"inhibits": "v1", "off_targets": {"v1": 2.0}}, "twice"),
        ({"inhibits": "v1", "off_targets": {"v2": -2.0}}, "ic50 on 'v2'"),
    ],
)
def test_what_makes_no_sense_is_refused(options, says):
    with pytest.raises(InvalidValueError, match=says):
        Drug("MEKi", **options)


@pytest.mark.parametrize("name", ["", "MEK-i", "2drug", 3])
def test_names_are_ids(name):
    with pytest.raises(InvalidValueError, match="wanted an id"):
        Drug(name, inhibits="v1")


def test_it_shows_itself():
    drug = Drug("MEKi", inhibits="v7", ic50=0.1, off_targets={"v9": 3.0})
    assert repr(drug) == "Drug('MEKi', inhibits v7, ic50 0.1 uM)"
    assert "off-target v9" in drug._repr_html_()
