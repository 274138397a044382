"""A published marts file made by hand: 4 counties, 16 townships, 48 villages, 18 months, every state a value can have."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np

HERE = Path(__file__).parent
SEEDS = Path(__file__).parents[3] / "dbt_project" / "seeds"
HOSTILE = "<script>alert(1)</script>"
HOSTILE_END = "</script><img src=x onerror=alert(2)>"
VINTAGE = "2015-03.0240"
CITY = "990100000000"
MONTHS = [date(2013 + (9 + n) // 12, (9 + n) % 12 + 1, 1) for n in range(18)]
LIVE = {  # indicator: (events per 1000 persons and month, share or ratio, kind)
    "crude_birth_rate": (0.95, 1000.0, "rate"),
    "natural_increase_rate": (0.95, 1000.0, "rate"),
    "policy_compliant_birth_rate": (0.95, 0.82, "share"),
    "policy_compliant_birth_rate_2plus": (0.40, 0.71, "share"),
    "out_of_policy_3plus_rate": (0.95, 0.031, "share"),
    "sex_ratio_at_birth": (0.95, 1.15, "ratio"),
    "sex_ratio_at_birth_p1": (0.55, 1.07, "ratio"),
    "sex_ratio_at_birth_p2": (0.33, 1.21, "ratio"),
    "sex_ratio_at_birth_p3plus": (0.06, 1.45, "ratio"),
    "total_fertility_rate": (0.95, 1.6, "sum"),
    "general_fertility_rate": (0.95, 1000.0, "rate"),
    "birth_registration_timely_rate": (0.95, 0.885, "share"),
    "register_coverage": (1000.0, 1.02, "plain"),
    "register_duplicates": (1000.0, 0.004, "plain"),
}
SAME_NAME = (
    "indicators", "targets", "schemes", "windows", "publication_scope", "registers", "integrity_methods", "attested_items",
)  # fmt: skip
CATALOGUES = {"measures": "measure_catalogue"} | {name: name for name in SAME_NAME}
REGISTERS = ("population", "births", "deaths", "birth_certificates")
COUNTIES = (("990101000000", "东湖区", "Donghu"), ("990102000000", "西陵区", "Xiling"),
            ("990103000000", "南浦县", "Nanpu"), ("990104000000", "北原县", "Beiyuan"))  # fmt: skip
TOWNS = ("城关镇", "青石镇", "柳河乡", "白沙镇")
CHECKS = (("id_present", "completeness", "fail", 0.99), ("birth_date_valid", "validity", "fail", 0.995),
          ("key_unique", "uniqueness", "fail", 1.0), ("registered_in_time", "timeliness", "warn", 0.97),
          ("rows_as_expected", "volume", "warn", 0.8))  # fmt: skip


def month_end(month: date) -> date:
    """The last day of a month."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def areas(hostile: bool) -> list[tuple[str, str, str, str, str | None]]:
    """City, counties and townships; with hostile labels among them on request."""
    found: list[tuple[str, str, str, str, str | None]] = [(CITY, "city", "云泽市", "Yunze City", None)]
    villages: list[tuple[str, str, str, str, str | None]] = []
    for at, (code, zh, en) in enumerate(COUNTIES):
        bad = hostile and at == 3
        found.append((code, "county", HOSTILE if bad else zh, HOSTILE_END if bad else en, CITY))
        for number, name in enumerate(TOWNS, start=1):
            town = f"{code[:6]}{number:03d}000"
            label = HOSTILE_END if bad and number == 4 else f"{zh[:2]}{name}"
            found.append((town, "township", label, f"{en} {number:03d}", code))
            for place in range(1, 4):
                label = HOSTILE if bad and place == 3 else f"{name[:2]}{place}村"
                villages.append((f"{town[:9]}{place:03d}", "village", label, f"Village {place}", town))
    return found + villages


def _interval(kind: str, n: float, d: float, per: float) -> tuple[float, float, float]:
    """A value and a plausible interval: enough for a page, not the marts' formulas."""
    if kind == "ratio":
        half = 1.96 * math.sqrt(1 / n + 1 / d)
        return 100 * n / d, 100 * n / d * math.exp(-half), 100 * n / d * math.exp(half)
    value, half = per * n / d, 1.96 * per * math.sqrt(max(n, 1)) / d
    if kind == "share":
        z, p = 1.96, n / d
        mid, half = (
            (p + z * z / (2 * d)) / (1 + z * z / d),
            z * math.sqrt(p * (1 - p) / d + (z / (2 * d)) ** 2),
        )
        return value, per * max(mid - half / (1 + z * z / d), 0), per * (mid + half / (1 + z * z / d))
    return value, value - half, value + half


def _length(window: str, month: date) -> int:
    since_october = (month.month - 10) % 12 + 1
    return {"month": 1, "trailing_12_months": 12, "policy_year": 12}.get(window, since_october)


def _figure(rng: np.random.Generator, level: str, indicator: str, months: int) -> tuple[object, ...]:
    """numerator, denominator, value, low, high, status, shown numerator, shown denominator, protection."""
    rate, share, kind = LIVE[indicator]
    persons = {"city": 160_000, "county": 40_000, "township": 10_000, "village": 1_500}[level]
    events = int(rng.poisson(persons * rate * months / 1000)) if kind != "plain" else persons
    if kind in ("rate", "sum"):
        n, d, per = events, persons * months / 12, share if kind == "rate" else 130.0
    elif kind == "ratio":
        n = int(rng.binomial(events, share / (1 + share)))
        d, per = events - n, 100.0
    else:
        n, d, per = int(rng.binomial(events, min(share, 1.0))), events, 100.0 * max(share, 1.0)
    if level != "city" and 1 <= min(n, d) <= 7:
        return None, None, None, None, None, "suppressed", "1-7", str(round(d / 5) * 5), "suppressed"
    if d == 0 or (kind == "ratio" and n == 0):
        return n, d, None, None, None, "empty_denominator", str(n), "0", "rounded"
    value, low, high = _interval(kind, n, d, per)
    limits = (None, None) if kind in ("plain", "sum") else (low, high)
    return n, d, value, *limits, "ok", str(int(n)), str(int(d)), "exact" if level == "city" else "rounded"


def _values(rng: np.random.Generator, places: list[tuple[str, str, str, str, str | None]]) -> list[tuple[object, ...]]:
    """Every area x month x window x clock x indicator, with each status somewhere."""
    rows: list[tuple[object, ...]] = []
    for code, level, *_ in places:
        for month in MONTHS:
            windows = ["month", "policy_year_to_date", "trailing_12_months"]
            windows += ["policy_year"] if month.month == 9 else []
            if level == "village":
                windows = [w for w in windows if w in ("trailing_12_months", "policy_year")]
            for window in windows:
                for clock in ("report", "event"):
                    for indicator in LIVE:
                        figure = list(_figure(rng, level, indicator, _length(window, month)))
                        if window == "trailing_12_months" and month < date(2014, 9, 1):
                            figure[2:6] = [None, None, None, "no_delivery"]
                        if code.startswith("990103") and month == MONTHS[-1] and figure[5] == "ok":
                            figure[5] = "provisional"
                        if code.startswith("990104002") and month == MONTHS[-1]:
                            figure = [None, None, None, None, None, "no_delivery", None, None, "exact"]
                        if code == "990101004000" and indicator == "out_of_policy_3plus_rate":
                            figure = [0, 120, 0.0, 0.0, 3.1, "ok", "0", "120", "rounded"]
                        if code == "990101003000" and indicator == "out_of_policy_3plus_rate":
                            figure = [None, None, None, None, None, "not_applicable", None, None, "exact"]
                        rows.append((code, level, indicator, window, month_end(month), clock, VINTAGE, *figure))
    return rows


def _quality(rng: np.random.Generator) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for register in REGISTERS:
        for code, *_ in COUNTIES:
            for month in MONTHS:
                if (register, code, month) == ("deaths", "990104000000", MONTHS[-1]):
                    continue
                for check, dimension, severity, threshold in CHECKS:
                    elements = int(rng.integers(200, 900))
                    unexpected = int(rng.poisson(elements * (1 - threshold) * 0.45))
                    observed = 1 - unexpected / elements
                    status = "pass" if observed >= threshold else severity
                    if check == "rows_as_expected" and month == MONTHS[0]:
                        elements, unexpected, observed, status = 0, 0, None, "n/a"
                    found = (elements, unexpected, observed, threshold)
                    rows.append((register, code, month, check, dimension, severity, status, *found))
    return rows


def _calendar() -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for register in REGISTERS:
        for code, *_ in COUNTIES:
            for at, month in enumerate(MONTHS):
                status = "landed"
                if (register, code) == ("deaths", "990104000000") and at == 17:
                    status = "missing"
                if (register, code, at) == ("births", "990103000000", 17):
                    status = "held"
                if (register, code, at) == ("birth_certificates", "990102000000", 9):
                    status = "refused"
                rows.append((register, code, month, status, 1 if at == 5 else 0, None, None))
    rows += [("areas", CITY, MONTHS[0], "landed", 0, None, None)]
    return rows


def fabricate(path: Path, *, hostile: bool = False, empty: bool = False) -> Path:
    """Write the marts file; `empty` leaves all tables but the catalogues without rows."""
    rng = np.random.default_rng(20150331)
    connection = duckdb.connect(str(path))
    connection.execute((HERE / "schema.sql").read_text())
    for seed, table in CATALOGUES.items():
        connection.execute(f"create table {table} as from read_csv('{SEEDS / seed}.csv', header = true)")
    if not empty:
        _fill(connection, rng, hostile)
    connection.close()
    return path


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[object, ...]]) -> None:
    names = [row[0] for row in connection.execute(f"select column_name from (describe {table})").fetchall()]
    arrays = {f"c{at}": [row[at] for row in rows] for at in range(len(names))}
    marks = ", ".join(f"unnest(${name}) as {name}" for name in arrays)
    connection.execute(f"insert into {table} select {marks}", arrays)


def _fill(connection: duckdb.DuckDBPyConnection, rng: np.random.Generator, hostile: bool) -> None:
    places = areas(hostile)
    since = date(2013, 10, 1)
    _insert(connection, "dim_area", [(*p, None, None, since, None, None) for p in places])
    _insert(connection, "indicator_values", _values(rng, places))
    connection.execute((HERE / "assess.sql").read_text(), [VINTAGE])
    _insert(connection, "quality_results", _quality(rng))
    calendar = _calendar()
    _insert(connection, "delivery_calendar", calendar)
    lines = [
        (
            r,
            a,
            m,
            n,
            s,
            "too_few_rows" if s != "landed" else None,
            "fail" if s == "held" else "pass",
            820,
            410,
            406,
            4,
            None,
        )
        for r, a, m, s, n, *_ in calendar
        if s != "missing"
    ]
    _insert(connection, "deliveries", lines)
    check = HOSTILE if hostile else "registered_in_time"
    _insert(connection, "quality_alerts", [
        ("a1", check, "births", "990103000000", "warn", MONTHS[14], MONTHS[17], "open", 640, 31),
        ("a2", "id_present", "births", "990103000000", "fail", MONTHS[17], MONTHS[17], "open", 640, 12),
        ("a3", "key_unique", "deaths", "990101000000", "fail", MONTHS[3], MONTHS[4], "resolved", 300, 2),
    ])  # fmt: skip
    connection.execute((HERE / "quality.sql").read_text())
    connection.execute((HERE / "history.sql").read_text())
