"""Protect: identifiers become keyed pseudonyms; the key, and the refusal to run on a wrong one.

Pseudonym = the first 128 bits (32 hex digits) of HMAC-SHA256 (RFC 2104) over `purpose|version|normalised identifier`.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.errors import SettingsError

PURPOSE, VERSION = "renkou.person", "1"
KEY_BYTES = 32
HASH_BLOCK = 64
PSEUDONYM_DIGITS = 32


@dataclass(frozen=True)
class Key:
    """A pseudonym key. Neither its repr nor any message shows it."""

    secret: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """What the warehouse stores to recognise the key: 16 hex digits that say nothing about it."""
        return hmac.new(self.secret, b"renkou.fingerprint", hashlib.sha256).hexdigest()[:16]

    @property
    def pads(self) -> dict[str, bytes]:
        """The inner and outer pads of HMAC, passed to SQL as parameters and never as text."""
        padded = self.secret.ljust(HASH_BLOCK, b"\0")
        return {"ipad": bytes(b ^ 0x36 for b in padded), "opad": bytes(b ^ 0x5C for b in padded)}

    def pseudonym(self, identifier: str) -> str:
        """The pseudonym of one normalised 18-digit identifier: the reference for the SQL form."""
        message = f"{PURPOSE}|{VERSION}|{identifier}".encode()
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()[:PSEUDONYM_DIGITS]


def pseudonym_sql(identifier: str) -> str:
    """SQL for the pseudonym of the expression `identifier`; needs the parameters $ipad and $opad."""
    message = f"encode('{PURPOSE}|{VERSION}|' || {identifier})"
    return f"substr(sha256($opad || unhex(sha256($ipad || {message}))), 1, {PSEUDONYM_DIGITS})"


def load_key(path: Path, *, create: bool) -> Key:
    """The key in `path`; made there when `create` and there is none.

    Raises SettingsError when it is missing, not 32 bytes, or open to anyone but its owner (mode 0600 or stricter).
    """
    if not path.exists():
        if not create:
            raise SettingsError(
                f"the pseudonym key {path.name} is missing: put it back (RENKOU_KEY_FILE names it), data have landed under it"
            )
        _make(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise SettingsError(f"the pseudonym key {path.name} can be read by others (mode {mode:04o}): chmod 600 it")
    secret = path.read_bytes()
    if len(secret) != KEY_BYTES:
        raise SettingsError(f"the pseudonym key {path.name} does not hold {KEY_BYTES} bytes")
    return Key(secret)


def _make(path: Path) -> None:
    """A new key in `path`, whole or not at all; never over one that another process has just made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")  # one name, so that what a killed process left is used by the next
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if path.exists():
            part.unlink(missing_ok=True)
            return
        os.fchmod(handle.fileno(), 0o600)
        handle.truncate()
        handle.write(secrets.token_bytes(KEY_BYTES))
        handle.flush()
        os.fsync(handle.fileno())
        part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # a key that a power cut takes away makes everything landed under it useless
    finally:
        os.close(folder)
