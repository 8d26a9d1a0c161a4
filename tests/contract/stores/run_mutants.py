"""The code of runs with one line of it wrong: each is a mistake that such code can have, and some had."""

from __future__ import annotations

from tests.contract.bookmarks.mutants import Mutant

from openglue.api import run_protocol
from openglue.api.context import Context
from openglue.model import admission as model_admission
from openglue.model import decide, retry
from openglue.scheduler.reaper import Reaper
from openglue.store import endings, history, idempotency, runs

#: Add a mutant here.
MUTANTS = (
    Mutant(
        mistake="a runner starts under any fence",
        of=runs.start,
        says="run is None or run.fence != fence",
        would_say="run is None",
        breaks="I3|I8|L1",
    ),
    Mutant(
        mistake="whoever asks may start what has started",
        of=runs.start,
        says="run.start_token == token",
        would_say="True",
        breaks="I3",
    ),
    Mutant(
        mistake="a runner reports under any fence",
        of=run_protocol.finished,
        says="run is None or run.fence != call.fence",
        would_say="run is None",
        breaks="I7|I8|I9",
    ),
    Mutant(
        mistake="a run whose runner is gone always starts again",
        of=decide._lost,
        says="run.state is RunState.STARTING",
        would_say="True",
        breaks="L1",
    ),
    Mutant(
        mistake="one retry more than there are",
        of=retry.is_retried,
        says="run.retry_no < ",
        would_say="run.retry_no <= ",
        breaks="I13",
    ),
    Mutant(
        mistake="a retry does not count as a retry",
        of=retry.retry_of,
        says="retry_no=run.retry_no + 1",
        would_say="retry_no=run.retry_no",
        breaks="I13",
    ),
    Mutant(
        mistake="what follows a run is not counted",
        of=endings._follow,
        says="account.change(tx, runs=1, dpu_16ths=run.dpu_16ths)",
        would_say="pass",
        breaks="I11",
    ),
    Mutant(
        mistake="one run more than a job has slots",
        of=model_admission.reached,
        says="slots >= max_slots",
        would_say="slots > max_slots",
        breaks="I11",
    ),
    Mutant(
        mistake="a start that is sent again starts again",
        of=Context.write_once,
        says="if once is None:",
        would_say="if True:",
        breaks="I1|I2",
    ),
    Mutant(
        mistake="a start is remembered that came to nothing",
        of=idempotency.do,
        says="kept: dict[str, Any] = msgspec.json.decode(row[1])",
        would_say="kept = {'JobRunId': 'jr_0'}",
        breaks="I1|I2",
    ),
    Mutant(
        mistake="history forgets what has just ended",
        of=history.old_runs,
        says="completed_on is not None and completed_on < before",
        would_say="completed_on is not None",
        breaks="I1",
    ),
    Mutant(
        mistake="nothing is swept",
        of=Reaper.round,
        says="run.completed_on is not None",
        would_say="False",
        breaks="L1",
    ),
)
