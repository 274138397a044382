"""Seal: originals are encrypted at rest in the age format (https://age-encryption.org/v1), with a key of the archive's own.

Sealing needs the public half only. Where an office keeps the secret half elsewhere, the key file holds the recipient's line
(`age1...`) alone: files land and are kept, and nobody who takes the machine can read them. The `age` program opens them too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyrage

from orchestration.errors import LandingFailed, SettingsError
from orchestration.landing.private import make_private, read_private, replace_private

SECRET, PUBLIC = "AGE-SECRET-KEY-", "age1"


class Unopened(LandingFailed):
    """An original that is gone, changed or cut, or sealed under another key."""


@dataclass(frozen=True)
class ArchiveKey:
    """For whom originals are sealed, and the secrets that open them, the newest first. No message shows those."""

    recipients: tuple[str, ...]
    secrets: tuple[str, ...] = field(repr=False)

    @property
    def recipient(self) -> str:
        """The public key for which originals are sealed now."""
        return self.recipients[0]

    def seal(self, reader: BinaryIO, writer: BinaryIO) -> None:
        """Encrypt a stream. OSError as reading and writing raise it."""
        watched = _Watched(writer)
        try:
            pyrage.encrypt_io(reader, watched, [pyrage.x25519.Recipient.from_str(self.recipient)])
        except (pyrage.EncryptError, OSError) as error:
            raise (watched.error or OSError(type(error).__name__)) from None

    def unseal(self, reader: BinaryIO, writer: BinaryIO) -> None:
        """Decrypt a stream; what was changed or cut is never taken for whole. Unopened when it cannot be opened."""
        self._require_secret()
        watched = _Watched(writer)
        try:
            pyrage.decrypt_io(reader, watched, [pyrage.x25519.Identity.from_str(secret) for secret in self.secrets])
        except (pyrage.DecryptError, OSError):
            if watched.error:
                raise watched.error from None
            raise Unopened("an original in the archive is damaged, or sealed under another key") from None

    def rotated(self) -> "ArchiveKey":
        """A new key that still opens what the old one sealed. SettingsError where the old secret is elsewhere."""
        self._require_secret()
        identity = pyrage.x25519.Identity.generate()
        return ArchiveKey((str(identity.to_public()), *self.recipients), (str(identity), *self.secrets))

    def newest(self) -> "ArchiveKey":
        """Without the secrets of earlier keys."""
        return ArchiveKey(self.recipients[:1], self.secrets[:1])

    def save(self, path: Path) -> None:
        """Put this key into the file, whole or not at all."""
        replace_private(path, _content(self.recipient, self.secrets))

    def _require_secret(self) -> None:
        if not self.secrets:
            raise SettingsError("the archive's key file holds the public key alone: put the secret one in it for this")


class _Watched:
    """A writer that remembers its own error, which the library reports as one of its own."""

    def __init__(self, writer: BinaryIO) -> None:
        self.writer = writer
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self.writer.write(data)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        self.writer.flush()


def load_archive_key(path: Path, *, create: bool) -> ArchiveKey:
    """The archive's key in `path`; made there when `create` and there is none. SettingsError as for the pseudonym key."""
    if not path.exists():
        if not create:
            raise SettingsError(
                f"the archive's key {path.name} is missing: put it back (RENKOU_ARCHIVE_KEY_FILE names it), "
                "originals are sealed under it"
            )
        make_private(path, _new)
    lines = read_private(path, "the archive's key").decode("ascii", "replace").split("\n")
    secrets = tuple(line for line in lines if line.startswith(SECRET))
    try:
        recipients = [str(pyrage.x25519.Identity.from_str(secret).to_public()) for secret in secrets]
        recipients += [str(pyrage.x25519.Recipient.from_str(line)) for line in lines if line.startswith(PUBLIC)]
    except (pyrage.IdentityError, pyrage.RecipientError):
        recipients = []
    if not recipients:
        raise SettingsError(f"the archive's key {path.name} holds no age key (AGE-SECRET-KEY-..., or age1... alone)")
    return ArchiveKey(tuple(recipients), secrets)


def _new() -> bytes:
    identity = pyrage.x25519.Identity.generate()
    return _content(str(identity.to_public()), [str(identity)])


def _content(recipient: str, secrets: Iterable[str]) -> bytes:
    return "\n".join([f"# public key: {recipient}", *secrets, ""]).encode()
