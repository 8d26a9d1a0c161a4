"""`openglue.client()`: a service that is there, or one that lives and dies with its users."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import openglue as package
from openglue.clients import DEFAULT_URL, StartError, answers, connect
from openglue.process import identify

#: Connects, says to what, and goes on until its input ends.
USER = """
import sys
from pathlib import Path
from openglue.clients import connect
connection = connect(Path(sys.argv[1]))
print(connection.url, connection.pid, flush=True)
sys.stdin.read()
"""


class User:
    """Another process that uses the service of a data directory."""

    def __init__(self, data: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url, self.service = self.process.stdout.readline().split()

    def leave(self) -> None:
        self.process.communicate(timeout=40)


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Callable[[], User]]:
    users: list[User] = []

    def start() -> User:
        users.append(User(tmp_path / "data"))
        return users[-1]

    yield start
    for each in users:
        each.leave()


def test_two_clients_of_a_process_use_one_service(tmp_path: Path):
    connection = connect(tmp_path / "data")
    try:
        assert connection.started
        assert connect(tmp_path / "data") is connection
        connection.client("glue").create_job(Name="j", Role="r", Command={"Name": "pythonshell"})
        assert connect(tmp_path / "data").client("glue").get_job(JobName="j")["Job"]["Name"] == "j"
    finally:
        connection.close()
    assert connection.pid is not None
    assert identify(connection.pid) is None
    assert not answers(connection.url)


def test_a_service_ends_with_its_user_however_that_ends(user: Callable[[], User], wait_for: Callable[..., Any]):
    first = user()
    assert answers(first.url)
    first.process.send_signal(signal.SIGKILL)
    wait_for(lambda: identify(int(first.service)) is None, what="the end of the service")


def test_a_service_lasts_as_long_as_any_of_its_users(user: Callable[[], User], wait_for: Callable[..., Any]):
    first, second = user(), user()
    assert (second.url, second.service) == (first.url, "None")
    first.leave()
    assert answers(second.url)
    second.leave()
    wait_for(lambda: identify(int(first.service)) is None, what="the end of the service")


def test_processes_that_begin_at_once_share_one_service(tmp_path: Path):
    code = USER.replace("sys.stdin.read()", "connection.close()")
    command = [sys.executable, "-c", code, str(tmp_path / "data")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]
    for process in started:
        assert process.stdout is not None
        process.stdout.close()


def test_a_service_that_was_killed_is_replaced(tmp_path: Path, wait_for: Callable[..., Any]):
    first = connect(tmp_path / "data")
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)
    wait_for(lambda: not answers(first.url), what="the end of the service")
    second = connect(tmp_path / "data")
    try:
        assert second.pid != first.pid
        assert answers(second.url)
    finally:
        second.close()


def test_a_service_that_cannot_start_shows_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENGLUE_CORES", "many")
    with pytest.raises(StartError, match="OPENGLUE_CORES: 'many' is not a whole number"):
        connect(tmp_path / "data")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="cannot be used"):
        connect(tmp_path / "file" / "data")


def test_a_running_server_is_used_and_left_alone(serve: Callable[..., Any], tmp_path: Path):
    process, url = serve(tmp_path / "data")
    connection = connect(tmp_path / "data")
    assert (connection.url, connection.started) == (url, False)
    connection.close()
    assert process.poll() is None
    assert answers(url)


def test_the_package_hands_out_clients_without_any_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if answers(DEFAULT_URL):
        pytest.skip("a service of this machine's user answers at the default address")
    monkeypatch.setenv("OPENGLUE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    try:
        package.client("glue").create_job(Name="j", Role="r", Command={"Name": "pythonshell"})
        assert package.client().list_jobs()["JobNames"] == ["j"]
        assert package.client("logs").describe_log_groups()["logGroups"] == []
    finally:
        connect().close()
