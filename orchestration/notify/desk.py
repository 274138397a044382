"""The operator's view of the alerts: lists and single ones, with exact lines, on the warehouse's own machine."""

from typing import Any

from orchestration.landing.contracts import load_contracts
from orchestration.notify.facts import News, Protection, load_words, read_alerts
from orchestration.notify.message import text_of
from orchestration.settings import Settings
from orchestration.warehouse import open_warehouse

LISTED = ("alert", "status", "severity", "register", "area_code", "opened_month", "month", "check_id", "sentence_zh",
          "sentence_en", "threshold", "file", "acknowledged_by", "muted_until")  # fmt: skip


def read_desk(settings: Settings, *, every: bool = False) -> list[dict[str, Any]]:
    """Every open alert (with `every`: resolved ones, too) as it stands; `unexpected` and `elements` are protected, as text."""
    words = load_words(settings.dbt_project)
    with open_warehouse(settings, load_contracts(settings.dbt_project)) as connection:
        found = read_alerts(connection, words, every=every)
    return [_listed(one, words.protection) for one in found]


def _listed(one: News, protection: Protection) -> dict[str, Any]:
    counts = {"unexpected": protection.shown(one.unexpected), "elements": protection.shown(one.elements)}
    return {name: getattr(one, name) for name in LISTED} | counts


def read_one(settings: Settings, alert: str) -> str | None:
    """An alert in words, with the lines that its message may not have named; None when there is no such alert."""
    words = load_words(settings.dbt_project)
    with open_warehouse(settings, load_contracts(settings.dbt_project)) as connection:
        found = read_alerts(connection, words, alert=alert)
    if not found:
        return None
    lines = ", ".join(str(line) for line in found[0].lines)
    return text_of(found[0], words.protection) + (f"\n行 / first lines: {lines}" if lines else "")
