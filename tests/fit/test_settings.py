import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.settings import PENALTIES, FitSettings, learning_rates, settings_from


def test_defaults_make_a_table_of_one_stage():
    table = FitSettings().table()
    assert {len(column) for column in table.values()} == {80}
    assert set(table) == {"learning_rate", *PENALTIES}
    assert table["learning_rate"][0] == 0.005
    assert (np.diff(table["learning_rate"]) < 0).all()
    assert (table["drug_l2"] == 1.0).all()


def test_stages_follow_one_another_and_keep_what_they_do_not_set():
    settings = FitSettings(
        l2=0.3,
        schedule="constant",
        stages=[{"steps": 3, "learning_rate": 0.1}, {"steps": 2, "l1": 5.0, "schedule": "exponential"}],
    )
    table = settings.table()
    np.testing.assert_allclose(table["learning_rate"], [0.1, 0.1, 0.1, 0.005, 0.005 * 0.1])
    np.testing.assert_allclose(table["l1"], [0.1, 0.1, 0.1, 5.0, 5.0])
    np.testing.assert_allclose(table["l2"], 0.3)


def test_schedules_start_at_the_rate_and_end_low():
    np.testing.assert_allclose(learning_rates("constant", 0.2, 4), 0.2)
    cosine, exponential = (learning_rates(s, 0.2, 100) for s in ("cosine", "exponential"))
    for rates in (cosine, exponential):
        assert rates[0] == pytest.approx(0.2)
        assert (np.diff(rates) < 0).all()
        assert (rates > 0).all()
    assert cosine[50] == pytest.approx(0.1)
    assert exponential[50] == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "rmse"}, "mse"),
        ({"schedule": "cosin"}, "cosine"),
        ({"start": "rigde"}, "ridge"),
        ({"steps": 0}, "steps"),
        ({"steps": 2.5}, "steps"),
        ({"steps": True}, "steps"),
        ({"iterations": 1.5}, "iterations"),
        ({"learning_rate": -0.1}, "learning_rate"),
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"learning_rate": np.nan}, "learning_rate"),
        ({"l1": -1}, "l1"),
        ({"l1": "0.1"}, "l1"),
        ({"l1": [0.1]}, "l1"),
        ({"drug_l2": np.inf}, "drug_l2"),
        ({"clip": 0.0}, "clip"),
        ({"patience": 0}, "patience"),
        ({"patience": 2.5}, "patience"),
        ({"contraction": 1.0}, "contraction"),
        ({"contraction": "tight"}, "contraction"),
        ({"residual_start": 1.5}, "residual_start"),
        ({"residual_start": None}, "residual_start"),
        ({"huber_delta": 0}, "huber_delta"),
        ({"solve": {"dt": 0.1}}, "Solve"),
        ({"stages": [{"steps": 0}]}, r"stages\[0\].steps"),
        ({"stages": [{}, {"l1": "much"}]}, r"stages\[1\].l1"),
        ({"stages": [{"schedule": "linear"}]}, "schedule"),
        ({"stages": {"steps": 3}}, "list of dicts"),
    ],
)
def test_wrong_settings_are_refused(options, message):
    with pytest.raises(InvalidValueError, match=message):
        settings_from(options)


@pytest.mark.parametrize(
    ("options", "nearest"),
    [
        ({"learning_rates": 1}, "learning_rate"),
        ({"step": 5}, "steps"),
        ({"stages": [{"drugl2": 1}]}, "drug_l2"),
    ],
)
def test_unknown_options_suggest_the_nearest(options, nearest):
    with pytest.raises(UnknownNameError, match=f"Did you mean '{nearest}'"):
        settings_from(options)


def test_settings_become_plain_values():
    import json

    settings = FitSettings(stages=[{"steps": 5}], solve=hc.Solve(dt=0.1), clip=None)
    plain = json.loads(json.dumps(settings.to_dict()))
    assert plain["stages"] == [{"steps": 5}]
    assert plain["solve"]["dt"] == 0.1
    again = FitSettings(**{**plain, "solve": hc.Solve(**plain["solve"])})
    np.testing.assert_array_equal(again.table()["learning_rate"], settings.table()["learning_rate"])
