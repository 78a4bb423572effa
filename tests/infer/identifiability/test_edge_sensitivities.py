import numpy as np
import pytest

import hybridcell as hc
from hybridcell.infer.identifiability.edge_sensitivities import edge_sensitivities

NAMES, KINDS = ["A", "B", "C", "d"], ["protein", "protein", "protein", "drug"]
WEIGHTS = np.array([[0, 0.3, 0, 0.8], [0.6, 0, -0.4, 0], [0, 0.5, 0, 0.0], [0, 0, 0, 0]])
GIVEN = [{"d": -1.0}, {"d": -0.3, "B": 0.4}]


@pytest.mark.parametrize(
    "options", [{}, {"degree": 2}, {"input": "outside"}, {"clamp": True, "envelope": "polynomial"}]
)
def test_against_differences(options):
    rates = {"epsilon": [1.0, 1.5, 0.8, 1.0], "alpha": [1.0, 0.7, 1.2, 1.0]}

    def made(weights):
        return hc.CellBox(NAMES, KINDS, weights, mask=WEIGHTS != 0, **rates, **options)

    model = made(WEIGHTS)
    from hybridcell.data import as_conditions

    u = model.inputs(as_conditions(GIVEN))
    steady = lambda w: np.asarray(hc.predict(made(w), GIVEN).X)  # noqa: E731
    outward, read = edge_sensitivities(model, model, steady(WEIGHTS), u)
    gain = np.asarray(model.gain)
    for i, j in np.argwhere(WEIGHTS):
        step = np.zeros((4, 4))
        step[i, j] = 1e-4
        slope = (steady(WEIGHTS + step) - steady(WEIGHTS - step)) / 2e-4
        found = outward[:, :, i] * read[:, i, j][:, None] * gain[i]
        np.testing.assert_allclose(found, slope, atol=2e-6)
