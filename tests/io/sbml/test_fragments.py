from __future__ import annotations

import pytest

from hybridcell.io.sbml.document import NAMESPACE
from hybridcell.io.sbml.fragments import annotation_element, notes_element

XHTML = "http://www.w3.org/1999/xhtml"


def test_what_is_right_stays():
    notes = f'<notes><body xmlns="{XHTML}"><p>a &lt; b</p></body></notes>'
    assert notes_element(notes) == notes
    annotation = '<annotation><a:x xmlns:a="urn:a"><y/></a:x><b:x xmlns:b="urn:b"/></annotation>'
    assert annotation_element(annotation) == annotation


def test_nothing_and_no_xml():
    for text in ("", "<notes/>", "<notes> </notes>", "<notes><p></notes>"):
        assert notes_element(text) == ""
    for text in ("", "<annotation/>", "<annotation>words</annotation>", "<annotation><a></annotation>"):
        assert annotation_element(text) == ""


def test_notes_get_their_namespace():
    assert (
        notes_element("<notes><p>old</p></notes>")
        == f'<notes><body xmlns="{XHTML}"><p>old</p></body></notes>'
    )


def test_prefixes_declared_around_are_declared_inside():
    found = annotation_element('<annotation xmlns:a="urn:a"><a:x><b:y/></a:x></annotation>')
    assert found == '<annotation><a:x xmlns:a="urn:a" xmlns:b="urn:prefix:b"><b:y/></a:x></annotation>'


def test_parts_that_share_a_namespace_move_together():
    alone, parts = '<c:x xmlns:c="urn:c"/>', '<a:x/>é<a:y z="1"/>'
    found = annotation_element(f'<annotation xmlns:a="urn:a">{parts}{alone}</annotation>')
    head = f'<hc:parts xmlns:hc="{NAMESPACE}" xmlns=""'
    assert found == f'<annotation>{alone}{head} xmlns:a="urn:a">{parts}</hc:parts></annotation>'
    assert annotation_element(found) == found
    assert f"{head}><x/></hc:parts>" in annotation_element("<annotation><x/></annotation>")


@pytest.mark.parametrize("prefix", ["", "sbml:"])
def test_the_tag_may_have_a_prefix(prefix):
    found = annotation_element(f'<{prefix}annotation><a:x xmlns:a="urn:a"/></{prefix}annotation>')
    assert found == '<annotation><a:x xmlns:a="urn:a"/></annotation>'
