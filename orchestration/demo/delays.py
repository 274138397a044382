"""How long an event waits until it is on paper."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from orchestration.demo.months import NEVER, Bool, Int
from orchestration.demo.schedules import Delay, schedules


def draw_days(
    day: Int,
    delay: Delay,
    rng: np.random.Generator,
    late: npt.NDArray[np.float64] | float = 1.0,
    burst: Bool | None = None,
) -> Int:
    """Registration days of events on ``day``; NEVER for those that stay unregistered.

    ``late`` multiplies the share of the tail, ``burst`` marks events of a month in which most came late.
    """
    size = len(day)
    tail = (1 - sum(step[0] for step in delay.steps)) * np.broadcast_to(np.asarray(late, dtype=float), (size,))
    if burst is not None:
        tail = np.where(burst, schedules().registration.burst_late_share, tail)
    is_late = rng.random(size) < tail
    shares = np.array([step[0] for step in delay.steps])
    which = rng.choice(len(shares), size=size, p=shares / shares.sum())
    low, high = (
        np.array([step[1] for step in delay.steps])[which],
        np.array([step[2] for step in delay.steps])[which],
    )
    prompt = low + np.floor(rng.random(size) * (high - low + 1))
    slow = delay.tail_from + np.floor(rng.exponential(delay.tail_mean, size))
    waited = np.minimum(np.where(is_late, slow, prompt), schedules().registration.longest_days)
    registered = day + waited.astype(np.int32)
    return np.where(rng.random(size) < delay.unregistered, NEVER, registered).astype(np.int32)
