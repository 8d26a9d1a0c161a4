from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def run(cli: Any, data: Path, text: str, name: str) -> str:
    """Run a script to its end; the beginning of its run's id."""
    done = cli("run", cli.script(text, name), "--type", "pythonshell", "--arg", "library-set=none", "--data", data)
    assert done.returncode in (0, 1), done.stderr
    listed = json.loads(cli("runs", "ls", name, "--json", "--data", data).stdout)
    return str(listed[0]["Id"])


def test_the_last_events_are_shown_to_people_and_to_programs(cli: Any, openglue: Any):
    runs = [run(cli, openglue.data, "print(1)", "fine"), run(cli, openglue.data, "raise ValueError('no')", "broken")]
    lines = cli("events", "-n", "2", "--data", openglue.data).stdout.splitlines()
    numbers = [int(line.split()[0]) for line in lines]
    assert [line.split()[3:] for line in lines] == [
        ["fine", runs[0][:15], "SUCCEEDED", "Job", "run", "succeeded"],
        ["broken", runs[1][:15], "FAILED", "ValueError:", "no"],
    ]
    assert numbers[1] == numbers[0] + 1
    after = cli("events", "--after", str(numbers[0]), "--data", openglue.data).stdout.splitlines()
    assert after == lines[1:]
    one_job = cli("events", "--job", "fine", "--data", openglue.data).stdout.splitlines()
    assert one_job[-1] == lines[0]
    assert {line.split()[3] for line in one_job} == {"fine"}
    [text] = cli("events", "-n", "1", "--json", "--data", openglue.data).stdout.splitlines()
    event = json.loads(text)
    assert list(event) == [
        *("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
    ]
    assert event["detail"] == {
        "jobName": "broken",
        "severity": "ERROR",
        "state": "FAILED",
        "jobRunId": runs[1],
        "message": "ValueError: no",
    }
    assert cli("events", "-n", "0", "--data", openglue.data).stdout == ""


def test_what_an_event_says_cannot_move_a_cursor(cli: Any, openglue: Any):
    run(cli, openglue.data, "raise ValueError('\\x1b[2Jgone\\nand\\u2028on')", "unruly")
    [line] = cli("events", "--job", "unruly", "-n", "1", "--data", openglue.data).stdout.splitlines()
    assert "\x1b" not in line
    assert line.endswith("and on")


def test_following_goes_on_after_a_restart_of_the_service(cli: Any, serve: Callable[..., Any], tmp_path: Path):
    data = tmp_path / "data"
    server, _ = serve(data)
    first = run(cli, data, "print(1)", "first")
    with (tmp_path / "notes").open("w") as notes:
        follower = cli.start("events", "-f", "--json", "--data", data, stderr=notes)
        assert json.loads(follower.stdout.readline())["detail"]["jobRunId"] == first
        second = run(cli, data, "print(1)", "second")
        assert json.loads(follower.stdout.readline())["detail"]["jobRunId"] == second
        server.kill()
        server.wait(30)
        server, _ = serve(data)  # elsewhere: on another port
        third = run(cli, data, "print(1)", "third")
        assert json.loads(follower.stdout.readline())["detail"]["jobRunId"] == third
        server.terminate()
        assert server.wait(30) == 0
        serve(data)
        fourth = run(cli, data, "print(1)", "fourth")
        assert json.loads(follower.stdout.readline())["detail"]["jobRunId"] == fourth
        follower.send_signal(signal.SIGINT)
        assert follower.wait(30) == 130
    assert set((tmp_path / "notes").read_text().splitlines()) == {"the service is away; waiting for it"}


def test_a_follower_whose_reader_has_gone_ends(cli: Any, openglue: Any):
    run(cli, openglue.data, "print(1)", "seen")
    follower = cli.start("events", "-f", "-n", "1", "--data", openglue.data, stderr=subprocess.DEVNULL)
    assert "seen" in follower.stdout.readline()
    follower.stdout.close()
    run(cli, openglue.data, "print(1)", "unseen")
    assert follower.wait(30) == 1


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("--after", "1", "-n", "2"), 2, "openglue: --after and -n exclude each other\n"),
        (("--endpoint", "http://127.0.0.1:1"), 3, "no service answers at http://127.0.0.1:1"),
        (("-f", "--endpoint", "http://127.0.0.1:1"), 3, "no service answers at http://127.0.0.1:1"),
    ],
)
def test_what_cannot_be_shown_is_said_so(cli: Any, words: tuple[str, ...], code: int, reason: str):
    done = cli("events", *words)
    assert done.returncode == code
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
