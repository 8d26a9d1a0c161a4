"""What runner and launcher tell each other of a restart, by files."""

from __future__ import annotations

from pathlib import Path

import pytest

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
