"""The tables: one schema for SQLite and PostgreSQL.

Times are epoch milliseconds, documents are JSON text, flags are 0 or 1, ids are text: the subset that means the same in
both. Statements over these tables live in the module of their noun; nothing else builds SQL.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint, text
from sqlalchemy.schema import SchemaItem

#: Revision of the newest migration: what a database must be at to be served.
REVISION = "0005"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

#: 64 bit on both: SQLite's STRICT tables call it INTEGER.
Big = BigInteger().with_variant(Integer, "sqlite")


def _table(name: str, *parts: SchemaItem, rowid: bool = True) -> Table[Any]:
    """`rowid` False keeps a table of small rows in its primary key's tree alone (SQLite)."""
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=rowid)


#: A job's generation. `deleted_on` keeps what its runs refer to; a re-created name is a new row.
jobs = _table(
    "jobs",
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("definition_sha", Text, ForeignKey("definitions.sha"), nullable=False),
    Column("created_on", Big, nullable=False),
    Column("last_modified_on", Big, nullable=False),
    Column("deleted_on", Big),
    #: seq of the job's next run; reading and raising it is the job's lock.
    Column("next_seq", Big, nullable=False),
    #: Runs of the job that hold one of its MaxConcurrentRuns slots: STARTING, RUNNING and STOPPING ones.
    Column("slots", Big, nullable=False, server_default="0"),
)
Index(
    "uq_jobs_live_name",
    jobs.c.name,
    unique=True,
    sqlite_where=jobs.c.deleted_on.is_(None),
    postgresql_where=jobs.c.deleted_on.is_(None),
)

#: Content-hashed job definitions; a run pins the one that it was accepted with.
definitions = _table("definitions", Column("sha", Text, primary_key=True), Column("document", Text, nullable=False))

runs = _table(
    "runs",
    Column("id", Text, primary_key=True),
    Column("job_id", Text, ForeignKey("jobs.id"), nullable=False),
    Column("job_name", Text, nullable=False),
    Column("seq", Big, nullable=False),
    Column("state", Text, nullable=False),
    #: 1 while the state is not terminal: the predicate that the index of active runs needs.
    Column("active", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("retry_no", Integer, nullable=False),
    Column("previous_run_id", Text),
    Column("trigger_name", Text),
    #: The fire that a chain of runs descends from.
    Column("root_fire", Text),
    Column("definition_sha", Text, ForeignKey("definitions.sha"), nullable=False),
    Column("script_sha", Text),
    #: What the code ran in, as its runner reported it: a short JSON document.
    Column("environment", Text),
    Column("command", Text, nullable=False),
    Column("fence", Big, nullable=False),
    Column("owner", Text),
    Column("lease_until", Big),
    Column("start_token", Text),
    Column("started_on", Big, nullable=False),
    Column("claimed_on", Big),
    Column("running_on", Big),
    Column("last_modified_on", Big, nullable=False),
    Column("completed_on", Big),
    Column("execution_ms", Big, nullable=False),
    Column("timeout_minutes", Big, nullable=False),
    #: DPUs asked for, in sixteenths: what the account's limit counts.
    Column("dpu_16ths", Big, nullable=False, server_default="0"),
    #: The limit that a WAITING run waits for, and when it gives up; before when a retry is not launched; when
    #: NotifyDelayAfter is over; all three in steady time.
    Column("waits_for", Text),
    Column("queue_until", Big),
    Column("not_before", Big),
    Column("notify_at", Big),
    Column("state_detail", Text),
    Column("error_message", Text),
    Column("fixed", Text, nullable=False),
    #: What the runner reported; no page query reads it.
    Column("outcome", Text),
    UniqueConstraint("job_id", "seq"),
)
#: The predicate of the indexes of active runs. Written out in statements too: SQLite uses a partial index only for the
#: very same words, not for a bound parameter.
IS_ACTIVE = text("active = 1")
IS_UNOWNED = text("active = 1 AND owner IS NULL AND state <> 'WAITING'")
IS_WAITING = text("state = 'WAITING'")
IS_TO_NOTIFY = text("active = 1 AND notify_at IS NOT NULL")
IS_OWNED = text("active = 1 AND owner IS NOT NULL")
#: All runs, newest first: what ran lately, whatever its job. A new run is appended at its end.
Index("ix_runs_started_on", runs.c.started_on)
Index("ix_runs_owned", runs.c.owner, sqlite_where=IS_OWNED, postgresql_where=IS_OWNED)
Index(
    "ix_runs_unowned",
    runs.c.command,
    runs.c.started_on,
    runs.c.seq,
    sqlite_where=IS_UNOWNED,
    postgresql_where=IS_UNOWNED,
)
Index("ix_runs_waiting", runs.c.started_on, runs.c.id, sqlite_where=IS_WAITING, postgresql_where=IS_WAITING)
Index("ix_runs_to_notify", runs.c.notify_at, sqlite_where=IS_TO_NOTIFY, postgresql_where=IS_TO_NOTIFY)

#: Every move of every run, and what happened between moves.
ledger = _table(
    "ledger",
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Big, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("detail", Text),
    rowid=False,
)

#: One row: what the account's runs use, and the number of its last event. Whoever changes it holds its lock until the
#: end of the transaction, so that limits hold and events are numbered in the order in which they became true.
account = _table(
    "account",
    Column("id", Integer, primary_key=True),
    #: Runs in STARTING, RUNNING and STOPPING, and their DPUs in sixteenths.
    Column("runs", Big, nullable=False),
    Column("dpu_16ths", Big, nullable=False),
    #: Runs in WAITING.
    Column("waiting", Big, nullable=False),
    Column("events", Big, nullable=False),
)

#: A trigger's generation, as a job's is; `deleted_on` keeps what its fires refer to.
triggers = _table(
    "triggers",
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("document", Text, nullable=False),
    #: Of ACTIVATED SCHEDULED triggers only.
    Column("next_fire", Big),
    Column("created_on", Big, nullable=False),
    Column("last_modified_on", Big, nullable=False),
    Column("deleted_on", Big),
)
IS_SCHEDULED = text("next_fire IS NOT NULL")
Index(
    "uq_triggers_live_name",
    triggers.c.name,
    unique=True,
    sqlite_where=triggers.c.deleted_on.is_(None),
    postgresql_where=triggers.c.deleted_on.is_(None),
)
Index("ix_triggers_next_fire", triggers.c.next_fire, sqlite_where=IS_SCHEDULED, postgresql_where=IS_SCHEDULED)

#: The jobs whose runs ACTIVATED CONDITIONAL triggers wait for: whom an end concerns is found without a look at all.
watches = _table(
    "watches",
    Column("job_name", Text, primary_key=True),
    Column("trigger_id", Text, ForeignKey("triggers.id"), primary_key=True),
    #: The last event that was there before the trigger began to wait.
    Column("after_event", Big, nullable=False),
    rowid=False,
)
Index("ix_watches_after_event", watches.c.after_event)

#: What a trigger fired for: a time, or the set of runs that satisfied it. Unique, so it fires once. With a `note`
#: where there is something to say, above all that a time was missed and nothing was started.
fires = _table(
    "fires",
    Column("id", Text, primary_key=True),
    Column("trigger_id", Text, ForeignKey("triggers.id"), nullable=False),
    Column("fire_key", Text, nullable=False),
    Column("root_fire", Text, nullable=False),
    Column("at", Big, nullable=False),
    Column("note", Text),
    UniqueConstraint("trigger_id", "fire_key"),
)
Index("ix_fires_of_trigger", fires.c.trigger_id, fires.c.at, fires.c.id)
Index("ix_fires_at", fires.c.at, fires.c.id)

#: The runs that a fire starts, one by one. Neither a run nor a note: it is still to be started.
actions = _table(
    "actions",
    Column("fire_id", Text, ForeignKey("fires.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("trigger_name", Text, nullable=False),
    Column("job_name", Text, nullable=False),
    #: Members of StartJobRun.
    Column("request", Text, nullable=False),
    Column("predecessors", Text, nullable=False),
    Column("root_fire", Text, nullable=False),
    Column("at", Big, nullable=False),
    Column("run_id", Text),
    #: Why there is no run.
    Column("note", Text),
    rowid=False,
)
IS_PENDING = text("run_id IS NULL AND note IS NULL")
Index(
    "ix_actions_pending",
    actions.c.at,
    actions.c.fire_id,
    actions.c.number,
    sqlite_where=IS_PENDING,
    postgresql_where=IS_PENDING,
)

#: Ended runs that satisfy a condition of a CONDITIONAL trigger; with the fire that has consumed them, if one has.
sightings = _table(
    "sightings",
    Column("trigger_id", Text, ForeignKey("triggers.id"), primary_key=True),
    Column("run_id", Text, primary_key=True),
    Column("job_name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("root_fire", Text, nullable=False),
    #: Trigger that started the run.
    Column("trigger_name", Text),
    Column("ended_on", Big, nullable=False),
    #: No foreign key: it would look through this table for every fire that is forgotten.
    Column("fire_id", Text),
    rowid=False,
)
IS_UNCONSUMED = text("fire_id IS NULL")
Index(
    "ix_sightings_waiting",
    sightings.c.trigger_id,
    sightings.c.root_fire,
    sqlite_where=IS_UNCONSUMED,
    postgresql_where=IS_UNCONSUMED,
)
Index("ix_sightings_ended_on", sightings.c.ended_on)

#: Every version of every bookmark, but what it remembers: that stands once for all versions of a `rev`.
bookmarks = _table(
    "bookmarks",
    Column("job_id", Text, ForeignKey("jobs.id"), primary_key=True),
    Column("version", Big, primary_key=True),
    #: Moved by every change but a run's begin.
    Column("rev", Big, nullable=False),
    Column("run", Big, nullable=False),
    Column("attempt", Big, nullable=False),
    Column("run_id", Text),
    Column("previous_run_id", Text),
    Column("change", Text, nullable=False),
    #: The run that wrote this version. No foreign key: the last version outlives it.
    Column("author", Text),
    Column("at", Big, nullable=False),
    rowid=False,
)
Index("ix_bookmarks_author", bookmarks.c.author, bookmarks.c.version)
Index("ix_bookmarks_at", bookmarks.c.at)

#: What a rev of a bookmark remembers. Its key lets one of two writers of a rev win.
bookmark_states = _table(
    "bookmark_states",
    Column("job_id", Text, ForeignKey("jobs.id"), primary_key=True),
    Column("rev", Big, primary_key=True),
    Column("state", Text, nullable=False),
    Column("sources", Text, nullable=False),
)

#: Responses of calls that an SDK or an orchestrator may send again. No index on `at`: pruning may be slow, starting a
#: run may not.
idempotency = _table(
    "idempotency",
    Column("key", Text, primary_key=True),
    #: Hash of the request's body: the same token with another request is a mistake.
    Column("request_sha", Text, nullable=False, server_default=""),
    Column("response", Text, nullable=False),
    Column("at", Big, nullable=False),
    rowid=False,
)

#: Scripts that ran, by the hash of their text. `used_on` is when a run of it started last, to the day.
scripts = _table(
    "scripts",
    Column("sha", Text, primary_key=True),
    Column("used_on", Big, nullable=False),
    Column("text", Text, nullable=False),
)
Index("ix_scripts_used_on", scripts.c.used_on)

tags = _table(
    "tags",
    Column("resource", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

#: Access keys of clients, and secrets of the service itself (kind `service`).
keys = _table(
    "keys",
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("created_on", Big, nullable=False),
)

nodes = _table(
    "nodes",
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("started_on", Big, nullable=False),
    Column("lease_until", Big, nullable=False),
)

#: Which node holds which part of a log stream.
log_segments = _table(
    "log_segments",
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("first_offset", Big, primary_key=True),
    Column("end_offset", Big, nullable=False),
    Column("node_id", Text, ForeignKey("nodes.id"), nullable=False),
)

#: Events to be told to others, written in the transaction of what they tell, numbered by the account's row.
outbox = _table(
    "outbox",
    Column("seq", Big, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Big, nullable=False),
)

#: How far each reader of the outbox has come.
cursors = _table("cursors", Column("name", Text, primary_key=True), Column("seq", Big, nullable=False))

#: The Data Catalog. What is deleted there is gone: nothing else refers to it.
databases = _table(
    "databases",
    #: In lower case, as tables' are.
    Column("name", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Column("created_on", Big, nullable=False),
)

tables = _table(
    "tables",
    Column("id", Text, primary_key=True),
    Column("database_name", Text, ForeignKey("databases.name"), nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Big, nullable=False),
    Column("document", Text, nullable=False),
    Column("partition_indexes", Text, nullable=False),
    Column("created_on", Big, nullable=False),
    Column("updated_on", Big, nullable=False),
    UniqueConstraint("database_name", "name"),
)

partitions = _table(
    "partitions",
    Column("table_id", Text, ForeignKey("tables.id"), primary_key=True),
    #: Hash of the values, which may be too long for an index; also what segments divide.
    Column("key", Text, primary_key=True),
    Column("value_list", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("created_on", Big, nullable=False),
)

connections = _table(
    "connections",
    Column("name", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Column("created_on", Big, nullable=False),
    Column("updated_on", Big, nullable=False),
)
