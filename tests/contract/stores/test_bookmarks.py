"""Bookmarks move once, from what their run knows, whoever else moves them meanwhile (promise P4)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from tests.contract.stores.store import SUCCESS, Store

from openglue.clock import FakeClock
from openglue.errors import ConcurrentModificationException, InvalidInputException
from openglue.model.bookmark import FIRST, Bookmark, Change
from openglue.model.run import Run
from openglue.store import bookmarking, bookmarks, jobs, ledger, runs
from openglue.store.bookmarking import Begun, Range
from openglue.store.database import Database, Tx


@pytest.fixture
def store(database: Database, clock: FakeClock) -> Store:
    store = Store(database, clock)
    store.define(ExecutionProperty={"MaxConcurrentRuns": 1000})
    return store


def begin(store: Store, run: Run) -> Begun:
    begun = store.write(lambda tx: bookmarking.begin(tx, run.id, fence=run.fence, now=store.clock.now()))
    assert begun is not None
    return begun


def commit(store: Store, run: Run, rev: int, state: str = '{"c":{}}') -> Bookmark | None:
    return store.write(
        lambda tx: bookmarking.commit(
            tx, run.id, fence=run.fence, rev=rev, state=state, sources="{}", now=store.clock.now()
        )
    )


def successful(store: Store, state: str = '{"c":{}}') -> Run:
    run = store.running()
    committed = commit(store, run, begin(store, run).bookmark.rev, state)
    assert committed is not None
    ended = store.finish(run, SUCCESS)
    assert ended is not None
    return ended


def reset(tx: Tx, job_id: str) -> None:
    """What ResetJobBookmark does."""
    if jobs.lock(tx, job_id):
        bookmarks.add(tx, job_id, (bookmarks.latest(tx, job_id) or FIRST).reset(now=1))


def delete(tx: Tx, name: str = "j") -> None:
    """What DeleteJob does."""
    job = jobs.get_locked(tx, name)
    if job is not None:
        bookmarks.forget(tx, job.id)
        jobs.delete(tx, name, now=2)


def latest(store: Store) -> Bookmark:
    found = store.read(lambda tx: bookmarks.latest(tx, store.job().id))
    assert found is not None
    return found


def numbers(store: Store) -> list[tuple[int, int, Change]]:
    job_id = store.job().id
    page = store.read(lambda tx: bookmarks.page(tx, job_id, before=2**62, limit=100))
    return [(version.version, version.rev, version.change) for version in page]


def test_a_run_begins_and_commits_and_the_next_one_goes_on(store: Store) -> None:
    first = successful(store, '{"ключ":{"n":"\U0001f41d"}}')
    second = store.running()
    begun = begin(store, second).bookmark
    assert (begun.state, begun.run, begun.run_id) == ('{"ключ":{"n":"\U0001f41d"}}', 2, first.id)
    assert numbers(store) == [(3, 1, Change.BEGIN), (2, 1, Change.COMMIT), (1, 0, Change.BEGIN)]
    entries = store.read(lambda tx: ledger.of_run(tx, first.id))
    assert [entry.detail for entry in entries if entry.cause == "bookmark committed"] == ["version 2"]


def test_what_is_asked_again_is_answered_again_and_counted_once(store: Store) -> None:
    failed, run = store.running(), store.running()
    begin(store, failed)
    assert begin(store, run) == begin(store, run)
    first = commit(store, run, 0)
    assert commit(store, run, 0) == first
    assert begin(store, run).bookmark == first, "Job.init once more goes on from what was committed"
    assert (latest(store).version, latest(store).attempt) == (3, 0)
    assert len([e for e in store.read(lambda tx: ledger.of_run(tx, run.id)) if e.cause == "bookmark committed"]) == 1


def test_a_run_may_commit_again_with_the_rev_that_it_was_given(store: Store) -> None:
    run = store.running()
    begin(store, run)
    once = commit(store, run, 0)
    assert once is not None
    twice = commit(store, run, once.rev, '{"c":{"n":"2"}}')
    assert twice is not None
    assert (twice.rev, twice.run, twice.run_id) == (2, 2, run.id)
    assert latest(store) == twice


@pytest.mark.contract("7.5")
def test_the_second_of_two_runs_that_commit_is_told_who_was_first(store: Store) -> None:
    one, other = store.running(), store.running()
    for run in (one, other):
        begin(store, run)
    commit(store, one, 0)
    with pytest.raises(ConcurrentModificationException) as caught:
        commit(store, other, 0, '{"other":{}}')
    assert caught.value.message == f"the bookmark of job j was committed by run {one.id} after this run began"
    assert latest(store).state == '{"c":{}}'


def test_a_run_that_began_before_a_reset_commits_nothing(store: Store) -> None:
    successful(store)
    run = store.running()
    rev = begin(store, run).bookmark.rev
    job_id = store.job().id
    store.write(lambda tx: reset(tx, job_id))
    begin(store, store.running())
    with pytest.raises(ConcurrentModificationException, match="was reset after this run began"):
        commit(store, run, rev)
    assert latest(store).state == "{}"


def test_only_a_run_that_executes_under_its_fence_moves_a_bookmark(store: Store) -> None:
    run = store.running()
    begin(store, run)
    arguments = {"rev": 0, "state": "{}", "sources": "{}", "now": 1}
    stale = run.fence - 1
    assert store.write(lambda tx: bookmarking.commit(tx, run.id, fence=stale, **arguments)) is None
    assert store.write(lambda tx: bookmarking.begin(tx, run.id, fence=stale, now=1)) is None
    assert store.write(lambda tx: bookmarking.look(tx, "jr_unknown", None, fence=1)) is None
    asked = store.write(lambda tx: runs.ask_stop(tx, store.get(run), actor="api", now=1))
    assert asked is not None
    with pytest.raises(ConcurrentModificationException, match="is being stopped"):
        commit(store, run, 0)
    assert store.finish(asked, SUCCESS) is not None
    assert commit(store, run, 0) is None
    assert latest(store).change is Change.BEGIN


def test_what_was_committed_before_a_stop_stays_committed(store: Store) -> None:
    run = store.running()
    begin(store, run)
    committed = commit(store, run, 0)
    store.write(lambda tx: runs.ask_stop(tx, store.get(run), actor="api", now=1))
    assert commit(store, run, 0) == committed, "its answer was lost"
    assert latest(store) == committed


def test_a_run_that_has_not_begun_or_invents_a_rev_commits_nothing(store: Store) -> None:
    run = store.running()
    with pytest.raises(InvalidInputException, match="has not begun with job-bookmark-enable"):
        commit(store, run, 0)
    begin(store, run)
    with pytest.raises(InvalidInputException, match="the bookmark of job j has no rev 7"):
        commit(store, run, 7)


def test_the_bookmark_of_a_deleted_job_is_gone_and_its_runs_are_told(store: Store) -> None:
    successful(store)
    run = store.running()
    rev = begin(store, run).bookmark.rev
    old = store.job().id
    store.write(delete)
    store.define()
    message = "job j was deleted after this run was started, and its bookmark with it"
    for asked in (lambda: commit(store, run, rev), lambda: begin(store, run)):
        with pytest.raises(ConcurrentModificationException) as caught:
            asked()
        assert caught.value.message == message
    for job_id in (old, store.job().id):
        assert store.read(lambda tx, job_id=job_id: bookmarks.latest(tx, job_id)) is None
        assert store.read(lambda tx, job_id=job_id: bookmarks.page(tx, job_id, before=9, limit=9)) == []


def test_a_run_that_pauses_sees_the_bookmark_and_leaves_no_trace(store: Store) -> None:
    successful(store, '{"c":{"n":"1"}}')
    run = store.running()
    before = numbers(store)
    looked = store.write(lambda tx: bookmarking.look(tx, run.id, None, fence=run.fence))
    assert looked is not None
    assert (looked.bookmark.state, looked.since, looked.until) == ('{"c":{"n":"1"}}', None, None)
    assert numbers(store) == before
    with pytest.raises(InvalidInputException, match="has not begun"):
        commit(store, run, looked.bookmark.rev)


def test_a_range_lies_between_what_two_runs_had_read(store: Store) -> None:
    first = successful(store, '{"n":{"n":"1"}}')
    failed = store.finish(store.running(), SUCCESS)
    assert failed is not None
    third = successful(store, '{"n":{"n":"3"}}')
    run = store.running()

    def look(since: str, until: str) -> tuple[str | None, str | None]:
        wanted = Range(since=since, until=until)
        begun = store.write(lambda tx: bookmarking.look(tx, run.id, wanted, fence=run.fence))
        assert begun is not None
        return begun.since, begun.until

    assert look(first.id, third.id) == ('{"n":{"n":"1"}}', '{"n":{"n":"3"}}')
    assert look(failed.id, third.id) == look(first.id, third.id), "a run without a bookmark is as the one before it"
    for since, until, said in (
        (third.id, first.id, "did not come before"),
        (first.id, first.id, "did not come before"),
        ("jr_unknown", third.id, "job run jr_unknown is no run of job j"),
    ):
        with pytest.raises(InvalidInputException, match=said):
            look(since, until)


def test_a_range_before_every_bookmark_or_of_another_job_is_refused(store: Store) -> None:
    early, run = store.finish(store.running(), SUCCESS), store.running()
    assert early is not None
    store.define("other", ExecutionProperty={"MaxConcurrentRuns": 9})
    foreign = store.ask("other")
    assert isinstance(foreign, Run)
    for since, said in ((early.id, "has no bookmark, and no run of job j before it has"), (foreign.id, "is no run")):
        with pytest.raises(InvalidInputException, match=said):
            store.write(
                lambda tx, since=since: bookmarking.look(tx, run.id, Range(since=since, until=run.id), fence=run.fence)
            )


def race(store: Store, works: list[Callable[[Tx], object]]) -> list[object]:
    """Do all at the same moment, each in a transaction of its own: results, or the errors that were raised."""
    barrier = Barrier(len(works))

    def one(work: Callable[[Tx], object]) -> object:
        barrier.wait(30)
        try:
            return store.write(work)
        except ConcurrentModificationException as error:
            return error

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(one, works))


def committing(run: Run, rev: int) -> Callable[[Tx], Bookmark | None]:
    state = f'{{"{run.id}":{{}}}}'
    return lambda tx: bookmarking.commit(tx, run.id, fence=run.fence, rev=rev, state=state, sources="{}", now=1)


def test_of_runs_that_commit_at_the_same_moment_one_does(store: Store) -> None:
    many = [store.running() for _ in range(8)]
    for run in many:
        begin(store, run)
    results = race(store, [committing(run, 0) for run in many])
    won = [result for result in results if isinstance(result, Bookmark)]
    assert len(won) == 1
    assert latest(store) == won[0]
    said = {str(result) for result in results if not isinstance(result, Bookmark)}
    assert said == {f"the bookmark of job j was committed by run {won[0].run_id} after this run began"}


def test_a_reset_and_a_commit_at_the_same_moment_leave_what_the_last_one_wrote(store: Store) -> None:
    job_id = store.job().id
    for _ in range(5):
        run = store.running()
        rev = begin(store, run).bookmark.rev
        committed, _ = race(store, [committing(run, rev), lambda tx: reset(tx, job_id)])
        last = latest(store)
        assert last.state == "{}", "a reset that was acknowledged is not undone by a run that began before it"
        assert last.change is Change.RESET
        assert last.rev == rev + (2 if isinstance(committed, Bookmark) else 1)


def test_a_deletion_and_a_commit_at_the_same_moment_leave_nothing(store: Store) -> None:
    for _ in range(5):
        store.define(ExecutionProperty={"MaxConcurrentRuns": 1000})
        run = store.running()
        rev, job_id = begin(store, run).bookmark.rev, store.job().id
        committed, _ = race(store, [committing(run, rev), delete])
        assert isinstance(committed, Bookmark | ConcurrentModificationException)
        found = store.read(lambda tx, job_id=job_id: bookmarks.latest(tx, job_id))
        assert found is None


def test_runs_that_begin_at_the_same_moment_each_write_a_version(store: Store) -> None:
    many = [store.running() for _ in range(6)]
    race(store, [lambda tx, run=run: bookmarking.begin(tx, run.id, fence=run.fence, now=1) for run in many * 2])
    assert [version for version, _, _ in numbers(store)] == [6, 5, 4, 3, 2, 1]
    assert latest(store).attempt == 5


def prune(store: Store) -> int:
    return store.write(lambda tx: bookmarks.prune(tx, store.clock.now(), limit=100))


def test_old_versions_go_with_what_they_remember_and_the_last_one_stays(store: Store) -> None:
    first, second = successful(store, '{"n":{"n":"1"}}'), successful(store, '{"n":{"n":"2"}}')
    store.clock.advance(1)
    assert prune(store) == 3
    assert prune(store) == 0
    assert numbers(store) == [(4, 2, Change.COMMIT)]
    assert latest(store).state == '{"n":{"n":"2"}}'
    job_id = store.job().id
    assert store.read(lambda tx: bookmarks.committed_by(tx, job_id, first.id)) is None
    assert store.read(lambda tx: bookmarks.committed_by(tx, job_id, second.id)) == latest(store)


def test_what_a_kept_version_remembers_stays_with_it(store: Store) -> None:
    successful(store, '{"n":{"n":"1"}}')
    failed = store.running()
    begin(store, failed)
    store.finish(failed, SUCCESS)
    store.clock.advance(1)
    assert prune(store) == 2
    assert numbers(store) == [(3, 1, Change.BEGIN)]
    assert latest(store).state == '{"n":{"n":"1"}}'


def test_what_a_run_has_begun_stays_until_it_is_over(store: Store) -> None:
    long = store.running()
    begin(store, long)
    begin(store, store.running())
    store.clock.advance(1)
    assert prune(store) == 0
    assert commit(store, long, 0) is not None
