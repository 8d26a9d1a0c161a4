"""What holds in every database that a server leaves, whatever happened to it: the invariants of the design, by number.

The rows are read as anybody could, with SQL of our own; the table of legal moves and the rule of retries are the
service's. What only its inside could tell (who believed to hold a lease, I8) is the simulation's to check.

    I1  acknowledged runs are there                 I9   a success has an outcome that says so
    I2  every run has one cause                     I10  bookmarks move one rev at a time, and only by versions
    I3  user code started once at most              I11  limits were never exceeded; counters are what the rows say
    I4  a run's history is a path of legal moves    I12  what executes holds a slot
    I5  what is terminal stays as it is             I13  retries are a chain, and there when they are called for
    I6  each claim and release raised the fence     I14  a trigger fires once for a cause, an action starts one run
    I7  no write came after the end                 I15  times are in order
    and: each end was told once; events are numbered without gaps   I16  nothing of an ended run is left
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, NullPool, create_engine, text
from tests.conftest import wait_for

from openglue import cgroup
from openglue.model.event import STATE_CHANGE
from openglue.model.states import HOLDING, MOVES, TERMINAL, Cause, RunState
from openglue.process import MARK

if TYPE_CHECKING:
    from tests.faults.conftest import Server

Row = Mapping[str, Any]
#: Seconds after a run's end in which its processes go (promise P6).
HYGIENE_S = 10.0
#: Causes of a run's first row.
BEGINNINGS = frozenset(cause for (origin, _), causes in MOVES.items() if origin is None for cause in causes)
#: Milliseconds that a run may be over its Timeout: its grace, and a slow machine's.
OVERTIME_MS = 60_000
#: Ends that are told to listeners, as EventBridge has them.
TOLD = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.TIMEOUT, RunState.STOPPED})


class Rows:
    """All that a database has, by table."""

    def __init__(self, connection: Connection) -> None:
        self.runs = _all(connection, "SELECT * FROM runs ORDER BY started_on, seq")
        self.ledger: dict[str, list[Row]] = defaultdict(list)
        for row in _all(connection, "SELECT * FROM ledger ORDER BY run_id, seq"):
            self.ledger[row["run_id"]].append(row)
        self.jobs = _all(connection, "SELECT * FROM jobs")
        [self.account] = _all(connection, "SELECT * FROM account")
        self.definitions = {
            row["sha"]: json.loads(row["document"]) for row in _all(connection, "SELECT * FROM definitions")
        }
        self.outbox = _all(connection, "SELECT * FROM outbox ORDER BY seq")
        self.fires = _all(connection, "SELECT * FROM fires")
        self.actions = _all(connection, "SELECT * FROM actions")
        self.bookmarks = _all(connection, "SELECT * FROM bookmarks ORDER BY job_id, version")
        self.bookmark_states = _all(connection, "SELECT job_id, rev FROM bookmark_states")


def rows_of(server: Server) -> Rows:
    with connected(server) as connection:
        if not server.db:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        return Rows(connection)


def connected(server: Server) -> Connection:
    """A connection to the server's database, which its leaving closes for good."""
    url = server.db.replace("postgresql://", "postgresql+psycopg://", 1)
    # Read only: closing it must not tidy up what a killed server has left to the next one.
    engine = create_engine(url or f"sqlite:///file:{server.data / 'openglue.db'}?mode=ro&uri=true", poolclass=NullPool)
    return engine.connect()


def check_invariants(server: Server, acknowledged: Collection[str] = ()) -> None:
    """Everything that the database must say, whether the server runs or not. `acknowledged`: runs that clients hold."""
    rows = rows_of(server)
    known = {run["id"] for run in rows.runs}
    assert not set(acknowledged) - known, "I1: acknowledged runs are lost"
    assert max(Counter(acknowledged).values(), default=0) <= 1, "I2: two starts were answered with one run"
    check_rows(rows)
    server.remember({run["id"]: _end_of(run) for run in rows.runs if run["state"] in TERMINAL})
    _check_starts(server, rows)


def check_rows(rows: Rows) -> None:
    """What the rows of a database must say by themselves."""
    for run in rows.runs:
        _check_run(run, rows)
    _check_counters(rows)
    _check_overlaps(rows)
    _check_retries(rows)
    _check_events(rows)
    _check_triggers(rows)
    _check_bookmarks(rows)


def check_clean(server: Server) -> None:
    """I16, I12: of runs that have ended there is neither a process nor a cgroup, and no workspace waits for anybody."""
    ended = {run["id"] for run in rows_of(server).runs if run["state"] in TERMINAL}
    wait_for(lambda: not [*leftovers(ended)], deadline_s=HYGIENE_S, what=f"nothing left of {len(ended)} ended runs")


def check_alive(server: Server) -> None:
    """L3: after any fault, a fresh run must succeed."""
    job = server.job("")
    assert server.ended(job, server.start_run(job))["JobRunState"] == "SUCCEEDED"


def leftovers(run_ids: Collection[str]) -> Iterator[str]:
    """What is there on this machine of these runs: processes and cgroups, in words."""
    for name, pid in marks():
        if name.rpartition(".")[0] in run_ids:
            yield f"process {pid} of {name}"
    place = cgroup.find()
    for directory in () if place is None else place.directories.values():
        for group in directory.glob(f"{cgroup.PREFIX}*"):
            if group.name.removeprefix(cgroup.PREFIX).rpartition(".")[0] in run_ids:
                yield f"cgroup {group.name}"


def marks() -> Iterator[tuple[str, int]]:
    """Every process of any run on this machine: its mark and pid."""
    wanted = f"{MARK}=".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                for item in (entry / "environ").read_bytes().split(b"\0"):
                    if item.startswith(wanted):
                        yield os.fsdecode(item.removeprefix(wanted)), int(entry.name)


def runners(data: Path) -> list[int]:
    """Processes that work in a workspace of this data directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if (entry / "cwd").readlink().is_relative_to(data / "runs"):
                    found.append(int(entry.name))
    return found


def _all(connection: Connection, query: str) -> list[Row]:
    return [row._mapping for row in connection.execute(text(query))]


def _check_run(run: Row, rows: Rows) -> None:
    """I2, I4 to I7, I9, I15, I16: one run and its history."""
    name, state = run["id"], RunState(run["state"])
    terminal = state in TERMINAL
    assert run["active"] == int(not terminal), name
    assert (run["completed_on"] is not None) == terminal, name
    path = rows.ledger[name]
    assert [row["seq"] for row in path] == [*range(1, len(path) + 1)], f"I4: {name}: the ledger has a gap"
    assert path[0]["cause"] in BEGINNINGS, f"I2: {name} has no cause"
    previous: str | None = None
    for row in path:
        origin, to = row["from_state"], row["to_state"]
        assert origin == previous, f"I4: {name}: the ledger has a gap"
        causes = MOVES.get((None if origin is None else RunState(origin), RunState(to)))
        assert origin == to or (causes is not None and row["cause"] in causes), f"I4: {name}: {origin} -> {to}"
        assert origin not in TERMINAL, f"I5, I7: {name}: {row['cause']} after the end"
        previous = to
    assert previous == state, f"I4: {name}: the ledger ends elsewhere"
    causes_of = Counter(row["cause"] for row in path)
    assert run["fence"] == causes_of[Cause.CLAIMED] + causes_of[Cause.RELEASED], f"I6: {name}: {causes_of}"
    assert causes_of[Cause.STARTED] == int(run["start_token"] is not None) <= 1, f"I3: {name}: {causes_of}"
    assert (run["running_on"] is not None) == (run["start_token"] is not None), name
    if terminal:
        assert (run["owner"], run["lease_until"]) == (None, None), f"I16: {name} is ended and owned"
        assert run["completed_on"] >= (run["running_on"] or run["started_on"]) >= run["started_on"], f"I15: {name}"
        assert run["execution_ms"] <= run["timeout_minutes"] * 60_000 + OVERTIME_MS, f"I15: {name}"
    if state is RunState.SUCCEEDED:
        outcome = json.loads(run["outcome"])
        assert (outcome["ending"], outcome.get("exit_code")) == ("exited", 0), f"I9: {name}: {outcome}"
        assert run["start_token"] is not None, f"I9: {name} succeeded and never started"


def _end_of(run: Row) -> tuple[object, ...]:
    return tuple(run[name] for name in ("state", "completed_on", "error_message", "execution_ms", "fence"))


def _check_starts(server: Server, rows: Rows) -> None:
    """I3, by what scripts themselves have written down as their first act."""
    states = {run["id"]: run for run in rows.runs}
    for run_id, count in server.started().items():
        assert count == 1, f"I3: {run_id} started {count} times"
        if run_id in states:
            assert states[run_id]["start_token"] is not None, f"I3: {run_id} started unasked"


def _check_counters(rows: Rows) -> None:
    """I11: what is counted is what the rows say."""
    holding = [run for run in rows.runs if run["state"] in HOLDING]
    slots = Counter(run["job_id"] for run in holding)
    for job in rows.jobs:
        assert job["slots"] == slots[job["id"]], f"I11: {job['name']} counts {job['slots']}, has {slots[job['id']]}"
    counted = tuple(rows.account[name] for name in ("runs", "dpu_16ths", "waiting"))
    waiting = sum(run["state"] == RunState.WAITING for run in rows.runs)
    assert counted == (len(holding), sum(run["dpu_16ths"] for run in holding), waiting), "I11: the account's counts"


def _check_overlaps(rows: Rows) -> None:
    """I11: at no time more runs of a job held a slot than the job ever allowed."""
    by_job: dict[str, list[Row]] = defaultdict(list)
    for run in rows.runs:
        by_job[run["job_id"]].append(run)
    for runs in by_job.values():
        allowed = max(
            rows.definitions[run["definition_sha"]].get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)
            for run in runs
        )
        changes = sorted(change for run in runs for change in _holds(run, rows.ledger[run["id"]]))
        held = 0
        for _at, change in changes:
            held += change
            assert held <= allowed, f"I11: {held} runs of {runs[0]['job_name']} at a time"


def _allowed(definition: Mapping[str, Any]) -> int:
    return int((definition.get("ExecutionProperty") or {}).get("MaxConcurrentRuns") or 1)


def _holds(run: Row, path: Iterable[Row]) -> Iterator[tuple[int, int]]:
    """When the run took its slot and gave it back; what was given back in a millisecond comes before what was taken."""
    taken = next((row["at"] for row in path if row["to_state"] == RunState.STARTING), None)
    if taken is not None:
        yield taken, 1
        if run["completed_on"] is not None:
            yield max(run["completed_on"], taken), -1


def _check_retries(rows: Rows) -> None:
    """I13: by the definition that each run was accepted with."""
    by_id = {run["id"]: run for run in rows.runs}
    followers: Counter[str] = Counter()
    for run in rows.runs:
        if rows.ledger[run["id"]][0]["cause"] != Cause.RETRIED:
            continue
        followers[run["previous_run_id"]] += 1
        before = by_id.get(run["previous_run_id"])
        if before is None:
            continue  # forgotten
        assert before["state"] == RunState.FAILED, f"I13: {run['id']} is the retry of what did not fail"
        assert (run["retry_no"], run["attempt"]) == (before["retry_no"] + 1, before["attempt"] + 1), f"I13: {run['id']}"
        assert run["started_on"] >= before["completed_on"], f"I13: {run['id']} came before the end"
    assert max(followers.values(), default=1) == 1, f"I13: {followers.most_common(1)} retries"
    live = {job["id"] for job in rows.jobs if job["deleted_on"] is None}
    for run in rows.runs:
        tries = int(rows.definitions[run["definition_sha"]].get("MaxRetries") or 0)
        assert run["retry_no"] <= tries, f"I13: {run['id']} is a retry too many"
        called_for = run["state"] == RunState.FAILED and run["retry_no"] < tries and run["job_id"] in live
        if called_for and rows.ledger[run["id"]][-1]["cause"] not in {Cause.TRIGGER_REFUSED, Cause.QUEUE_LIMIT}:
            assert followers[run["id"]] == 1, f"I13: nothing followed {run['id']}"


def _check_events(rows: Rows) -> None:
    """The outbox is complete: no number is missing, and each end that is told was told once."""
    last = rows.account["events"]
    numbers = [row["seq"] for row in rows.outbox]
    assert numbers == [*range(last - len(numbers) + 1, last + 1)], "events are missing"
    told = Counter(
        (row["run_id"], json.loads(row["detail"])["state"]) for row in rows.outbox if row["kind"] == STATE_CHANGE
    )
    assert max(told.values(), default=1) == 1, f"told twice: {told.most_common(1)}"
    if len(numbers) == last:
        ends = {(run["id"], run["state"]) for run in rows.runs if run["state"] in TOLD}
        assert ends <= set(told), f"ends that were not told: {ends - set(told)}"


def _check_triggers(rows: Rows) -> None:
    """I14: a cause is in one fire, a run is in one action, and every run of a trigger comes from one."""
    causes = Counter((fire["trigger_id"], fire["fire_key"]) for fire in rows.fires)
    assert max(causes.values(), default=1) == 1, "I14: a trigger fired twice for a cause"
    started = Counter(action["run_id"] for action in rows.actions if action["run_id"] is not None)
    assert max(started.values(), default=1) == 1, "I14: two actions have one run"
    for run in rows.runs:
        first = rows.ledger[run["id"]][0]["cause"]
        if run["trigger_name"] is not None and first not in {Cause.RETRIED, Cause.RESTARTED}:
            assert started[run["id"]] == 1, f"I14: {run['id']} has a trigger and no action"


def _check_bookmarks(rows: Rows) -> None:
    """I10: each version but a begin moves the rev by one, and there is one state for each rev."""
    states = Counter((row["job_id"], row["rev"]) for row in rows.bookmark_states)
    assert max(states.values(), default=1) == 1, "I10: two states of one rev"
    runs = {run["id"]: run for run in rows.runs}
    last: dict[str, Row] = {}
    for row in rows.bookmarks:
        before = last.get(row["job_id"])
        if before is not None:
            assert row["version"] == before["version"] + 1, f"I10: a version is missing before {dict(row)}"
            assert row["rev"] == before["rev"] + int(row["change"] != "BEGIN"), f"I10: {dict(before)} -> {dict(row)}"
        if row["change"] == "COMMIT" and row["author"] in runs:
            noted = [entry["cause"] for entry in rows.ledger[row["author"]]]
            assert Cause.BOOKMARK_COMMITTED in noted, f"I10: {row['author']} committed outside its life"
        last[row["job_id"]] = row
