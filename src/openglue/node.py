"""Which node a data directory is, and that no two servers are the same one.

A server that starts again must find its runs, so the id of its node is kept in the data directory. A copy of the
directory must not find them: of a run whose runner is not here, only its node may say that it is lost. So the file says
where it was written, which a copy of it gets wrong, and when the node was last entered in a shared database, which the
second of two machines with the same disk gets wrong. Whoever is in doubt is a new node: the runs of the old one go by
their leases, as those of any server that went away.

In another database the directory is another node, because nothing is known there of the first one's runs, which may go
on: a server that is once started without its `--db` must not clear them away. Each database has a node file of its own,
the one in use being `node`, so that a server that comes back to a database is the node that it was there.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from openglue.clock import Clock
from openglue.store import keys, nodes
from openglue.store.database import Database, StoreError, Tx, do

log = logging.getLogger(__name__)

NODE_FILE = "node"
WORKSPACES = "runs"
_MACHINE_ID = Path("/etc/machine-id")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a node file was written. Copies of the file are elsewhere."""

    #: Empty where the system has none, as in many containers.
    machine: str
    boot: str
    #: Device and inode of the file itself; the device has its number only until the machine is started again.
    device: int
    inode: int

    @classmethod
    def of(cls, file: os.stat_result) -> Place:
        return cls(machine=_line(_MACHINE_ID), boot=_line(_BOOT_ID), device=file.st_dev, inode=file.st_ino)

    def is_same(self, other: Place, *, is_shared: bool) -> bool:
        """In a database that `is_shared`, another boot without a machine's id may be another machine."""
        if (self.machine, self.inode) != (other.machine, other.inode):
            return False
        if self.boot == other.boot:
            return self.device == other.device
        return bool(self.machine) or not is_shared


@dataclass(frozen=True, kw_only=True)
class Node:
    id: str
    #: Folder of the data directory in which its runs have their workspaces.
    workspaces: str = WORKSPACES
    #: When it was last entered in a shared database, epoch milliseconds; no two entries of an id have the same moment.
    entered_on: int = 0


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """What a node file says."""

    node: Node
    place: Place
    #: Id of the database; empty in a file of an earlier version, which is taken for that of the first one it meets.
    database: str


def workspaces(data: Path) -> Path:
    """Where the runs of this data directory's node have their workspaces, in the database it was last served with."""
    found = _read(data / NODE_FILE)
    return data / (WORKSPACES if found is None else found.node.workspaces)


def enter(database: Database, data: Path, clock: Clock, *, is_shared: bool, lease_ms: int) -> Node:
    """Enter the node of a data directory, whose lock the caller holds, in the database: the one it was, or a new one.

    It is the one it was in this database if its file is where it was written and, in a database that `is_shared`, if
    nobody has entered it since; after another boot its lease must be over as well, because a clone of a machine has
    another boot, too.
    """
    database_id = database.write(lambda tx: keys.database_id(tx, now=clock.now())).result(timeout=30)
    file = _turn_to(database_id, data)
    fresh = _new(data)
    found, reason = _known(file, is_shared=is_shared)
    known = None if found is None else found.node
    is_of_boot = found is not None and found.place.boot == _line(_BOOT_ID)

    def choose(tx: Tx) -> Node:
        now = clock.now()
        host = platform.node()
        if not is_shared:
            node = known or fresh
            nodes.register(tx, node.id, host=host, lease_ms=lease_ms, now=now)
            nodes.cap_leases(tx, node.id, lease_ms=lease_ms)
            return node
        if known is not None:
            entered = replace(known, entered_on=max(now, known.entered_on + 1))
            if nodes.enter_again(
                tx,
                known.id,
                host=host,
                lease_ms=lease_ms,
                was=known.entered_on,
                now=entered.entered_on,
                may_be_alive=is_of_boot,
            ):
                return entered
        entered = replace(fresh, entered_on=now)
        nodes.register(tx, entered.id, host=host, lease_ms=lease_ms, now=now)
        return entered

    node = database.write(choose).result(timeout=30)
    if known is not None and node.id != known.id:
        reason = f"{known.id} was entered in the database by another server"
    if reason:
        log.warning(
            "this is a new node, %s, with its workspaces in %s: %s; runs of that node are left to their leases",
            node.id,
            data / node.workspaces,
            reason,
        )
    # A server that dies before this is a new node the next time.
    if found is None or node != known or not is_of_boot or not found.database:
        _write(file, node, database_id)
    return node


class Lease:
    """Keeps the node alive in a shared database, while its server lives."""

    def __init__(
        self, database: Database, node: Node, clock: Clock, *, lease_ms: int, on_lost: Callable[[], None]
    ) -> None:
        """`on_lost` is called when another server has entered the database as this node."""
        self._database = database
        self._node = node
        self._clock = clock
        self._lease_ms = lease_ms
        self._on_lost = on_lost
        self._next = clock.boot()

    def round(self) -> None:
        """Renew it when a third of it is over. Raises StoreError."""
        if self._clock.boot() < self._next:
            return
        if not self._renew(self._lease_ms):
            log.critical("another server has entered the database as %s: this one stops", self._node.id)
            self._on_lost()
        self._next = self._clock.boot() + self._lease_ms // 3

    def end(self) -> None:
        """The server stops: the next one may be the same node at once, even after a reboot."""
        with suppress(StoreError):  # without a database it ends by itself
            self._renew(0)

    def _renew(self, lease_ms: int) -> bool:
        node = self._node
        return do(self._database, lambda tx: nodes.renew(tx, node.id, entered_on=node.entered_on, lease_ms=lease_ms))


def _turn_to(database_id: str, data: Path) -> Path:
    """The node file, from now on that of this database: another one's is set aside until somebody comes back to it."""
    file = data / NODE_FILE
    found = _read(file)
    if found is not None and found.database in {"", database_id}:
        return file
    if found is not None:
        log.warning(
            "this data directory was last served with another database: the runs of %s, in %s, are left alone",
            found.node.id,
            data / found.node.workspaces,
        )
        file.replace(_aside(data, found.database))
    with suppress(FileNotFoundError):  # it was never served with this one
        _aside(data, database_id).replace(file)
    return file


def _aside(data: Path, database_id: str) -> Path:
    return data / f"{NODE_FILE}-{database_id}"


def _known(file: Path, *, is_shared: bool) -> tuple[_Entry | None, str]:
    """What a node file says, or why that is not about this directory, if there is one."""
    try:
        here = Place.of(file.stat())
    except FileNotFoundError:
        return None, ""
    found = _read(file)
    if found is None:
        return None, f"{file} does not say which one it was"
    if not found.place.is_same(here, is_shared=is_shared):
        return None, f"{file} was copied from where {found.node.id} lives or lived, or perhaps is on another machine"
    return found, ""


def _new(data: Path) -> Node:
    """A node that touches none of the workspaces that are there: their runs may live elsewhere, or be of another."""
    name = secrets.token_hex(8)
    folder = data / WORKSPACES
    is_free = not folder.is_dir() or not any(folder.iterdir())
    is_first = not any(data.glob(_aside(data, "*").name))
    return Node(id=f"node-{name}", workspaces=WORKSPACES if is_free and is_first else f"{WORKSPACES}-{name}")


def _read(file: Path) -> _Entry | None:
    try:
        document = json.loads(file.read_bytes())
        node, place = Node(**document["node"]), Place(**document["place"])
        return _Entry(node=node, place=place, database=str(document.get("database", "")))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _write(file: Path, node: Node, database_id: str) -> None:
    """Write it whole or not at all, also when the machine loses its power."""
    part = file.with_suffix(".part")
    with part.open("w") as out:
        # The file is this one from now on: it keeps its inode under the other name.
        place = Place.of(os.fstat(out.fileno()))
        json.dump({"node": asdict(node), "place": asdict(place), "database": database_id}, out)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _line(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
