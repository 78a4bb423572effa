import numpy as np
import pytest

from hybridcell.data import as_conditions, as_perturbation_data
from hybridcell.infer.design.continuous import AtSteadyState
from hybridcell.infer.design.screen_outlook import ScreenKnowledge, fisher_outlook, make_case
from hybridcell.infer.design.screen_prior import prior_sd


@pytest.fixture(scope="module")
def case(fitted, screen):
    pool = as_conditions([{"aMEK": -1.0}, {"amTOR": -1.0}])
    data = as_perturbation_data(screen)
    return make_case(fitted.model, data, pool, readouts=["ERK", "AKT"], noise=None, settings={})


def test_noise_is_that_of_the_data_and_is_no_belief_about_numbers(case, screen):
    place = [list(screen.var_names).index(name) for name in ("ERK", "AKT")]
    np.testing.assert_allclose(case.noise, np.median(screen.layers["sd"], axis=0)[place])
    known = ScreenKnowledge(case)
    assert (known.sd > 0).all()
    # effects of drugs that were fitted say how large others may be, a ridge of 1 would say: as the noise
    theta = known.slopes.theta
    informed = np.any(known.measured != 0, axis=0)
    wide = prior_sd(known.free, known.frame, 10 * theta, informed, noise=0.05, settings={})
    ridge = wide != 0.5
    np.testing.assert_allclose(wide[ridge].max(), 10 * known.sd[ridge].max(), rtol=1e-6)


def test_outlook_is_the_formula_with_what_was_measured(case):
    found, known = fisher_outlook(case), ScreenKnowledge(case)
    asked, usable = known.scaled(case)
    assert usable.all()
    rows = asked.reshape(-1, asked.shape[2])
    left = np.eye(len(known.measured)) + known.measured @ known.measured.T
    seen = rows @ known.measured.T
    wanted = rows @ rows.T - seen @ np.linalg.solve(left, seen.T)
    features = found.features.reshape(len(rows), -1)
    np.testing.assert_allclose(features @ features.T, wanted, rtol=1e-5, atol=1e-6 * wanted.max())


def test_continuous_gains_shrink_once_taken(case):
    gains = AtSteadyState(case, ["amTOR"], {}, None)
    x = np.array([-1.0])
    before = gains.values(x[None])[0]
    gains.take(x)
    assert gains.values(x[None])[0] < 0.5 * before
