import numpy as np

from hybridcell.infer.identifiability.linked import linked


def test_groups_by_links_and_leaves_others_out():
    null = np.zeros((6, 2))
    null[[0, 3], 0] = 0.5**0.5
    null[[1, 2, 5], 1] = 3**-0.5
    assert linked(null @ null.T) == [[0, 3], [1, 2, 5]]
    assert linked(np.zeros((3, 3))) == []
