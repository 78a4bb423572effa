import pytest

import hybridcell as hc
from hybridcell._core.errors import FileFormatError
from tests.graph.test_formats import ODD, ring

libsbml = pytest.importorskip("libsbml", reason="python-libsbml is not installed")


def test_libsbml_finds_no_fault_and_the_same_signs(tmp_path, trio_graph):
    path = trio_graph.write(tmp_path / "g.sbml")
    document = libsbml.readSBMLFromFile(str(path))
    document.checkConsistency()
    faults = [document.getError(i) for i in range(document.getNumErrors())]
    assert [f.getMessage() for f in faults if f.getSeverity() >= libsbml.LIBSBML_SEV_ERROR] == []
    model = document.getModel().getPlugin("qual")
    names = {s.getId(): s.getName() for s in model.getListOfQualitativeSpecies()}
    assert set(names.values()) == set(trio_graph.nodes["name"])
    words = {libsbml.INPUT_SIGN_POSITIVE: 1, libsbml.INPUT_SIGN_NEGATIVE: -1, libsbml.INPUT_SIGN_UNKNOWN: 0}
    found = {
        (names[i.getQualitativeSpecies()], names[t.getOutput(0).getQualitativeSpecies()]): words[i.getSign()]
        for t in model.getListOfTransitions()
        for i in t.getListOfInputs()
    }
    edges = trio_graph.edges
    assert found == dict(zip(zip(edges["source"], edges["target"]), edges["sign"]))


def test_odd_names_and_empty_graphs_are_valid(tmp_path, trio_graph):
    for graph in (ring(ODD), trio_graph.filter(top=0)):
        document = libsbml.readSBMLFromFile(str(graph.write(tmp_path / "g.xml")))
        document.checkConsistency()
        assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0


def test_a_file_of_others_is_read(tmp_path):
    document = libsbml.SBMLDocument(libsbml.SBMLNamespaces(3, 1, "qual", 1))
    document.setPackageRequired("qual", True)
    model = document.createModel()
    compartment = model.createCompartment()
    compartment.setId("c")
    compartment.setConstant(True)
    qual = model.getPlugin("qual")
    for name in ("A", "B"):
        species = qual.createQualitativeSpecies()
        species.setId(name)
        species.setCompartment("c")
        species.setConstant(False)
    for source, target, sign in (
        ("A", "B", libsbml.INPUT_SIGN_NEGATIVE),
        ("B", "A", libsbml.INPUT_SIGN_DUAL),
    ):
        transition = qual.createTransition()
        given = transition.createInput()
        given.setQualitativeSpecies(source)
        given.setTransitionEffect(libsbml.INPUT_TRANSITION_EFFECT_NONE)
        given.setSign(sign)
        transition.createOutput().setQualitativeSpecies(target)
    libsbml.writeSBMLToFile(document, str(tmp_path / "g.xml"))
    edges = hc.Interactions.read(tmp_path / "g.xml").edges
    assert edges[["source", "target", "sign"]].values.tolist() == [["A", "B", -1], ["B", "A", 0]]


def test_a_model_of_reactions_is_sent_elsewhere(tmp_path):
    path = tmp_path / "m.xml"
    path.write_text('<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"/>')
    with pytest.raises(FileFormatError, match=r"hc\.read_sbml"):
        hc.Interactions.read(path)
