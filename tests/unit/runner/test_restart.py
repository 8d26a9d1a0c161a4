"""What runner and launcher tell each other of a restart, by files."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.conftest import wait_for

from awsglue import streaming
from openglue.commands.streams import ASKED, BEGUN, DONE, Streams
from openglue.runner.restart import Restart


@pytest.fixture
def restart(tmp_path: Path) -> Restart:
    return Restart(tmp_path)


def test_it_is_asked_once_and_given_up_once(restart: Restart) -> None:
    assert not restart.give_up()
    assert (restart.ask(), restart.ask(), restart.is_asked) == (True, False, True)
    assert (restart.give_up(), restart.give_up(), restart.is_asked) == (True, False, False)
    assert restart.ask(), "another window, another question"


def test_streams_that_have_begun_to_end_are_not_told_to_go_on(restart: Restart, tmp_path: Path) -> None:
    restart.ask()
    (tmp_path / BEGUN).touch()
    assert restart.has_begun
    assert not restart.give_up()
    assert (restart.is_asked, restart.is_done) == (True, False)
    (tmp_path / ASKED).unlink()
    assert restart.is_asked, "a stream saw it before it was taken away"
    assert not restart.ask()
    (tmp_path / DONE).touch()
    assert restart.is_done


def test_the_other_streams_end_too_when_one_has_begun_to_as_the_time_for_it_ran_out(
    restart: Restart, tmp_path: Path
) -> None:
    (tmp_path / BEGUN).touch()
    with pytest.raises(streaming._Restarted):
        streaming.Restart(str(tmp_path)).check()
    Streams(tmp_path).watch()
    assert restart.is_done


def test_a_disk_that_does_not_take_a_question_is_asked_again(tmp_path: Path) -> None:
    folder = tmp_path / "away"
    restart = Restart(folder)
    assert not restart.ask()
    folder.mkdir()
    assert restart.ask()


def test_streams_that_could_not_be_ended_are_ended_later(
    restart: Restart, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / BEGUN).touch()
    # A name that leads nowhere cannot be made into a file.
    (tmp_path / DONE).symlink_to(tmp_path / "away" / DONE)
    watcher = threading.Thread(target=Streams(tmp_path).watch, daemon=True)
    watcher.start()
    told = ""

    def look() -> bool:
        nonlocal told
        told += capfd.readouterr().err
        return "could not be ended yet" in told

    wait_for(look, what="a line in the log")
    assert watcher.is_alive()
    (tmp_path / DONE).unlink()
    wait_for(lambda: restart.is_done, what="the end of the streams")
    watcher.join(30)
    assert (told + capfd.readouterr().err).count("could not be ended") == 1
