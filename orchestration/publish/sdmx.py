"""indicator_values as SDMX-CSV 2.0, with the data structure definition, its concepts and code lists as SDMX-JSON 2.0.

pysdmx makes and writes the structure. The data are written as they are read, batch by batch: pysdmx would hold them in a frame.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.publish.analyst import streamed
from orchestration.publish.files import Told, whole, write_file
from orchestration.site.labels import label

if TYPE_CHECKING:
    from pysdmx.model import Codelist, Component, Concept

AGENCY = "RENKOU"
STRUCTURE = "INDICATOR_VALUES"
# The agreed observation statuses (SDMX code list CL_OBS_STATUS) of our own, which stand beside them as STATUS.
OBS_STATUS = {
    "ok": ("A", "正常值 · Normal value"),
    "provisional": ("P", "暂定值 · Provisional value"),
    "no_delivery": ("L", "缺：未报送 · Missing value; data exist but were not collected"),
    "not_applicable": ("M", "缺：不适用 · Missing value; data cannot exist"),
    "suppressed": ("Q", "缺：隐去 · Missing value; suppressed"),
    "empty_denominator": ("O", "缺 · Missing value"),
}
# Component -> column, name, role (dimension, measure, attribute) and code list or type; the order is that of the file.
COMPONENTS = {
    "REF_AREA": ("area_code", "区划 · Area", "D", "CL_AREA"),
    "INDICATOR": ("indicator", "指标 · Indicator", "D", "CL_INDICATOR"),
    "WINDOW": ('"window"', "时间窗口 · Window of time", "D", "CL_WINDOW"),
    "CLOCK": ("clock", "口径 · Clock", "D", "CL_CLOCK"),
    "TIME_PERIOD": ("strftime(period_end, '%Y-%m')", "期末月份 · Last month of the window", "D", "GregorianYearMonth"),
    "OBS_VALUE": ("value", "数值 · Value", "M", "Double"),
    "OBS_STATUS": ("obs_status", "数值状态 · Observation status", "A", "CL_OBS_STATUS"),
    "STATUS": ("status", "状态 · Status", "A", "CL_STATUS"),
    "LOWER": ("low", "95% 区间下限 · Lower limit of the 95 % interval", "A", "Double"),
    "UPPER": ("high", "95% 区间上限 · Upper limit of the 95 % interval", "A", "Double"),
    "NUMERATOR": ("numerator_shown", "分子 · Numerator; 1-7 for a protected count", "A", "String"),
    "DENOMINATOR": ("denominator_shown", "分母 · Denominator; 1-7 for a protected count", "A", "String"),
    "VINTAGE": ("vintage", "数据版次 · State of knowledge", "A", "String"),
}
REQUIRED = {"OBS_STATUS", "STATUS"}
CLOCKS = ("event", "report")
CODES = {
    "CL_AREA": "select area_code, name_zh || ' · ' || name_en from dim_area order by area_code",
    "CL_INDICATOR": "select indicator, name_zh || ' · ' || name_en || ' (' || unit || ')' from indicators order by indicator",
    "CL_WINDOW": """select "window", name_zh || ' · ' || name_en from windows order by 1""",
}


def structures(connection: duckdb.DuckDBPyConnection) -> list[Any]:
    """Code lists, concepts, data structure definition and dataflow of the publication, as pysdmx models them."""
    from pysdmx.model import Components, ConceptScheme, Dataflow, DataStructureDefinition
    from pysdmx.model.dataflow import Group

    version = version_of(connection)
    lists = _code_lists(connection, version)
    parts = {name: _component(name, lists, version) for name in COMPONENTS}
    scheme = ConceptScheme(
        id="CS_RENKOU", agency=AGENCY, version=version, name="Renkou", items=[_concept(name) for name in COMPONENTS]
    )
    # The same series in all windows; pysdmx 1.21 writes an empty list, which the schema refuses, where there is no group.
    sibling = Group(id="SIBLING", dimensions=["REF_AREA", "INDICATOR", "CLOCK"])
    definition = DataStructureDefinition(
        id=STRUCTURE,
        agency=AGENCY,
        version=version,
        name="指标值 · Values of indicators",
        components=Components(parts.values()),
        groups=[sibling],
    )
    flow = Dataflow(id=STRUCTURE, agency=AGENCY, version=version, name=definition.name, structure=definition)
    return [*lists.values(), scheme, definition, flow]


def version_of(connection: duckdb.DuckDBPyConnection) -> str:
    """The version of the structure: that of the published table's contract."""
    ((version,),) = connection.execute(
        "select max(version) from contracts where table_name = 'indicator_values'"
    ).fetchall()
    return str(version)


def _code_lists(connection: duckdb.DuckDBPyConnection, version: str) -> "dict[str, Codelist]":
    from pysdmx.model import Code, Codelist

    codes = {
        "CL_CLOCK": _named("clocks", CLOCKS),
        "CL_STATUS": _named("statuses", OBS_STATUS),
        "CL_OBS_STATUS": sorted(set(OBS_STATUS.values())),
    }
    codes |= {name: connection.execute(query).fetchall() for name, query in CODES.items()}
    return {
        name: Codelist(
            id=name, agency=AGENCY, version=version, name=name, items=[Code(id=code, name=text) for code, text in found]
        )
        for name, found in codes.items()
    }


def _named(group: str, codes: Iterable[str]) -> list[tuple[str, str]]:
    """Codes with the names that the page gives them."""
    return [(code, " · ".join(label(group, code))) for code in codes]


def _concept(name: str) -> "Concept":
    from pysdmx.model import Concept

    return Concept(id=name, name=COMPONENTS[name][1])


def _component(name: str, lists: "dict[str, Codelist]", version: str) -> "Component":
    from pysdmx.model import Component, DataType, ItemReference, Role

    _, _, role, kind = COMPONENTS[name]
    concept = ItemReference(sdmx_type="Concept", agency=AGENCY, id="CS_RENKOU", version=version, item_id=name)
    return Component(
        id=name,
        required=role == "D" or name in REQUIRED,
        role=Role(role),
        concept=concept,
        local_dtype=DataType.STRING if kind in lists else DataType(kind),
        local_codes=lists.get(kind),
        local_enum_ref=f"urn:sdmx:org.sdmx.infomodel.codelist.Codelist={AGENCY}:{kind}({version})"
        if kind in lists
        else None,
        attachment_level="O" if role == "A" else None,
    )


def observations(version: str) -> str:
    """The query whose answer is the SDMX-CSV file."""
    cases = " ".join(f"when '{status}' then '{code}'" for status, (code, _) in OBS_STATUS.items())
    columns = ", ".join(f'{column} as "{name}"' for name, (column, _, _, _) in COMPONENTS.items())
    return f"""select 'dataflow' as "STRUCTURE", '{AGENCY}:{STRUCTURE}({version})' as "STRUCTURE_ID", 'I' as "ACTION", {columns}
        from (select *, case status {cases} end as obs_status from indicator_values)"""


def export(connection: duckdb.DuckDBPyConnection, folder: Path, told: Told) -> dict[str, int]:
    """Write structure.json and indicator_values.csv into the folder; rows of data by file. NotWritable, QueryError."""
    from pysdmx.io import write_sdmx
    from pysdmx.io.format import Format

    with whole(folder / "structure.json") as part:
        write_sdmx(structures(connection), Format.STRUCTURE_SDMX_JSON_2_0_0, str(part))
    found = streamed(connection, observations(version_of(connection)))
    path = folder / "indicator_values.csv"
    return {path.name: write_file("sdmx", found.schema, found.batches, path, told)}
