from __future__ import annotations

import http.server
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from openglue.clients import Hold, NoServiceError, answers, find, named_endpoint


class Page(http.server.BaseHTTPRequestHandler):
    """Another program: it answers everything with 200 and a page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"" if self.server.is_ours else b"<html>")  # type: ignore[attr-defined]  # set below

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[http.server.HTTPServer]:
    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        server.is_ours = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _url(server: http.server.HTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def test_another_programs_page_is_not_taken_for_a_service(server: http.server.HTTPServer):
    assert answers(_url(server))
    server.is_ours = False
    assert not answers(_url(server))


@pytest.mark.parametrize("url", ["", "127.0.0.1:1", "ftp://127.0.0.1", "http://127.0.0.1:1", "http://127.0.0.1:x"])
def test_what_is_no_service_does_not_answer(url: str):
    assert not answers(url)


def test_the_first_variable_that_is_set_names_the_service(server: http.server.HTTPServer):
    url = _url(server)
    environ = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_GLUE": f"{url}/", "OPENGLUE_ENDPOINT": ""}
    assert named_endpoint(None, environ) == url
    assert named_endpoint(url, {"OPENGLUE_ENDPOINT": "http://127.0.0.1:1"}) == url
    assert named_endpoint(None, {}) is None
    with pytest.raises(NoServiceError, match=r"http://127\.0\.0\.1:1, which OPENGLUE_ENDPOINT names"):
        named_endpoint(None, {"OPENGLUE_ENDPOINT": "http://127.0.0.1:1"})


def test_a_data_directory_is_served_where_its_server_says(tmp_path: Path, server: http.server.HTTPServer):
    with pytest.raises(NoServiceError, match="no service serves"):
        find(data=tmp_path)
    file = tmp_path / "server.json"
    file.write_text(json.dumps({"url": _url(server), "pid": os.getpid()}))
    # The environment names another one, but the directory was named outright.
    assert find(data=tmp_path, environ={"OPENGLUE_ENDPOINT": "http://127.0.0.1:1"}) == _url(server)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"url": "http://127.0.0.1:1"}', '{"url": "x", "pid": "y"}'])
def test_a_server_file_that_says_nothing_is_passed_over(tmp_path: Path, content: str):
    (tmp_path / "server.json").write_text(content)
    with pytest.raises(NoServiceError):
        find(data=tmp_path)


def test_what_a_killed_server_left_is_not_believed(tmp_path: Path, server: http.server.HTTPServer):
    gone = subprocess.Popen(["true"])
    gone.wait()
    (tmp_path / "server.json").write_text(json.dumps({"url": _url(server), "pid": gone.pid}))
    with pytest.raises(NoServiceError):
        find(data=tmp_path)


def test_users_share_the_hold_and_the_ending_service_excludes_them(tmp_path: Path):
    import fcntl

    first, second = Hold.take(tmp_path), Hold.take(tmp_path)
    assert first is not None
    assert second is not None
    service = os.open(first.file, os.O_RDWR)
    with pytest.raises(BlockingIOError):
        fcntl.flock(service, fcntl.LOCK_EX | fcntl.LOCK_NB)
    first.release()
    second.release()
    fcntl.flock(service, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert Hold.take(tmp_path) is None
    os.close(service)
