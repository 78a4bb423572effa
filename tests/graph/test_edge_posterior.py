import numpy as np
import pytest

from hybridcell.graph.edge_posterior import edge_posterior


def test_it_finds_the_weights_and_the_noise(small_screen):
    network, screen, model = small_screen
    found = edge_posterior(model, screen, prior_sd=2.0, max_steps=30, progress=False)
    truth = network.weights[found.target, found.source]
    z = (found.weight - truth) / found.weight_sd
    assert np.abs(z).max() < 4.0
    assert np.std(z) < 1.3
    sure = found.weight_sd < 0.1
    assert sure.sum() >= 5
    np.testing.assert_allclose(found.weight[sure], truth[sure], atol=0.3)
    noise = np.sqrt(np.mean(np.square(screen.sd[:, :6])))
    assert found.sigma == pytest.approx(noise, rel=0.25)


def test_a_weaker_prior_never_makes_an_edge_surer(small_screen):
    _, screen, model = small_screen
    wide, narrow = (
        edge_posterior(model, screen, prior_sd=sd, max_steps=30, progress=False) for sd in (2.0, 0.1)
    )
    assert (narrow.response_sd <= 0.1 + 1e-9).all()
    assert wide.response_sd.mean() > narrow.response_sd.mean()
