"""What every store must do with jobs, tags and secrets."""

from __future__ import annotations

from openglue.model.run import new_job_id
from openglue.store import jobs, keys, tags
from openglue.store.database import Database, Tx

A = {"Role": "r", "Command": {"Name": "glueetl"}}
B = {"Role": "r", "Command": {"Name": "pythonshell"}}


def create(database: Database, name: str, definition: dict[str, object] = A) -> str:
    job_id = new_job_id()
    database.write(lambda tx: jobs.insert_job(tx, job_id=job_id, name=name, definition=definition, now=5)).result(30)
    return job_id


def test_a_definition_replaced_leaves_the_pinned_one_readable(database: Database) -> None:
    create(database, "a")
    before = database.read(lambda tx: jobs.get(tx, "a"))
    assert before is not None
    database.write(lambda tx: jobs.replace_definition(tx, before, definition=B, now=9)).result(30)
    after = database.read(lambda tx: jobs.get(tx, "a"))
    assert after is not None
    assert (after.definition, after.last_modified_on, after.created_on) == (B, 9, 5)
    assert database.read(lambda tx: jobs.definition(tx, before.definition_sha)) == A


def test_a_name_created_again_is_another_job(database: Database) -> None:
    first = create(database, "a")
    assert database.write(lambda tx: jobs.delete(tx, "a", now=6)).result(30) is True
    assert database.read(lambda tx: jobs.get(tx, "a")) is None
    second = create(database, "a")
    job = database.read(lambda tx: jobs.get(tx, "a"))
    assert job is not None
    assert job.id == second != first


def test_deleting_what_is_not_there_says_so(database: Database) -> None:
    assert database.write(lambda tx: jobs.delete(tx, "nothing", now=6)).result(30) is False


def test_jobs_are_paged_by_name(database: Database) -> None:
    for name in ("c", "a", "b"):
        create(database, name)
    assert [job.name for job in database.read(lambda tx: jobs.page(tx, after="", limit=2))] == ["a", "b"]
    assert [job.name for job in database.read(lambda tx: jobs.page(tx, after="b", limit=2))] == ["c"]


def test_a_number_is_given_once_and_given_back_by_whoever_fails(database: Database) -> None:
    create(database, "a")

    def take(tx: Tx) -> int:
        taken = jobs.take(tx, "a")
        assert taken is not None
        assert taken.job.definition == A
        return taken.seq

    def fail(tx: Tx) -> None:
        take(tx)
        raise LookupError

    assert database.write(take).result(30) == 1
    assert isinstance(database.write(fail).exception(30), LookupError)
    assert [database.write(take).result(30) for _ in range(2)] == [2, 3]
    assert database.write(lambda tx: jobs.take(tx, "nothing")).result(30) is None


def test_what_a_write_did_before_it_raised_is_undone(database: Database) -> None:
    def fail(tx: Tx) -> None:
        jobs.insert_job(tx, job_id=new_job_id(), name="a", definition=A, now=5)
        raise LookupError

    assert isinstance(database.write(fail).exception(30), LookupError)
    assert database.read(lambda tx: jobs.get(tx, "a")) is None


def test_tags_are_set_replaced_and_removed(database: Database) -> None:
    database.write(lambda tx: tags.put(tx, "job/a", {"k": "1", "l": "2"})).result(30)
    database.write(lambda tx: tags.put(tx, "job/a", {"k": "3"})).result(30)
    assert database.read(lambda tx: tags.get(tx, "job/a")) == {"k": "3", "l": "2"}
    database.write(lambda tx: tags.remove(tx, "job/a", ["k", "x"])).result(30)
    assert database.read(lambda tx: tags.get(tx, "job/a")) == {"l": "2"}
    database.write(lambda tx: tags.clear(tx, "job/a")).result(30)
    assert database.read(lambda tx: tags.get(tx, "job/a")) == {}


def test_a_secret_is_made_once(database: Database) -> None:
    first, second, other = (
        database.write(lambda tx, name=name: keys.service_secret(tx, name, now=1)).result(30)
        for name in ("runs", "runs", "tokens")
    )
    assert first == second != other
    assert len(first) == 32
