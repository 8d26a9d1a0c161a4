"""Databases and tables of the catalog in the store, whatever the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from openglue.model.catalog import Table, new_database, new_table, updated_database, updated_table
from openglue.store import databases, tables
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
