"""Which node a data directory is when a server starts: the one it was, or, if that may live elsewhere, a new one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openglue.clock import FakeClock
from openglue.node import NODE_FILE, Lease, Node, enter, workspaces
from openglue.store.database import Database
from openglue.store.opening import open_database

LEASE_MS = 60_000


@pytest.fixture
def database(postgres_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    opened = open_database(tmp_path, postgres_url, clock)
    yield opened
    opened.close()


@pytest.fixture
def own(tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    """A database that no other server uses."""
    opened = open_database(tmp_path / "own", "", clock)
    yield opened
    opened.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


def start(database: Database, data: Path, clock: FakeClock) -> Node:
    return enter(database, data, clock, is_shared=True, lease_ms=LEASE_MS)


def start_alone(own: Database, data: Path, clock: FakeClock) -> Node:
    return enter(own, data, clock, is_shared=False, lease_ms=LEASE_MS)


def rewrite(data: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Let the node file say something else, where it is."""
    document = json.loads((data / NODE_FILE).read_bytes())
    change(document)
    (data / NODE_FILE).write_text(json.dumps(document))


def reboot(data: Path) -> None:
    """Let the node file be of another boot of this machine, where the disk has another number."""
    rewrite(data, lambda it: it["place"].update(boot="another", device=it["place"]["device"] + 1))


def test_a_server_that_starts_again_is_the_same_node_at_once(database: Database, data: Path, clock: FakeClock) -> None:
    first = start(database, data, clock)
    moved = data.rename(data.with_name("moved"))
    again = start(database, moved, clock)
    assert (again.id, again.workspaces) == (first.id, "runs")
    assert again.entered_on > first.entered_on


def test_a_copy_is_another_node_and_has_its_workspaces_elsewhere(
    database: Database, data: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    first = start(database, data, clock)
    (data / "runs" / "jr_1.1").mkdir(parents=True)
    copy = Path(shutil.copytree(data, data.with_name("copy")))
    second = start(database, copy, clock)
    assert second.id != first.id
    assert workspaces(copy) == copy / second.workspaces != copy / "runs"
    assert f"was copied from where {first.id} lives" in caplog.text
    assert start(database, copy, clock).id == second.id
    assert start(database, data, clock).id == first.id


@pytest.mark.parametrize("content", [b"", b"node-0123456789abcdef", b"\xff\xfe", b"[]", b'{"node": {}, "place": 1}'])
def test_a_file_that_names_no_node_is_replaced(
    database: Database, data: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    (data / NODE_FILE).write_bytes(content)
    node = start(database, data, clock)
    assert node.id.startswith("node-")
    assert node.id != "node-0123456789abcdef"
    assert "does not say which one it was" in caplog.text
    assert start(database, data, clock).id == node.id


def test_after_a_reboot_a_node_whose_lease_is_over_is_the_same(
    database: Database, data: Path, clock: FakeClock
) -> None:
    first = start(database, data, clock)
    Lease(database, first, clock, lease_ms=LEASE_MS, on_lost=lambda: None).end()
    reboot(data)
    assert start(database, data, clock).id == first.id


def test_a_clone_of_a_machine_whose_server_lives_is_another_node(
    database: Database, data: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """A clone has the same disk and another boot."""
    first = start(database, data, clock)
    reboot(data)
    assert start(database, data, clock).id != first.id
    assert f"{first.id} was entered in the database by another server" in caplog.text


def test_of_two_machines_with_one_disk_the_second_is_another_node(
    database: Database, data: Path, clock: FakeClock
) -> None:
    first = start(database, data, clock)
    before = (data / NODE_FILE).read_bytes()
    # The clone, whose file the original does not see.
    assert start(database, data, clock).id == first.id
    with (data / NODE_FILE).open("r+b") as file:
        file.truncate()
        file.write(before)
    relocate(data)
    assert start(database, data, clock).id != first.id


def relocate(data: Path) -> None:
    """Let the node file say that it was written where it is."""
    rewrite(data, lambda document: document["place"].update(inode=(data / NODE_FILE).stat().st_ino))


def test_a_server_whose_node_was_entered_by_another_one_is_told(
    database: Database, data: Path, clock: FakeClock
) -> None:
    lost: list[str] = []
    first = start(database, data, clock)
    lease = Lease(database, first, clock, lease_ms=LEASE_MS, on_lost=lambda: lost.append(first.id))
    lease.round()
    start(database, data, clock)
    lease.round()
    assert lost == []  # it looks when a third of its lease is over
    clock.advance(LEASE_MS // 3)
    lease.round()
    assert lost == [first.id]


def test_in_another_database_a_directory_is_another_node_until_it_comes_back(
    database: Database, own: Database, data: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    first = start(database, data, clock)
    other = start_alone(own, data, clock)
    assert other.id != first.id
    # Also while the first one has no runs: it may have some when it is back.
    assert workspaces(data) == data / other.workspaces != data / first.workspaces
    assert (
        f"last served with another database: the runs of {first.id}, in {data / 'runs'}, are left alone" in caplog.text
    )
    back = start(database, data, clock)
    assert (back.id, back.workspaces) == (first.id, "runs")
    assert workspaces(data) == data / "runs"
    assert start_alone(own, data, clock) == other


def test_a_copy_is_another_node_in_each_database(
    database: Database, own: Database, data: Path, clock: FakeClock
) -> None:
    nodes = [start(database, data, clock), start_alone(own, data, clock)]
    copy = Path(shutil.copytree(data, data.with_name("copy")))
    nodes += [start(database, copy, clock), start_alone(own, copy, clock)]
    assert len({node.id for node in nodes}) == 4
    assert len({node.workspaces for node in nodes}) == 4
    again = [start(database, data, clock), start_alone(own, data, clock)]
    again += [start(database, copy, clock), start_alone(own, copy, clock)]
    assert [node.id for node in again] == [node.id for node in nodes]


def test_a_file_that_names_no_database_is_of_the_first_one_that_it_meets(
    database: Database, own: Database, data: Path, clock: FakeClock
) -> None:
    """Earlier versions wrote none."""
    first = start_alone(own, data, clock)
    rewrite(data, lambda document: document.pop("database"))
    assert start_alone(own, data, clock) == first
    assert start(database, data, clock).id != first.id
    assert start_alone(own, data, clock) == first


def test_without_a_machine_id_another_boot_is_another_node_in_a_shared_database(
    database: Database, own: Database, data: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A volume of a container may be on another host, whose machine has no id in there either."""
    monkeypatch.setattr("openglue.node._MACHINE_ID", data / "none")
    first = start(database, data, clock)
    Lease(database, first, clock, lease_ms=LEASE_MS, on_lost=lambda: None).end()
    assert start(database, data, clock).id == first.id
    reboot(data)
    assert start(database, data, clock).id != first.id
    alone = start_alone(own, data, clock)
    reboot(data)
    assert start_alone(own, data, clock) == alone
