"""`openglue runs explain`: why a run is as it is, in sentences. Pure: only what ledger, outcome and log say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from openglue.cli import display, restarts, timeline
from openglue.cli.history import History
from openglue.model.arguments import TERMINAL as TERMINAL_ARGUMENT
from openglue.model.decide import OVERRUN_MS
from openglue.model.job import timeout_minutes
from openglue.model.outcome import Ending
from openglue.model.states import TERMINAL, Cause

#: Lines of the script before and after the failing one.
AROUND = 2
#: What a launch error begins with; the sentence says it otherwise.
_LAUNCH_ERROR = "LAUNCH ERROR | "


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """The failing line of a script and its neighbours, by their numbers."""

    location: str
    line: int
    lines: Mapping[int, str]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    history: History
    sentences: Sequence[str]
    excerpt: Excerpt | None
    #: The last lines of the error stream.
    log: Sequence[str]


def explain(history: History, log: Sequence[str], now: float) -> Explanation:
    """Why the run is as it is at `now` (epoch seconds)."""
    sentences = [*_origin(history), *_delays(history), *_present(history, now), *_end(history), *_retries(history)]
    sentences += [*_surroundings(history)]
    return Explanation(history=history, sentences=sentences, excerpt=_excerpt(history), log=log)


def document(explanation: Explanation) -> dict[str, Any]:
    """The explanation for programs."""
    excerpt = explanation.excerpt
    return {
        "JobRun": explanation.history.run,
        "Sentences": list(explanation.sentences),
        "FailedLine": None
        if excerpt is None
        else {"Script": excerpt.location, "Line": excerpt.line, "Lines": dict(excerpt.lines)},
        "LastLogLines": list(explanation.log),
        "Timeline": [
            {"At": step.at, "What": step.what, "After": step.after} for step in timeline.steps(explanation.history)
        ],
    }


def text(explanation: Explanation) -> str:
    """The explanation for people."""
    run = explanation.history.run
    parts = [f"{display.state(run['JobRunState'])}  job {run['JobName']}, run {display.short(run['Id'])}"]
    parts.append("\n".join(display.printable(" ".join(sentence.split())) for sentence in explanation.sentences))
    excerpt = explanation.excerpt
    if excerpt is not None:
        width = len(str(max(excerpt.lines)))
        rows = [
            f"  {'>' if number == excerpt.line else ' '} {number:>{width}}  {display.printable(content)}".rstrip()
            for number, content in excerpt.lines.items()
        ]
        parts.append("\n".join([_heading(excerpt.location), *rows]))
    if explanation.log:
        rows = [f"    {display.printable(line)}".rstrip() for line in explanation.log]
        parts.append("\n".join([_heading("The last lines of its error log"), *rows]))
    day = display.moment(run["StartedOn"]).partition(" ")[0]
    rows = [f"    {display.printable(line)}" for line in timeline.lines(explanation.history)]
    parts.append("\n".join([_heading(f"Timeline of {day}"), *rows]))
    return "\n\n".join(parts)


def _heading(words: str) -> str:
    return typer.style(words, dim=True)


def _origin(history: History) -> Iterator[str]:
    """What made it."""
    run = history.run
    previous = run.get("PreviousRunId")
    if history.at(Cause.RETRIED) is not None:
        reason = next(iter(history.entries(Cause.RETRIED))).get("Detail", "").partition(" ended: ")[2]
        yield f"It is retry {history.document['RetryNumber']} of {_max_retries(history)}, because {previous} failed" + (
            f": {reason}" if reason else "."
        )
    elif history.at(Cause.RESTARTED) is not None:
        yield f"It has taken the place of {previous}, which was to be restarted for maintenance."
    elif previous is not None:
        yield f"It was started to run {previous} again."
    elif run.get("TriggerName"):
        yield f"The trigger {run['TriggerName']} started it."


def _delays(history: History) -> Iterator[str]:
    """What held it up, and is over."""
    queued, admitted = history.ledger[0], history.at(Cause.ADMITTED)
    if admitted is not None:
        reason = queued.get("Detail") or "Waiting for a limit"
        yield f"It was queued for {display.span(admitted - queued['At'])}: {_lower(reason)}."
    ready, claims = admitted or queued["At"], history.entries(Cause.CLAIMED)
    due = max(ready, history.document.get("NotBefore") or 0)
    if claims and claims[0]["At"] - due >= 1:
        waited = display.span(claims[0]["At"] - due)
        yield f"It waited {waited} until it was taken: for room on the machine, or for a server."
    for entry in history.entries(Cause.RELEASED):
        yield f"A launch was lost before the script started ({entry.get('Detail', 'unknown why')}), and made again."


def _present(history: History, now: float) -> Iterator[str]:
    """What it does, if it is not over."""
    run, detail = history.run, history.run.get("StateDetail")
    match history.state:
        case "WAITING":
            reason = str(detail or "Waiting for a limit").partition(";")[0]
            place = history.document.get("QueuePosition")
            yield f"It is {_lower(reason)}" + (f", as number {place} of the queue." if place else ".")
            until = history.document.get("QueueUntil")
            if until is not None:
                yield f"If there is no room by {display.moment(until)} (in {_left(until, now)}), it ends as FAILED."
        case "STARTING" if detail:
            yield f"It is {_lower(str(detail))}."
            due = history.document.get("NotBefore")
            if due is not None and due > now:
                yield f"It is not launched before {display.moment(due)} (in {_left(due, now)})."
        case "STARTING" if history.at(Cause.CLAIMED) is None:
            yield f"It was accepted {_ago(run['StartedOn'], now)} ago, and nobody has taken it yet."
        case "STARTING":
            claimed = history.entries(Cause.CLAIMED)[-1]
            yield f"{claimed['Actor']} took it {_ago(claimed['At'], now)} ago and gets what it needs ready."
        case "RUNNING":
            began = history.at(Cause.STARTED) or run["StartedOn"]
            yield f"Its script has been running for {_ago(began, now)}."
            if "Timeout" in run:
                due = began + 60 * run["Timeout"]
                yield (
                    f"Its Timeout of {run['Timeout']} min is over at {display.moment(due)}; {_timeout_origin(history)}."
                )
            yield from restarts.to_come(history, now)
        case "STOPPING":
            asked = history.at(Cause.STOP_ASKED) or run["LastModifiedOn"]
            yield f"A stop was asked {_ago(asked, now)} ago; it is STOPPED when the last of its processes is gone."
            if now - asked > OVERRUN_MS / 1000:
                yield "If its runner does not react, its server kills them all a minute after stop_grace_s is over."


def _end(history: History) -> Iterator[str]:
    """How it ended."""
    run = history.run
    match history.state:
        case "SUCCEEDED":
            yield f"Its script ran for {_running(history)} and ended well."
        case "TIMEOUT":
            yield (
                f"Its script was still running when its Timeout of {run['Timeout']} min was over, and was ended; "
                f"{_timeout_origin(history)}."
            )
        case "STOPPED":
            yield _stop(history)
        case "EXPIRED":
            yield from restarts.over(history)
        case "FAILED" | "ERROR":
            yield from _failure(history)


def _stop(history: History) -> str:
    asked, started = history.at(Cause.STOP_ASKED), history.at(Cause.STARTED)
    ended = history.run.get("CompletedOn", history.run["LastModifiedOn"])
    if asked is None:
        return "It was stopped while it was in the queue; its script never started."
    since = "before its script had started" if started is None else f"{display.span(asked - started)} into its script"
    return f"A stop was asked at {display.moment(asked)}, {since}; it had ended {display.span(ended - asked)} later."


def _failure(history: History) -> Iterator[str]:
    outcome, message = history.outcome, str(history.run.get("ErrorMessage", "no reason was given"))
    if history.at(Cause.QUEUE_LIMIT) is not None:
        waited = (history.at(Cause.QUEUE_LIMIT) or 0) - history.ledger[0]["At"]
        yield f"It waited {display.span(waited)} for room, as long as a run may, and gave up: {message}."
        return
    if history.at(Cause.LAUNCH_FAILED) is not None:
        yield f"Its script never started: {message.removeprefix(_LAUNCH_ERROR)}"
        return
    match outcome.get("Ending"):
        case Ending.EXITED if outcome.get("Exception") == "SystemExit":
            yield f"Its script ended itself by SystemExit, with exit code {outcome.get('ExitCode', 'unknown')}."
            if outcome.get("ExitCode") == 0:
                yield "A Spark job must end without sys.exit, here as on AWS: even code 0 fails it."
        case Ending.EXITED if "Exception" in outcome:
            where = f" in line {outcome['Line']}" if "Line" in outcome else ""
            said = f": {outcome['Message']}" if outcome.get("Message") else ""
            yield f"Its script failed{where} after {_running(history)} with {outcome['Exception']}{said}"
        case Ending.EXITED:
            yield f"Its script's process ended after {_running(history)} with exit code {outcome.get('ExitCode')}."
        case Ending.SIGNALLED if _is_debugged(history):
            yield f"{message} after {_running(history)}: it was debugged in a terminal, and that has gone."
        case Ending.SIGNALLED:
            yield f"{message} after {_running(history)}. OpenGlue did not send it."
        case Ending.OUT_OF_MEMORY:
            had = history.environment.get("MemoryMb")
            size = "" if had is None else f", {had} MiB"
            yield f"It needed more memory than it had{size}, after {_running(history)}."
        case Ending.WORKER_LOST:
            yield "Its runner was lost while the script was running: killed, or its machine went down."
            yield "How the script ended is not known, so it was not started again under the same id."
        case _:
            yield f"It ended as {history.state}: {message}"


def _retries(history: History) -> Iterator[str]:
    """What came, or comes, after it."""
    if history.state not in TERMINAL or history.state == "SUCCEEDED":
        return
    most, number = _max_retries(history), history.document["RetryNumber"]
    left = max(most - number, 0)
    if "RetriedAs" in history.document:
        after = left - 1
        yield f"It was retried as {history.document['RetriedAs']}; {_count(after)} left after that one."
    elif history.state != "FAILED":
        if left:
            yield f"It was not retried: a run that ends as {history.state} is not, only one that FAILED."
    elif history.at(Cause.QUEUE_LIMIT) is not None or history.at(Cause.TRIGGER_REFUSED) is not None:
        if left:
            yield "It was not retried: a run that was never let in is not."
    elif _is_debugged(history):
        if left:
            yield "It was not retried: it was debugged in a terminal."
    elif most == 0:
        yield "It was not retried: its job has no MaxRetries."
    elif left == 0:
        yield f"It was not retried again: its job's MaxRetries of {most} are used up."
    else:
        yield f"There is no retry of it, though {_count(left)} left: a job that was deleted or made anew starts none."


def _surroundings(history: History) -> Iterator[str]:
    """What it ran in, and what is left of that."""
    if "KeptWorkspace" in history.document:
        yield f"Its working directory is kept: {history.document['KeptWorkspace']}"
    got = history.environment
    if not got:
        return
    parts = [f"Python {got['Python']}"]
    parts += [f"{name} {got[name]}" for name in ("Spark", "Java") if name in got]
    share = f"{got['MemoryMb']} MiB of memory" + (f" and {got['Cores']} cores" if "Cores" in got else "")
    verb = "ran" if history.state in TERMINAL else "runs"
    yield f"It {verb} on the runtime {got['Runtime']} ({', '.join(parts)}) with {share}."


def _excerpt(history: History) -> Excerpt | None:
    line = history.outcome.get("Line")
    if line is None or history.script is None:
        return None
    lines = history.script.splitlines()
    if not 1 <= line <= len(lines):
        return None
    numbers = range(max(line - AROUND, 1), min(line + AROUND, len(lines)) + 1)
    return Excerpt(location=history.location, line=line, lines={number: lines[number - 1] for number in numbers})


def _timeout_origin(history: History) -> str:
    """Who said the run's Timeout, as far as that can be told from what there is."""
    given, timeout = history.definition.get("Timeout"), history.run["Timeout"]
    if given == timeout:
        return "its job says so"
    if given is None and timeout == timeout_minutes(history.definition):
        version = history.definition.get("GlueVersion")
        return "the default" if version is None else f"the default of Glue {version}"
    return "it was started with that Timeout"


def _is_debugged(history: History) -> bool:
    return TERMINAL_ARGUMENT in history.run.get("Arguments", {})


def _max_retries(history: History) -> int:
    return int(history.definition.get("MaxRetries") or 0)


def _running(history: History) -> str:
    return display.span(history.outcome.get("ExecutionMs", 0) / 1000)


def _left(until: float, now: float) -> str:
    return display.duration(until - now)


def _ago(at: float, now: float) -> str:
    return display.span(now - at)


def _count(retries: int) -> str:
    return {0: "no retry is", 1: "1 retry is"}.get(retries, f"{retries} retries are")


def _lower(sentence: str) -> str:
    return f"{sentence[:1].lower()}{sentence[1:]}".rstrip(".")
