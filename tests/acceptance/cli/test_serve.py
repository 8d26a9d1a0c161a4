from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from openglue.clients import answers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_in_order(serve: Callable[..., Any], tmp_path: Path, number: signal.Signals):
    data = tmp_path / "data"
    process, url = serve(data)
    welcome = process.stdout.readline()
    assert welcome.strip().endswith(url)
    assert f"AWS_ENDPOINT_URL={url}" in "".join(process.stdout.readline() for _ in range(4))
    assert json.loads((data / "server.json").read_text()) == {"url": url, "pid": process.pid}
    process.send_signal(number)
    assert process.wait(20) == 0
    assert not (data / "server.json").exists()
    assert not answers(url)


def test_a_port_in_use_is_refused_in_a_sentence(cli: Any, tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = cli("serve", "--data", tmp_path / "data", "--port", str(port))
    assert done.returncode == 2
    assert done.stderr.startswith(f"openglue: cannot listen on 127.0.0.1 port {port}: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_data_directory_in_use_is_refused_and_its_server_goes_on(cli: Any, serve: Callable[..., Any], tmp_path: Path):
    process, url = serve(tmp_path / "data")
    done = cli("serve", "--data", tmp_path / "data", "--port", "0")
    assert done.returncode == 2
    assert f"already served by process {process.pid}" in done.stderr
    assert "Traceback" not in done.stderr
    assert answers(url)


def test_an_address_that_others_reach_is_refused(cli: Any, tmp_path: Path):
    done = cli("serve", "--data", tmp_path / "data", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 - that it is refused
    assert done.returncode == 2
    assert "refusing to listen on 0.0.0.0" in done.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--config", "missing.toml"), "cannot read missing.toml"),
        (("--config", "wrong.toml"), "unknown setting shoesize in wrong.toml"),
        (("--db", "oracle://somewhere"), "no database for oracle"),
        (("--port", "70000"), "less than or equal to 65535"),
        (("--shoesize", "45"), "--shoesize"),
    ],
)
def test_a_configuration_that_cannot_be_served_is_refused(
    cli: Any, tmp_path: Path, words: tuple[str, ...], reason: str
):
    (tmp_path / "wrong.toml").write_text("shoesize = 45\n")
    done = cli("serve", "--data", tmp_path / "data", *words)
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_none_is_refused(cli: Any, tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "openglue.db").write_bytes(b"not a database" * 500)
    done = cli("serve", "--data", tmp_path / "data", "--port", "0")
    assert done.returncode == 2
    assert done.stderr.startswith("openglue: the database cannot be opened: ")
    assert not (tmp_path / "data" / "server.json").exists()


def test_settings_that_cannot_be_read_are_told_by_every_command(cli: Any):
    for words in (["job", "ls"], ["serve"], ["doctor"], ["migrate"]):
        done = cli(*words, OPENGLUE_CORES="many")
        assert (done.returncode, done.stderr) == (2, "openglue: OPENGLUE_CORES: 'many' is not a whole number\n")


def test_flags_prevail_over_the_file(serve: Callable[..., Any], tmp_path: Path):
    file = tmp_path / "openglue.toml"
    file.write_text('port = 1\nregion = "eu-west-1"\n')
    _, url = serve(tmp_path / "data", "--config", str(file))
    assert urlsplit(url).port != 1


def test_a_killed_server_is_noticed_and_replaced(cli: Any, serve: Callable[..., Any], tmp_path: Path):
    data = tmp_path / "data"
    first, _ = serve(data)
    first.kill()
    first.wait(20)
    assert (data / "server.json").exists()
    assert cli("job", "ls", "--data", data).returncode == 3
    serve(data)
    assert cli("job", "ls", "--data", data).returncode == 0


def test_a_service_that_does_not_answer_has_an_exit_code_of_its_own(cli: Any):
    done = cli("job", "ls", "--endpoint", "http://127.0.0.1:1")
    assert done.returncode == 3
    assert done.stderr.startswith("openglue: no service answers at http://127.0.0.1:1, which --endpoint names")


def test_the_environment_names_the_service(cli: Any, openglue: Any):
    for variable in ("OPENGLUE_ENDPOINT", "AWS_ENDPOINT_URL_GLUE", "AWS_ENDPOINT_URL"):
        assert cli("job", "ls", "--json", **{variable: openglue.url}).returncode == 0
    done = cli("job", "ls", OPENGLUE_ENDPOINT="http://127.0.0.1:1", AWS_ENDPOINT_URL=openglue.url)
    assert done.returncode == 3


def test_migrating_tells_what_it_did(cli: Any, tmp_path: Path):
    assert "was empty and is at schema" in cli("migrate", "--data", tmp_path / "data").stdout
    assert "already" in cli("migrate", "--data", tmp_path / "data").stdout


def test_a_database_in_use_is_not_migrated(cli: Any, serve: Callable[..., Any], tmp_path: Path):
    serve(tmp_path / "data")
    done = cli("migrate", "--data", tmp_path / "data")
    assert done.returncode == 2
    assert "already served" in done.stderr
