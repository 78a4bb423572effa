"""Results say when each part was measured, and on what."""

import pytest
import report

from hybridcell._core.errors import DataError


def test_parts_that_ran_get_a_new_stamp_and_others_keep_theirs(monkeypatch):
    now = {"date": "2030-02-02", "machine": "abacus", "processor": "beads", "python": "3.99"}
    monkeypatch.setattr(report, "machine", lambda: dict(now))
    last = {
        "date": "2030-01-01",
        "machine": "slate",
        "results": {"old": 1, "older": 2, "again": 3},
        "parts": {"older": {"date": "2029-01-01"}},
    }
    stamps = report.stamped(last, ["again", "new"])
    assert stamps["old"] == {"date": "2030-01-01", "machine": "slate", "processor": ""}
    assert stamps["older"] == {"date": "2029-01-01"}
    assert stamps["again"] == stamps["new"] == {k: now[k] for k in ("date", "machine", "processor")}


def test_a_page_of_tables_is_markdown():
    text = report.page(
        "speed", [("Solves", ["what", "ms"], [["ours", 1.25], ["theirs", 123.456]])], "Made now."
    )
    assert text.splitlines() == [
        "# speed", "", "Made now.", "", "## Solves", "", "| what | ms |", "|---|---|", "| ours | 1.2500 |",
        "| theirs | 123.5 |",
    ]  # fmt: skip


def test_a_processor_has_a_name():
    assert report.processor()


def test_parts_without_their_data_are_left_out_with_a_word(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("HYBRIDCELL_DATA", str(tmp_path))
    (tmp_path / "here").mkdir()
    found = report.run_where_data_are("speed", ["here", "missing"], report.data_folder)
    assert found == {"here": tmp_path / "here"}
    assert capsys.readouterr().out == (
        "speed, missing is left out: set HYBRIDCELL_DATA to a folder that has missing.\n"
    )
    monkeypatch.delenv("HYBRIDCELL_DATA")
    assert report.run_where_data_are("speed", ["here"], report.data_folder) == {}


def test_what_goes_wrong_with_data_that_are_there_is_no_part_left_out():
    def damaged(part):
        raise DataError(f"{part} has no times.")

    with pytest.raises(DataError, match="no times"):
        report.run_where_data_are("speed", ["here"], damaged)
