"""How close is close: the tolerances of all tests, by what is compared with what.

Each is meant for ``np.testing.assert_allclose(found, wanted, **TOLERANCE)``.
"""

#: Against a formula written down in the test, in float64.
ANALYTIC = {"rtol": 1e-12, "atol": 1e-12}
#: Against another program that computes the same thing (the original, a reference solver).
ORACLE = {"rtol": 1e-9, "atol": 1e-9}
#: A gradient against central differences with a step of about 1e-6.
GRADIENT = {"rtol": 1e-5, "atol": 1e-7}
#: A computation in single precision against the same in double.
FLOAT32 = {"rtol": 2e-5, "atol": 2e-6}
#: A loss or a score after training, which moves with the release of every library below us.
FITTED = {"rtol": 0.05, "atol": 1e-3}
