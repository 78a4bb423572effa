import pytest

from hybridcell._core.errors import FileFormatError
from hybridcell.mechanisms.cellbox.edge_graphml import read_graphml

TEXT = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
 <key id="k0" for="node" attr.name="name" attr.type="string"/>
 <key id="k1" for="edge" attr.name="weight" attr.type="double"/>
 <key id="k2" for="edge" attr.name="known" attr.type="boolean"/>
 <key id="k3" for="graph" attr.name="about" attr.type="string"/>
 <graph edgedefault="directed">
  <data key="k3">two nodes</data>
  <node id="n1"><data key="k0">MEK &amp; more</data></node>
  <node id="n2"/>
  <edge source="n1" target="n2"><data key="k1">0.5</data><data key="k2">true</data></edge>
 </graph>
</graphml>"""


def test_attributes_have_their_types(tmp_path):
    path = tmp_path / "g.graphml"
    path.write_text(TEXT, encoding="utf-8")
    graph = read_graphml(path)
    assert graph.directed
    assert graph.about == {"about": "two nodes"}
    assert [graph.name(node) for node in graph.nodes] == ["MEK & more", "n2"]
    assert graph.edges == [("n1", "n2", {"weight": 0.5, "known": True})]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (">0.5<", ">half<", "'weight' is 'half'"),
        ('<graph edgedefault="directed">', "<graph>", ""),
        (' target="n2"', "", "no 'target'"),
        ("<?xml version", '<!DOCTYPE g [<!ENTITY a "b">]><?xml version', "document type|not at start"),
        ("</graphml>", "", "no element found"),
    ],
)
def test_faults_are_named(tmp_path, old, new, message):
    path = tmp_path / "g.graphml"
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    if not message:
        assert read_graphml(path).directed
        return
    with pytest.raises(FileFormatError, match=message):
        read_graphml(path)


def test_an_entity_is_never_expanded(tmp_path):
    path = tmp_path / "g.graphml"
    path.write_text('<!DOCTYPE g [<!ENTITY a SYSTEM "file:///etc/passwd">]><graphml>&a;</graphml>')
    with pytest.raises(FileFormatError, match="document type"):
        read_graphml(path)
