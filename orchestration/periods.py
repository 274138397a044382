"""Months, policy years and the Shanghai calendar."""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
POLICY_YEAR_START = 10  # 1 October; the year is named by the calendar year it ends in


def parse_month(text: str) -> date:
    """First day of the month written as `2015-03` or `201503`; ValueError names the accepted forms."""
    match = re.fullmatch(r"(\d{4})-?(\d{2})", text.strip(), flags=re.ASCII)
    if not match or not 1 <= int(match[2]) <= 12 or not 1900 <= int(match[1]) <= 2199:
        raise ValueError("not a month: write 2015-03 or 201503")
    return date(int(match[1]), int(match[2]), 1)


FIRST_MONTH = date(2010, 10, 1)  # no snapshot is older; Dagster's partitions begin here


def parse_snapshot_month(text: str) -> date:
    """A month of which there can be a snapshot: from FIRST_MONTH to the present month in Shanghai; else ValueError."""
    month = parse_month(text)
    if not FIRST_MONTH <= month <= now().date():
        raise ValueError(f"not a month of which there can be a snapshot: {FIRST_MONTH:%Y-%m} to the present month")
    return month


def month_end(month: date) -> date:
    """Last day of the month that `month` lies in."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def next_month(month: date) -> date:
    """First day of the month after the one that `month` lies in."""
    return month_end(month) + timedelta(days=1)


def policy_year(day: date) -> int:
    """The policy year (1 October to 30 September) that holds `day`."""
    return day.year + (day.month >= POLICY_YEAR_START)


def policy_year_start(year: int) -> date:
    """The first day of policy year `year`."""
    return date(year - 1, POLICY_YEAR_START, 1)


def window_start_sql(period_end: str, months: str) -> str:
    """SQL of DuckDB and PostgreSQL: the first day of a window of so many months (an expression; null or 0: since 1 October)."""
    return (
        f"case when {months} > 0 then date_trunc('month', {period_end}) - ({months} - 1) * interval '1 month' "
        f"else date_trunc('year', {period_end} + interval '3 month') - interval '3 month' end"
    )


def now() -> datetime:
    """The present time in Shanghai, without a zone: what the warehouse stores."""
    return datetime.now(SHANGHAI).replace(tzinfo=None)
