"""Every command before files that are not what it wants: one line, no traceback, the right exit code."""

from __future__ import annotations

import sys

import pytest
from typer.testing import CliRunner

from hybridcell.cli import main
from hybridcell.cli.app import app

#: Commands that take a file, with what else they must be given.
COMMANDS = {
    "fit": ("{file}", "-o", "{out}.hc"),
    "graph": ("{file}", "-o", "{out}.json"),
    "screen": ("{file}", "--readout", "growth", "-o", "{out}.csv"),
    "export": ("{file}", "-o", "{out}.xml"),
    "run": ("{file}",),
    "simulate": ("{file}", "--end", "1", "-o", "{out}.csv"),
    "info": ("{file}",),
    "petab check": ("{file}",),
}
CONTENTS = {
    "empty": b"",
    "text": "hello: wörld\n".encode(),
    "bytes": bytes(range(256)) * 4,
    "zip": b"PK\x03\x04" + b"\0" * 60,
    "hdf5": b"\x89HDF\r\n\x1a\n" + b"\0" * 60,
    "xml": b"<a><b></a>",
    "deep": b"[" * 50_000,
}
#: The suffix by which each command takes a file for its own.
SUFFIXES = {
    "fit": ".h5ad", "graph": ".hc", "screen": ".hc", "export": ".hc", "run": ".toml", "simulate": ".xml",
    "info": ".xml", "petab check": ".yaml",
}  # fmt: skip


def _told(command, file, out, capsys, monkeypatch):
    """Run a command as the program does; return its exit code and what it says in its one line."""
    words = [word.format(file=file, out=out) for word in COMMANDS[command]]
    monkeypatch.setattr(sys, "argv", ["hybridcell", *command.split(), *words])
    monkeypatch.delenv("HYBRIDCELL_DEBUG", raising=False)
    with pytest.raises(SystemExit) as stopped:
        main()
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert not list(out.parent.glob("out.*"))
    return stopped.value.code, said.err


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_another_thing_is_told_in_one_line(tmp_path, command, content, capsys, monkeypatch):
    file = tmp_path / f"strange{SUFFIXES[command]}"
    file.write_bytes(CONTENTS[content])
    code, said = _told(command, file, tmp_path / "out", capsys, monkeypatch)
    assert code == 1
    assert said.startswith("hybridcell: ")
    assert len(said.strip().splitlines()) == 1
    assert len(said) < 800
    if command == "run" and content == "empty":  # TOML without a word is TOML
        assert "[data] is missing" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_not_there_and_a_folder_are_told(tmp_path, command, capsys, monkeypatch):
    (tmp_path / f"folder{SUFFIXES[command]}").mkdir()
    for name in ("absent", "folder"):
        file = tmp_path / f"{name}{SUFFIXES[command]}"
        code, said = _told(command, file, tmp_path / "out", capsys, monkeypatch)
        assert code in (1, 2)
        assert name in said.replace("\n", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["simulat"], "simulate"),
        (["simulate", "x.xml", "--ende", "1"], "--end"),
        (["simulate", "x.xml", "--end", "soon"], "--end"),
        (["simulate", "x.xml"], "Missing option '--end'"),
        (["fit"], "Missing argument"),
        (["fit", "x.h5ad", "-o", "f.hc", "--members", "many"], "--members"),
        (["info"], "Missing argument"),
    ],
)
def test_wrong_words_are_a_wrong_usage(words, said):
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize("text", ["k1", "=1", "k1=", "k1=fast", "k1=1_0", "k1=0,5"])
def test_a_change_is_an_id_and_a_number(tmp_path, text):
    from hybridcell.cli.simulate import _assignment

    if text == "=1":  # an id without letters is looked up, and not found, in the model
        assert _assignment(text) == ("", 1.0)
        return
    with pytest.raises(ValueError, match=r"--set .* (is no number|has no '='); wanted ID=NUMBER"):
        _assignment(text)
    assert _assignment(" k1 = 1e-3 ") == ("k1", 1e-3)
