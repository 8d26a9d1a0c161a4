"""Databases, tables, partitions and connections of the catalog in the store, whatever the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from openglue.model.catalog import (
    Partition,
    Segment,
    Table,
    new_connection,
    new_database,
    new_partition,
    new_table,
    updated_connection,
    updated_database,
    updated_partition,
    updated_table,
)
from openglue.store import connections, databases, partitions, tables
from openglue.store.database import Database, Tx

DEADLINE_S = 30


@pytest.fixture
def write(database: Database) -> Callable[[Callable[[Tx], Any]], Any]:
    """Does work in a transaction of its own, and gives its result."""
    return lambda work: database.write(work).result(DEADLINE_S)


Write = Callable[[Callable[[Tx], Any]], Any]


def table(name: str, database: str = "db", **members: Any) -> Table:
    return new_table(database, {"Name": name, **members}, [], now=1)


def create(write: Write, *names: str, database: str = "db") -> None:
    write(lambda tx: databases.add(tx, new_database({"Name": database}, now=1)))
    for name in names:
        assert write(lambda tx, name=name: tables.add(tx, table(name, database)))


def names(write: Write, database: str = "db", after: str = "", limit: int = 100) -> list[str]:
    found = write(lambda tx: tables.page(tx, database=database, after=after, limit=limit))
    return [table.name for table in found]


def test_a_database_is_read_back_and_its_name_is_taken_once(write: Write) -> None:
    first = new_database({"Name": "Db", "Parameters": {"k": "\u00fc"}}, now=5)
    assert write(lambda tx: databases.add(tx, first))
    assert not write(lambda tx: databases.add(tx, new_database({"Name": "dB"}, now=6)))
    assert write(lambda tx: databases.get(tx, "db")) == first
    assert write(lambda tx: databases.get(tx, "other")) is None
    updated = updated_database(first, {"Name": "db", "Description": "d"})
    write(lambda tx: databases.replace(tx, updated))
    assert write(lambda tx: databases.get_locked(tx, "db")) == updated


def test_a_table_is_read_back_and_its_name_is_taken_once_in_its_database(write: Write) -> None:
    create(write)
    create(write, "t", database="other")
    given = {"Name": "T", "PartitionKeys": [{"Name": "p"}], "Parameters": {"k": "v"}}
    first = new_table("db", given, [{"IndexName": "i", "Keys": ["p"]}], now=5)
    assert write(lambda tx: tables.add(tx, first))
    assert not write(lambda tx: tables.add(tx, table("t")))
    assert write(lambda tx: tables.get(tx, "db", "t")) == first
    updated = updated_table(first, {"Name": "t"}, now=9)
    write(lambda tx: tables.replace(tx, updated))
    assert write(lambda tx: tables.get_locked(tx, "db", "t")) == updated
    assert write(lambda tx: tables.get(tx, "other", "t")).version == 0


def test_pages_are_in_the_order_of_names(write: Write) -> None:
    create(write, "c", "a", "d", "b")
    create(write, "e", database="other")
    assert names(write, limit=3) == ["a", "b", "c"]
    assert names(write, after="c") == ["d"]
    found = write(lambda tx: databases.page(tx, after="db", limit=10))
    assert [database.name for database in found] == ["other"]


def test_a_deleted_table_leaves_its_name_and_nothing_else(write: Write) -> None:
    create(write, "a", "b")
    write(lambda tx: tables.remove(tx, tables.get_locked(tx, "db", "a")))
    assert names(write) == ["b"]
    assert write(lambda tx: tables.add(tx, table("a")))


def test_a_deleted_database_takes_its_tables_with_it(write: Write) -> None:
    create(write, "a", "b")
    create(write, "a", database="other")
    write(lambda tx: databases.remove(tx, databases.get_locked(tx, "db")))
    assert write(lambda tx: databases.get(tx, "db")) is None
    assert (names(write), names(write, "other")) == ([], ["a"])
    create(write)
    assert names(write) == []


def test_of_many_that_create_the_same_one_succeeds(write: Write) -> None:
    create(write)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: write(lambda tx: tables.add(tx, table("t"))), range(8)))
    assert made.count(True) == 1


def test_no_table_outlives_a_database_that_is_deleted_meanwhile(write: Write) -> None:
    """Creators and a deleter at the same time: whoever comes late finds no database, and nobody fails."""
    create(write)
    start = threading.Barrier(9)

    def add(number: int) -> bool:
        start.wait(DEADLINE_S)

        def work(tx: Tx) -> bool:
            return databases.get_shared(tx, "db") is not None and tables.add(tx, table(f"t{number}"))

        return bool(write(work))

    def remove() -> None:
        start.wait(DEADLINE_S)
        write(lambda tx: databases.remove(tx, databases.get_locked(tx, "db")))

    with ThreadPoolExecutor(9) as pool:
        adding = [pool.submit(add, number) for number in range(8)]
        pool.submit(remove).result(DEADLINE_S)
        for one in adding:
            one.result(DEADLINE_S)
    assert names(write) == []


def test_of_many_that_update_one_version_one_succeeds(write: Write) -> None:
    create(write, "t")

    def update(number: int) -> bool:
        def work(tx: Tx) -> bool:
            found = tables.get_locked(tx, "db", "t")
            if found is None or found.version != 0:
                return False
            tables.replace(tx, updated_table(found, {"Name": "t", "Owner": str(number)}, now=2))
            return True

        return bool(write(work))

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(update, range(8)))
    assert done.count(True) == 1
    assert write(lambda tx: tables.get(tx, "db", "t")).version == 1


# Partitions.

KEYS = [{"Name": "p", "Type": "int"}, {"Name": "q"}]


@pytest.fixture
def parted(write: Write) -> Table:
    """A table with two partition keys."""
    create(write)
    made = table("parted", PartitionKeys=KEYS)
    assert write(lambda tx: tables.add(tx, made))
    return made


def part(parted: Table, *values: str, **members: Any) -> Partition:
    return new_partition(parted, {"Values": list(values), **members}, now=3)


def test_a_partition_is_read_back_and_its_values_are_taken_once(write: Write, parted: Table) -> None:
    first = part(parted, "1", "\u00fc/'x", Parameters={"k": "v"})
    assert write(lambda tx: partitions.add(tx, parted.id, [first])) == []
    assert write(lambda tx: partitions.get(tx, parted.id, first.values)) == first
    assert write(lambda tx: partitions.get(tx, parted.id, ["1", "x"])) is None
    more = [part(parted, "2", "a"), part(parted, *first.values), part(parted, "2", "a"), part(parted, "1", "a")]
    assert write(lambda tx: partitions.add(tx, parted.id, more)) == [1, 2]
    assert write(lambda tx: partitions.get(tx, parted.id, first.values)) == first
    updated = updated_partition(parted, first, {"Parameters": {"k": "w"}})
    write(lambda tx: partitions.replace(tx, parted.id, updated))
    assert write(lambda tx: partitions.get_locked(tx, parted.id, first.values)) == updated
    assert write(lambda tx: partitions.remove(tx, parted.id, first.values))
    assert not write(lambda tx: partitions.remove(tx, parted.id, first.values))


def test_values_as_long_as_they_may_be_are_no_trouble(write: Write, parted: Table) -> None:
    long = part(parted, "\U0001f41d" * 1024, "y" * 1024)
    assert write(lambda tx: partitions.add(tx, parted.id, [long])) == []
    assert write(lambda tx: partitions.get(tx, parted.id, long.values)) == long


def test_segments_and_pages_give_every_partition_once(write: Write, parted: Table) -> None:
    given = [part(parted, str(number), "x") for number in range(100)]
    write(lambda tx: partitions.add(tx, parted.id, given))
    found = []
    for number in range(3):
        after, before = Segment(number=number, total=3).bounds
        while chunk := write(
            lambda tx, after=after, before=before: partitions.page(
                tx, table_id=parted.id, after=after, before=before, limit=7
            )
        ):
            found += chunk
            after = chunk[-1].key
    assert sorted((one.partition() for one in found), key=lambda one: int(one.values[0])) == given


def test_partitions_go_with_their_table_and_with_its_database(write: Write, parted: Table) -> None:
    write(lambda tx: partitions.add(tx, parted.id, [part(parted, "1", "a")]))
    assert write(lambda tx: partitions.exist(tx, parted.id))
    write(lambda tx: tables.remove(tx, tables.get_locked(tx, "db", "parted")))
    assert not write(lambda tx: partitions.exist(tx, parted.id))
    again = table("parted", PartitionKeys=KEYS)
    write(lambda tx: tables.add(tx, again))
    write(lambda tx: partitions.add(tx, again.id, [part(again, "1", "a")]))
    write(lambda tx: databases.remove(tx, databases.get_locked(tx, "db")))
    assert not write(lambda tx: partitions.exist(tx, again.id))


def test_of_many_that_create_the_same_partitions_each_is_created_once(write: Write, parted: Table) -> None:
    """In every order: nobody waits for somebody who waits for him."""
    given = [part(parted, str(number), "x") for number in range(20)]

    def add(turn: int) -> int:
        mine = given[turn:] + given[:turn]
        there = write(
            lambda tx: tables.get_shared(tx, "db", "parted") is not None and partitions.add(tx, parted.id, mine)
        )
        return len(mine) - len(there)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(add, range(8))) == len(given)


def test_no_partition_outlives_a_table_that_is_deleted_meanwhile(write: Write, parted: Table) -> None:
    start = threading.Barrier(9)

    def add(number: int) -> None:
        start.wait(DEADLINE_S)

        def work(tx: Tx) -> None:
            held = tables.get_shared(tx, "db", "parted")
            if held is not None:
                partitions.add(tx, held.id, [part(held, str(number), "x")])

        write(work)

    def remove() -> None:
        start.wait(DEADLINE_S)
        write(lambda tx: databases.remove(tx, databases.get_locked(tx, "db")))

    with ThreadPoolExecutor(9) as pool:
        adding = [pool.submit(add, number) for number in range(8)]
        pool.submit(remove).result(DEADLINE_S)
        for one in adding:
            one.result(DEADLINE_S)
    assert not write(lambda tx: partitions.exist(tx, parted.id))


# Connections.


def test_a_connection_is_read_back_and_its_name_is_taken_once(write: Write) -> None:
    given = {"Name": "Net", "ConnectionType": "NETWORK", "ConnectionProperties": {"PASSWORD": "\u00fc"}}
    first = new_connection(given, now=5)
    assert write(lambda tx: connections.add(tx, first))
    assert not write(lambda tx: connections.add(tx, first))
    assert write(lambda tx: connections.add(tx, new_connection({**given, "Name": "net"}, now=6)))
    assert write(lambda tx: connections.get(tx, "Net")) == first
    updated = updated_connection(first, {**given, "Description": "d"}, now=9)
    write(lambda tx: connections.replace(tx, updated))
    assert write(lambda tx: connections.get_locked(tx, "Net")) == updated
    found = write(lambda tx: connections.page(tx, after="", limit=10))
    assert {one.name for one in found} == {"Net", "net"}
    assert write(lambda tx: connections.page(tx, after=found[0].name, limit=10)) == found[1:]
    assert write(lambda tx: connections.remove(tx, "Net"))
    assert not write(lambda tx: connections.remove(tx, "Net"))
    assert write(lambda tx: connections.get(tx, "Net")) is None
