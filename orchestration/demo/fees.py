"""Social compensation fee: from an out-of-policy birth to the treasury, until the fee was abolished."""

from __future__ import annotations

import numpy as np

from orchestration.demo.linked import Linked, days_between, perhaps, some
from orchestration.demo.months import NEVER, Int, day_number
from orchestration.demo.schedules import schedules


def step(linked: Linked, month: int, new: Int) -> None:
    """Cases of the births ``new`` (record numbers) that are outside policy; dates ahead are known when they come."""
    rng, table = linked.rng("fees", month), schedules().fees
    births = linked.life.births
    birth = new[~births["in_policy"][new] & (births["registered"][new] != NEVER)]
    birth = some(rng, birth, table.filed)
    filed = births["registered"][birth] + days_between(rng, len(birth), table.filed_days)
    birth, filed = birth[filed < day_number(table.abolished)], filed[filed < day_number(table.abolished)]
    size = len(birth)
    decided = perhaps(filed + days_between(rng, size, table.decided_days), rng.random(size) < table.decided)
    low, high = table.amount
    amount = days_between(rng, size, (low // 100, high // 100)) * 100
    way = np.where(decided != NEVER, rng.random(size), 1.0)
    fully, partly = way < table.paid_fully, (way >= table.paid_fully) & (way < table.paid_fully + table.paid_partly)
    first = len(linked["fee_cases"])
    settled = _pay(linked, first, births["village"][birth], decided, amount, fully, partly, rng)
    to_court = (decided != NEVER) & ~fully & (rng.random(size) < table.court)
    applied = np.where(to_court, np.where(to_court, decided, 0) + days_between(rng, size, (90, 180)), NEVER)
    enforce = to_court & (rng.random(size) < table.enforced)
    enforced = np.where(enforce, np.where(enforce, applied, 0) + days_between(rng, size, (40, 200)), NEVER)
    linked["fee_cases"].add(
        birth=birth, village=births["village"][birth], registered=filed, decided=decided, amount=amount,
        applied=applied, enforced=enforced, closed=np.minimum(settled, enforced),
    )  # fmt: skip


def _pay(
    linked: Linked,
    first: int,
    village: Int,
    decided: Int,
    amount: Int,
    fully: np.ndarray,
    partly: np.ndarray,
    rng: np.random.Generator,
) -> Int:
    """One payment of a part, or two that make up the whole; the day on which all is paid, or NEVER."""
    size = len(decided)
    start = np.where(decided != NEVER, decided, 0)
    share = np.where(fully, rng.uniform(0.4, 1.0, size), rng.uniform(0.1, 0.6, size))
    once = np.where(share > 0.85, amount, (amount * share / 100).astype(np.int64) * 100)
    once = np.where(fully, once, np.minimum(once, amount - 100))
    day = start + days_between(rng, size, (1, 45))
    later = day + days_between(rng, size, (20, 150))
    rest = fully & (once < amount)
    for rows, when, what in ((fully | partly, day, once), (rest, later, amount - once)):
        chosen = np.flatnonzero(rows)
        linked["fee_payments"].add(
            case=first + chosen, village=village[chosen], registered=when[chosen], amount=what[chosen],
            receipt=rng.random(len(chosen)) < schedules().fees.treasury,
        )  # fmt: skip
    return np.where(fully, np.where(rest, later, day), NEVER).astype(np.int32)
