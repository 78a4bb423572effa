"""Neural networks in problems: in rates, in observables, before the simulation; against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.petab.before import Before
from hybridcell.fit.petab.networks import entry_id, entry_ids
from hybridcell.io.petab.arrays_hdf5 import write_arrays
from hybridcell.io.petab.network_yaml import write_network_yaml
from hybridcell.neural.traced import TracedNetwork
from tests.fit.petab.conftest import EXACT
from tests.fit.petab.problems import write
from tests.io.petab.sciml_problem import arrays_of, network_of

MODEL = "model m\n  k = 0.5; g = 1;\n  X = 0.7;\n  X' = g - k*X;\nend\n"
TIMES = (0.0, 1.0, 3.0)
EXTENSION = """mapping_files: [mapping.tsv]
extensions:
  sciml:
    version: 0.1.0
    required: true
    array_files: [ps.hdf5]
    hybridization_files: [hybridization.tsv]
    neural_networks:
      net1: {location: net1.yaml, format: YAML, pre_initialization: PRE}
"""
TABLES = {
    "parameters": """
        parameterId lowerBound upperBound nominalValue estimate
        k 0 10 0.5 true
        ps -inf inf array true""",
    "observables": "observableId observableFormula noiseFormula\no FORMULA 0.5",
    "measurements": "observableId experimentId time measurement\n"
    + "\n".join(f"o _ {t} {y}" for t, y in zip(TIMES, (0.8, 1.1, 1.4))),
}
MAPPING = """
    petabEntityId modelEntityId
    in1 net1.inputs[0][0]
    in2 net1.inputs[0][1]
    out1 net1.outputs[0][0]
    out2 net1.outputs[0][1]
    ps net1.parameters"""


def network(weights, x):
    """Return the outputs of the network of `network_of`."""
    hidden = np.tanh(weights["l1.weight"] @ x + weights["l1.bias"])
    return weights["l2.weight"] @ hidden + weights["l2.bias"]


def relaxed(gamma, k):
    return np.array([gamma / k + (0.7 - gamma / k) * np.exp(-k * t) for t in TIMES])


def before(weights, k):
    return relaxed(2 * network(weights, [k + 0.1, 0.3])[0], k)


def observed(weights, k):
    x = relaxed(1.0, k)
    return np.array([each + network(weights, [each, k])[1] for each in x])


def along(weights, k):
    def rate(_, x):
        return [network(weights, [x[0], k])[0] ** 2 - k * x[0]]

    return solve_ivp(rate, (0, 3), [0.7], t_eval=TIMES, rtol=1e-11, atol=1e-12, method="LSODA").y[0]


#: What the hybridization table says, the observable, and what must come out.
KINDS = {
    "before": ("in1 k+0.1\nin2 0.3\ng out1*2", "X", before),
    "observed": ("in1 X\nin2 k", "X+out2", observed),
    "along": ("in1 X\nin2 k\ng out1^2", "X", along),
}


def write_problem(folder, kind, *, made=None, more=""):
    hybridization, formula, _ = KINDS[kind]
    tables = {**TABLES, "observables": TABLES["observables"].replace("FORMULA", formula)}
    file = write(folder, MODEL.replace("end", more + "end"), 2, tables)
    text = file.read_text(encoding="utf-8") + EXTENSION.replace("PRE", str(kind == "before").lower())
    file.write_text(text, encoding="utf-8")
    for name, table in (("mapping", MAPPING), ("hybridization", "targetId targetValue\n" + hybridization)):
        lines = ["\t".join(line.split()) for line in table.strip().splitlines()]
        (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    made = made or network_of()
    write_network_yaml(made, folder / "net1.yaml")
    write_arrays(folder / "ps.hdf5", parameters={"net1": arrays_of(made)})
    return file


@pytest.mark.parametrize("kind", KINDS)
def test_simulations_and_gradients(kind, tmp_path):
    problem, expected = hc.read_petab(write_problem(tmp_path, kind), solve=EXACT), KINDS[kind][2]
    assert problem.free[0] == "k"
    assert len(problem.free) == 1 + 6 + 3 + 6 + 2
    weights = arrays_of(network_of())
    np.testing.assert_allclose(problem.simulate()["simulation"], expected(weights, 0.5), rtol=1e-7)
    measured = problem.statement.measurements.value

    def value(theta):
        arrays = {name: np.asarray(a) for name, a in problem.arrays(theta)["net1"].items()}
        return -0.5 * np.sum(np.square((expected(arrays, theta[0]) - measured) / 0.5))

    gradient, h = problem.gradient(), 1e-5
    steps = h * np.eye(len(problem.free))
    found = [(value(problem.nominal + s) - value(problem.nominal - s)) / (2 * h) for s in steps]
    np.testing.assert_allclose(gradient, found, rtol=1e-5, atol=1e-6 * np.abs(found).max())
    arrays = problem.arrays(gradient)["net1"]
    assert {name: a.shape for name, a in arrays.items()} == {name: a.shape for name, a in weights.items()}
    assert arrays["l2.bias"][0] == gradient[entry_id("net1", "l2.bias", (0,))]


def test_networks_that_read_no_state_come_before(tmp_path):
    for kind, wanted in (("before", True), ("along", False)):
        problem = hc.read_petab(write_problem(tmp_path / kind, kind))
        stages = problem.compiled.simulator.stages
        assert [isinstance(stage._networks, Before) for stage in stages] == [wanted]


def test_other_weights_are_written_and_read(tmp_path):
    problem = hc.read_petab(write_problem(tmp_path / "first", "before"))
    theta = problem.nominal + 0.1
    moved = problem.with_parameters(theta)
    again = hc.read_petab(hc.write_petab(moved, tmp_path / "second"))
    np.testing.assert_array_equal(again.nominal, theta)
    assert again.log_likelihood() == pytest.approx(problem.log_likelihood(theta), rel=1e-12)


def test_ids_of_entries_are_allowed_in_sbml_and_differ():
    ids = entry_ids("net1", "l1.weight", (2, 3))
    assert ids.shape == (2, 3)
    assert len(set(ids.ravel())) == 6
    assert all(id.isidentifier() for id in ids.ravel())
    assert entry_id("net1", "encoder.0.weight", (1, 2)) == "net1_encoder_0_weight_1_2"
    assert entry_id("net1", "1 x-é.bias", (0,)) == "net1_1_x___bias_0"


def renamed(**layers):
    """Return the network of `network_of` with other ids of layers."""
    content = network_of().description.to_mapping()
    for layer in content["layers"]:
        layer["layer_id"] = layers[layer["layer_id"]]
    for step in content["forward"]:
        step["target"] = layers.get(step["target"], step["target"])
    return TracedNetwork(content)


def test_layers_inside_layers_keep_their_weights(tmp_path):
    made = renamed(l1="encoder.0", l2="encoder.1-out")
    problem = hc.read_petab(write_problem(tmp_path / "first", "before", made=made))
    assert len(set(problem.free)) == 1 + 6 + 3 + 6 + 2
    assert problem.free[-1] == "net1_encoder_1_out_bias_1"
    moved = problem.with_parameters(problem.nominal + 0.1 * np.arange(18))
    again = hc.read_petab(hc.write_petab(moved, tmp_path / "second"))
    np.testing.assert_array_equal(again.nominal, moved.nominal)


def test_entries_that_would_share_an_id_are_refused(tmp_path):
    both = r"'net1_a_b_weight_0_0' is both .* array 'a_b.weight' .* one of array 'a.b.weight' of network"
    alike = hc.read_petab(write_problem(tmp_path / "two", "before", made=renamed(l1="a.b", l2="a_b")))
    with pytest.raises(InvalidValueError, match=both):
        alike.log_likelihood()
    taken = r"'net1_l2_bias_1' is both .* array 'l2.bias' of network 'net1' and one of the model"
    named = hc.read_petab(write_problem(tmp_path / "model", "before", more="  net1_l2_bias_1 = 3;\n"))
    with pytest.raises(InvalidValueError, match=taken):
        named.log_likelihood()


def test_a_table_counts_the_weights(tmp_path):
    problem = hc.read_petab(write_problem(tmp_path, "before"))
    assert "network net1" in repr(problem)
    assert set(problem.free) <= set(problem.parameters.index)
