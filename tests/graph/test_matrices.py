import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell import Ensemble
from hybridcell._core.errors import InvalidValueError, NotConvergedError
from hybridcell.data import as_conditions
from hybridcell.graph.matrices import global_effects, local_effects, structural_effects
from hybridcell.simulate import solve_steady_state
from tests.graph.conftest import WEIGHTS

AT = as_conditions({"aRAF": -0.7})


@pytest.fixture(scope="module")
def hybrid(chain):
    """Return the chain with a linear skip from the drug to growth: a path that no weight shows."""
    import equinox as eqx

    model = chain + hc.NeuralResidual(["aRAF", "RAF"], ["growth"], width=0, bound=None, key=jr.key(0))
    last = lambda m: m.residuals[0].network.weights[0]  # noqa: E731
    return eqx.tree_at(last, model, last(model).with_value(np.array([[0.25, 0.05]])))


def test_structural_is_the_equation(chain):
    ensemble = Ensemble.from_models([chain])
    np.testing.assert_allclose(
        structural_effects(ensemble, AT, response=False).values[0], WEIGHTS, atol=1e-12
    )
    gain = np.array([1.0, 2.0, 2.0, 1.0])
    np.testing.assert_allclose(
        structural_effects(ensemble, AT, response=True).values[0], gain[:, None] * WEIGHTS, atol=1e-12
    )


def test_local_at_the_control_is_the_response_matrix(chain):
    ensemble = Ensemble.from_models([chain])
    local = local_effects(ensemble, as_conditions(None))
    np.testing.assert_allclose(
        local.values, structural_effects(ensemble, AT, response=True).values, atol=1e-10
    )
    assert np.nanmax(local.neural_share) == 0.0


def finite_differences(model, node: int, step: float = 1e-5) -> np.ndarray:
    """Push one input both ways and watch the steady state."""
    u = model.inputs(AT)
    push = np.zeros_like(u)
    push[0, node] = step
    up, down = (solve_steady_state(model, u + s * push).x[0] for s in (1, -1))
    return (up - down) / (2 * step)


@pytest.mark.parametrize("which", ["chain", "hybrid"])
def test_global_response_to_a_drug_is_that_of_the_simulator(which, request):
    model = request.getfixturevalue(which)
    response = global_effects(Ensemble.from_models([model]), AT).values[0]
    np.testing.assert_allclose(response[:3, 3], finite_differences(model, 3)[:3], rtol=1e-5, atol=1e-7)


def test_local_effects_hold_the_neural_part(chain, hybrid):
    effects = local_effects(Ensemble.from_models([hybrid]), AT)
    # growth decays at 0.5, so the skip's 0.25 per unit of u weighs 0.5
    assert effects.values[0, 2, 3] == pytest.approx(0.5)
    assert effects.neural_share[2, 3] == 1.0
    assert 0 < effects.neural_share[2, 0] < 1
    assert effects.neural_share[1, 0] == 0.0
    assert effects.possible[2, 3]
    assert not chain.mask[2, 3]


def test_structural_edges_of_a_hybrid_know_their_neural_share(hybrid):
    effects = structural_effects(Ensemble.from_models([hybrid]), as_conditions(None), response=False)
    # mechanism 2 x 0.1, residual 0.05 / 0.5
    assert effects.neural_share[2, 0] == pytest.approx(0.1 / 0.3)
    np.testing.assert_allclose(effects.values[0], WEIGHTS, atol=1e-12)


def test_several_conditions_are_averaged(chain):
    ensemble = Ensemble.from_models([chain])
    doses = [{"aRAF": -0.7}, {"aRAF": 0.4}]
    apart = [local_effects(ensemble, as_conditions(dose)).values for dose in doses]
    np.testing.assert_allclose(local_effects(ensemble, as_conditions(doses)).values, np.mean(apart, axis=0))


def test_a_model_that_does_not_settle_has_no_local_effects():
    unstable = hc.CellBox(["a", "b"], ["protein"] * 2, [[0, 3.0], [3.0, 0]], envelope="linear")
    ensemble = Ensemble.from_models([unstable])
    with pytest.raises(NotConvergedError, match="structural"):
        local_effects(ensemble, as_conditions(None))


def test_only_a_network_has_structural_edges(chain):
    class Odd:
        def mechanistic_only(self):
            return self

    class Few:
        model = Odd()

    with pytest.raises(InvalidValueError, match="kind='local'"):
        structural_effects(Few(), AT, response=False)  # pyright: ignore[reportArgumentType]


def test_local_responses_follow_from_global_ones_as_modular_response_analysis_says(chain):
    """Kholodenko et al. 2002: r_ij = -(R^-1)_ij / (R^-1)_ii, R being the matrix of global responses."""
    at = {"aRAF": -0.4}
    local, whole = (
        hc.interactions(chain, at=at, kind=kind)._matrix("weight") for kind in ("local", "global")
    )
    # the response of a node to its own push is no edge; it is what a loop leaves of 1
    loops = np.linalg.inv(np.eye(3) - local[:3, :3])
    responses = whole[:3, :3] + np.diag(np.diag(loops))
    inverse = np.linalg.inv(responses)
    found = -inverse / np.diag(inverse)[:, None]
    np.fill_diagonal(found, 0.0)
    np.testing.assert_allclose(found, local[:3, :3], atol=1e-9)
    np.testing.assert_allclose(whole[:3, 3], responses @ local[:3, 3], atol=1e-9)
