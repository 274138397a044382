"""Receive: take a file as it is, once, into the content-addressed archive.

What lives here: names, stability, hashing, copying. What does not: any look at the content.
"""

import hashlib
import os
import re
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from orchestration.errors import Refusal
from orchestration.landing.contracts import Register
from orchestration.periods import parse_snapshot_month

FILE_NAME = re.compile(
    r"(?P<register>[a-z_]+)_(?P<area>\d{6})_(?P<month>[^_.\s]+)(?:_(?P<redelivery>\d{1,3}))?"
    r"\.(?P<format>csv|csv\.gz|xlsx|parquet)",
    re.ASCII,
)
COPY_BLOCK = 1 << 20


@dataclass(frozen=True)
class FileName:
    """What a file's name says: register, delivering area, snapshot month, re-delivery number, format."""

    name: str
    register: str
    area: str
    month: date
    redelivery: int
    format: str

    @property
    def order(self) -> tuple[bool, date, str, str, int]:
        """The order in which a batch lands: the area register first, then by month."""
        return (self.register != "areas", self.month, self.register, self.area, self.redelivery)


@dataclass(frozen=True)
class Received:
    """A file in the archive: where it lies, what it was called, its digest and size in bytes."""

    name: FileName
    path: Path
    sha256: str
    size: int


def printable(name: str) -> str:
    """A file name that is safe to print: control characters and markup are shown as `?`."""
    return "".join(c if c.isprintable() and c not in "<>&\"'" else "?" for c in name)[:120]


def parse_name(name: str, registers: dict[str, Register]) -> FileName:
    """Read a file name; Refusal when it is not `<register>_<area6>_<yyyymm>[_<n>].<format>` of a known register."""
    match = FILE_NAME.fullmatch(name)
    if not match:
        form = "<register>_<area6>_<yyyymm>[_<n>].<csv|csv.gz|xlsx|parquet>"
        raise Refusal(printable(name), "file_name", f"the name must have the form {form}; rename the file")
    register = match["register"]
    if register not in registers:
        near = get_close_matches(register, registers, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}? " if near else ""
        known = ", ".join(sorted(registers))
        raise Refusal(printable(name), "unknown_register", f"no register {register!r}; {hint}known: {known}")
    try:
        month = parse_snapshot_month(match["month"])
    except ValueError as error:
        raise Refusal(
            printable(name),
            "impossible_month",
            f"the month in the name is {error}; name the file after its snapshot month",
        ) from None
    if match["format"] not in registers[register].accepted_formats:
        accepted = ", ".join(registers[register].accepted_formats)
        raise Refusal(printable(name), "format", f"{register} is delivered as {accepted}; save it in one of these")
    return FileName(name, register, match["area"], month, int(match["redelivery"] or 0), match["format"])


def _fingerprint(path: Path) -> tuple[int, int]:
    try:
        state = path.lstat()
    except FileNotFoundError:
        raise Refusal(printable(path.name), "no_such_file", "there is no such file; look at its path") from None
    if not stat.S_ISREG(state.st_mode):
        raise Refusal(
            printable(path.name),
            "not_a_file",
            "only regular files are taken, no links, pipes or folders; send the file itself",
        )
    return state.st_size, state.st_mtime_ns


def wait_until_settled(paths: Sequence[Path], seconds: float) -> dict[Path, tuple[int, int]]:
    """Size and mtime (ns) of each regular file, after one common wait if any was written to within `seconds`.

    Files that are missing or not regular are left out: `archive_file` refuses them one by one.
    """
    seen: dict[Path, tuple[int, int]] = {}
    for path in paths:
        try:
            seen[path] = _fingerprint(path)
        except Refusal:
            continue
    newest = max((mtime for _, mtime in seen.values()), default=0)
    if time.time_ns() - newest < seconds * 1e9:
        time.sleep(seconds)
    return seen


def _settled_fingerprint(path: Path, expected: tuple[int, int] | None) -> tuple[int, int]:
    found = _fingerprint(path)
    if expected is not None and found != expected:
        detail = "the file is still being written; try again when it is whole"
        raise Refusal(printable(path.name), "still_growing", detail)
    return found


def digest_of(path: Path, expected: tuple[int, int] | None = None) -> tuple[str, int]:
    """SHA-256 and size in bytes of a file where it lies; Refusal as `archive_file`."""
    size, _ = _settled_fingerprint(path, expected)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest(), size


def archive_file(path: Path, archive: Path, expected: tuple[int, int] | None = None) -> tuple[Path, str, int]:
    """Copy a file into the archive under its SHA-256: (path, digest, bytes). The original stays where it is.

    Refusal `still_growing` when the file changed since `expected` (size, mtime) or while it was copied.
    """
    before = _settled_fingerprint(path, expected)
    archive.mkdir(parents=True, exist_ok=True)
    part = archive / ".part"  # one name, under the writer lock: what a killed process left is written over and goes
    try:
        digest, size = _copy(path, part)
        if _fingerprint(path) != before or size != before[0]:
            raise Refusal(
                printable(path.name),
                "still_growing",
                "the file changed while it was read; try again when it is whole",
            )
        target = archive / digest[:2] / digest
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            part.replace(target)
        return target, digest, size
    finally:
        part.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as reader, target.open("wb") as writer:
        target.chmod(0o600)
        while block := reader.read(COPY_BLOCK):
            digest.update(block)
            writer.write(block)
            size += len(block)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest(), size
