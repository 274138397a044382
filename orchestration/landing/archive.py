"""The archive: every original that came, once, sealed, under the digest of its content; the names it came under beside it.

What does not live here: what became of a delivery (ledger.py), and when originals go (purge.py).
"""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from orchestration.durable import sync
from orchestration.errors import LandingFailed
from orchestration.landing.private import replace_private
from orchestration.landing.receive import Source, reopened
from orchestration.landing.seal import ArchiveKey, Unopened

SEALED, NAMES, DAMAGED = ".age", ".json", ".damaged"
PLAIN = re.compile(r"[0-9a-f]{64}")  # what versions up to 0.1 left
IN_MEMORY = 256 << 20  # an original up to this size is opened in memory, and beyond in a file without a name


@dataclass(frozen=True)
class Original:
    """An original: its digest, and when (without time zone) it came under which names."""

    sha256: str
    names: dict[str, datetime]


@dataclass(frozen=True)
class Archive:
    """The folder of originals and the key they are sealed under."""

    folder: Path
    key: ArchiveKey

    def path(self, digest: str) -> Path:
        """Where an original lies, sealed."""
        return self.folder / digest[:2] / f"{digest}{SEALED}"

    def holds(self, digest: str) -> bool:
        """Whether the original is there."""
        return self.path(digest).exists()

    def keep(self, source: Source) -> str:
        """Keep a file's content; its SHA-256. The file stays where it is, and what is kept has no name yet (`remember`).

        Refusal `still_growing` when it changes meanwhile; OSError when it cannot be read or kept.
        """
        digest = source.digest()
        if not self.holds(digest):
            try:
                self._seal(source.descriptor, digest)
            finally:
                source.require_unchanged()
        return digest

    def remember(self, digest: str, name: str, at: datetime) -> None:
        """Write down that an original came under this name; the first time counts."""
        names = self._names(digest)
        if name in names:
            return
        known = {n: t.isoformat() for n, t in (names | {name: at}).items()}
        replace_private(self.path(digest).with_suffix(NAMES), json.dumps(known).encode())

    @contextmanager
    def original(self, digest: str) -> Iterator[int]:
        """The content of an original as an open file that has no name anywhere. Unopened when it is gone or not whole."""
        if not self.holds(digest):
            raise Unopened("the original is no longer in the archive; ask for the file again")
        with self._nameless(self.path(digest).stat().st_size) as plain:
            with self.path(digest).open("rb") as sealed:
                self.key.unseal(sealed, plain)
            plain.flush()
            yield plain.fileno()

    def originals(self) -> Iterator[Original]:
        """Every original, by digest."""
        for path in sorted(self.folder.glob(f"??/*{SEALED}")):
            yield Original(path.stem, self._names(path.stem))

    def drop(self, digest: str) -> None:
        """Take an original and its names away."""
        for suffix in (SEALED, NAMES):
            self.path(digest).with_suffix(suffix).unlink(missing_ok=True)

    def drop_nameless(self) -> int:
        """Take away what was kept of files that then went on growing, or of a process that was killed; how many.

        Whoever sent them still has them: nothing is recorded of a file that has no name here.
        """
        nameless = [original.sha256 for original in self.originals() if not original.names]
        for digest in nameless:
            self.drop(digest)
        return len(nameless)

    def seal_again(self) -> int:
        """Seal every original for the newest of the keys; how many. What is cut short is done by the next call.

        Unopened, with the digests, when some could not be opened; the others are done then.
        """
        count, unopened = 0, []
        for original in self.originals():
            try:
                with self.original(original.sha256) as plain:
                    self._seal(plain, original.sha256)
                count += 1
            except Unopened:
                unopened.append(original.sha256[:12])
        if unopened:
            raise Unopened(
                f"{len(unopened)} originals cannot be opened ({', '.join(unopened)}); purge them, or put them back"
            )
        return count

    def plain(self) -> list[Path]:
        """Originals that an earlier version kept without a seal."""
        return sorted(path for path in self.folder.glob("??/*") if PLAIN.fullmatch(path.name))

    def seal_plain(self, path: Path, names: dict[str, datetime]) -> None:
        """Seal an original that an earlier version kept, and take the open one away; set it aside when it is damaged."""
        try:
            with path.open("rb") as reader:
                self._seal(reader.fileno(), path.name)
        except LandingFailed:
            path.rename(path.with_suffix(DAMAGED))
            return
        for name, at in names.items():
            self.remember(path.name, name, at)
        path.unlink()

    def _seal(self, descriptor: int, digest: str) -> None:
        """The sealed copy under its digest; LandingFailed when the content has another one."""
        target, part = self.path(digest), self.folder / ".part"  # one name: what a killed process left is written over
        if not target.parent.exists():
            target.parent.mkdir(parents=True)
            sync(self.folder)
        try:
            with os.fdopen(reopened(descriptor), "rb") as reader, part.open("wb") as writer:
                part.chmod(0o600)
                hashed = _Hashed(reader)
                self.key.seal(hashed, writer)  # type: ignore[arg-type]
                writer.flush()
                os.fsync(writer.fileno())
            if hashed.digest.hexdigest() != digest:
                raise LandingFailed("the file changed while it was copied into the archive; run again")
            part.replace(target)
            sync(target.parent)
        finally:
            part.unlink(missing_ok=True)

    def _names(self, digest: str) -> dict[str, datetime]:
        path = self.path(digest).with_suffix(NAMES)
        found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return {name: datetime.fromisoformat(at) for name, at in found.items()}

    @contextmanager
    def _nameless(self, size: int) -> Iterator[BinaryIO]:
        """A file for plain content: what is not protected has no name on a disk, and goes with the process."""
        if size <= IN_MEMORY:
            with os.fdopen(os.memfd_create("renkou-original"), "w+b") as plain:
                yield plain
        else:
            with tempfile.TemporaryFile(dir=self.folder) as plain:
                yield plain


class _Hashed:
    """A reader that hashes what it gives."""

    def __init__(self, reader: BinaryIO) -> None:
        self.reader, self.digest = reader, sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.reader.read(size)
        self.digest.update(data)
        return data
