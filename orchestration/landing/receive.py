"""Receive: a file as it lies in the inbox: its name, whether it has settled, its digest.

What does not live here: any look at the content, and keeping it (archive.py).
"""

import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
    """A delivery as it came: what it was called, its content (an open file), SHA-256 and size in bytes."""

    name: FileName
    descriptor: int
    sha256: str
    size: int

    def open(self) -> int:
        """The content from its beginning, as a descriptor of its own that the caller closes."""
        return reopened(self.descriptor)


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
        raise Refusal(
            printable(name), "unknown_register", f"no register {register!r}; {hint}known: {known}; rename the file"
        )
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

    Files that are missing or not regular are left out: `source_of` refuses them one by one.
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


@dataclass(frozen=True)
class Source:
    """An open regular file, and what it looked like when it was opened: size and mtime (ns)."""

    path: Path
    descriptor: int
    fingerprint: tuple[int, int]

    @property
    def size(self) -> int:
        return self.fingerprint[0]

    def require_unchanged(self) -> None:
        """Refusal `still_growing` when the file was written to, or another stands in its place, since it was opened."""
        state = os.fstat(self.descriptor)
        if (state.st_size, state.st_mtime_ns) != self.fingerprint or _fingerprint(self.path) != self.fingerprint:
            raise _still_growing(self.path)

    def digest(self) -> str:
        """SHA-256 of the content; Refusal as `require_unchanged`."""
        with os.fdopen(reopened(self.descriptor), "rb") as reader:
            digest = hashlib.file_digest(reader, "sha256").hexdigest()
        self.require_unchanged()
        return digest


def reopened(descriptor: int) -> int:
    """The file of a descriptor, opened once more, so that two readers do not move each other along."""
    return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)


@contextmanager
def source_of(path: Path, expected: tuple[int, int] | None = None) -> Iterator[Source]:
    """A file where it lies, open. Refusal when it is no regular file, or changed since `expected` (size, mtime)."""
    found = _fingerprint(path)
    if expected is not None and found != expected:
        raise _still_growing(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        source = Source(path, descriptor, found)
        source.require_unchanged()
        yield source
    finally:
        os.close(descriptor)


def _still_growing(path: Path) -> Refusal:
    detail = "the file is still being written to; try again when it is whole"
    return Refusal(printable(path.name), "still_growing", detail)
