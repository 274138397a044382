"""Receivers for messages: a real mail server, a real HTTP server, and what the chat services would have been sent."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Messages

from orchestration.notify.child import deliver


@dataclass
class Post:
    """One message that came over HTTP."""

    id: str
    title: str
    text: str


@dataclass
class Sink:
    """An HTTP server on loopback: what it answers, and what it was sent. `hold` keeps it from answering while set."""

    status: int = 200
    posts: list[Post] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    came: threading.Event = field(default_factory=threading.Event)
    url: str = ""


@contextmanager
def http_sink(**options: Any) -> Iterator[Sink]:
    """A sink on a port of its own."""
    sink, released = Sink(**options), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            sink.posts.append(Post(self.headers["X-Renkou-Message"], body["title"], body["message"]))
            sink.came.set()
            while sink.hold.is_set() and not released.wait(0.05):
                pass
            self.send_response(sink.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    sink.url = f"json://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield sink
    finally:
        released.set()
        server.shutdown()
        server.server_close()


class Mailbox(Messages):
    """Keeps what is delivered."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.messages.append(message)


@contextmanager
def mail_server() -> Iterator[tuple[str, Mailbox]]:
    """A mail server on loopback: the address of a channel to it, and its mailbox."""
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"mailto://127.0.0.1:{port}?from=renkou@example.org&to=office@example.org&mode=insecure", mailbox
    finally:
        controller.stop()


CHATS = {
    "wecom": "wecombot://0123456789012345",
    "dingtalk": "dingtalk://0123456789abcdef",
    "feishu": "feishu://0123456789abcdef",
    "hook": "json://127.0.0.1/",
}


def say_to_chats(jobs: list[dict[str, Any]], patch: Any) -> dict[str, list[str]]:
    """What the services behind CHATS are sent for these jobs (whole requests as text), by channel; nothing leaves the machine."""
    said: dict[str, list[str]] = {}

    def caught(self: Any, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        body = request.body or b""
        text = body.decode() if isinstance(body, bytes) else body
        said[name].append(f"{request.url}\n{request.headers}\n{json.dumps(json.loads(text), ensure_ascii=False)}")
        answer = requests.Response()
        answer.status_code, answer._content, answer.request = 200, b'{"errcode": 0, "code": 0}', request
        return answer

    patch.setattr(requests.Session, "send", caught)
    for job in jobs:
        name = job["batch"].split("-")[0]
        said[name] = []
        assert deliver(job), name
    return said


def write_channels(path: Path, urls: dict[str, str], **options: Any) -> None:
    """A channels' file for these receivers; options of `channels` go to every one of them."""
    every = options.pop("channels", {})
    channels = [{"name": name, "url": url, **every} for name, url in urls.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({**options, "channels": channels}), encoding="utf-8")
    path.chmod(0o600)
