"""Independent random streams, one per purpose: a change in one place leaves all others as they were."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, purpose: str, *keys: int) -> np.random.Generator:
    """Generator of ``(seed, purpose, keys)``; keys are non-negative."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), *keys])))
