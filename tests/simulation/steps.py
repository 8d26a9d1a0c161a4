"""All that can happen next in a world: acts of servers, of runners and of users, time that passes, and faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.simulation.rules import Rules, ended, outcome_of
from tests.simulation.world import Phase, Runner, Server, World

from openglue.model.outcome import Ending
from openglue.model.states import TERMINAL, RunState


class Step(NamedTuple):
    name: str
    after: World
    #: Whether it happens by itself, sooner or later: faults and users' wishes need not.
    due: bool = True


def steps(rules: Rules, world: World) -> Iterator[Step]:
    for node in range(len(world.servers)):
        yield from _of_server(rules, world, node)
    for runner in world.runners:
        yield from _of_runner(rules, world, runner)
        yield from _of_user_code(rules, world, runner)
    yield from _of_users(rules, world)
    yield from _of_time(world)


def _of_server(rules: Rules, world: World, node: int) -> Iterator[Step]:
    server = world.servers[node]
    if not server.up:
        yield Step(f"server {node} starts", world.with_server(node, Server(settled=False)))
        return
    if world.faults:
        yield Step(f"server {node} dies", _fault(world).with_server(node, Server(up=False)), due=False)
    if server.todo:
        yield _carry_out(rules, world, node)
        if world.faults and server.todo[0].kind == "launch":
            failed = server.todo[0]._replace(kind="finish", ending=Ending.LAUNCH_FAILED)
            after = _fault(world).with_server(node, server._replace(todo=(failed, *server.todo[1:])))
            yield Step(f"server {node} cannot launch", after, due=False)
    else:
        todo = rules.decide(world, node)
        if todo:
            yield Step(f"server {node} decides", world.with_server(node, server._replace(todo=todo)))
    for runner in world.runners:
        if runner.node == node and rules.clears(world, runner):
            yield Step(f"server {node} clears {_named(runner)}", world.without(runner))


def _carry_out(rules: Rules, world: World, node: int) -> Step:
    """The first thing on a server's list; a lost race changes nothing."""
    server = world.servers[node]
    todo, left = server.todo[0], server._replace(todo=server.todo[1:])
    name = f"server {node} carries out {todo.kind} of run {todo.run}"
    done, row = world.with_server(node, left), world.rows[todo.run]
    if todo.seen.owner not in {None, node} and rules.renewed(row, todo.seen):
        return Step(f"{name}: its owner is back", done)
    match todo.kind:
        case "claim":
            claimed = rules.claim(row, todo.seen, node)
            if claimed is not None:
                launch = todo._replace(kind="launch", seen=claimed)
                done = done.with_row(todo.run, claimed).with_server(node, left._replace(todo=(launch, *left.todo)))
        case "launch":
            done = done.with_runner(Runner(todo.run, todo.seen.fence, node, Phase.BOOTED))
        case "release":
            runner = world.runner(todo.run, todo.seen.fence)
            if runner is not None and runner.node == node:
                done = done.without(runner)
            released = rules.release(row, todo.seen)
            done = done if released is None else done.with_row(todo.run, released)
        case "finish":
            finished = rules.finish(done, todo.run, todo.seen, ended(todo))
            done = done if finished is None else finished
        case _:
            raise AssertionError(todo)
    return Step(name, done)


def _of_runner(rules: Rules, world: World, runner: Runner) -> Iterator[Step]:
    if not runner.lives:
        return
    name = _named(runner)
    if world.faults:
        killed = runner._replace(phase=Phase.GONE, paused=False, orphans=runner.phase is Phase.RUNNING)
        yield Step(f"{name} is killed", _fault(world).with_runner(killed), due=False)
        if not runner.paused:
            yield Step(f"{name} is paused", _fault(world).with_runner(runner._replace(paused=True)), due=False)
    if runner.paused:
        yield Step(f"{name} goes on", world.with_runner(runner._replace(paused=False)))
        return
    if world.servers[runner.node].up:
        yield from _talk(rules, world, runner)
    if runner.phase is Phase.GRANTED:
        starts = list(world.starts)
        starts[runner.run] += 1
        begun = world.with_runner(runner._replace(phase=Phase.RUNNING))._replace(starts=tuple(starts))
        yield Step(f"{name} starts user code", begun)
    if runner.phase is Phase.RUNNING:
        for code in (0, 1):
            over = runner._replace(phase=Phase.WRITTEN, file=True, ending=Ending.EXITED, exit_code=code)
            yield Step(f"user code of {name} ends with {code}", world.with_runner(over))


def _talk(rules: Rules, world: World, runner: Runner) -> Iterator[Step]:
    """What a runner and its server say to each other."""
    if runner.phase is Phase.BOOTED:
        yield from _ask_to_start(rules, world, runner)
    elif runner.phase in {Phase.GRANTED, Phase.RUNNING}:
        yield from _heartbeat(rules, world, runner)
    elif runner.phase is Phase.WRITTEN:
        row, gone = world.rows[runner.run], world.with_runner(runner._replace(phase=Phase.GONE))
        if row.fence == runner.fence and row.state not in TERMINAL:
            gone = rules.finish(gone, runner.run, row, outcome_of(runner)) or gone
        yield Step(f"{_named(runner)} reports", gone)


def _ask_to_start(rules: Rules, world: World, runner: Runner) -> Iterator[Step]:
    name, row = _named(runner), world.rows[runner.run]
    started = rules.start(row, runner.fence)
    if started is not None:
        told = world.with_row(runner.run, started)
        yield Step(f"{name} may start", told.with_runner(runner._replace(phase=Phase.GRANTED)))
        if world.faults and started != row:
            yield Step(f"the answer to {name} is lost", _fault(told), due=False)
    elif not rules.start_is_asked:
        yield Step(f"{name} starts anyway", world.with_runner(runner._replace(phase=Phase.GRANTED)))
    elif row.fence == runner.fence and row.state is RunState.STOPPING:
        yield Step(f"{name} hears of the stop first", world.with_runner(_stopped(runner)))
    else:
        yield Step(f"{name} hears that it is stale", world.with_runner(_left(runner)))


def _heartbeat(rules: Rules, world: World, runner: Runner) -> Iterator[Step]:
    name, row = _named(runner), world.rows[runner.run]
    renewed = rules.renew(row, runner.fence)
    if renewed is None:
        yield Step(f"{name} hears that it is stale", world.with_runner(_left(runner)))
    elif renewed.state is RunState.STOPPING:
        yield Step(f"{name} hears of the stop", world.with_row(runner.run, renewed).with_runner(_stopped(runner)))
    elif renewed != row:
        yield Step(f"{name} renews its lease", world.with_row(runner.run, renewed))


def _of_user_code(rules: Rules, world: World, runner: Runner) -> Iterator[Step]:
    """The bookmark, as user code uses it: begin, then commit. It may outlive its runner."""
    if not runner.user_code or runner.paused or not world.servers[runner.node].up:
        return
    row = world.rows[runner.run]
    if runner.begun is None:
        if rules.bookmark and row.fence == runner.fence and row.state is RunState.RUNNING:
            begun = runner._replace(begun=world.bookmark.rev)
            yield Step(f"user code of {_named(runner)} begins with the bookmark", world.with_runner(begun), due=False)
    else:
        bookmark = rules.commit(world.bookmark, row, runner)
        if bookmark is not None:
            # Its own next commit would carry the new rev; one is enough.
            committed = world.with_runner(runner._replace(begun=-1))._replace(bookmark=bookmark)
            yield Step(f"user code of {_named(runner)} commits", committed, due=False)


def _of_users(rules: Rules, world: World) -> Iterator[Step]:
    if not any(server.up for server in world.servers):
        return
    if world.stops:
        for run, row in enumerate(world.rows):
            asked = rules.ask_stop(row)
            if asked is not None:
                yield Step(f"run {run} is stopped", world.with_row(run, asked)._replace(stops=0), due=False)
    if world.resets:
        reset = world._replace(bookmark=rules.reset(world.bookmark), resets=0)
        yield Step("the bookmark is reset", reset, due=False)


def _of_time(world: World) -> Iterator[Step]:
    for run, row in enumerate(world.rows):
        if row.owner is None or row.lapsed or _renews(world, run):
            continue
        over = world.with_row(run, row._replace(lapsed=True))
        if world.runner(run, row.fence) is not None or not world.servers[row.owner].up:
            yield Step(f"the lease of run {run} is over", over)
        elif world.faults:
            yield Step(f"server {row.owner} is slow: the lease of run {run} is over", _fault(over), due=False)
    for node, server in enumerate(world.servers):
        # By then every runner that can has renewed its lease.
        if server.up and not server.settled and not any(_late(world, run) for run in range(len(world.rows))):
            yield Step(f"server {node} has been up for long", world.with_server(node, server._replace(settled=True)))


def _renews(world: World, run: int) -> bool:
    """Whether somebody keeps the lease of a run: its runner, while its server listens."""
    row = world.rows[run]
    assert row.owner is not None, "a lease without an owner"
    if not world.servers[row.owner].up:
        return False
    runner = world.runner(run, row.fence)
    return runner is not None and runner.lives and not runner.paused


def _late(world: World, run: int) -> bool:
    """Whether a lease is over that somebody will renew."""
    row = world.rows[run]
    return row.lapsed and row.owner is not None and _renews(world, run)


def _stopped(runner: Runner) -> Runner:
    return runner._replace(phase=Phase.WRITTEN, file=True, ending=Ending.STOPPED)


def _left(runner: Runner) -> Runner:
    """The runner has killed what it ran, and is gone; it leaves no outcome."""
    return runner._replace(phase=Phase.GONE)


def _fault(world: World) -> World:
    return world._replace(faults=world.faults - 1)


def _named(runner: Runner) -> str:
    return f"runner {runner.run}.{runner.fence}"
