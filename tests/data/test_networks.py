from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from hybridcell._core.errors import FileFormatError, InvalidValueError, UnknownNameError
from hybridcell._core.shipped import shipped_folder, shipped_path
from hybridcell.data import networks
from hybridcell.data.networks.files import read_about
from hybridcell.data.networks.interaction_entry import InteractionEntry
from hybridcell.data.networks.interaction_files import read_interactions

INTERACTIONS = [n for n in networks.available() if isinstance(networks.load(n), InteractionEntry)]


@pytest.fixture(params=INTERACTIONS)
def entry(request):
    return networks.load(request.param)


def inputs(entry):
    """The strengths u of the reference conditions, read from their text."""
    u = np.zeros((len(entry.reference), entry.n))
    for row, (label, dose) in enumerate(
        zip(entry.reference["perturbation"], entry.reference["dose"].astype(str))
    ):
        if label != "control":
            u[row, [entry.nodes.index(d) for d in label.split("+")]] = [float(v) for v in dose.split("+")]
    return u


def test_the_reference_is_reproduced_by_plain_integration(entry):
    u = inputs(entry)
    assert len(u) >= 5
    wanted = entry.reference[list(entry.nodes)].to_numpy(float)
    for one_u, one_x in zip(u, wanted):

        def rate(t, x, u=one_u):
            return entry.epsilon * np.tanh(entry.weights @ x + u) - entry.alpha * x

        end = 120 / entry.alpha.min()
        found = solve_ivp(rate, (0, end), np.zeros(entry.n), method="LSODA", rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(found.y[:, -1], one_x, rtol=1e-8, atol=1e-9)


def test_every_input_has_one_stable_steady_state(entry):
    """If the spectral radius of |epsilon/alpha W| is < 1, x -> epsilon/alpha tanh(W x + u) contracts."""
    gain = np.abs((entry.epsilon / entry.alpha)[:, None] * entry.weights)
    assert np.abs(np.linalg.eigvals(gain)).max() < 1


def test_there_is_feedback_and_saturation():
    entry = networks.load("mapk_pi3k")
    states = entry.reference.set_index("perturbation")
    assert states.loc["aBRAF", "CRAF"] > 0.2  # relief of ERK's feedback
    assert states.loc["amTOR", "AKT"] > 0.2  # relief of S6K's feedback on IRS1
    assert np.abs(np.linalg.eigvals(entry.weights)).max() > 0.2  # cycles exist
    single = states.loc["aMEK", "ERK"] + states.loc["aBRAF", "ERK"]
    assert states.loc["aBRAF+aMEK", "ERK"] > 1.1 * single  # two hits on one pathway are less than additive


def test_size_and_kinds():
    entry = networks.load("mapk_pi3k")
    assert 20 <= entry.n <= 40
    assert len(entry.of_kind("drug")) >= 6
    assert len(entry.of_kind("phenotype")) >= 3
    assert set(entry.drugs["drug"]) == set(entry.of_kind("drug"))


def test_weights_agree_with_the_edges(entry):
    assert np.count_nonzero(entry.weights) == len(entry.edges)
    source, target, _, weight = entry.edges.iloc[0]
    assert entry.weights[entry.nodes.index(target), entry.nodes.index(source)] == weight


def test_the_prior_is_incomplete_and_partly_wrong():
    entry = networks.load("mapk_pi3k")
    truth = dict(zip(zip(entry.edges["source"], entry.edges["target"]), entry.edges["sign"]))
    prior = dict(zip(zip(entry.prior["source"], entry.prior["target"]), entry.prior["sign"]))
    assert len(truth.keys() - prior.keys()) == 17
    assert len(prior.keys() - truth.keys()) == 10
    assert sum(truth[e] != prior[e] for e in truth.keys() & prior.keys()) == 3


def test_the_readme_lists_every_entry():
    readme = (shipped_folder("networks") / "README.md").read_text(encoding="utf-8")
    assert networks.readme_table() in readme, (
        "put the output of hybridcell.data.networks.readme_table() there"
    )


def test_the_form_that_a_network_states_decides_who_reads_it():
    folder = shipped_path("networks", "mapk_pi3k")
    about = read_about(folder)
    assert about["form"] == "cellbox"
    assert read_interactions(folder, about).nodes == networks.read_network(folder).nodes


def test_there_is_no_code_among_the_data():
    assert not list(shipped_folder("networks").rglob("*.py"))


def test_an_unknown_network_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'mapk_pi3k'"):
        networks.load("mapk-pi3k")


def test_it_shows_itself():
    entry = networks.load("mapk_pi3k")
    assert (
        repr(entry) == "InteractionEntry('mapk_pi3k': 39 nodes (27 protein, 3 phenotype, 9 drug), 76 edges)"
    )
    assert "aMEK, aBRAF" in entry._repr_html_()


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("network.toml", 'envelope = "tanh"', 'envelope = "hill"', "envelope is 'hill'"),
        ("network.toml", 'title = "', 'tittle = "', "the key 'title' is missing"),
        ("network.toml", 'name = "mapk', 'name = "map', "the folder is 'mapk_pi3k'"),
        ("network.toml", "form =", "form", "is not TOML"),
        ("nodes.tsv", "SRC\tprotein", "EGFR\tprotein", "node 'EGFR' is listed 2 times"),
        ("nodes.tsv", "SRC\tprotein", "SRC\tprotien", "kind of 'SRC' is 'protien'"),
        ("nodes.tsv", "SRC\tprotein\t1.0", "SRC\tprotein\t-1.0", "epsilon of 'SRC' is not a positive"),
        ("nodes.tsv", "SRC\tprotein\t1.0", "SRC\tprotein\tone", "'one' is not a number"),
        ("nodes.tsv", "epsilon", "epsylon", "no column 'epsilon'. Did you mean 'epsylon'"),
        (
            "edges.tsv",
            "EGFR\tSRC\t1",
            "EGFRR\tSRC\t1",
            "row 1, source: There is no node 'EGFRR'. Did you mean 'EGFR'",
        ),
        ("edges.tsv", "EGFR\tSRC\t1", "EGFR\tSRC\t-1", "has weight 0.25 and sign -1"),
        ("edges.tsv", "EGFR\tSRC\t1", "EGFR\tSRC\t0", "a sign is neither 1 nor -1"),
        ("edges.tsv", "EGFR\tSRC\t1", "SRC\tSRC\t1", "points at itself"),
        ("edges.tsv", "EGFR\tSRC\t1", "EGFR\tRAS\t1", "EGFR -> RAS is listed twice"),
        ("edges.tsv", "EGFR\tSRC\t1", "EGFR\taMEK\t1", "regulates a drug"),
        ("edges.tsv", "EGFR\tSRC\t1", "apoptosis\tSRC\t1", "starts at a phenotype"),
        ("edges.tsv", "EGFR\tSRC\t1", "aMEK\tapoptosis\t1", "from a drug straight to a phenotype"),
        ("prior.tsv", "EGFR\tSRC", "EGFR\tSRCC", "no node 'SRCC'"),
        ("drugs.tsv", "aMEK\tMEK", "MEK\tMEK", "row 1, drug"),
        (
            "edges.tsv",
            "EGFR\tSRC\t1\t0.25",
            "EGFR\tSRC\t1\tbig",
            "edges.tsv, row 1, weight: 'big' is not a number",
        ),
        ("edges.tsv", "EGFR\tSRC\t1\t0.25", "EGFR\tSRC\t1\tinf", "EGFR -> SRC has weight inf"),
        ("edges.tsv", "EGFR\tSRC\t1\t0.25", "EGFR\tSRC", "edges.tsv, row 1, sign: '' is not a number"),
        ("edges.tsv", "EGFR\tSRC\t1\t0.25", "EGFR\tSRC\t1\t0.25\n" + 12 * "9\t", "edges.tsv is no table"),
        ("edges.tsv", "EGFR\tSRC\t1\t", "EGFR\tSRC\t1.5\t", "a sign is neither 1 nor -1"),
        ("prior.tsv", "EGFR\tSRC\t1", "EGFR\tSRC\tup", "prior.tsv, row 1, sign: 'up' is not a number"),
        ("drugs.tsv", "aMEK\tMEK\t-1", "aMEK\tMEK\tdown", "drugs.tsv, row 1, sign: 'down' is not a number"),
        (
            "reference.csv",
            "control,0,0",
            "control,0,none",
            "reference.csv, row 1, EGFR: 'none' is not a number",
        ),
        ("network.toml", "form =", "\udcff\udcfe", "is not TOML: 'utf-8' codec"),
        ("edges.tsv", "EGFR", "\udcff\udcfe", "edges.tsv is no table: 'utf-8' codec"),
        ("reference.csv", "EGFR", "\udcff\udcfe", "reference.csv is no table: 'utf-8' codec"),
        ("reference.csv", "EGFR,SRC", "SRC,EGFR", "columns are not perturbation, dose and then the nodes"),
    ],
)
def test_broken_files_are_refused(tmp_path, file, old, new, message):
    folder = tmp_path / "mapk_pi3k"
    shutil.copytree(shipped_path("networks", "mapk_pi3k"), folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8", errors="surrogateescape")
    with pytest.raises(FileFormatError, match=message):
        networks.read_network(folder)


def test_a_missing_file_is_named(tmp_path):
    folder = Path(shutil.copytree(shipped_path("networks", "mapk_pi3k"), tmp_path / "mapk_pi3k"))
    (folder / "prior.tsv").unlink()
    with pytest.raises(FileFormatError, match=r"the file prior.tsv is missing"):
        networks.read_network(folder)


def test_a_folder_without_a_network_is_told(tmp_path):
    with pytest.raises(FileFormatError, match=r"the file network\.toml is missing"):
        networks.read_network(tmp_path)


nodes = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True)


@settings(max_examples=15)
@given(nodes, st.data())
def test_a_matrix_holds_each_edge_at_its_target_and_source(names, data):
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names))
    weights = data.draw(st.dictionaries(pairs, st.floats(-2, 2).filter(bool), max_size=6))
    edges = pd.DataFrame([(*pair, w) for pair, w in weights.items()], columns=["source", "target", "weight"])
    matrix = networks.weight_matrix(edges, names)
    found = {(names[j], names[i]): matrix[i, j] for i, j in np.argwhere(matrix)}
    assert found == weights
    order = data.draw(st.permutations(range(len(names))))
    turned = networks.weight_matrix(edges.iloc[::-1], [names[k] for k in order])
    np.testing.assert_array_equal(turned, matrix[np.ix_(order, order)])


def test_an_edge_of_no_node_is_told_with_the_nearest():
    edges = pd.DataFrame({"source": ["MEK"], "target": ["ERKK"], "weight": [1.0]})
    with pytest.raises(UnknownNameError, match=r"no node 'ERKK'\. Did you mean 'ERK'"):
        networks.weight_matrix(edges, ["MEK", "ERK"])


def test_one_text_is_no_list_of_nodes():
    edges = pd.DataFrame({"source": ["a"], "target": ["b"], "weight": [0.5]})
    with pytest.raises(InvalidValueError, match="nodes is 'ab'; wanted a list of names"):
        networks.weight_matrix(edges, "ab")
