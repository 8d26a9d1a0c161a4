"""The history of one run: GetJobRunHistory, and GetScript for the script that it ran."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openglue.api.context import Context
from openglue.api.operations.runs import job_run
from openglue.engines.kept import kept_workspace
from openglue.errors import EntityNotFoundException
from openglue.model.arguments import merge
from openglue.model.outcome import Outcome
from openglue.model.restart import successor_id
from openglue.model.retry import retry_id
from openglue.model.run import Run
from openglue.model.states import RunState
from openglue.store import jobs, ledger, runs, scripts, waiting
from openglue.store.database import Tx


async def get_job_run_history(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Everything that is known of a run: what was asked for, what it ran in, what happened to it and when."""
    run_id = request["RunId"]

    def read(tx: Tx) -> dict[str, Any]:
        run = runs.get(tx, run_id)
        if run is None:
            raise EntityNotFoundException(f"Job run with id: {run_id} not found.")
        history = _history(tx, run, context.workspaces)
        # Deadlines are kept in steady time, and told by the clock that its reader looks at.
        ahead = context.clock.now() - tx.steady_now()
        for name, moment in (("QueueUntil", run.queue_until), ("NotBefore", run.not_before)):
            if moment is not None:
                history[name] = (moment + ahead) / 1000
        return history

    return await context.read(read)


async def get_script(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    sha = request["Sha256"]
    text = await context.read(lambda tx: scripts.text(tx, sha))
    if text is None:
        raise EntityNotFoundException(f"Script with Sha256: {sha} not found.")
    return {"Sha256": sha, "Text": text}


def _history(tx: Tx, run: Run, runs_folder: Path) -> dict[str, Any]:
    definition = jobs.definition(tx, run.definition_sha)
    outcome = runs.outcome(tx, run.id)
    script_sha, environment = runs.reported(tx, run.id)
    history: dict[str, Any] = {
        "JobRun": job_run(tx, run),
        "RetryNumber": run.retry_no,
        "Ledger": [_entry(entry) for entry in ledger.of_run(tx, run.id)],
        "Definition": definition,
        "MergedArguments": merge(
            definition.get("DefaultArguments") or {},
            run.fixed.get("Arguments") or {},
            definition.get("NonOverridableArguments") or {},
        ),
    }
    if outcome is not None:
        history["Outcome"] = _outcome(outcome)
    if environment is not None:
        history["Environment"] = environment.members()
    if script_sha is not None:
        history["ScriptSha256"] = script_sha
    workspace = kept_workspace(runs_folder, run.id, run.fence)
    if workspace is not None:
        history["KeptWorkspace"] = str(workspace)
    if run.state is RunState.WAITING:
        history["QueuePosition"] = waiting.position(tx, run)
    for name, follower_id in (("RetriedAs", retry_id(run)), ("RestartedAs", successor_id(run.id))):
        follower = runs.get(tx, follower_id)
        # The retry of a run that was restarted has the id that a retry of the first run would have.
        if follower is not None and follower.previous_run_id == run.id:
            history[name] = follower_id
    return history


def _entry(entry: ledger.Entry) -> dict[str, Any]:
    members: dict[str, Any] = {
        "At": entry.at / 1000,
        "To": entry.to_state.value,
        "Cause": entry.cause.value,
        "Actor": entry.actor,
    }
    if entry.from_state is not None:
        members["From"] = entry.from_state.value
    if entry.detail is not None:
        members["Detail"] = entry.detail
    return members


def _outcome(outcome: Outcome) -> dict[str, Any]:
    members = {
        "Ending": outcome.ending.value,
        "ExitCode": outcome.exit_code,
        "Signal": outcome.signal,
        "Exception": outcome.exception,
        "Message": outcome.message,
        "Line": outcome.line,
        "ExecutionMs": outcome.execution_ms,
    }
    return {name: value for name, value in members.items() if value is not None}
