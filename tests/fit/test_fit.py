import dataclasses

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.fit.fit import arrange, draw_conditions

#: Hardly any penalty: the data have no noise.
FREE = {"l1": 1e-3, "l2": 1e-3, "drug_l2": 1e-3}


@pytest.fixture(scope="module")
def fitted(model, screen):
    return hc.fit(model, screen, steps=300, learning_rate=0.02, **FREE, key=jr.key(1))


def test_a_known_network_is_recovered_from_its_screen(fitted, truth, screen):
    predicted = hc.predict(fitted, screen)
    r = np.corrcoef(predicted.X[:, :4].ravel(), screen.values.ravel())[0, 1]
    assert r > 0.999
    assert fitted.result == "success"
    unseen = [{"d1": -0.8, "d2": 0.5}, {"d2": -0.7, "d3": -0.7}, {"d1": 0.6, "d2": 0.6, "d3": 0.6}]
    found, wanted = (hc.predict(m, unseen).X[:, :4] for m in (fitted, truth))
    assert np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 0.99


def test_loss_falls_and_is_that_of_the_model(fitted, recomputed, screen):
    losses = fitted.history["train_loss"].to_numpy()
    assert len(losses) == 300
    assert losses[-1] < 0.02 * losses[0]
    assert (fitted.history["objective"] > fitted.history["train_loss"]).all()
    assert fitted.loss == losses[-1]
    assert recomputed(fitted.model, screen) == pytest.approx(losses[-1], rel=1e-3)


def test_penalties_weigh_against_the_sum_of_squares(model, screen):
    one = hc.fit(model, screen, steps=1, drug_l2=1.0, l1=0.0, l2=0.0, key=jr.key(1)).history.iloc[0]
    two = hc.fit(model, screen, steps=1, drug_l2=3.0, l1=0.0, l2=0.0, key=jr.key(1)).history.iloc[0]
    from hybridcell.fit.start import start_at_ridge

    started = start_at_ridge(model, screen, np.ones(15), residual_share=0.0)
    size = np.sum(np.asarray(started.response)[:, 4:] ** 2)
    assert one["train_loss"] == two["train_loss"]
    assert two["objective"] - one["objective"] == pytest.approx(2 * size / 60, rel=1e-9)


def test_a_missing_entry_counts_as_little_as_one_without_weight(model, screen, same_bits):
    hidden = np.random.default_rng(0).random((15, 4)) < 0.2
    missing = dataclasses.replace(screen, values=np.where(hidden, np.nan, screen.values))
    weightless = dataclasses.replace(screen, weight=np.where(hidden, 0.0, 1.0))
    wrong = dataclasses.replace(weightless, values=np.where(hidden, 7.0, screen.values))
    fits = [hc.fit(model, data, steps=40, key=jr.key(1)) for data in (missing, weightless, wrong)]
    assert same_bits(fits[0].model, fits[1].model)
    assert same_bits(fits[1].model, fits[2].model)
    assert not same_bits(fits[0].model, hc.fit(model, screen, steps=40, key=jr.key(1)).model)


def test_a_replicate_counts_as_a_weight_of_two(model, screen):
    from hybridcell.data import concatenate

    again = dataclasses.replace(screen.subset([3]), conditions=("again",))
    doubled = hc.fit(model, concatenate(screen, again), steps=40, key=jr.key(1))
    weight = np.ones((15, 4))
    weight[3] = 2.0
    weighted = hc.fit(model, dataclasses.replace(screen, weight=weight), steps=40, key=jr.key(1))
    np.testing.assert_allclose(doubled.model.response, weighted.model.response, atol=1e-9)


def test_measurement_errors_are_weights_of_the_gaussian_loss(model, screen, same_bits):
    sd = np.random.default_rng(0).uniform(0.5, 2.0, (15, 4))
    gaussian = hc.fit(
        model, dataclasses.replace(screen, sd=sd), steps=40, loss="gaussian", start="given", key=jr.key(1)
    )
    weighted = hc.fit(
        model, dataclasses.replace(screen, weight=1 / sd**2), steps=40, start="given", key=jr.key(1)
    )
    np.testing.assert_allclose(gaussian.model.response, weighted.model.response, atol=1e-9)


def test_huber_loss_withstands_an_outlier(model, screen, truth):
    values = screen.values.copy()
    values[4, 1] += 30.0
    spoiled = dataclasses.replace(screen, values=values)
    options = {"steps": 150, "learning_rate": 0.02, **FREE, "start": "given", "key": jr.key(1)}
    wanted = hc.predict(truth, screen).X[:, :4]
    squared, robust = (
        np.mean(
            (
                hc.predict(hc.fit(model, spoiled, loss=loss, huber_delta=0.05, **options), screen).X[:, :4]
                - wanted
            )
            ** 2
        )
        for loss in ("mse", "huber")
    )
    assert robust < 0.1 * squared
    assert robust < 0.02


def test_the_best_snapshot_by_validation_is_kept(model, screen, recomputed):
    _, train, valid = arrange(screen, 0.3, jr.key(3))
    noisy = screen.values + 0.3 * np.random.default_rng(1).normal(size=(15, 4)) * (train > 0)[:, None]
    data = dataclasses.replace(screen, values=noisy)
    stopped = hc.fit(
        model, data, steps=200, learning_rate=0.05, validation=0.3, patience=15, **FREE, key=jr.key(3)
    )
    history = stopped.history
    best = int(history["validation_loss"].argmin())
    assert len(history) == best + 15 + 1 < 200, "it stops 15 steps after the best"
    assert stopped.loss == history["validation_loss"].iloc[best]
    assert recomputed(stopped.model, data, valid > 0) == pytest.approx(stopped.loss, rel=1e-3)
    assert stopped.info["steps"] == len(history)


def test_validation_data_may_be_given(model, screen, recomputed):
    train, valid = screen.subset(np.arange(10)), screen.subset(np.arange(10, 15))
    stopped = hc.fit(model, train, steps=60, validation=valid, key=jr.key(3))
    assert recomputed(stopped.model, valid) == pytest.approx(stopped.loss, rel=1e-3)
    assert recomputed(stopped.model, train) == pytest.approx(
        stopped.history["train_loss"].iloc[int(stopped.history["validation_loss"].argmin())], rel=1e-3
    )
    assert hc.fit(model, train, steps=5, validation=valid.to_anndata(), key=jr.key(3)).result == "success"


def test_without_validation_there_is_no_validation_loss(fitted):
    assert fitted.history["validation_loss"].isna().all()


def test_rows_are_drawn_by_condition_so_that_replicates_stay_together(screen):
    from hybridcell.data import concatenate

    twice = concatenate(screen, dataclasses.replace(screen, conditions=tuple(f"r{i}" for i in range(15))))
    held_out = draw_conditions(twice, 0.3, jr.key(0))
    np.testing.assert_array_equal(held_out[:15], held_out[15:])
    assert held_out.sum() == 2 * round(0.3 * 15)
    assert (draw_conditions(twice, 0.3, jr.key(1)) != held_out).any()


@pytest.mark.parametrize("fraction", [0.01, 0.99])
def test_a_fraction_that_leaves_nothing_is_refused(fraction, model, screen):
    with pytest.raises(DataError, match="at least one of each"):
        hc.fit(model, screen, validation=fraction, key=jr.key(0))


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.2, 3, True])
def test_a_fraction_out_of_range_is_refused(fraction, model, screen):
    with pytest.raises(InvalidValueError, match="validation is"):
        hc.fit(model, screen, validation=fraction, key=jr.key(0))


def test_validation_rows_without_measurements_are_refused(model, screen):
    _, _, valid = arrange(screen, np.float32(0.3), jr.key(3))
    values = np.where(valid[:, None] > 0, np.nan, screen.values)
    with pytest.raises(DataError, match="rows to validate on"):
        hc.fit(model, dataclasses.replace(screen, values=values), validation=0.3, key=jr.key(3))


def test_the_same_key_gives_the_same_bits(model, screen, same_bits):
    one, two = (hc.fit(model, screen, steps=40, validation=0.3, key=jr.key(7)) for _ in range(2))
    other = hc.fit(model, screen, steps=40, validation=0.3, key=jr.key(8))
    assert same_bits(one.model, two.model)
    np.testing.assert_array_equal(one.history, two.history)
    assert not same_bits(one.model, other.model)


def test_stages_have_their_own_rates_and_penalties(model, screen):
    still = hc.fit(model, screen, steps=10, start="given", learning_rate=1e-12, key=jr.key(1))
    np.testing.assert_allclose(still.model.response, model.response, atol=1e-9)
    staged = hc.fit(
        model,
        screen,
        stages=[{"steps": 15, "learning_rate": 1e-12}, {"steps": 30, "learning_rate": 0.05, "drug_l2": 0.0}],
        start="given",
        key=jr.key(1),
    )
    losses = staged.history["train_loss"].to_numpy()
    assert len(losses) == 45
    np.testing.assert_allclose(losses[1:15], losses[14], rtol=1e-3)
    assert losses[-1] < 0.5 * losses[14]


def test_screens_of_any_scale_are_trained(screen):
    """A limit on how unsettled a state may be is relative to the data."""
    large = dataclasses.replace(screen, values=2000.0 * screen.values)
    model = hc.CellBox.from_data(large, key=jr.key(0))
    fitted = hc.fit(model, large, steps=40, key=jr.key(1))
    assert fitted.info["skipped_steps"] == 0
    assert fitted.loss < fitted.history["train_loss"].iloc[0]


def test_steps_that_go_nowhere_are_skipped_and_counted(model, screen):
    wild = hc.fit(model, screen, steps=60, learning_rate=1e6, contraction=None, key=jr.key(1))
    assert wild.info["skipped_steps"] > 0
    assert all(np.isfinite(np.asarray(leaf)).all() for leaf in [wild.model.response, wild.model.epsilon])
    assert (wild.result == "success") == (wild.info["skipped_steps"] <= 30)
    if wild.result != "success":
        assert "lower the learning rate" in wild.result
    assert np.isfinite(wild.loss)


@pytest.mark.parametrize("solve", [None, hc.Solve(method="heun", dt=0.1)], ids=["adaptive", "fixed step"])
def test_times_are_fitted_by_trajectories(solve, model, timed):
    fitted = hc.fit(
        model, timed, steps=120, learning_rate=0.03, **FREE, schedule="constant", solve=solve, key=jr.key(1)
    )
    assert fitted.history["train_loss"].iloc[-1] < 0.03 * fitted.history["train_loss"].iloc[0]
    predicted = hc.predict(fitted, timed, solve=solve)
    error = np.mean((predicted.X[:, :4] - timed.values) ** 2)
    assert error == pytest.approx(fitted.loss, rel=0.3)
    assert np.corrcoef(predicted.X[:, :4].ravel(), timed.values.ravel())[0, 1] > 0.99


def test_a_hybrid_is_fitted_and_its_residual_reported(model, screen):
    hybrid = model + hc.NeuralResidual(width=0, key=jr.key(1))
    fitted = hc.fit(hybrid, screen, steps=60, learning_rate=0.02, key=jr.key(1))
    assert 0 < fitted.residual_share < 1
    assert fitted.history["train_loss"].iloc[-1] < fitted.history["train_loss"].iloc[0]
    weights = fitted.model.residuals[0].network.weights[0].value
    assert np.abs(weights).max() > 0
    strict = hc.fit(hybrid, screen, steps=60, learning_rate=0.02, residual_l2=1e4, key=jr.key(1))
    assert strict.residual_share < 0.5 * fitted.residual_share


def test_fits_of_one_shape_share_one_program(model, screen, fitted, count_programs):
    hc.fit(model, screen, steps=5, key=jr.key(1))
    with count_programs() as compiled:
        hc.fit(model, screen, steps=50, learning_rate=0.1, l1=3.0, clip=1.0, contraction=0.8, key=jr.key(2))
        hc.fit(model, screen.subset(np.arange(12)), steps=30, validation=0.2, patience=5, key=jr.key(3))
    assert not [
        name for name in compiled if "run_blocks" in name or "settle" in name or "first_states" in name
    ]


def test_what_is_no_model_is_refused(screen):
    with pytest.raises(InvalidValueError, match="given a str as model"):
        hc.fit("cellbox", screen, key=jr.key(0))


def test_unknown_option_suggests_the_nearest(model, screen):
    with pytest.raises(UnknownNameError, match="Did you mean 'learning_rate'"):
        hc.fit(model, screen, learningrate=0.1, key=jr.key(0))


def test_text_says_loss_and_result(fitted):
    assert "success" in repr(fitted)
    html = fitted._repr_html_()
    assert "residual share" in html
    assert "15" in html
    assert fitted.best is fitted.model
    assert fitted.resume is None


def test_an_executor_is_for_attempts_of_a_network(model, screen):
    with pytest.raises(InvalidValueError, match=r"fit several members with hc\.fit_ensemble"):
        hc.fit(model, screen, executor=object(), key=jr.key(0))
