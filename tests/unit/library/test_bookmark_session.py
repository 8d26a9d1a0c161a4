"""What a run holds of its job's bookmark."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import RLock, Thread
from typing import Any

import pytest

from awsglue import formats
from awsglue.bookmarks.numbers import Numbers
from awsglue.bookmarks.service import Begun, BookmarkError, BookmarkService
from awsglue.bookmarks.session import DISABLE, ENABLE, MOST_BYTES, Bookmarks, Context
from awsglue.bookmarks.sources import unread
from awsglue.bookmarks.state import FILES, RELATIONALIZE, StateError
from awsglue.bookmarks.window import Rule
from awsglue.connections import s3
from awsglue.connections.found import _source
from awsglue.connections.scope import TableFiles
from awsglue.files import File, Listing
from awsglue.job_arguments import bookmark_arguments
from awsglue.options import check
from openglue.model.bookmark_entry import sources_text

SOURCE = {"kind": "s3", "paths": ["s3://lake/in"]}


def begun(**answer: Any) -> Bookmarks:
    answer = {"rev": 1, "run": 2, "state": {}, "from_state": None, "to_state": None, **answer}
    return Bookmarks(_begun=Begun(**answer), _state=answer["state"])


def test_without_a_bookmark_or_a_name_there_is_no_context():
    assert Bookmarks().context("a", SOURCE) is None
    assert begun().context("", SOURCE) is None


def test_a_context_goes_on_from_its_own_state():
    bookmarks = begun(state={"a": {"jsonClass": FILES}})
    a, b = bookmarks.context("a", SOURCE), bookmarks.context("b", SOURCE)
    assert a is not None
    assert b is not None
    assert (a.before, b.before, a.run, a.ranged) == ({"jsonClass": FILES}, None, 2, False)
    assert bookmarks.context("a", dict(SOURCE)) is a


def test_one_name_for_two_things_is_refused():
    bookmarks = begun()
    bookmarks.context("a", SOURCE)
    with pytest.raises(ValueError, match="transformation_ctx 'a' names two things in this run") as caught:
        bookmarks.context("a", {"kind": "s3", "paths": ["s3://lake/other"]})
    assert "(s3 s3://lake/in) and (s3 s3://lake/other)" in str(caught.value)


def test_a_range_is_between_two_states():
    context = begun(state={"a": 1}, from_state={"a": 2}, to_state={"a": 3}).context("a", SOURCE)
    assert context is not None
    assert (context.ranged, context.before, context.until) == (True, 2, 3)
    context = begun(state={"a": 1}, from_state={}, to_state={}).context("a", SOURCE)
    assert context is not None
    assert (context.ranged, context.before, context.until) == (True, None, None)


def test_a_large_context_leaves_the_others_less_room():
    first, second = (begun(state=state).context("a", SOURCE) for state in ({}, {"b": {"list": "f" * 1000}}))
    assert first is not None
    assert second is not None
    assert 1000 < first.room() - second.room() < 1100


def test_the_room_is_that_of_the_moment():
    bookmarks = begun()
    a, b = bookmarks.context("a", SOURCE), bookmarks.context("b", SOURCE)
    assert a is not None
    assert b is not None
    before, a.after = b.room(), {"list": "f" * 1000}
    assert 1000 < before - b.room() < 1100


def test_sources_that_are_read_in_threads_share_the_room():
    """Each lists so many files of the band that the state has room for those of one."""
    now = 1_700_000_000_000
    bookmarks, count = begun(), MOST_BYTES // 33

    def read(name: str) -> None:
        files = (File(path=f"{name}{n}", size=1, modified=now - 1, below=name) for n in range(count))
        context = bookmarks.context(name, SOURCE)
        assert context is not None
        unread(context, [name], Rule(most_in_band=count), Listing(), lambda _: files, moment=lambda: now)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(read, "ab"))
    assert len(json.dumps(bookmarks._after())) <= MOST_BYTES


def test_outside_of_a_run_a_notice_says_so_unless_nobody_asked(capfd: pytest.CaptureFixture[str]):
    Bookmarks().begin(None, DISABLE)
    assert capfd.readouterr().err == ""
    bookmarks = Bookmarks()
    bookmarks.begin(None, ENABLE)
    assert "outside of a run everything is read" in capfd.readouterr().err
    assert bookmarks.context("a", SOURCE) is None
    bookmarks.commit()


def test_the_service_is_where_the_environment_of_a_run_says():
    names = {"OPENGLUE_RUN_URL": "http://127.0.0.1:1", "OPENGLUE_RUN_FENCE": "1", "OPENGLUE_RUN_TOKEN": "t"}
    assert BookmarkService.of_run(names) is not None
    assert all(BookmarkService.of_run({**names, name: ""}) is None for name in names)


def test_a_service_that_stays_away_is_given_up_with_the_reason(capfd: pytest.CaptureFixture[str]):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/run"
        service = BookmarkService(url=url, fence="1", token="t", patience_s=0.2)
        with pytest.raises(BookmarkError, match=r"did not answer to bookmark begin for 0 s: .*refused"):
            service.begin(ENABLE, None, None)


def test_sources_are_told_as_far_as_there_is_room_and_no_commit_fails_of_them():
    bookmarks = begun()
    few, many = {"kind": "s3", "paths": ["s3://lake/é"]}, {"kind": "s3", "paths": ["s3://lake/in"] * 60_000}
    query = {"kind": "jdbc", "query": "SELECT 1"}
    for name, source in {"few": few, "query": query, "many": many, "more": {**many, "recurse": True}}.items():
        bookmarks.context(name, source)
    told = bookmarks._told()
    assert told == {"few": few, "query": query, "many": many, "more": {"kind": "s3", "paths": [], "recurse": True}}
    sources_text(told)
    bookmarks.context("long", {"kind": "jdbc", "query": "x" * MOST_BYTES})
    assert bookmarks._told() == {}


def test_a_table_is_the_same_source_after_a_partition_has_come_to_it():
    checked = check({"paths": ["s3://lake/t"]}, s3.OPTIONS, what="s3", use="read")
    one, two = (
        TableFiles(name="lake.t", places=dict.fromkeys(places, ()), choice={"table": "t"})
        for places in (["s3://lake/t/p=1"], ["s3://lake/t/p=1", "s3://lake/t/p=2"])
    )
    assert _source(checked, formats.named("csv"), one) == _source(checked, formats.named("csv"), two)


@contextmanager
def answering(status: int, answer: dict[str, Any]) -> Iterator[str]:
    """A server that gives everybody the same answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "reason"), [(401, "the token is not this run's"), (404, None), (503, "no")])
def test_a_server_that_does_not_know_the_run_is_not_the_one_that_decides(
    status: int, reason: str | None, tmp_path: Path
):
    file = tmp_path / "server.json"
    with answering(status, {"reason": reason}) as foreign, answering(200, {"rev": 8}) as ours:
        file.write_text(json.dumps({"url": ours}))
        service = BookmarkService(url=f"{foreign}/run", fence="1", token="t", server_file=str(file))
        assert service.commit(7, {}, {}) == 8


@pytest.mark.parametrize("status", [400, 409])
def test_what_the_service_refuses_is_not_asked_for_again(status: int):
    with answering(status, {"reason": "it has moved"}) as ours:
        service = BookmarkService(url=f"{ours}/run", fence="1", token="t")
        with pytest.raises(BookmarkError, match="it has moved"):
            service.commit(7, {}, {})


def context(before: dict[str, Any] | None) -> Context:
    return Context(name="r", source={}, before=before, ranged=False, until=None, run=1, room=lambda: 1000, lock=RLock())


def test_numbers_begin_at_one_without_a_bookmark_and_go_on_with_one():
    assert [Numbers().take("root", 3), Numbers().take("root", 3)] == [0, 0]
    first = context(None)
    assert [Numbers(first).take("root", 3), Numbers(first).take("root", 2), Numbers(first).take("root_a", 1)] == [
        0,
        3,
        0,
    ]
    assert first.after == {"jsonClass": RELATIONALIZE, "ids": {"root": "5", "root_a": "1"}}
    assert Numbers(context(dict(first.after))).take("root", 1) == 5


@pytest.mark.parametrize("ids", [None, {"root": "x"}, {"root": "-1"}])
def test_damaged_numbers_are_refused(ids: Any):
    with pytest.raises(StateError, match="the bookmark of transformation_ctx 'r' cannot be read: ids is"):
        Numbers(context({"jsonClass": RELATIONALIZE, "ids": ids}))


ARGV = ["script.py", "--job-bookmark-option", "job-bookmark-pause", "--job-bookmark-from=a", "--job-bookmark-to", "b"]


def test_the_arguments_of_init_decide_and_where_they_are_silent_the_command_line():
    asked = bookmark_arguments({"JOB_NAME": "j"}, ARGV)
    assert (asked.option, asked.from_run, asked.to_run) == ("job-bookmark-pause", "a", "b")
    for name in ("job_bookmark_option", "--job-bookmark-option"):
        asked = bookmark_arguments({name: "job-bookmark-enable"}, ARGV)
        assert (asked.option, asked.from_run, asked.to_run) == ("job-bookmark-enable", None, None)
    assert bookmark_arguments({}, ["script.py"]).option == "job-bookmark-disable"
    assert bookmark_arguments({"continuation-option": "continuation-enabled"}, []).option == "job-bookmark-enable"


@pytest.mark.parametrize(
    ("args", "error", "words"),
    [
        ({"job_bookmark_option": "enable"}, ValueError, "the job-bookmark-option is 'enable'; there are: job-bookm"),
        (
            {"job_bookmark_option": "job-bookmark-pause", "job_bookmark_from": "a"},
            RuntimeError,
            "Missing option or value for --job-bookmark-to",
        ),
        ({"job_bookmark_option": "job-bookmark-enable", "job_bookmark_to": "a"}, RuntimeError, r"Invalid option\(s\)"),
    ],
)
def test_contradictions_are_refused(args: dict[str, str], error: type[Exception], words: str):
    with pytest.raises(error, match=words):
        bookmark_arguments(args, ["script.py"])
