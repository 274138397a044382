"""The helper process that reads files for `read.py`: warm, single-threaded, a forked child under limits per file.

A job comes over the socket with three descriptors: the file, the pipe that takes the answer, and the job's line. The child
writes frames (a kind, a length, a body) to the pipe; when it has ended, its wait status goes down the line. When the other
side closes the line, the child is killed; when it closes the socket, all are, and the helper ends.

Frames: `C` rows as an Arrow stream (quarantined rows in the schema's metadata), `R` a refusal, `F` a fault of the
machine's, `E` the end.
"""

import ctypes
import json
import os
import resource
import selectors
import signal
import socket
import stat
import struct
import sys
from dataclasses import asdict
from typing import Any, BinaryIO

import pyarrow as pa

from orchestration.errors import HeaderDrift, Refusal
from orchestration.landing.contracts import Register
from orchestration.landing.decode import decode
from orchestration.landing.rows import Chunk

MEMORY_BYTES = 3 << 30
CPU_SECONDS = 900
FRAME = struct.Struct("!cQ")
LENGTH = struct.Struct("!I")
STATUS = struct.Struct("!i")
PR_SET_PDEATHSIG = 1


def receive_exactly(line: socket.socket, size: int) -> bytes:
    """`size` bytes; EOFError when the other side is gone before."""
    data = b""
    while len(data) < size:
        part = line.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def main(descriptor: int) -> None:
    """Serve jobs from the socket until the other side closes it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle: it closes the socket
    control = socket.socket(fileno=descriptor)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_read, False)
    os.set_blocking(wake_write, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write)
    libc = ctypes.CDLL(None)
    _warm()
    jobs: dict[int, socket.socket] = {}
    while True:
        with selectors.DefaultSelector() as ready:
            sources: list[Any] = [control, wake_read, *jobs.values()]
            for source in sources:
                ready.register(source, selectors.EVENT_READ)
            chosen = [key.fileobj for key, _ in ready.select()]
        if wake_read in chosen:
            os.read(wake_read, 1 << 12)
        for pid, line in list(jobs.items()):
            if line in chosen:  # nothing is ever sent on it: it was closed
                os.kill(pid, signal.SIGKILL)
        _reap(jobs)
        if control in chosen and not _accept(control, jobs, libc):
            break
    for pid in jobs:
        os.kill(pid, signal.SIGKILL)


def _warm() -> None:
    """Import what is imported on first use (pandas by Arrow's first array, 0.2 s), without starting a thread."""
    import python_calamine  # noqa: F401

    pa.table({"line": pa.array([1])})


def _reap(jobs: dict[int, socket.socket]) -> None:
    for pid in list(jobs):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            with jobs.pop(pid) as line:
                try:
                    line.send(STATUS.pack(os.waitstatus_to_exitcode(status)))
                except OSError:
                    continue  # nobody asks any more


def _accept(control: socket.socket, jobs: dict[int, socket.socket], libc: Any) -> bool:
    """Take one job and fork a child for it; False when there will be no more."""
    try:
        head, fds, _, _ = socket.recv_fds(control, LENGTH.size, 3)
        if not head:
            return False
        head += receive_exactly(control, LENGTH.size - len(head)) if len(head) < LENGTH.size else b""
        job = receive_exactly(control, LENGTH.unpack(head)[0])
    except (EOFError, OSError):
        return False
    file, pipe, line = fds
    parent, pid = os.getpid(), os.fork()
    if pid == 0:
        signal.set_wakeup_fd(-1)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        for other in (control, *jobs.values()):
            other.close()
        os.close(line)
        _work(json.loads(job), file, pipe)
    os.close(file)
    os.close(pipe)
    jobs[pid] = socket.socket(fileno=line)
    return True


def _work(job: dict[str, Any], file: int, pipe: int) -> None:
    """Read one file and leave: never returns, prints nothing."""
    try:
        _limit(job["memory"], job["cpu"])
        with os.fdopen(file, "rb") as handle, os.fdopen(pipe, "wb", buffering=0) as out:
            _answer(job, handle, out)
    except BaseException:  # whatever it is, its message may hold content
        os._exit(1)
    os._exit(0)


def _limit(memory: int, cpu: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _answer(job: dict[str, Any], handle: BinaryIO, out: Any) -> None:
    register, name = Register.model_validate_json(job["register"]), job["file"]
    try:
        size = os.fstat(handle.fileno())
        if not stat.S_ISREG(size.st_mode):
            raise Refusal(
                name, "not_a_file", "only regular files are taken, no links, pipes or folders; send the file itself"
            )
        for chunk in decode(handle, job["format"], size.st_size, register, name):
            _send(out, b"C", _packed(chunk))
        _send(out, b"E", b"")
    except Refusal as refusal:
        fields = asdict(refusal) | {"drift": isinstance(refusal, HeaderDrift)}
        _send(out, b"R", json.dumps(fields).encode())
    except (MemoryError, pa.ArrowMemoryError):
        detail = "reading it takes more memory than any table of this size needs; split it, or send it as CSV"
        _send(out, b"R", json.dumps(asdict(Refusal(name, "too_large", detail)) | {"drift": False}).encode())
    except OSError as error:
        _send(out, b"F", type(error).__name__.encode())


def _packed(chunk: Chunk) -> memoryview:
    bad = json.dumps([(row.line, row.column, row.rule) for row in chunk.bad]).encode()
    rows, sink = chunk.rows.replace_schema_metadata({b"bad": bad}), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return memoryview(sink.getvalue())


def _send(out: Any, kind: bytes, body: bytes | memoryview) -> None:
    out.write(FRAME.pack(kind, len(body)))
    view = memoryview(body)
    while view:
        view = view[out.write(view) :]


if __name__ == "__main__":
    main(int(sys.argv[1]))
