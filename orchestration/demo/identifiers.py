"""18-digit resident identifiers (GB 11643) that no real person can have: their province prefix is 99."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from orchestration.demo.months import Bool, Int, ymd

# ISO 7064 MOD 11-2: weight of position i (from the left) is 2^(17-i) mod 11
WEIGHTS = np.array([2 ** (17 - i) % 11 for i in range(17)], dtype=np.int32)
CHECK_CHARACTERS = b"10X98765432"


def check_characters(digits: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """ASCII check character of each row of 17 digits (values 0 to 9, shape n x 17)."""
    total = np.zeros(len(digits), dtype=np.int32)
    for place in range(17):
        total += digits[:, place].astype(np.int32) * WEIGHTS[place]
    return np.frombuffer(CHECK_CHARACTERS, dtype=np.uint8)[total % 11]


def sequence_numbers(prefix: Int, birth_day: Int, male: Bool) -> Int:
    """Numbers that make (prefix, birth day, number) unique: odd for men, even for women.

    Raises ValueError when more than 500 persons of one sex share prefix and birthday.
    """
    key = (prefix.astype(np.int64) << 24) | ((birth_day.astype(np.int64) + (1 << 22)) << 1) | male
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(key) else np.array([], int)
    lengths = np.diff(np.append(begins, len(key)))
    rank = np.empty(len(key), dtype=np.int32)
    rank[order] = np.arange(len(key)) - np.repeat(begins, lengths)
    if len(rank) and rank.max() >= 500:
        raise ValueError("more than 500 persons of one sex share a prefix and a birthday")
    return (2 * rank + male).astype(np.int32)


def make_identifiers(prefix: Int, birth_day: Int, male: Bool) -> npt.NDArray[np.bytes_]:
    """Identifiers (dtype S18) for 6-digit area prefixes, birth days and sexes; unique within the call."""
    head = prefix.astype(np.int64) * 10**8 + ymd(birth_day)
    number = head * 1000 + sequence_numbers(prefix, birth_day, male)
    text = np.empty((len(prefix), 18), dtype=np.uint8)
    for place in range(16, -1, -1):
        number, digit = np.divmod(number, 10)
        text[:, place] = digit
    text[:, 17] = check_characters(text[:, :17])
    text[:, :17] += ord("0")
    return text.view("S18").reshape(-1)
