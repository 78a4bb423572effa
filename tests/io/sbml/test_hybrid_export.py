from __future__ import annotations

import re
import warnings
from types import SimpleNamespace
from xml.etree import ElementTree

import equinox as eqx
import jax.random as jr
import libsbml
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.io.sbml import describe
from hybridcell.io.sbml.document import NAMESPACE
from hybridcell.io.sbml.hybrid_numbers import MOST_WEIGHTS, check_count
from hybridcell.io.sbml.inlined import inlined_products
from hybridcell.io.sbml.read import read_sbml
from hybridcell.io.sbml.simulators import comparison
from hybridcell.mechanisms.interpreter import Interpreter, rates_of_change
from hybridcell.mechanisms.reactions.annotations import RDF
from tests.io.sbml.hybrids import (
    HAS_COPASI,
    HAS_ROADRUNNER,
    WITHOUT_COPASI,
    WITHOUT_ROADRUNNER,
    many_holes,
    network,
    rate_hybrid,
    shaken,
)
from tests.io.sbml.texts import BINDING

CLOSE = 1e-6


def slopes(net, t=0.3, seed=0):
    """Return dx/dt at a random place, by state."""
    x = np.abs(np.random.default_rng(seed).normal(size=net.equations.n)) + 0.1
    rates = Interpreter(rates_of_change(net.equations), net.equations)(t, x, np.asarray(net.values))
    return dict(zip(net.equations.states, rates))


def assert_same_dynamics(hybrid, again):
    ours, theirs = slopes(hybrid), slopes(again)
    assert list(ours) == list(theirs)
    np.testing.assert_allclose(list(theirs.values()), list(ours.values()), rtol=1e-12, atol=1e-14)


def written(hybrid, folder, **options):
    report = hc.write_sbml(hybrid, folder / "hybrid.xml", **{"resimulate": False, **options})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return report, read_sbml(report.path)


@pytest.mark.parametrize("level", ["3.2", "2.4"])
@pytest.mark.parametrize("weights", ["numbers", "parameters"])
def test_a_hybrid_comes_back_with_the_same_dynamics(level, weights, tmp_path):
    hybrid = many_holes()
    report, again = written(hybrid, tmp_path, level=level, weights=weights)
    assert report.messages == ()
    assert report.is_exact
    assert_same_dynamics(hybrid, again)
    kept = [p.id for p in again.parameters if p.id in hybrid.holes.holes[0].weights]
    assert bool(kept) == (weights == "parameters")
    assert any(what.startswith("weights of neural rate gapdh") for what, *_ in report.elements)


@settings(max_examples=15, deadline=None)
@given(
    width=st.integers(0, 3),
    depth=st.integers(1, 2),
    activation=st.sampled_from(["tanh", "softplus", "sigmoid", "linear"]),
    transform=st.sampled_from(["log", "linear", "saturating"]),
    around=st.sampled_from(["substrates", "law"]),
    bound=st.sampled_from([None, 1.5]),
    level=st.sampled_from(["3.2", "2.4"]),
    seed=st.integers(0, 99),
)
def test_any_hybrid_comes_back(tmp_path_factory, level, seed, **options):
    hybrid = rate_hybrid("robertson", "slow", seed=seed, **options)
    report, again = written(hybrid, tmp_path_factory.mktemp("any"), level=level)
    assert report.messages == ()
    assert_same_dynamics(hybrid, again)


@pytest.mark.parametrize("level", ["3.2", "2.4"])
def test_other_programs_get_the_same_numbers(level, tmp_path):
    hybrid = rate_hybrid("glycolysis", "gapdh", width=16)
    report = hc.write_sbml(hybrid, tmp_path / "hybrid.xml", level=level)
    assert report.messages == ()
    assert report.deviations["hybridcell"] < CLOSE
    assert list(report.deviation_notes) == ["hybridcell", "libRoadRunner", "COPASI"]
    if HAS_ROADRUNNER:
        assert report.deviations["libRoadRunner"] == report.deviation < CLOSE
        assert report.load_seconds is not None
        assert "libRoadRunner within" in repr(report)
        assert "libRoadRunner loads it in" in report._repr_html_()
    if HAS_COPASI:
        assert report.deviations["COPASI"] < CLOSE


@pytest.mark.skipif(not HAS_COPASI, reason=WITHOUT_COPASI)
def test_copasi_reads_all_kinds_of_holes(tmp_path):
    report = hc.write_sbml(many_holes(), tmp_path / "hybrid.xml")
    assert report.deviations["COPASI"] < CLOSE


@pytest.mark.skipif(not HAS_ROADRUNNER, reason=WITHOUT_ROADRUNNER)
def test_libroadrunner_reads_all_kinds_of_holes(tmp_path):
    report = hc.write_sbml(many_holes(), tmp_path / "hybrid.xml", uncertainty={"nn_gapdh_k": 0.1})
    assert report.deviations["libRoadRunner"] < CLOSE


def test_a_program_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(comparison, "find_spec", lambda name: None)
    report = hc.write_sbml(network("robertson"), tmp_path / "model.xml")
    assert report.deviations == {}
    assert "COPASI is not installed (pip install copasi-basico)" in report.deviation_notes["COPASI"]


def test_a_neural_part_can_be_left_out_or_refused(tmp_path):
    hybrid = rate_hybrid("glycolysis", "gapdh", width=2)
    report, again = written(hybrid, tmp_path, neural="omit")
    assert not report.is_exact
    n = len(hybrid.holes.holes[0].weights)
    assert ("weights of neural rate gapdh", n, "left out", "neural='omit'") in report.elements
    assert_same_dynamics(hybrid.mechanistic_only(), again)
    with pytest.raises(InvalidValueError, match=r"rate of gapdh.*mechanistic_only"):
        hc.write_sbml(hybrid, tmp_path / "other.xml", neural="error")
    with pytest.raises(InvalidValueError, match=r"fit\.distill\('gapdh'\) first"):
        hc.write_sbml(hybrid, tmp_path / "other.xml", neural="distill")
    assert [path.name for path in tmp_path.iterdir()] == ["hybrid.xml"]
    assert hc.write_sbml(hybrid.mechanistic_only(), tmp_path / "other.xml", neural="distill").is_exact


def test_a_cellbox_has_nothing_to_distill(small_network, tmp_path):
    hybrid = small_network + hc.NeuralResidual(width=2, key=jr.key(0))
    with pytest.raises(InvalidValueError, match="no formula stands for"):
        hc.write_sbml(hybrid, tmp_path / "model.xml", neural="distill")


def test_small_weights_can_be_left_out(tmp_path):
    hybrid = rate_hybrid("glycolysis", "gapdh", width=4)
    report, again = written(hybrid, tmp_path, prune=0.1, resimulate=True)
    status = {what: (count, status) for what, count, status, _ in report.elements}
    n = len(hybrid.holes.holes[0].weights)
    assert status["weights of neural rate gapdh"] == (n, "approximate")
    n_dropped, how = status["weights"]
    assert 0 < n_dropped < n
    assert how == "left out"
    assert 1e-6 < report.deviations["hybridcell"] < 1.0
    assert "approximate" in repr(report)
    assert inlined_products(again.definition) < inlined_products(written(hybrid, tmp_path)[1].definition)
    named, with_ids = written(hybrid, tmp_path, prune=0.1, weights="parameters")
    here = [id for id in hybrid.holes.holes[0].weights if id in with_ids.parameters.ids]
    assert len(here) == n - n_dropped
    assert_same_dynamics(again, with_ids)
    assert {member for members, _ in groups(named.path).values() for member in members} >= set(here)
    nothing, _ = written(hybrid, tmp_path, prune=1e-300)
    assert not any(what == "weights" for what, *_ in nothing.elements)
    with pytest.raises(InvalidValueError, match="prune is -1"):
        hc.write_sbml(hybrid, tmp_path / "model.xml", prune=-1)


def kept_from(residual_input, factor, path, **options):
    """Return the report of a residual that reads one node, with weights of 0.05 on it and 1 behind."""
    names, kinds = ["d", "x", "y"], ["drug", "protein", "protein"]
    box = hc.CellBox(names, kinds, [[0, 0, 0], [factor, 0, 0], [0, 1, 0]], envelope="linear")
    hybrid = box + hc.NeuralResidual([residual_input], ["y"], width=2, key=jr.key(0))
    first, last = hybrid.residuals[0].network.weights
    weights = (first.with_value([[0.05], [0.05]]), last.with_value([[1.0, 1.0]]))
    hybrid = eqx.tree_at(lambda m: m.residuals[0].network.weights, hybrid, weights)
    return hc.write_sbml(hybrid, path, resimulate=False, **options)


def test_weights_of_interactions_are_judged_by_what_they_multiply(tmp_path):
    def left_out(*args, **options):
        report = kept_from(*args, tmp_path / "model.xml", **options)
        return {what: n for what, n, *_ in report.elements}.get("weights", 0)

    # the state x goes to its factor times the input, which is -1, 0.5 and that of the condition
    assert left_out("x", 1.0, prune=0.04) == 0
    assert left_out("x", 0.1, prune=0.04) == 4  # hidden units of 0.005 do as little
    assert left_out("x", 0.1, prune=0.0049) == 0
    assert left_out("x", 100.0, prune=0.5) == 0
    assert left_out("d", 0.1, prune=0.04) == 0
    assert left_out("d", 0.1, prune=0.4) == 4
    assert left_out("d", 0.1, prune=0.4, condition={"d": 20.0}) == 0
    assert left_out("x", 0.1, prune=0.0) == 0


def test_small_weights_of_a_residual_of_interactions_can_be_left_out(small_network, tmp_path):
    from tests.io.sbml.test_write import hybrid_of

    hybrid = hybrid_of(small_network, width=3)
    report = hc.write_sbml(hybrid, tmp_path / "model.xml", prune=0.1)
    status = {what: status for what, _, status, _ in report.elements}
    assert status["neural residuals"] == "approximate"
    assert status["weights"] == "left out"
    assert 1e-9 < report.deviations["hybridcell"] < 1.0


def test_what_is_not_finite_is_named(tmp_path):
    hybrid = rate_hybrid("glycolysis", "gapdh", width=2).with_values({"nn_gapdh_w1_2_1": np.nan})
    with pytest.raises(InvalidValueError, match="'nn_gapdh_w1_2_1' of the neural rate of gapdh is nan"):
        hc.write_sbml(hybrid, tmp_path / "model.xml", resimulate=False)
    with pytest.raises(InvalidValueError, match=r"at most 2,000,000"):
        check_count(MOST_WEIGHTS + 1)
    assert list(tmp_path.iterdir()) == []


def test_a_wide_network_is_not_loaded_into_libroadrunner(tmp_path, monkeypatch):
    monkeypatch.setattr(describe, "INLINED_LIMIT", 20)
    hybrid = rate_hybrid("robertson", "slow", width=4, depth=2)
    report = hc.write_sbml(hybrid, tmp_path / "model.xml")
    assert "libRoadRunner" not in report.deviations
    assert "products of the neural part" in report.deviation_notes["libRoadRunner"]
    assert "Fewer units" in report.warnings[0]
    assert report.deviations["hybridcell"] < CLOSE


def test_products_are_counted_where_rules_are_put_in_place():
    small, deep = (rate_hybrid("robertson", "slow", width=8, depth=depth) for depth in (1, 2))
    # one input: 8 first products, 8 more that read them, and once more in the law
    assert 3 * 8 <= inlined_products(small.definition) < 10 * 8
    assert inlined_products(deep.definition) > 8 * 8


def annotations(path):
    """Return what our annotations say, by the id of the element."""
    found = {}
    for element in ElementTree.parse(path).iter():
        for about in element.findall(f"./{{*}}annotation/{{{RDF}}}RDF/{{{RDF}}}Description"):
            if about.get(f"{{{NAMESPACE}}}hole"):
                key = element.get("id") or element.tag.rpartition("}")[2]
                found[key] = {k.rpartition("}")[2]: v for k, v in about.attrib.items()}
                assert about.get(f"{{{RDF}}}about") == f"#{element.get('metaid')}"
    return found


def test_learned_elements_say_what_they_are(tmp_path):
    report, _ = written(many_holes(), tmp_path, weights="parameters")
    found = annotations(report.path)
    assert found["nn_gapdh_w1_1_1"]["role"] == "weight"
    assert found["nn_gapdh_s_triose"]["role"] == "scale"
    assert found["nn_gapdh_h1_1"]["role"] == "hidden"
    assert found["nn_gapdh_k"]["role"] == "constant"
    assert found["nn_residual_a_ATP_ADP"]["role"] == "amplitude"
    assert found["nn_residual_ATP_ADP"]["role"] == "flux"
    assert found["glow"]["role"] == "flux"
    assert found["kineticLaw"] | {"hole": "nn_gapdh", "role": "law"} == found["kineticLaw"]
    about = found["nn_gapdh"]
    wanted = {
        "role": "output", "kind": "rate", "targets": "gapdh", "inputs": "triose NAD", "width": "3",
        "depth": "1", "activation": "tanh", "transform": "log", "seed": "0 0",
        "hybridcell": hc.__version__, "architecture": "NeuralRate",
    }  # fmt: skip
    assert about | wanted == about
    sbo = {e.get("id"): e.get("sboTerm") for e in ElementTree.parse(report.path).iter() if e.get("sboTerm")}
    assert sbo["nn_gapdh_w1_1_1"] == sbo["nn_gapdh"] == "SBO:0000002"


def groups(path):
    document = libsbml.readSBMLFromFile(str(path))
    plugin = document.getModel().getPlugin("groups")
    assert not document.getPackageRequired("groups")
    return {
        group.getId(): ([m.getIdRef() for m in group.getListOfMembers()], group.getKindAsString())
        for group in plugin.getListOfGroups()
    }


def test_every_hole_is_a_group(tmp_path):
    report, _ = written(many_holes(), tmp_path)
    found = groups(report.path)
    assert list(found) == [f"nn_{name}_elements" for name in ("gapdh", "residual", "glow", "J0")]
    members, kind = found["nn_gapdh_elements"]
    assert kind == "collection"
    assert {"nn_gapdh", "nn_gapdh_h1_1", "nn_gapdh_k", "gapdh"} <= set(members)
    assert not any("_w1_" in one for one in members)
    old, _ = written(many_holes(), tmp_path, level="2.4")
    assert "groups" not in old.path.read_text("utf-8")


def test_a_residual_of_interactions_is_a_group(small_network, tmp_path):
    hybrid = small_network + hc.NeuralResidual(width=2, outputs=["ERK"], key=jr.key(0))
    report = hc.write_sbml(hybrid, tmp_path / "model.xml", resimulate=False)
    assert groups(report.path) == {"residual1_elements": (["h1_1_1", "h1_1_2", "r1_ERK"], "collection")}


def test_a_prefix_of_a_longer_prefix_is_not_mistaken(tmp_path):
    text = hc.networks.load("robertson").text
    xml = re.sub(r"\bfast\b", "slow_2", text) if "fast" in text else text
    net = read_sbml(xml)
    ids = [r.id for r in net.reactions]
    hybrid = net.replace(ids[0], hc.NeuralRate(width=1, key=jr.key(0)))
    hybrid = hybrid.replace(ids[1], hc.NeuralRate(width=1, key=jr.key(1)))
    report, _ = written(hybrid, tmp_path)
    first, second = (set(members) for members, _ in groups(report.path).values())
    assert not first & second


@pytest.mark.parametrize("level", ["3.2", "2.4"])
def test_ids_and_annotations_of_the_source_survive(level, tmp_path):
    source = read_sbml(BINDING)
    hybrid = shaken(source.replace("bind", hc.NeuralRate(["A"], width=2, key=jr.key(0))))
    _, again = written(hybrid, tmp_path, level=level)
    assert source.species["A"].annotations
    for kind in ("species", "reactions", "compartments"):
        for element in getattr(source, kind):
            same = getattr(again, kind)[element.id]
            assert same.annotations == element.annotations
            assert (same.name, same.metaid, same.notes_text) == (
                element.name,
                element.metaid,
                element.notes_text,
            )
    assert again.definition.notes_text == source.definition.notes_text


def uncertainties(path):
    document = libsbml.readSBMLFromFile(str(path))
    found = {}
    for element in document.getListOfAllElements():
        plugin = element.getPlugin("distrib") if element.getPackageName() == "core" else None
        if plugin is not None and element.getIdAttribute() and plugin.getNumUncertainties():
            one = plugin.getUncertainty(0).getUncertParameter(0)
            assert one.getTypeAsString() == "standardDeviation"
            found[element.getIdAttribute()] = one.getValue()
    return found


def test_uncertainties_are_written(tmp_path):
    hybrid = rate_hybrid("glycolysis", "gapdh", width=2)
    report, again = written(hybrid, tmp_path, uncertainty={"nn_gapdh_k": 0.125, "ATP": 1 / 3})
    assert report.messages == ()
    assert ("uncertainties", 2, "exact", "standard deviations, in the package distrib") in report.elements
    assert uncertainties(report.path) == {"nn_gapdh_k": 0.125, "ATP": 1 / 3}
    assert_same_dynamics(hybrid, again)
    assert again.definition.packages == ()


def test_uncertainties_of_a_fit_are_taken(tmp_path):
    hybrid = rate_hybrid("glycolysis", "gapdh", width=2)
    table = pd.DataFrame({"value": [1.0, 2.0, 3.0], "sd": [0.5, np.inf, 0.1]}, index=["k1", "k2", "nn_x"])
    fitted = SimpleNamespace(best=hybrid, parameters=table)
    report, _ = written(fitted, tmp_path)
    assert uncertainties(report.path) == {"k1": 0.5}
    assert any(what == "uncertainties" and status == "left out" for what, _, status, _ in report.elements)
    plain, _ = written(fitted, tmp_path, uncertainty={})
    assert "distrib" not in plain.path.read_text("utf-8")
    old, _ = written(fitted, tmp_path, level="2.4")
    assert any(what == "uncertainties" and count == 2 for what, count, *_ in old.elements)


def test_uncertainties_that_cannot_be_written_are_refused(tmp_path):
    net = network("robertson")
    with pytest.raises(UnknownNameError, match="named in uncertainty"):
        written(net, tmp_path, uncertainty={"nothing": 1.0})
    with pytest.raises(InvalidValueError, match="wanted a standard deviation"):
        written(net, tmp_path, uncertainty={"k1": -1.0})
    with pytest.raises(InvalidValueError, match="wanted standard deviations by id"):
        written(net, tmp_path, uncertainty=0.1)
    with pytest.raises(NotImplementedError, match="uncertainties"):
        written(net, tmp_path, uncertainty={"k1": 1.0}, level="2.4")


def test_uncertainties_of_interactions(small_network, tmp_path):
    report = hc.write_sbml(
        small_network, tmp_path / "model.xml", resimulate=False, uncertainty={"alpha_ERK": 0.25}
    )
    assert uncertainties(report.path) == {"alpha_ERK": 0.25}
    assert report.messages == ()


def test_the_data_of_a_fit_leave_their_hash(tmp_path):
    from hybridcell.io.digest import data_digest

    table = pd.DataFrame({"time": [0.0, 1.0]})
    report, _ = written(
        SimpleNamespace(best=rate_hybrid("robertson", "slow", width=1), train=table), tmp_path
    )
    assert annotations(report.path)["nn_slow"]["data"] == data_digest(table)


def test_values_of_a_condition_are_written(tmp_path):
    hybrid = rate_hybrid("robertson", "slow", width=2)
    _, again = written(hybrid, tmp_path, condition={"nn_slow_k": 0.5, "nn_slow_w1_1_1": 0.25})
    assert again.parameters["nn_slow_k"].value == 0.5
    assert_same_dynamics(hybrid.with_values({"nn_slow_k": 0.5, "nn_slow_w1_1_1": 0.25}), again)


def test_weights_with_a_fixed_sign_come_back(tmp_path):
    net = network("glycolysis")
    rate = hc.NeuralRate(["triose", "NAD"], width=2, increasing=["triose"], decreasing=["NAD"], key=jr.key(0))
    hybrid = shaken(net.replace("gapdh", rate), size=0.05)
    _, again = written(hybrid, tmp_path)
    assert_same_dynamics(hybrid, again)
