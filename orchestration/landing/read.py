"""Read: a file's rows as text columns, decoded by a child process under limits (child.py) and streamed over a pipe.

What lives here: the near side of the pipe. What a file holds is looked at only in the child (decode.py and the rooms below it).
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa

from orchestration.errors import HeaderDrift, HeaderReport, LandingFailed, Refusal, UnknownHeader
from orchestration.landing import child
from orchestration.landing.contracts import Register
from orchestration.landing.receive import Received, printable
from orchestration.landing.rows import BadRow, Chunk

__all__ = ["BadRow", "Chunk", "close_reader", "read_chunks", "start_reader"]

MAX_OUTPUT = 64 << 30  # bytes of rows from one file
MAX_FRAME = 1 << 30
STALLED_SECONDS = 120.0
PIPE_BYTES = 1 << 20
F_SETPIPE_SZ = 1031
PAIRS = ("repeated", "aliases")  # fields of HeaderReport that JSON makes lists of lists
KILLED = {signal.SIGKILL, signal.SIGXCPU, signal.SIGABRT, signal.SIGXFSZ}
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}


def read_chunks(received: Received, register: Register, part: int | None = None) -> Iterator[Chunk]:
    """The file's rows as chunks of text columns, every kept column of the contract among them.

    `part` is an open file of the delivery's header and some of its lines, to be read in its stead, as plain text.
    Raises Refusal when the file as a whole cannot be read (empty, wrong encoding, broken container, beyond the limits of
    memory, time or size), HeaderDrift when its header is not the contract's, LandingFailed when the machine cannot read it.
    """
    file = printable(received.name.name)
    answer = _helper().start(received, register, file, part)
    try:
        for chunk in answer.chunks():
            for column in register.kept:
                if column.name not in chunk.rows.column_names:  # missing from a header that is read leniently
                    chunk.rows = chunk.rows.append_column(column.name, pa.nulls(chunk.rows.num_rows, pa.string()))
            yield chunk
    finally:
        answer.close()


def start_reader() -> None:
    """Start the helper process ahead of the first file."""
    _helper()


def close_reader() -> None:
    """End the helper process; the next file starts another."""
    global _current  # noqa: PLW0603
    with _lock:
        if _current is not None:
            _current.close()
        _current = None


class Helper:
    """The helper process and the socket to it."""

    def __init__(self) -> None:
        self.owner, self.lock = os.getpid(), threading.Lock()
        self.control, theirs = socket.socketpair()
        root = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", child.__name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=os.environ | ONE_THREAD | {"PYTHONPATH": path},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def usable(self) -> bool:
        """False in a forked copy of the process that started it, and once it has died."""
        return self.owner == os.getpid() and self.process.poll() is None

    def start(self, received: Received, register: Register, file: str, part: int | None = None) -> "Answer":
        """Hand over a file. LandingFailed when it is not to be opened or the helper is gone."""
        kind = received.name.format if part is None else "csv"
        job = {"file": file, "format": kind, "register": register.model_dump_json(),
               "memory": child.MEMORY_BYTES, "cpu": child.CPU_SECONDS}  # fmt: skip
        body = json.dumps(job).encode()
        ours, theirs = socket.socketpair()
        out, into = os.pipe()
        try:
            source = received.open() if part is None else os.dup(part)
            try:
                with self.lock:
                    head = child.LENGTH.pack(len(body))
                    socket.send_fds(self.control, [head], [source, into, theirs.fileno()])
                    self.control.sendall(body)
            finally:
                os.close(source)
        except OSError as error:
            os.close(out)
            ours.close()
            raise LandingFailed(
                f"{file}: it cannot be handed to the reader ({type(error).__name__}); try again"
            ) from None
        finally:
            theirs.close()
            os.close(into)
        return Answer(file, out, ours)

    def close(self) -> None:
        """Close the socket, upon which the helper ends; wait for it, and kill it when it does not."""
        self.control.close()
        if self.owner != os.getpid():
            return
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Answer:
    """What comes back about one file. Closing it kills the child that may still be reading."""

    def __init__(self, file: str, out: int, line: socket.socket) -> None:
        self.file, self.out, self.line = file, out, line
        self.left = MAX_OUTPUT
        with suppress(OSError, ImportError):
            import fcntl

            fcntl.fcntl(out, F_SETPIPE_SZ, PIPE_BYTES)

    def chunks(self) -> Iterator[Chunk]:
        """The rows. Raises what the child tells, or what its end means."""
        while True:
            kind, size = child.FRAME.unpack(self._take(child.FRAME.size))
            self.left -= size
            if size > MAX_FRAME or self.left < 0:
                raise self._refusal("too_large", "it unfolds beyond the limit of one file; split it")
            body = self._take(size)
            match kind:
                case b"C":
                    yield _chunk(body)
                case b"E":
                    return
                case b"R":
                    raise _refusal(json.loads(body))
                case _:
                    raise LandingFailed(f"{self.file}: reading stopped: {bytes(body).decode('ascii', 'replace')}")

    def close(self) -> None:
        os.close(self.out)
        self.line.close()

    def _take(self, size: int) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            deadline = time.monotonic() + STALLED_SECONDS
            if not select.select([self.out], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise self._refusal("too_slow", "reading it made no progress; save it again, or send it as CSV")
            count = os.readv(self.out, [view])
            if not count:
                raise self._died()
            view = view[count:]
        return data

    def _died(self) -> Exception:
        """The child ended before its answer did."""
        try:
            self.line.settimeout(10)
            code = child.STATUS.unpack(child.receive_exactly(self.line, child.STATUS.size))[0]
        except (EOFError, OSError):
            return LandingFailed(f"{self.file}: the reading process was ended from outside; run again")
        if -code in KILLED:
            return self._refusal(
                "too_large", "reading it goes beyond the limits of memory or time; split it, or send it as CSV"
            )
        return self._refusal("reader_died", "the reader broke on this file; save it again, or send it as CSV")

    def _refusal(self, rule: str, detail: str) -> Refusal:
        return Refusal(self.file, rule, detail)


def _chunk(body: bytearray) -> Chunk:
    with pa.ipc.open_stream(pa.py_buffer(body)) as stream:
        rows = stream.read_all()
    bad = json.loads(rows.schema.metadata[b"bad"])
    rows.validate()
    return Chunk(rows.replace_schema_metadata(None), [BadRow(*row) for row in bad])


def _refusal(told: dict[str, Any]) -> Refusal:
    plain = {f.name: told[f.name] for f in fields(Refusal)}
    if told["drift"]:
        report = told["report"]
        report |= {key: tuple(tuple(pair) for pair in report[key]) for key in PAIRS}
        report |= {"missing": tuple(report["missing"]), "unknown": tuple(UnknownHeader(**u) for u in report["unknown"])}
        return HeaderDrift(**plain, report=HeaderReport(**report))
    return Refusal(**plain)


_lock = threading.Lock()
_current: Helper | None = None


def _helper() -> Helper:
    global _current  # noqa: PLW0603
    with _lock:
        if _current is None or not _current.usable():
            if _current is not None:
                _current.close()
            _current = Helper()
        return _current


atexit.register(close_reader)
