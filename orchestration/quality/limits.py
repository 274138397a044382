"""A contract's own limits as thresholds: how many rows may be bad, how far the row count may fall.

They stand in the register's contract, not in a suite; their results, alerts and asset checks are like any other's.
"""

from datetime import date

from orchestration.landing.contracts import Register
from orchestration.quality.gate import CheckResult
from orchestration.quality.suites import Threshold

SEND_OR_ACCEPT = "send the file whole under the next number, or have it accepted with a reason (renkou accept)"
MANY_ROWS = 20  # below this, a share of bad rows or a fall in rows says nothing
SINCE = date(2013, 10, 1)


def _limit(register: Register, name: str, tolerated: float, at_least: int = MANY_ROWS, **words: str) -> Threshold:
    return Threshold(
        id=f"{register.name}_{name}",
        type="LandingLimit",
        kwargs={},
        severity="fail",
        since=SINCE,
        tolerated=tolerated,
        at_least=at_least,
        **words,
    )


def limits_of(register: Register) -> list[Threshold]:
    """The limits of a contract: a file that can be read, quarantined rows among all rows, rows gone since the month before."""
    readable = _limit(
        register,
        "readable",
        0.0,
        at_least=1,
        dimension="validity",
        zh=f"{register.name_zh}文件可以读取，表头与规范一致",
        en="The file can be read, and its header is the contract's",
        reason="What cannot be read cannot land: the month stays without this register until the file is sent again.",
    )
    bad = _limit(
        register,
        "bad_rows",
        register.max_bad_share,
        dimension="validity",
        zh=f"{register.name_zh}隔离行超过{register.max_bad_share:.0%}，批次暂扣",
        en=f"More than {register.max_bad_share:.0%} of the rows are quarantined: the delivery is held",
        reason="A file with this many bad rows was made wrongly as a whole and wants to be sent again.",
    )
    fall = _limit(
        register,
        "row_count",
        register.max_fall,
        dimension="volume",
        zh=f"{register.name_zh}行数比上月下降超过{register.max_fall:.0%}，批次暂扣",
        en=f"The row count fell by more than {register.max_fall:.0%}: the delivery is held",
        reason="A partial extract looks like a mass deletion; only a person can tell them apart.",
    )
    return [readable, bad, fall]


def unreadable(register: Register) -> CheckResult:
    """The result of a delivery that was refused, or held for its header: nothing else of it could be judged."""
    return CheckResult(limits_of(register)[0], "fail", 1, 1)


def check_limits(register: Register, rows: int, quarantined: int, previous: int | None) -> list[CheckResult]:
    """Judge a delivery of `rows` rows, `quarantined` of them bad, after one of `previous` rows (None: the first)."""
    readable, bad, fall = limits_of(register)
    before = previous or 0
    return [_judge(readable, 1, 0), _judge(bad, rows, quarantined), _judge(fall, before, max(before - rows, 0))]


def _judge(limit: Threshold, elements: int, unexpected: int) -> CheckResult:
    if elements < limit.at_least:
        return CheckResult(limit, "n/a", elements, unexpected)
    return CheckResult(limit, "fail" if unexpected > limit.tolerated * elements else "pass", elements, unexpected)


def held_reason(results: list[CheckResult]) -> str | None:
    """Why a delivery is held and what to do, as `rule: numbers; cure`; None when nothing failed."""
    failed = [result for result in results if result.status == "fail"]
    for result in failed:
        limit = f"the limit is {result.threshold.tolerated:.0%}"
        if result.threshold.id.endswith("_bad_rows"):
            mend = "renkou check names the rows: mend them and send the file under the next number"
            return f"too_many_bad_rows: {result.unexpected} of {result.elements} rows were quarantined, {limit}; {mend}"
        if result.threshold.type == "LandingLimit":
            rows = result.elements - result.unexpected
            return f"row_count_fell: {rows} rows after {result.elements}, {limit}; {SEND_OR_ACCEPT}"
    listed = "; ".join(f"{r.threshold.id} ({r.unexpected} of {r.elements})" for r in failed)
    mend = "mend what they name and send the file under the next number, or have it accepted (renkou accept)"
    return f"gate: {listed}; {mend}" if failed else None
