"""A TCP proxy between two programs that loses what a bad network loses: all packets for a while, or an answer."""

from __future__ import annotations

import ctypes
import select
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

#: From linux/filter.h: the program that takes nothing of any packet, and how a socket gets and loses one.
_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
_NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
_FILTER = struct.pack("HL", 1, ctypes.addressof(_NOTHING))
#: What close() answers instead of an orderly end: the connection was reset.
_RESET = struct.pack("ii", 1, 0)
CHUNK = 1 << 16


def _keep(_request: bytes) -> bool:
    return False


class Proxy:
    """While it is entered, its port leads to `target` on this machine."""

    def __init__(self, target: int, loses: Callable[[bytes], bool] = _keep) -> None:
        """`loses`: whether the answer to a request is lost, given the request's bytes; the target has answered then."""
        self._target = target
        self._loses = loses
        self._lock = threading.Lock()
        self._is_cut = False
        self._ends: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        #: The requests whose answers were lost.
        self.lost: list[bytes] = []

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _t: TracebackType | None) -> None:
        self.heal()
        with self._lock:
            for end in (self._listener, *self._ends):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive(), "a connection hangs"
        self._listener.close()

    def cut(self) -> None:
        """From now on no packet passes, of old connections and of new ones; nobody is told."""
        self._filter(is_cut=True)

    def heal(self) -> None:
        self._filter(is_cut=False)

    def _filter(self, *, is_cut: bool) -> None:
        with self._lock:
            self._is_cut = is_cut
            for end in (self._listener, *self._ends):
                _set_filter(end, is_cut=is_cut)

    def _run(self, work: Callable[..., None], *args: socket.socket) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._run(self._carry, client)

    def _carry(self, client: socket.socket) -> None:
        """One connection, until either end closes it."""
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", self._target)) as server:
            ends = {client, server}
            with self._lock:
                self._ends |= ends
                for end in ends:
                    _set_filter(end, is_cut=self._is_cut)
            try:
                self._pass_on(client, server)
            finally:
                with self._lock:
                    self._ends -= ends

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        # What was asked since the last answer.
        asked = b""
        while True:
            for end in select.select([client, server], [], [])[0]:
                chunk = end.recv(CHUNK)
                if not chunk:
                    return
                if end is client:
                    asked += chunk
                    server.sendall(chunk)
                    continue
                if asked and self._loses(asked):
                    self.lost.append(asked)
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    return
                asked = b""
                client.sendall(chunk)


def _set_filter(end: socket.socket, *, is_cut: bool) -> None:
    with suppress(FileNotFoundError):  # there is none to detach
        if is_cut:
            end.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, _FILTER)
        else:
            end.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
