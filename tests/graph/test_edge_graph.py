import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from tests.graph.conftest import WEIGHTS


def test_columns_as_matrices_are_the_weights(chain_graph):
    np.testing.assert_allclose(chain_graph._matrix("weight"), WEIGHTS, atol=1e-12)
    target, source = chain_graph._ends()
    assert target[0] == 0
    assert source[0] == 3


def test_what_needs_members_or_a_model_says_so(chain_graph, trio_graph):
    from dataclasses import replace

    assert trio_graph.n_members == 3
    with pytest.raises(InvalidValueError, match="sign_stability needs several members"):
        chain_graph._need_members("sign_stability")
    with pytest.raises(InvalidValueError, match="no effect to tell"):
        replace(chain_graph, _ensemble=None)._need_model("effect to tell")
