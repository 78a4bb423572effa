"""Every simulation belongs to one piece, and drugs alone to the first block."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hybridcell.therapy.screen.blocks import Blocks


@given(st.integers(1, 300), st.integers(5, 100_000), st.integers(3, 40_000))
def test_pieces_cover_the_screen_once(n_members, n_conditions, n_alone):
    blocks = Blocks(n_members, n_conditions, min(n_alone, n_conditions))
    assert blocks.width >= blocks.n_alone
    members = np.concatenate([np.r_[blocks.members(g)] for g in range(blocks.n_groups)])
    conditions = np.concatenate([np.r_[blocks.conditions(b)] for b in range(blocks.n_blocks)])
    np.testing.assert_array_equal(members, np.arange(n_members))
    np.testing.assert_array_equal(conditions, np.arange(n_conditions))
    assert blocks.total == blocks.n_groups * blocks.n_blocks
