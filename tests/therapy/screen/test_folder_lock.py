"""One holder at a time; a holder that failed holds nothing."""

from __future__ import annotations

import pytest

from hybridcell._core.errors import HybridCellError
from hybridcell.therapy.screen.folder_lock import folder_lock


def test_a_folder_has_one_holder(tmp_path):
    with folder_lock(tmp_path):
        with pytest.raises(HybridCellError, match=r"written by this process \(\d+\)"), folder_lock(tmp_path):
            pass
        with pytest.raises(HybridCellError, match="another out="), folder_lock(tmp_path / "x" / ".."):
            pass
    with pytest.raises(ZeroDivisionError), folder_lock(tmp_path):
        raise ZeroDivisionError
    with folder_lock(tmp_path):
        pass


def test_a_folder_that_is_not_there_cannot_be_held(tmp_path):
    with pytest.raises(OSError, match="No such file"), folder_lock(tmp_path / "missing"):
        pass
