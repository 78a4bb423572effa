from __future__ import annotations

from hybridcell.mechanisms.reactions.annotations import (
    declarations,
    miriam_resources,
    parse_fragment,
    plain_text,
)

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DESCRIPTION = (
    "<annotation><rdf:RDF><rdf:Description><bqmodel:isDescribedBy><rdf:Bag>"
    '<rdf:li rdf:resource="urn:miriam:pubmed:1"/></rdf:Bag></bqmodel:isDescribedBy>'
    '<dc:creator><rdf:Bag><rdf:li rdf:resource="nobody"/></rdf:Bag></dc:creator>'
    "</rdf:Description></rdf:RDF></annotation>"
)


def test_resources_whose_prefixes_are_declared_elsewhere():
    assert miriam_resources(DESCRIPTION) == {"isDescribedBy": ["urn:miriam:pubmed:1"]}


def test_what_is_no_xml_says_nothing():
    assert miriam_resources("<annotation><resource</annotation>") == {}
    assert miriam_resources("") == {}
    assert plain_text("just < text") == "just < text"


def test_entities_are_not_expanded():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x resource="">&b;</x>'
    assert parse_fragment(bomb) is None
    assert miriam_resources(bomb) == {}
    assert parse_fragment('<x resource="">&b;</x>') is None


def test_declarations():
    assert (
        declarations('<a:x b:y="1"><c:z xmlns:c="u"/></a:x>')
        == ' xmlns:a="urn:prefix:a" xmlns:b="urn:prefix:b"'
    )
    assert declarations("<rdf:RDF/>") == f' xmlns:rdf="{RDF}"'
    assert declarations("<a:x/>", {"a": 'u"&'}) == " xmlns:a='u\"&amp;'"
    assert declarations("<x>text with http://nothing:to=declare</x>") == ""


def test_deep_nesting_is_no_recursion():
    deep = "<p>" * 5000 + "x" + "</p>" * 5000
    assert plain_text(deep) == "x"
