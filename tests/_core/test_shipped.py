from __future__ import annotations

import pytest

from hybridcell._core import shipped
from hybridcell._core.errors import HybridCellError, InvalidValueError, UnknownNameError


def test_networks_of_the_checkout_are_found():
    assert "mapk_pi3k" in shipped.shipped_names("networks")
    assert (shipped.shipped_path("networks", "mapk_pi3k") / "network.toml").is_file()


def test_recipes_are_listed_by_stem():
    names = shipped.shipped_names("training")
    assert all(shipped.shipped_path("training", name).suffix == ".toml" for name in names)


def test_an_unknown_entry_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match=r"no network 'mapk_pi3'. Did you mean 'mapk_pi3k'"):
        shipped.shipped_path("networks", "mapk_pi3")


def test_an_unknown_kind_is_refused():
    with pytest.raises(InvalidValueError, match="Did you mean 'networks'"):
        shipped.shipped_folder("network")


def _pretend_package(monkeypatch, root):
    (root / "hybridcell" / "_core").mkdir(parents=True)
    monkeypatch.setattr(shipped, "__file__", str(root / "hybridcell" / "_core" / "shipped.py"))


def test_a_wheel_is_searched_before_what_lies_beside_it(monkeypatch, tmp_path):
    _pretend_package(monkeypatch, tmp_path)
    (tmp_path / "hybridcell" / "_shipped" / "training").mkdir(parents=True)
    (tmp_path / "hybridcell" / "_shipped" / "training" / "one.toml").touch()
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "other.toml").touch()
    assert shipped.shipped_names("training") == ("one",)


def test_a_missing_folder_says_where_it_was_sought(monkeypatch, tmp_path):
    _pretend_package(monkeypatch, tmp_path)
    with pytest.raises(HybridCellError, match=r"'training' that ships with hybridcell is missing.*_shipped"):
        shipped.shipped_folder("training")
