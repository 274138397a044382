"""The rules of the suites as somebody would write them who only wants the counts: one query per delivered table.

Written apart from orchestration/quality/counts.py and for this purpose alone: the delivery's area and month stand in it as
literals, every condition over rows of the delivery is an aggregate of one scan, what looks beyond the rows is joined in the form
that was fastest in DuckDB 2.0. It says nothing about limits or verdicts.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml

from orchestration.settings import Settings

STAGED = "incoming.main.staged"
BESIDE = "select "  # begins what is a query of its own
SHARED = ("area_known", "area_mostly_known")
CONDITION = re.compile(r"\s*select 1 from \{batch\}(?: as b)? where (.+?)\s*", re.DOTALL)


class Delivered(NamedTuple):
    """One delivery: of which register, area and month, and how many rows it had."""

    register: str
    area: str
    month: str
    month_end: str
    rows_in: int
    quarantined: int


def entries(register: str) -> list[dict[str, Any]]:
    """The suite of a register as it is written."""
    path = Settings().expectations / "suites" / f"{register}.yml"
    found: list[dict[str, Any]] = yaml.safe_load(path.read_text("utf-8"))["expectations"]
    return found


def query(suite: list[dict[str, Any]], of: Delivered) -> str:
    """The query of a delivery; its one row holds the judged and the unexpected of each rule of the suite, in its order."""
    texts = [_text(entry, of) for entry in suite]
    scanned = ", ".join(text for text in texts if not text.startswith(BESIDE)) or "1"
    beside = [f"({text}) as beside_{number}" for number, text in enumerate(texts) if text.startswith(BESIDE)]
    known = "select distinct area as known_area from raw.areas where _valid_to is null"
    joined = f"left join ({known}) as known on b.area = known_area" if _shares_areas(suite) else ""
    return f"select * from {', '.join([f'(select {scanned} from {STAGED} as b {joined}) as scanned', *beside])}"


def in_order(suite: list[dict[str, Any]], row: Sequence[int]) -> list[tuple[int, int]]:
    """The counts in the row of a suite's query, in the suite's order: those of the scan come first."""
    texts = [_form(entry) for entry in suite]
    places = sorted(range(len(suite)), key=lambda number: texts[number].startswith(BESIDE))
    found = {place: (row[2 * at], row[2 * at + 1]) for at, place in enumerate(places)}
    return [found[number] for number in range(len(suite))]


def _shares_areas(suite: list[dict[str, Any]]) -> bool:
    return any(entry.get("template") in SHARED for entry in suite)


def _text(entry: dict[str, Any], of: Delivered) -> str:
    """The two counts of a rule, for this delivery."""
    text = _form(entry)
    for name, value in of._asdict().items():
        text = text.replace("{" + name + "}", str(value))
    return text.replace("{batch}", STAGED)


def _form(entry: dict[str, Any]) -> str:
    """The two counts of a rule: expressions over the scan, or a query (BESIDE). `{area}` and the like are the delivery's."""
    if entry["id"] in OWN:
        return OWN[entry["id"]]
    if "template" not in entry:
        return _plain(entry)
    words = {"where": "true", "weight": "1", "level": "village", "digits": "12"} | entry.get("with", {})
    text = TEMPLATES[entry["template"]]
    for name, value in words.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def _plain(entry: dict[str, Any]) -> str:
    """A rule about rows, or about the table, without a form of its own here."""
    kwargs = entry["kwargs"]
    column = kwargs.get("column", "")
    match entry["type"]:
        case "ExpectColumnValuesToNotBeNull":
            return f"count(*), count(*) - count({column})"
        case "ExpectTableRowCountToBeBetween":
            return f"count(*), cast(count(*) < {kwargs['min_value']} as int)"
        case "ExpectColumnValuesToBeBetween":
            low, high = (
                f"'{value}'" if value else "null" for value in (kwargs.get("min_value"), kwargs.get("max_value"))
            )
            wrong = f"{column} < {low} or {column} > {high}"
            return f"count({column}), count(*) filter ({wrong})"
        case "ExpectColumnValueLengthsToEqual":
            return f"count({column}), count(*) filter (length({column}) <> {kwargs['value']})"
        case "ExpectCompoundColumnsToBeUnique":
            return f"count(*), {_repeated(', '.join(kwargs['column_list']))}"
    found = CONDITION.fullmatch(kwargs["unexpected_rows_query"])
    if found is None:
        raise SystemExit(f"{entry['id']} has no form by hand: write one (benchmarks/by_hand.py)")
    condition = found[1]
    for name in ("month", "month_end"):
        condition = condition.replace(f"(select {name} from incoming.main.delivery)", f"date '{{{name}}}'")
    return f"count(*) filter ({entry.get('among', 'true')}), count(*) filter ({condition})"


def _repeated(keys: str) -> str:
    return f"(select coalesce(sum(n), 0) from (select count(*) as n from {STAGED} group by {keys} having n > 1))"


LANDED_UNTIL = (
    "(select least(date '{month_end}', last_day(max(month))) - {lag} from landing.deliveries "
    "where register = '{other}' and status = 'landed' and area_code = '{area}')"
)
HISTORY = "(select min({paper}) from raw.{other} where _area = '{area}')"
ON_REGISTER = "(select id_pseudonym from raw.population where _area = '{area}')"
YEAR_BEGIN = "make_date(year(date '{month}') - cast(month(date '{month}') < 10 as int), 10, 1)"

TEMPLATES = {
    **dict.fromkeys(SHARED, "count(*), count(*) filter (b.area is not null and known_area is null)"),
    "few_quarantined": "count(*), case when count(*) > 0 then {quarantined} else 0 end",
    "complete": "count(*), count(*) - count({column})",
    "volume": (
        """select coalesce(max(greatest(expected, events)), 0),
            coalesce(max(case when is_far then abs(events - expected) end), 0) from (
            select cast(round(expected) as bigint) as expected, cast(events as bigint) as events,
                sqrt(events) < sqrt(expected / 1.5) - 1.5 * noise or sqrt(events) > sqrt(expected * 1.5) + 1.5 * noise as is_far
            from (
                select (typical + years * seasonal) / (1 + years) as expected,
                    sqrt(spread * (1 + (1.57 / months + years) / (1 + years) ** 2)) as noise,
                    (select coalesce(sum({weight}), 0) from {batch} as b
                    where {day} between date '{month}' and date '{month_end}') as events
                from (
                    select count(*) as months, count(*) filter (of_season) as years, median(events) as typical,
                        coalesce(median(events) filter (of_season), typical) as seasonal,
                        greatest(1, (1.4826 * mad(events)) ** 2 / greatest(typical, 1)) as spread
                    from (
                        select coalesce(p.events, 0) as events, month(l.month) = month(date '{month}') as of_season
                        from (select distinct month from landing.deliveries where register = '{register}'
                            and status = 'landed' and area_code = '{area}' and month <> date '{month}'
                            and abs(date_diff('month', month, date '{month}')) <= 36) as l
                        left join (select date_trunc('month', {day}) as month, sum({weight}) as events
                            from raw.{register} where _area = '{area}' and _valid_to is null group by all) as p
                            on l.month = p.month
                    )
                ) where months >= 6 and typical >= 10
            )
        )"""
    ),
    "not_swollen": (
        """select coalesce(max(greatest({rows_in}, before)), 0),
            coalesce(max(case when {rows_in} > 1.2 * before + 3 * sqrt(0.2 * before) then {rows_in} - before end), 0)
        from (select max_by(rows_in, (month, delivery)) as before from landing.deliveries where register = '{register}'
            and status = 'landed' and area_code = '{area}' and month < date '{month}')
        where exists (select 1 from {batch})"""
    ),
    "refers_to": "(select count(*) from {batch} as b where {column} is not null and ({where}) "
    "and exists (select 1 from raw.{other})), "
    "(select count(*) from {batch} as b anti join raw.{other} as o on o.{key} = b.{column} "
    "where b.{column} is not null and ({where}) and exists (select 1 from raw.{other}))",
    "on_register": f"count(*) filter (({{where}}) and exists {ON_REGISTER}), (select count(*) from {{batch}} as b "
    f"anti join {ON_REGISTER} as p on b.{{column}} = p.id_pseudonym where ({{where}}) and exists {ON_REGISTER})",
    "birth_also_on": (
        f"""select count(*), count(*) filter (not is_there) from (
            select exists (select 1 from raw.{{other}} as o where o.mother_id_pseudonym = b.mother_id_pseudonym
                and o.birth_date between b.birth_date - 3 and b.birth_date + 3) as is_there
            from {{batch}} as b where birth_date between {HISTORY} and {LANDED_UNTIL})"""
    ),
    "areas_covered": (
        """select count(*), count(*) filter (not is_there) from (
            select left(area, {digits}) in (select left(area, {digits}) from {batch}) as is_there from raw.areas
            where _valid_to is null and level = '{level}' and area[:6] = '{area}' and valid_from <= date '{month}'
                and (valid_to is null or valid_to >= date '{month_end}') and exists (select 1 from {batch}))"""
    ),
    "agrees_with_population": (
        f"""select count(*), count(*) filter (is_denied) from (
            select bool_and(p.{{denies}}) as is_denied from ({{persons}}) as s
            inner join raw.population as p on s.id = p.id_pseudonym and p._valid_to is null and p._area = '{{area}}'
            where s.day <= {LANDED_UNTIL.replace("{other}", "population")} group by s.id)"""
    ),
    "known_to": (
        f"""select count(*), count(*) filter (not is_there) from (
            select exists (select 1 from raw.{{other}} as o where {{match}} = b.id_pseudonym) as is_there
            from {{batch}} as b where ({{where}}) and b.{{day}} between {HISTORY} and {LANDED_UNTIL})"""
    ),
    "spot_check_accuracy": (
        f"""select coalesce(sum(n), 0), coalesce(sum(case when low < 0.97 then n - k end), 0) from (
            select n, k, (k / n + 1.9208 / n - 1.96 * sqrt(k / n * (1 - k / n) / n + 0.9604 / n / n)) / (1 + 3.8416 / n) as low
            from (
                select count(*) as n, count(*) filter (matches = 'yes') as k from (
                    select register, field, matches, found_by from {{batch}}
                    union all
                    select register, field, matches, found_by from raw.spot_checks where _area = '{{area}}'
                        and _valid_to is null and checked_on < date '{{month}}' and checked_on >= {YEAR_BEGIN}
                ) where register = '{{checked}}' and field <> 'existence' and coalesce(found_by, 'both') = 'both'
            ) where n >= 300 and exists (select 1 from {{batch}}))"""
    ),
}

# rules that look beyond a row and that no other register has
OWN = {
    "areas_one_city": "count(*), cast(count(*) filter (level = 'city' and valid_to is null) <> 1 as int)",
    "areas_parent_known": "count(*), (select count(*) from {batch} as b anti join {batch} as p on p.area = case b.level "
    "when 'village' then left(b.area, 9) || '000' else left(b.area, 6) || '000000' end "
    "where b.level in ('village', 'township'))",
    "births_no_late_month": f"""count(*), (select coalesce(sum(late), 0) from (
        select count(*) as n, count(*) filter (registered_at - birth_date > 30) as late from {{batch}}
        where birth_date >= {YEAR_BEGIN} group by date_trunc('month', birth_date)
        ) where late > 0.1 * n + 3 * sqrt(0.09 * n))""",
    "births_out_of_policy_with_case": (
        f"""select count(*), count(*) filter (not is_there) from (
            select b.birth_no in (select birth_no from raw.fee_cases where birth_no is not null) as is_there from {{batch}} as b
            where policy_status = 'out_of_policy' and registered_at <= least(
                {LANDED_UNTIL.replace("{other}", "fee_cases").replace("{lag}", "120")}, date '2021-05-01'))"""
    ),
    "fee_cases_birth_out_of_policy": (
        """select count(*), count(*) filter (is_within) from (
            select bool_and(r.policy_status = 'in_policy') as is_within from {batch} as b
            inner join raw.births as r on b.birth_no = r.birth_no and r._valid_to is null group by b._line)"""
    ),
    "fee_payments_case_known": "count(*), (select count(*) from {batch} as b anti join raw.fee_cases as c "
    "on b.case_no = c.case_no where exists (select 1 from raw.fee_cases))",
    "fee_payments_not_above_due": (
        f"""select count(*) filter (due is not null), count(*) filter (paid > due) from (
            select c.case_no, max(c.amount_due) as due, sum(p.paid) as paid from (
                select case_no, sum(amount) as paid from (
                    select case_no, amount from {{batch}}
                    union all
                    select case_no, amount from raw.fee_payments where _area = '{{area}}' and _valid_to is null
                        and paid_date < {YEAR_BEGIN} and case_no in (select case_no from {{batch}})
                ) group by case_no
            ) as p inner join raw.fee_cases as c on p.case_no = c.case_no and c._valid_to is null group by c.case_no)"""
    ),
    "fee_payments_after_decision": (
        """select count(*), count(*) filter (c.decision_date is null or b.paid_date < c.decision_date)
            from {batch} as b inner join raw.fee_cases as c on b.case_no = c.case_no and c._valid_to is null
            where b.paid_date <= (select last_day(max(month)) from landing.deliveries
                where register = 'fee_cases' and status = 'landed' and area_code = '{area}')"""
    ),
    "population_duplicates": f"count(*), {_repeated('id_pseudonym')}",
    "population_near_official": (
        """select coalesce(max(greatest(official, persons)), 0), coalesce(max(case
            when abs(official - persons) > 0.1 * official + 3 * sqrt(official) then abs(official - persons) end), 0) from (
            select (select count(*) from {batch} where status = 'registered') as persons,
                (select max_by(mid_year_population, year) from raw.official_population where _area = '{area}'
                and _valid_to is null and area = '{area}000000' and year <= year(date '{month}')) as official
            ) where official > 0 and persons > 0"""
    ),
    "pregnancy_visits_pregnancy_known": "count(*), (select count(*) from {batch} as b anti join raw.pregnancies as p "
    "on b.pregnancy_no = p.pregnancy_no where exists (select 1 from raw.pregnancies))",
}
