"""A line to a real server that can be cut, stalled and mended while it is in use."""

import contextlib
import os
import select
import socket
import threading
from typing import Literal, Self

Mode = Literal["pass", "down", "stall"]
Address = tuple[str, int] | str


class Proxy:
    """Passes bytes to a server on TCP or a unix socket; `mode` may change any time.

    down refuses with a reset and cuts what is open; stall takes everything and passes
    nothing on. `accepted` counts the lines opened so far.
    """

    def __init__(self, target: Address) -> None:
        self.target = target
        self.accepted = 0
        self.mode: Mode = "pass"
        self._lines: list[socket.socket] = []
        self._closed = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._wake, self._woken = os.pipe()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._closed = True
        os.write(self._woken, b"x")
        self._thread.join(10)
        self._cut()
        self._listener.close()
        os.close(self._wake)
        os.close(self._woken)

    def set(self, mode: Mode) -> None:
        """Change the mode; `down` also cuts what is open."""
        self.mode = mode
        os.write(self._woken, b"x")

    def cut(self) -> None:
        """Reset every open line, and let new ones through."""
        self.set("down")
        while self._lines:
            select.select([], [], [], 0.01)
        self.set("pass")

    def _run(self) -> None:
        pairs: dict[socket.socket, socket.socket] = {}
        while not self._closed:
            if self.mode == "down":
                self._cut()
                pairs.clear()
            watched = [] if self.mode == "stall" else list(pairs)
            ready, _, _ = select.select([self._wake, self._listener, *watched], [], [])
            for line in ready:
                if line is self._wake:
                    os.read(self._wake, 100)
                elif line is self._listener:
                    self._accept(pairs)
                elif line in pairs:
                    self._pass_on(line, pairs)

    def _accept(self, pairs: dict[socket.socket, socket.socket]) -> None:
        client, _address = self._listener.accept()
        self.accepted += 1
        if self.mode == "down":
            _reset(client)
            return
        family = socket.AF_UNIX if isinstance(self.target, str) else socket.AF_INET
        server = socket.socket(family)
        server.connect(self.target)
        pairs[client], pairs[server] = server, client
        self._lines += [client, server]

    def _pass_on(
        self, line: socket.socket, pairs: dict[socket.socket, socket.socket]
    ) -> None:
        other = pairs[line]
        data = b""
        with contextlib.suppress(OSError):
            data = line.recv(65_536)
        if data:
            with contextlib.suppress(OSError):
                other.sendall(data)
            return
        for end in (line, other):
            del pairs[end]
            self._lines.remove(end)
            end.close()

    def _cut(self) -> None:
        while self._lines:
            _reset(self._lines.pop())


def _reset(line: socket.socket) -> None:
    linger_nothing = b"\x01\0\0\0\0\0\0\0"
    with contextlib.suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_nothing)
    line.close()
