"""The words of a message: what, where, how many of how many, threshold, trend, file and lines, what to do. Chinese first."""

from collections import Counter
from datetime import date

from orchestration.notify.facts import News, Protection
from orchestration.site.labels import label

KINDS = ("escalated", "opened", "reminded", "resolved")
FULL_TEXTS = 40  # events told in full in one message; the rest in one line each
CURES = {  # what to do, in Chinese and English
    "readable": (
        "按说明改好文件，以下一个补报序号重新报送",
        "mend the file as the reason says and send it under the next number",
    ),
    "delivered": (
        "请尽快报送；当月没有事件的，也要报送只有表头的文件",
        "send it; a month without events still has a file with its header",
    ),
    "fail": (
        "批次已暂扣，数据没有变动：改好后以下一个补报序号报送，或由统计部门说明理由后放行（renkou accept）",
        "the delivery is held and changed nothing: mend it and send it under the next number, or have it accepted with a reason",
    ),
    "warn": (
        "数据已入库，相关指标为暂定：请核对，需要时以下一个补报序号报送",
        "the figures that rest on it are provisional: look into it, and send it again under the next number where it is wrong",
    ),
    "signal": (
        "请到该地区了解这项登记是怎样做的；这不是对任何个人的判断",
        "look at how this area keeps the register; it says nothing about any person",
    ),
    "resolved": ("无需处理", "nothing to do"),
}


def title_of(news: list[News]) -> str:
    """The subject: how many alerts of which kind."""
    counts = Counter(one.kind for one in news)
    told = [(*label("alert_events", kind), counts[kind]) for kind in KINDS if counts[kind]]
    zh, en = "，".join(f"{zh}{count}" for zh, _, count in told), ", ".join(f"{count} {en}" for _, en, count in told)
    return f"人口数据质量警报：{zh} / Renkou alerts: {en}"


def body_of(news: list[News], protection: Protection, batch: str, note: str = "") -> str:
    """The whole text; `batch` is the id by which a receiver drops a repeat, `note` says what is attached."""
    parts = [text_of(one, protection) for one in news[:FULL_TEXTS]]
    rest = [f"- {_head(one)}: {one.sentence_zh}（{one.alert}）" for one in news[FULL_TEXTS:]]
    if rest:
        parts.append(f"另有 {len(rest)} 条 / {len(rest)} more:\n" + "\n".join(rest))
    protected = (
        f"人数1至{protection.small}显示为区间，其余取整到{protection.base} / small counts are ranges, others rounded"
    )
    parts += [note] if note else []
    return "\n\n".join([*parts, f"{protected}\n消息编号 / message id: {batch}"])


def text_of(one: News, protection: Protection) -> str:
    """One event in full."""
    lines = [f"【{_head(one)}】", f"{one.sentence_zh} / {one.sentence_en}"]
    if one.is_about_a_file:
        lines += [one.reason] if one.reason and one.kind != "resolved" else []
    else:
        lines.append(_counts(one, protection))
    if len(one.trend) > 1 and not one.is_about_a_file:
        lines.append("走势 / trend: " + " · ".join(f"{month:%Y-%m} {_percent(share)}" for month, share in one.trend))
    if one.file:
        lines.append(f"文件 / file: {one.file}{_lines(one, protection)}")
    lines.append(f"处理 / what to do: {_cure(one)}")
    lines.append(f"警报编号 / alert: {one.alert}（自 / since {_month(one.opened_month)}）; {one.event}")
    return "\n".join(lines)


def _head(one: News) -> str:
    kind, severity = (" ".join(label(*of)) for of in (("alert_events", one.kind), ("severities", one.severity)))
    register = f"{one.register_zh} {one.register_en}"
    where = f"{one.area_zh} {one.area_en} {one.area_code}"
    return f"{kind} · {severity} · {register} · {where} · {_month(one.month)}"


def _counts(one: News, protection: Protection) -> str:
    wrong, judged = protection.shown(one.unexpected), protection.shown(one.elements)
    if one.is_signal:
        share = protection.share(one.unexpected, one.elements)
        reached = f"，占 / share {_percent(share)}" if share is not None else ""
        return f"{wrong} of {judged}{reached}；容许 / tolerated {one.side} {one.threshold:.1%}（integrity_methods）"
    share = protection.expected_share(one.unexpected, one.elements)
    reached = f"，达标 / as expected {_percent(share)}" if share is not None else ""
    return f"不符 / not as expected: {wrong} of {judged}{reached}；门槛 / threshold {one.threshold:.1%}"


def _lines(one: News, protection: Protection) -> str:
    """Lines are told where their number may be; else where to find them."""
    if not one.lines:
        return ""
    if protection.hides(one.unexpected):
        return f"；行号 / lines: renkou alerts show {one.alert}"
    return "；行 / lines " + ", ".join(str(line) for line in one.lines) + " …"


def _cure(one: News) -> str:
    if one.kind == "resolved":
        rule = "resolved"
    elif one.is_signal:
        rule = "signal"
    else:
        rule = one.check_id.rsplit("_", 1)[1] if one.is_about_a_file else one.severity
    return " / ".join(CURES[rule])


def _percent(share: float | None) -> str:
    return "…" if share is None else f"{share:.1%}"


def _month(month: date) -> str:
    return f"{month:%Y-%m}"
