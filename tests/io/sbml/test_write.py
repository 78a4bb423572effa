from __future__ import annotations

import equinox as eqx
import jax
import jax.random as jr
import libsbml
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell._core.parameter import is_parameter
from hybridcell.io.sbml.document import NAMESPACE


def hybrid_of(model, seed=1, **options):
    """Return the model with a residual whose weights are not zero."""
    hybrid = model + hc.NeuralResidual(key=jr.key(seed), **options)
    rng = np.random.default_rng(seed)
    network = jax.tree.map(
        lambda p: p.with_value(rng.normal(size=p.raw.shape)) if is_parameter(p) else p,
        hybrid.residuals[-1].network,
        is_leaf=is_parameter,
    )
    return eqx.tree_at(lambda m: m.residuals[-1].network, hybrid, network)


def read(path):
    document = libsbml.readSBMLFromFile(str(path))
    assert document.getNumErrors() == 0
    model = document.getModel()
    model.document = document  # the document owns the model's memory
    return model


def numbers(node):
    """Return all numbers of a formula."""
    own = [node.getReal()] if node.isReal() else [float(node.getInteger())] if node.isInteger() else []
    return own + [v for i in range(node.getNumChildren()) for v in numbers(node.getChild(i))]


def write(model, folder, **options):
    return hc.write_sbml(model, folder / "model.xml", resimulate=False, **options)


def test_a_network(small_network, tmp_path):
    report = write(small_network, tmp_path)
    assert report.messages == ()
    assert report.is_exact
    model = read(report.path)
    assert (model.getLevel(), model.getVersion()) == (3, 2)
    assert [model.getSpecies(i).getName() for i in range(model.getNumSpecies())] == list(small_network.names)
    assert model.getNumRules() == 8
    assert all(model.getRule(i).isRate() for i in range(8))
    assert report.inputs == {"aMEK": "u_aMEK", "aAKT": "u_aAKT"}
    assert model.getParameter("u_aMEK").getValue() == 0


def test_every_digit_is_kept(small_network, tmp_path):
    report = write(small_network, tmp_path)
    model = read(report.path)
    weights, alpha = np.asarray(small_network.weights), np.asarray(small_network.alpha)
    for i, name in enumerate(small_network.names):
        found = numbers(model.getRateRuleByVariable(report.ids[name]).getMath())
        assert sorted(found) == sorted(float(w) for w in weights[i] if w != 0)
        assert model.getParameter(f"alpha_{report.ids[name]}").getValue() == alpha[i]


def test_very_small_and_large_numbers_are_kept(tmp_path):
    values = [1e-300, 1.2345678901234567e-17, 0.1 + 0.2, 1e22 / 7]
    n = len(values) + 1
    weights = np.zeros((n, n))
    weights[0, 1:] = values
    model = hc.CellBox([f"x{i}" for i in range(n)], ["protein"] * n, weights)
    report = write(model, tmp_path)
    written = read(report.path)
    found = numbers(written.getRateRuleByVariable("x0").getMath())
    assert found == [float(w) for w in np.asarray(model.weights)[0, 1:]]


def test_a_condition_is_where_the_inputs_start(small_network, tmp_path):
    report = write(small_network, tmp_path, condition={"aMEK": -1.25, "ERK": 0.5})
    model = read(report.path)
    assert model.getParameter("u_aMEK").getValue() == -1.25
    assert model.getParameter("u_aAKT").getValue() == 0
    assert model.getParameter(report.inputs["ERK"]).getValue() == 0.5
    with pytest.raises(UnknownNameError, match="aMEK"):
        write(small_network, tmp_path, condition={"aMEC": -1})
    with pytest.raises(InvalidValueError, match="2 conditions"):
        write(small_network, tmp_path, condition=[{}, {"aMEK": 1.0}])


def test_without_drugs_every_node_has_an_input(tmp_path):
    model = hc.CellBox(["a", "b"], ["gene", "gene"], [[0, 1.0], [0, 0]])
    assert list(write(model, tmp_path).inputs) == ["a", "b"]


def test_names_of_all_kinds_become_identifiers(tmp_path):
    names = [
        "4EBP1 pS65",
        "4EBP1-pS65",
        "β-cat <&\"'>",
        "time",
        "phi",
        "cell",
        "u_aMEK",
        "aMEK",
        "a\x01b",
        "e\U0001d6fc",
    ]
    model = hc.CellBox(names, ["protein"] * 7 + ["drug"] + ["protein"] * 2, np.zeros((10, 10)))
    report = write(model, tmp_path)
    assert report.messages == ()
    ids = list(report.ids.values())
    assert len(set(ids)) == len(ids)
    assert all(libsbml.SyntaxChecker.isValidSBMLSId(sid) for sid in ids)
    found = read(report.path)
    assert [found.getSpecies(i).getName() for i in (0, 2, 9)] == [names[0], names[2], names[9]]
    assert found.getSpecies(8).getName() == "a?b"


@pytest.mark.parametrize("envelope", ["tanh", "polynomial", "hill", "linear", "clip"])
@pytest.mark.parametrize("input", ["inside", "outside", "scaled"])
def test_every_form_is_valid(envelope, input, tmp_path):
    for degree, clamp, power in ((1, False, 3), (2, True, 2)):
        model = hc.CellBox(
            ["a", "b", "d"], ["protein", "phenotype", "drug"], [[0, 0, 1.0], [0.5, 0, 0], [0, 0, 0]],
            envelope=envelope, power=power, degree=degree, input=input, clamp=clamp,
        )  # fmt: skip
        report = write(hybrid_of(model, width=2, outputs=["a"]), tmp_path)
        assert report.messages == ()


def test_weights_as_parameters(small_network, tmp_path):
    report = write(small_network, tmp_path, weights="parameters")
    model = read(report.path)
    assert model.getParameter("w_MEK_aMEK").getName() == "aMEK -> MEK"
    assert model.getParameter("w_MEK_aMEK").getValue() == float(small_network.weights[2, 6])
    assert sum(model.getParameter(i).getId().startswith("w_") for i in range(model.getNumParameters())) == 9


def test_hidden_units_become_rules(small_network, tmp_path):
    hybrid = hybrid_of(small_network, width=3, depth=2)
    report = write(hybrid, tmp_path)
    model = read(report.path)
    rules = [model.getRule(i) for i in range(model.getNumRules())]
    assigned = {rule.getVariable(): rule for rule in rules if rule.isAssignment()}
    assert len([v for v in assigned if v.startswith("h1_")]) == 6
    assert len([v for v in assigned if v.startswith("r1_")]) == 6
    first = np.asarray(hybrid.residuals[0].network.weights[0].value)
    bias = float(hybrid.residuals[0].network.biases[0].value[0])
    assert sorted(numbers(assigned["h1_1_1"].getMath())) == sorted([*map(float, first[0]), bias])
    assert ("neural residuals", 1, "exact", "assignment rules, 6 hidden units") in report.elements


def test_learned_elements_are_marked(small_network, tmp_path):
    report = write(hybrid_of(small_network, width=2), tmp_path)
    model = read(report.path)
    note = model.getAnnotation().getChild(0)
    assert (note.getURI(), note.getName()) == (NAMESPACE, "export")
    assert note.getAttrValue("neural") == "exact"
    assert note.getAttrValue("version") == hc.__version__
    for sid in ("alpha_ERK", "h1_1_1", "r1_ERK"):
        assert model.getParameter(sid).getAnnotation().getChild(0).getAttrValue("learned") == "true"
    assert "neural network" in model.getNotesString()
    assert model.getSBOTermID() == "SBO:0000293"


def test_a_neural_part_can_be_refused_or_left_out(small_network, tmp_path):
    hybrid = hybrid_of(small_network, width=2)
    with pytest.raises(InvalidValueError, match="mechanistic_only"):
        write(hybrid, tmp_path, neural="error")
    assert list(tmp_path.iterdir()) == []
    report = write(hybrid, tmp_path, neural="omit")
    assert not report.is_exact
    assert "neural residuals left out" in repr(report)
    assert "not in this file" in read(report.path).getNotesString()
    assert write(small_network, tmp_path, neural="error").is_exact


def test_what_cannot_be_written(small_network, tmp_path):
    broken = eqx.tree_at(
        lambda m: m._response.raw, small_network, small_network._response.raw.at[3, 2].set(np.nan)
    )
    with pytest.raises(InvalidValueError, match="weights of node 'ERK' is not finite"):
        write(broken, tmp_path)
    hybrid = hybrid_of(small_network, width=2)
    infinite = eqx.tree_at(lambda m: m.residuals[0].network.biases[0].raw, hybrid, np.array([np.inf, 0.0]))
    with pytest.raises(InvalidValueError, match="neural residual is not finite"):
        write(infinite, tmp_path)
    with pytest.raises(InvalidValueError, match="given a dict"):
        write({}, tmp_path)
    with pytest.raises(InvalidValueError, match="Did you mean 'exact'"):
        write(small_network, tmp_path, neural="exactly")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_survives_an_export_that_fails(small_network, tmp_path):
    report = write(small_network, tmp_path)
    before = report.path.read_bytes()
    with pytest.raises(UnknownNameError):
        write(small_network, tmp_path, condition={"no such drug": 1.0})
    assert report.path.read_bytes() == before


def test_of_an_ensemble_the_best_is_written(small_network, tmp_path):
    ensemble = hc.Ensemble.from_models([small_network] * 2, losses=[1.0, 0.5])
    assert write(ensemble, tmp_path).path.read_text("utf-8") == write(small_network, tmp_path).path.read_text(
        "utf-8"
    )


def test_networks_that_are_too_large_for_others_come_with_a_warning(tmp_path):
    n = 30
    model = hc.CellBox(
        [f"x{i}" for i in range(n)], ["protein"] * 20 + ["drug"] * 10, np.zeros((n, n))
    ) + hc.NeuralResidual(width=8, depth=2, key=jr.key(0))
    report = hc.write_sbml(model, tmp_path / "model.xml")
    assert "12,800 products" in report.warnings[0]
    assert report.deviation is None
    assert "12,800 products" in report.deviation_note


def test_the_report_shows_itself(small_network, tmp_path):
    report = write(small_network, tmp_path)
    assert repr(report) == "ExportReport(model.xml: SBML Level 3 Version 2, 8 nodes; exact; valid)"
    assert "9" in report._repr_html_()
    assert "function phi: tanh" in report._repr_html_()
