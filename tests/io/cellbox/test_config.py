from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import FileFormatError, InvalidValueError
from hybridcell.io.cellbox import CellBoxConfig, read_config

STAGES = [
    {"nT": 100, "sub_stages": [{"lr_val": 0.1, "l1lambda": 0.01, "n_iter_patience": 1000}, {"lr_val": 0.01}]},
    {"nT": 400, "sub_stages": [{"lr_val": 0.001, "n_iter": 30}]},
]


def test_defaults_are_the_originals():
    config = CellBoxConfig()
    assert config.model_options() == {"envelope": "tanh", "degree": 1, "input": "inside", "clamp": False}
    assert config.solve_options() == {"method": "heun", "dt": 0.1}


@pytest.mark.parametrize(
    ("keys", "options"),
    [
        ({"envelope_form": "clip linear"}, {"envelope": "clip"}),
        ({"envelope_form": "hill", "polynomial_k": 2}, {"envelope": "hill", "power": 2}),
        ({"envelope_form": "polynomial", "polynomial_k": 3}, {"envelope": "polynomial", "power": 3}),
        ({"envelope": 1}, {"input": "outside"}),
        ({"envelope": 2}, {"input": "scaled"}),
        ({"ode_degree": 2}, {"degree": 2}),
        ({"pert_form": "fix x"}, {"clamp": True}),
    ],
)
def test_options_make_the_model_that_the_keys_describe(keys, options):
    found = CellBoxConfig(**keys).model_options()
    assert found == {**CellBoxConfig().model_options(), **options}
    model = hc.CellBox(["a", "d"], ["protein", "drug"], np.zeros((2, 2)), **found)
    assert all(getattr(model, name) == value for name, value in options.items())


def test_misspelt_keys_count_with_a_warning(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"envelop_form": "linear", "envelop": 1}))
    with pytest.warns(UserWarning, match="misspelling of 'envelop") as caught:
        config = read_config(path)
    assert len(caught) == 2
    assert (config.envelope_form, config.envelope) == ("linear", 1)


def test_the_right_spelling_wins_over_the_wrong():
    assert CellBoxConfig.from_dict({"envelop": 1, "envelope": 2}).envelope == 2


def test_an_unknown_key_is_left_out_with_the_nearest():
    with pytest.warns(UserWarning, match="'l1lamda'.*Did you mean 'l1lambda'"):
        config = CellBoxConfig.from_dict({"l1lamda": 3.0})
    assert config.l1lambda == 0


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"envelope_form": "tahn"}, "Did you mean 'tanh'"),
        ({"envelope_form": "hill"}, "polynomial_k"),
        ({"envelope": 3}, "envelope is 3"),
        ({"ode_degree": 0}, "ode_degree"),
        ({"ode_solver": "rk45"}, "Did you mean 'rk4'"),
        ({"pert_form": "by x"}, "pert_form"),
        ({"n_protein_nodes": 9, "n_activity_nodes": 8, "n_x": 10}, "increasing order"),
        ({"n_x": 9.5}, "whole numbers"),
        ({"stages": [{"nT": 100}]}, "sub_stages"),
        ({"stages": [{"nT": 100, "sub_stages": [{"lr": 1}]}]}, "lr_val"),
    ],
)
def test_values_that_the_original_refuses(keys, message):
    with pytest.raises(InvalidValueError, match=message):
        CellBoxConfig(**keys)


def test_files_that_are_no_configuration(tmp_path):
    with pytest.raises(FileFormatError, match="no configuration"):
        read_config(tmp_path / "none.json")
    for text, message in (("{", "no JSON"), ("[1]", "list")):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(FileFormatError, match=message):
            read_config(tmp_path / "x.json")


def test_other_models_of_the_original_are_refused():
    with pytest.raises(InvalidValueError, match="LinReg"):
        CellBoxConfig(model="LinReg").model_options()


def test_penalties_against_the_mean_become_penalties_against_the_sum(tiny_screen):
    config = CellBoxConfig(stages=STAGES, l1lambda=1e-4, l2lambda=1e-3, n_iter=40, n_epoch=1000, batchsize=2)
    options = config.fit_options(tiny_screen)
    n_values = int(tiny_screen.observed.sum())
    assert [s["learning_rate"] for s in options["stages"]] == [0.1, 0.01, 0.001]
    np.testing.assert_allclose([s["l1"] / n_values for s in options["stages"]], [0.01, 1e-4, 1e-4])
    np.testing.assert_allclose([s["l2"] / n_values for s in options["stages"]], 1e-3)
    assert options["validation"] == 0.2
    # 6 rows, 4.8 of them to train on in batches of 2: three minibatches are one pass
    assert [s["steps"] for s in options["stages"]] == [14, 14, 10]
    assert config.end_time() == pytest.approx(40.0)


def test_the_options_are_those_of_fit(tiny_screen):
    from hybridcell.fit.settings import settings_from

    options = CellBoxConfig(stages=STAGES).fit_options(tiny_screen, steps=7)
    options.pop("validation")
    table = settings_from(options).table()
    assert len(table["learning_rate"]) == 21


def test_a_schedule_needs_stages_and_lengths(tiny_screen):
    with pytest.raises(InvalidValueError, match="no stages"):
        CellBoxConfig().fit_options(tiny_screen)
    with pytest.raises(InvalidValueError, match="n_iter"):
        CellBoxConfig(stages=STAGES[:1]).fit_options(tiny_screen)
    with pytest.raises(InvalidValueError, match="nT"):
        CellBoxConfig().end_time()


def test_right_configurations_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CellBoxConfig.from_dict(
            {"n_x": 3, "n_protein_nodes": 1, "n_activity_nodes": 2, "envelope_form": "tanh"}
        )
