"""Protect: identifiers become keyed pseudonyms; the key, its rotation, and the refusal to run on a wrong one.

Pseudonym = the first 128 bits (32 hex digits) of HMAC-SHA256 (RFC 2104) over `purpose|version|normalised identifier`. Every
rotation adds a secret, and another HMAC over the pseudonym so far: a map that needs no identifiers and has no way back.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.durable import sync
from orchestration.errors import SettingsError
from orchestration.landing.private import make_private, read_private, replace_private

PURPOSE, ROTATION, VERSION = "renkou.person", "renkou.rotation", "1"
KEY_BYTES = 32
HASH_BLOCK = 64
PSEUDONYM_DIGITS = 32


@dataclass(frozen=True)
class Key:
    """A pseudonym key: its secrets of 32 bytes, in the order of rotations. Neither its repr nor any message shows them."""

    secrets: tuple[bytes, ...] = field(repr=False)

    @property
    def content(self) -> bytes:
        """The key file's bytes."""
        return b"".join(self.secrets)

    @property
    def fingerprint(self) -> str:
        """What the warehouse stores to recognise the key: 16 hex digits that say nothing about it."""
        rotations = b"." * (len(self.secrets) - 1)  # HMAC takes zero bytes at a key's end for none
        return hmac.new(self.content, b"renkou.fingerprint" + rotations, hashlib.sha256).hexdigest()[:16]

    @property
    def pads(self) -> dict[str, bytes]:
        """The inner and outer pads of HMAC, passed to SQL as parameters and never as text."""
        pads: dict[str, bytes] = {}
        for number, secret in enumerate(self.secrets):
            padded = secret.ljust(HASH_BLOCK, b"\0")
            pads |= {f"ipad{number}": bytes(b ^ 0x36 for b in padded), f"opad{number}": bytes(b ^ 0x5C for b in padded)}
        return pads

    def pseudonym(self, identifier: str) -> str:
        """The pseudonym of one normalised 18-digit identifier: the reference for the SQL form."""
        purpose, text = PURPOSE, identifier
        for secret in self.secrets:
            message = f"{purpose}|{VERSION}|{text}".encode()
            text = hmac.new(secret, message, hashlib.sha256).hexdigest()[:PSEUDONYM_DIGITS]
            purpose = ROTATION
        return text

    def rotated(self) -> "Key":
        """The key with one more secret."""
        return Key((*self.secrets, secrets.token_bytes(KEY_BYTES)))

    def pseudonym_sql(self, identifier: str) -> str:
        """SQL for the pseudonym of the expression `identifier`; needs the parameters `pads`."""
        text = _hmac_sql(PURPOSE, identifier, 0)
        for number in range(1, len(self.secrets)):
            text = _hmac_sql(ROTATION, text, number)
        return text

    def rotation_sql(self, pseudonym: str) -> str:
        """SQL that takes a pseudonym from before the last rotation to the one after it; needs the parameters `pads`."""
        return _hmac_sql(ROTATION, pseudonym, len(self.secrets) - 1)


def _hmac_sql(purpose: str, text: str, number: int) -> str:
    message = f"encode('{purpose}|{VERSION}|' || {text})"
    return f"substr(sha256($opad{number} || unhex(sha256($ipad{number} || {message}))), 1, {PSEUDONYM_DIGITS})"


def finish_rotation(following: Path, path: Path, fingerprint: str | None) -> None:
    """Put the next key in its place when the warehouse (whose `fingerprint` it is) has followed it; else take it away.

    A rotation writes the next key, then the warehouse in one transaction, then calls this: a power cut between any two
    leaves key and warehouse to be brought together by the next call.
    """
    if not following.exists():
        return
    key = load_key(following, create=False)
    if key.fingerprint == fingerprint:
        replace_private(path, key.content)
    following.unlink()
    sync(following.parent)


def load_key(path: Path, *, create: bool) -> Key:
    """The key in `path`; made there when `create` and there is none.

    Raises SettingsError when it is missing, not 32 bytes a secret, or open to anyone but its owner (mode 0600 or stricter).
    """
    if not path.exists():
        if not create:
            raise SettingsError(
                f"the pseudonym key {path.name} is missing: put it back (RENKOU_KEY_FILE names it), data have landed under it"
            )
        make_private(path, lambda: secrets.token_bytes(KEY_BYTES))
    content = read_private(path, "the pseudonym key")
    if not content or len(content) % KEY_BYTES:
        raise SettingsError(f"the pseudonym key {path.name} does not hold {KEY_BYTES} bytes, or as many per rotation")
    return Key(tuple(content[start : start + KEY_BYTES] for start in range(0, len(content), KEY_BYTES)))
