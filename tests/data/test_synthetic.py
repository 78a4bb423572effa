from __future__ import annotations

import anndata
import numpy as np
import pytest

from hybridcell._core.errors import DataError, InvalidValueError, NotConvergedError, UnknownNameError
from hybridcell.data import as_perturbation_data, networks, simulate_screen, truth_edges


def two_drugs(noise=0.0, **options):
    """One protein, one drug in closed form: x_drug = tanh(u), x_P = tanh(w tanh(u))."""
    weights = np.zeros((3, 3))
    weights[0, 1], weights[0, 2] = 0.7, -0.4
    network = (["P", "D1", "D2"], ["protein", "drug", "drug"], weights, 1.0, 1.0)
    return simulate_screen(network, noise=noise, **options)


def test_steady_states_in_closed_form():
    adata = two_drugs(doses=[0.5, 2.0])
    drugs = np.tanh(adata.obsm["doses"].to_numpy())
    np.testing.assert_allclose(adata[:, ["D1", "D2"]].X, drugs, atol=1e-12)
    np.testing.assert_allclose(adata[:, "P"].X[:, 0], np.tanh(drugs @ [0.7, -0.4]), atol=1e-12)


def test_trajectories_in_closed_form():
    times = [0.0, 0.3, 2.0]
    adata = two_drugs(doses=[1.0], order=1, times=times)
    strength = adata.obsm["doses"]["D1"].to_numpy()
    wanted = np.tanh(strength) * (1 - np.exp(-adata.obs["time"].to_numpy()))
    np.testing.assert_allclose(adata[:, "D1"].X[:, 0], wanted, atol=1e-8)
    assert adata.obs["time"].tolist() == times * 3


def test_long_trajectories_end_in_the_steady_states():
    entry = networks.load("mapk_pi3k")
    options = {"drugs": ["aMEK", "amTOR"], "doses": [1.0], "noise": 0.0}
    late = simulate_screen(entry, times=[400.0], **options)
    np.testing.assert_allclose(late.X, simulate_screen(entry, **options).X, atol=1e-8)


def test_the_design():
    adata = two_drugs(doses=[2.0, 0.5])
    assert adata.obs["perturbation"].tolist() == ["control"] + ["D1"] * 2 + ["D2"] * 2 + ["D1+D2"] * 4
    assert adata.obs["dose"].tolist() == ["0", "0.5", "2", "0.5", "2", "0.5+0.5", "0.5+2", "2+0.5", "2+2"]
    assert (adata.obsm["doses"].to_numpy() <= 0).all()
    assert not np.signbit(adata.obsm["doses"].to_numpy()[0]).any()
    data = as_perturbation_data(adata)
    assert (data.input, data.control) == ("strength", "measured")
    assert two_drugs(order=5).n_obs == 9
    assert two_drugs(order=1).n_obs == 5
    assert two_drugs(drugs=["D2"], doses=[1.0]).obs["perturbation"].tolist() == ["control", "D2"]


def test_noise_has_the_stated_size_and_spares_the_drug_nodes():
    clean = two_drugs(doses=[0.5, 2.0])
    noisy = two_drugs(noise=(0.2, 0.1), doses=[0.5, 2.0], replicates=400, seed=1)
    assert noisy.obs["replicate"].nunique() == 400
    truth = np.repeat(clean.X, 400, axis=0)
    np.testing.assert_allclose(noisy.layers["sd"], np.sqrt(0.04 + 0.01 * truth**2))
    z = (noisy.X - truth)[:, 0] / noisy.layers["sd"][:, 0]
    assert abs(z.mean()) < 5 / np.sqrt(len(z))
    assert abs(z.std() - 1) < 5 / np.sqrt(2 * len(z))
    assert (noisy.X[:, 1:] == truth[:, 1:]).all()
    assert "sd" not in clean.layers


def test_missing_values():
    adata = two_drugs(replicates=500, missing=0.3, noise=np.float32(0.1))
    assert np.isnan(adata.X[:, 0]).mean() == pytest.approx(0.3, abs=0.05)
    assert not np.isnan(adata.X[:, 1:]).any()


def test_the_seed_decides():
    first, again, other = (two_drugs(noise=0.1, seed=s).X for s in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_the_truth_survives_a_file(tmp_path):
    entry = networks.load("mapk_pi3k")
    adata = simulate_screen(entry, drugs=["aMEK"], doses=[1.0], replicates=2)
    adata.write_h5ad(tmp_path / "screen.h5ad")
    edges = truth_edges(anndata.read_h5ad(tmp_path / "screen.h5ad"))
    wanted = entry.edges.sort_values(["source", "target"])
    found = edges.sort_values(["source", "target"])
    assert found.to_numpy().tolist() == wanted[["source", "target", "sign", "weight"]].to_numpy().tolist()
    del adata.uns["hybridcell"]["truth"]
    with pytest.raises(DataError, match="carry no truth"):
        truth_edges(adata)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"drugs": ["d1"]}, UnknownNameError, "no drug 'd1'. Did you mean 'D1'"),
        ({"drugs": []}, InvalidValueError, "nothing to screen"),
        ({"doses": [0.0]}, InvalidValueError, "positive numbers"),
        ({"doses": []}, InvalidValueError, "positive numbers"),
        ({"doses": [1.0, 1.0]}, InvalidValueError, "every level must come once"),
        ({"order": 0}, InvalidValueError, "order is 0"),
        ({"noise": -0.1}, InvalidValueError, "noise is -0.1"),
        ({"noise": True}, InvalidValueError, "noise is True"),
        ({"noise": "ab"}, InvalidValueError, "noise is 'ab'"),
        ({"missing": 1.0}, InvalidValueError, "missing is 1.0"),
        ({"times": [-1.0]}, InvalidValueError, "times is"),
        ({"times": [1.0, 1.0]}, InvalidValueError, "every time must come once"),
    ],
)
def test_options_out_of_range_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        two_drugs(**options)


def test_networks_that_make_no_sense_are_refused():
    with pytest.raises(InvalidValueError, match="The network is str"):
        simulate_screen("mapk_pi3k")
    with pytest.raises(InvalidValueError, match=r"weights of shape \(2, 2\)"):
        simulate_screen((["A"], ["drug"], np.zeros((2, 2)), 1.0, 1.0))
    with pytest.raises(InvalidValueError, match="alpha positive"):
        simulate_screen((["A"], ["drug"], np.zeros((1, 1)), 1.0, 0.0))


def test_an_oscillating_network_is_refused():
    weights = np.zeros((4, 4))
    for i in range(3):
        weights[(i + 1) % 3, i] = -4.0
    weights[0, 3] = 1.0
    network = (["A", "B", "C", "D"], ["protein"] * 3 + ["drug"], weights, 1.0, 1.0)
    with pytest.raises(NotConvergedError, match="oscillates or grows"):
        simulate_screen(network, doses=[1.0])


def test_one_drug_is_given_as_a_list():
    with pytest.raises(InvalidValueError, match="drugs is 'aMEK'; wanted a list of names"):
        simulate_screen(networks.load("mapk_pi3k"), drugs="aMEK")
