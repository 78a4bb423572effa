from __future__ import annotations

from typer.testing import CliRunner

import hybridcell as hc
from hybridcell._core.errors import UnknownNameError
from hybridcell.cli.app import app

runner = CliRunner()


def test_all_networks_are_listed_with_their_kind():
    result = runner.invoke(app, ["networks"])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert sorted(line.split()[0] for line in lines) == sorted(hc.networks.available())
    assert lines[0].split()[:2] == ["mapk_pi3k", "interactions"]
    assert any(line.startswith("repressilator ") and "Ring of three" in line for line in lines)


def test_one_network_is_shown_and_how_to_load_it():
    shown = runner.invoke(app, ["networks", "repressilator"]).output
    assert "repressilator: reaction network" in shown
    assert "hc.networks.load('repressilator')" in shown
    assert "aBRAF" in runner.invoke(app, ["networks", "mapk_pi3k"]).output
    failed = runner.invoke(app, ["networks", "represilator"])
    assert failed.exit_code == 1
    assert isinstance(failed.exception, UnknownNameError)
    assert "'repressilator'" in str(failed.exception)
