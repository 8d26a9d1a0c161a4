"""The runner's end of the logs: it drains the job's pipes and delivers lines to the log server.

    job --pipe--> reader thread --> Backlog in memory --> sender thread --send(stream, offset, frames)--> server
                                                               └--> Spool in files, while the server is away

A line travels as `<epoch ms, 13 digits> TAB <the line's bytes> LF`; what was dropped, as `<epoch ms> CAN <bytes> SP
<lines> LF`. Offsets count these bytes from the beginning of the stream.

The reader does nothing but read, cut into lines and count: no disk, no server, no lock that is held across either. So
the job is never slowed by them; what nobody takes in time is dropped from the middle of what waits, and said exactly.
The sender asks the server where a stream ends, sends whole lines from there, and believes its answers: what was sent
twice is stored once. Both threads end after `close`, the sender when everything is acknowledged.
"""

from __future__ import annotations

import fcntl
import os
import select
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from openglue.clock import Clock, SystemClock
from openglue.runner.spool import Backlog, Piece, Spool, frame, read_now

_READ = 256 << 10
#: Asked of the kernel for each pipe, so that a busy machine does not stop the job at once.
_PIPE = 1 << 20
# As much of each stream as error messages may look back on.
_RECENT = 64 << 10
_RETRY_MS = 100
_LONGEST_RETRY_MS = 2000
# Room for the note at the end of a line that was cut.
_NOTE = 64


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bytes, and milliseconds, for each stream."""

    #: Kept from the beginning of what waits for the server.
    head: int = 8 << 20
    #: Kept from the end of it.
    tail: int = 8 << 20
    #: Of one line; the rest of a longer one is cut. CloudWatch's own limit.
    event: int = 256 << 10
    #: Framed bytes of one `send`; raised to hold one line, if that is longer.
    batch: int = 1 << 20
    #: Lines wait no longer than this for others to be sent with.
    flush_ms: int = 200


class NotTakenError(Exception):
    """The server is there, and does not take what it is sent."""


class Splitter:
    """Bytes in, whole lines out; a line beyond `longest` bytes is cut, and says how much is missing."""

    def __init__(self, longest: int) -> None:
        self._longest = max(longest, 2 * _NOTE)
        self._held = bytearray()
        self._cut = 0

    @property
    def held(self) -> bytes:
        """The beginning of the line that has not ended yet."""
        return bytes(self._held)

    def feed(self, data: bytes) -> bytes:
        """The lines that `data` completes, each with its end."""
        last = data.rfind(b"\n") + 1
        if not last:
            self._hold(data)
            return b""
        begun = b""
        first = 0
        if self._held:
            first = data.find(b"\n") + 1
            self._hold(data[: first - 1])
            begun = self.finish()
        whole = data[first:last]
        self._hold(data[last:])
        return begun + (whole if len(whole) <= self._longest else self._shorten(whole))

    def finish(self) -> bytes:
        """The last line, as if it had ended here; nothing when none has begun."""
        if not self._held:
            return b""
        line = bytes(self._held)
        if self._cut:
            kept = line[: self._longest - _NOTE]
            line = kept + b" ... openglue: %d bytes cut" % (len(line) - len(kept) + self._cut)
        self._held.clear()
        self._cut = 0
        return line + b"\n"

    def _hold(self, data: bytes) -> None:
        room = self._longest - len(self._held)
        self._held += data[:room]
        self._cut += max(len(data) - room, 0)

    def _shorten(self, lines: bytes) -> bytes:
        """Whole lines, the long ones among them cut. Looks at one place per `longest` bytes, not at every line."""
        parts = []
        start = 0
        while start < len(lines):
            # All lines up to this one fit, since they fit together.
            end = lines.rfind(b"\n", start, start + self._longest + 1) + 1
            if end:
                parts.append(lines[start:end])
            else:
                end = lines.find(b"\n", start) + 1
                cut = Splitter(self._longest)
                cut._hold(lines[start : end - 1])
                parts.append(cut.finish())
            start = end
        return b"".join(parts)


class _Channel:
    """One stream between its pipe and the server."""

    def __init__(self, name: str, limits: Limits, spool_dir: Path) -> None:
        self.name = name
        self.splitter = Splitter(limits.event)
        self.recent = bytearray()
        self.stamp = 0
        # Both threads use it, under the pump's lock.
        self.backlog = Backlog(limits.head, limits.tail)
        # The rest is the sender's.
        self.spool = Spool(spool_dir, name, Backlog(limits.head, limits.tail))
        #: Where the server's copy ends; None until it was asked.
        self.offset: int | None = None
        #: Framed lines that begin there and are not acknowledged.
        self.flying = b""

    @property
    def waiting(self) -> int:
        """Framed bytes that are not acknowledged."""
        return self.backlog.size + self.spool.size + len(self.flying)


class Pump:
    """Starts at once. It owns the reading ends given to it; each writing end must be closed wherever it is not used.

    `send` appends framed lines at an offset of a stream and returns the offset that the server expects next, also
    when that differs; it raises NotTakenError, or anything else when the server is away, within seconds. It is called
    from one thread.
    """

    def __init__(
        self,
        streams: Mapping[str, int],
        spool_dir: Path,
        send: Callable[[str, int, bytes], int],
        limits: Limits | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._batch = max(self._limits.batch, self._limits.event + _NOTE)
        #: From here on lines are sent, or spooled, without waiting for others.
        self._full = self._batch // 4
        self._send = send
        self._clock = clock or SystemClock()
        self._channels = {name: _Channel(name, self._limits, spool_dir) for name in streams}
        self._changed = threading.Condition(threading.Lock())
        self._closing = False
        self._read_all = False
        self._flush_at = 0
        self._retry_at = 0
        self._retry_ms = 0
        self._refused = False
        self._delivered = threading.Event()
        self._woken, self._wake = os.pipe()
        self._own_fds: tuple[int, ...] = (self._woken, self._wake)
        for fd in (*streams.values(), self._woken):
            os.set_blocking(fd, False)
        for fd in streams.values():
            # Not a pipe, or no right to a larger one: any size works.
            with suppress(OSError, AttributeError):
                fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _PIPE)
        fds = {fd: self._channels[name] for name, fd in streams.items()}
        threading.Thread(target=self._read, args=(fds,), name="log reader", daemon=True).start()
        threading.Thread(target=self._deliver, name="log sender", daemon=True).start()

    def add(self, stream: str, text: str) -> None:
        """Put a line of OpenGlue's own (`openglue: ...`) into a stream, between the job's lines. Before `close`."""
        lines = text.encode("utf-8", "replace").rstrip(b"\n") + b"\n"
        self._put(self._channels[stream], Splitter(self._limits.event).feed(lines))

    def tail(self, stream: str, lines: int) -> list[str]:
        """The last lines that the job wrote to a stream, as far back as 64 KiB go."""
        channel = self._channels[stream]
        with self._changed:
            text = bytes(channel.recent) + channel.splitter.held
        found = text[-_RECENT:].split(b"\n")
        if len(text) > _RECENT and len(found) > 1:
            del found[0]
        if not found[-1]:
            del found[-1]
        return [line.decode("utf-8", "replace") for line in found[-lines:]] if lines > 0 else []

    def close(self, deadline_s: float) -> bool:
        """Read what is in the pipes, deliver it, and say whether the server has acknowledged all of it.

        For after the end of the job: what it wrote is in the pipes by then, so that a process which inherited one
        and lives on is not waited for. After False delivery goes on; asking again waits again.
        """
        with self._changed:
            if not self._closing:
                os.write(self._wake, b"x")
            self._closing = True
            self._refused = False
            self._retry_at = 0
            self._changed.notify_all()
        if not self._delivered.wait(deadline_s):
            return False
        with self._changed:
            for fd in self._own_fds:
                os.close(fd)
            self._own_fds = ()
        return True

    @property
    def is_refused(self) -> bool:
        """Whether, since `close` was called, the server was there and did not take what it was sent last."""
        return self._refused

    # The reader thread.

    def _read(self, fds: dict[int, _Channel]) -> None:
        poller = select.poll()
        for fd in (*fds, self._woken):
            poller.register(fd, select.POLLIN)
        # Ends with the last pipe, or when `close` writes to its own.
        while fds and not self._closing:
            for fd, _ in poller.poll():
                if fd in fds and not self._read_once(fd, fds[fd]):
                    poller.unregister(fd)
                    self._end(fd, fds.pop(fd))
        for fd, channel in fds.items():
            # No more than a pipe holds: another process may be writing into it without end.
            for _ in range(2 * _PIPE // _READ):
                if not self._read_once(fd, channel, drain=True):
                    break
            self._end(fd, channel)
        with self._changed:
            self._read_all = True
            self._changed.notify_all()

    def _read_once(self, fd: int, channel: _Channel, *, drain: bool = False) -> bool:
        """Read what is there; False at the end of the stream, or with `drain` when nothing is there."""
        try:
            data = os.read(fd, _READ)
        except BlockingIOError:
            return not drain
        except OSError:
            return False
        if not data:
            return False
        lines = channel.splitter.feed(data)
        if lines:
            self._put(channel, lines, recent=True)
        return True

    def _end(self, fd: int, channel: _Channel) -> None:
        os.close(fd)
        if line := channel.splitter.finish():
            self._put(channel, line, recent=True)

    def _put(self, channel: _Channel, lines: bytes, *, recent: bool = False) -> None:
        with self._changed:
            # Wall time may jump back; the times of a stream never do.
            channel.stamp = max(channel.stamp, self._clock.now())
            before = channel.backlog.size
            channel.backlog.put(read_now(channel.stamp, lines))
            if recent:
                channel.recent += lines[-_RECENT:]
                if len(channel.recent) > 4 * _RECENT:
                    del channel.recent[:-_RECENT]
            if before == 0 or before < self._full <= channel.backlog.size:
                self._changed.notify_all()

    # The sender thread.

    def _deliver(self) -> None:
        while not self._wait():
            if self._clock.boot() < self._retry_at:
                for channel in self._channels.values():
                    if channel.backlog.size >= self._full:
                        self._spool(channel)
                continue
            try:
                for channel in self._channels.values():
                    self._ship(channel)
            except NotTakenError:
                self._back_off(refused=True)
            except Exception:  # noqa: BLE001 - whatever else the transport raises, the server is away
                self._back_off(refused=False)
            else:
                self._refused = False
                self._retry_ms = 0
                self._flush_at = self._clock.boot() + self._limits.flush_ms
        self._delivered.set()

    def _wait(self) -> bool:
        """Wait until there is something to do; True when everything is done."""
        with self._changed:
            while True:
                now = self._clock.boot()
                waiting = [channel.waiting for channel in self._channels.values()]
                full = any(channel.backlog.size >= self._full for channel in self._channels.values())
                if self._closing and self._read_all and not any(waiting):
                    return True
                if now < self._retry_at:
                    if full:
                        return False
                    pause: float | None = self._retry_at - now
                elif not any(waiting):
                    # Ended by the next line or by `close`.
                    pause = None
                elif self._closing or self._read_all or max(waiting) >= self._full or now >= self._flush_at:
                    return False
                else:
                    pause = self._flush_at - now
                self._changed.wait(None if pause is None else pause / 1000)

    def _ship(self, channel: _Channel) -> None:
        """One batch of what waits, if anything does. Raises what `send` raises."""
        if not channel.flying:
            channel.flying = self._next(channel)
        if not channel.flying:
            return
        if channel.offset is None:
            channel.offset = self._send(channel.name, 0, b"")
        part = channel.flying
        if len(part) > self._batch:
            part = part[: part.rfind(b"\n", 0, self._batch) + 1]
        expected = self._send(channel.name, channel.offset, part)
        taken = expected - channel.offset
        channel.offset = expected
        if 0 < taken <= len(part):
            channel.flying = channel.flying[taken:]
            return
        if taken < 0:
            # A server's machine that lost power has lost what it had acknowledged; it is not here any more.
            note = b"openglue: the log server lost %d bytes of this stream here\n" % -taken
            channel.flying = frame(int(channel.flying[:13]), note) + channel.flying
        raise ConnectionError(f"{channel.name}: the server took nothing")

    def _next(self, channel: _Channel) -> bytes:
        """The next framed lines to send, oldest first: from files, then from memory."""
        parts = []
        size = 0
        while size < self._batch:
            piece = channel.spool.take() or self._take(channel)
            if piece is None:
                break
            parts.append(piece.frames())
            size += len(parts[-1])
            piece.discard()
        return b"".join(parts)

    def _spool(self, channel: _Channel) -> None:
        """Move what waits in memory to files."""
        pieces: list[Piece] = []
        # As much as there was: while the job writes there is no end to it.
        left = channel.backlog.size
        while left > 0 and (piece := self._take(channel)) is not None:
            pieces.append(piece)
            left -= piece.size
            if sum(each.size for each in pieces) >= self._batch:
                channel.spool.put(pieces)
                pieces = []
        if pieces:
            channel.spool.put(pieces)

    def _take(self, channel: _Channel) -> Piece | None:
        with self._changed:
            return channel.backlog.take()

    def _back_off(self, *, refused: bool) -> None:
        with self._changed:
            self._refused = refused
            self._retry_ms = min(max(2 * self._retry_ms, _RETRY_MS), _LONGEST_RETRY_MS)
            self._retry_at = self._clock.boot() + self._retry_ms
