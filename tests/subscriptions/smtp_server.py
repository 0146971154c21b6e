"""A mail server on this machine that takes mails, or refuses as real ones do."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks SMTP on a free port; `refusal` is what it answers instead of taking.

    `at` is where it refuses: "connect", "rcpt" or "data". `lose_answer` takes the
    mail and hangs up before saying so.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.mails: list[EmailMessage] = []
        self.refusal = ""
        self.at = ""
        self.lose_answer = False

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def refuse(self, at: str, refusal: str) -> None:
        self.at, self.refusal = at, refusal


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        if self._refuses("connect"):
            return
        self._say("220 ready")
        for line in self.rfile:
            word = line.decode().strip().upper()
            if word.startswith("DATA"):
                if self._refuses("data"):
                    continue
                self._say("354 go on")
                self._take()
                if self.server.lose_answer:
                    return
                self._say("250 taken")
            elif word.startswith("RCPT") and self._refuses("rcpt"):
                continue
            elif word.startswith("QUIT"):
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _refuses(self, at: str) -> bool:
        if self.server.at != at:
            return False
        self._say(self.server.refusal)
        return True

    def _take(self) -> None:
        body = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            body += line[1:] if line.startswith(b"..") else line
        self.server.mails.append(message_from_bytes(body, policy=policy.default))

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Give a running server; it ends with the block."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
