from __future__ import annotations

import hashlib
import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler

import pooch
import pytest

from hybridcell._core.config import config
from hybridcell._core.errors import DataError
from hybridcell.data.datasets._fetch import RemoteFile, fetch, local_file, places_of

TEXT = b"1,2\n3,4\n"
SHA256 = hashlib.sha256(TEXT).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "table.csv").write_bytes(TEXT)
    with HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}/"
        httpd.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def places(monkeypatch, tmp_path):
    monkeypatch.delenv("HYBRIDCELL_DATA", raising=False)
    monkeypatch.setattr(config, "cache_dir", tmp_path / "cache")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    pooch.get_logger().setLevel("ERROR")


def test_a_file_is_downloaded_once(server, tmp_path, monkeypatch):
    files = {"table.csv": RemoteFile(server + "table.csv", SHA256)}
    path = fetch("set", files)["table.csv"]
    assert path == tmp_path / "cache" / "data" / "set" / "table.csv"
    assert path.read_bytes() == TEXT
    (tmp_path / "served" / "table.csv").unlink()
    assert fetch("set", files)["table.csv"] == path


def test_a_download_with_another_hash_is_refused_and_not_kept(server, tmp_path):
    with pytest.raises(DataError, match=r"could not be downloaded.*hash"):
        fetch("set", {"table.csv": RemoteFile(server + "table.csv", "0" * 64)})
    assert not list((tmp_path / "cache").rglob("*.csv"))


def test_a_missing_page_says_where_to_put_the_file(server):
    with pytest.raises(DataError, match=r"Put it into \$HYBRIDCELL_DATA/set/"):
        fetch("set", {"none.csv": RemoteFile(server + "none.csv", SHA256)})


def test_the_folder_of_the_user_comes_first(monkeypatch, tmp_path):
    (tmp_path / "mine" / "set").mkdir(parents=True)
    (tmp_path / "mine" / "set" / "table.csv").write_bytes(TEXT)
    monkeypatch.setenv("HYBRIDCELL_DATA", str(tmp_path / "mine"))
    files = {"table.csv": RemoteFile("http://127.0.0.1:9/unreachable", SHA256)}
    assert fetch("set", files)["table.csv"] == tmp_path / "mine" / "set" / "table.csv"


def test_a_local_file_with_another_hash_is_refused(monkeypatch, tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "table.csv").write_bytes(b"other")
    monkeypatch.setenv("HYBRIDCELL_DATA", str(tmp_path))
    found = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(DataError, match=f"SHA-256 is {found}, wanted {SHA256}"):
        fetch("set", {"table.csv": RemoteFile("http://127.0.0.1:9/unreachable", SHA256)})


def test_a_file_that_is_not_downloaded_is_looked_for_with_the_user_first(monkeypatch, tmp_path):
    cached = tmp_path / "cache" / "data" / "set"
    assert places_of("set") == [cached]
    with pytest.raises(DataError, match=f"a.csv of the set is not here; looked in {cached}. Put it there"):
        local_file("set", "a.csv", whose="the set", source="It is nowhere.")
    cached.mkdir(parents=True)
    (cached / "a.csv").write_bytes(TEXT)
    assert local_file("set", "a.csv", whose="the set", source="") == cached / "a.csv"
    mine = tmp_path / "mine" / "set"
    mine.mkdir(parents=True)
    monkeypatch.setenv("HYBRIDCELL_DATA", str(tmp_path / "mine"))
    assert places_of("set") == [mine, cached]
    assert local_file("set", "a.csv", whose="the set", source="") == cached / "a.csv"
    (mine / "a.csv").write_bytes(TEXT)
    assert local_file("set", "a.csv", whose="the set", source="") == mine / "a.csv"
    with pytest.raises(DataError, match=rf"looked in {mine} and {cached}.*holds set. It is nowhere\.$"):
        local_file("set", "b.csv", whose="the set", source="It is nowhere.")
