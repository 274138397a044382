"""What every publication needs beside the tables that a test is about."""

NEEDED = {
    "registers": {"register": "varchar"},
    "windows": {"window": "varchar", "length_months": "int"},
    "deliveries": {"register": "varchar", "area_code": "varchar", "month": "date", "redelivery": "int", "landing": "bigint",
                   "sha256": "varchar"},
    "dim_area_history": {"area_code": "varchar", "area_level": "varchar", "county_code": "varchar"},
    "indicators": {"indicator": "varchar", "registers": "varchar", "definition": "varchar", "definition_zh": "varchar"},
}  # fmt: skip
# Tables and columns that the view `provenance` reads, where a test has not made them itself; without rows.
CATALOGUES = "".join(
    f'create table if not exists published.{table} ("{next(iter(columns))}" varchar);\n'
    + "".join(
        f'alter table published.{table} add column if not exists "{name}" {kind};\n' for name, kind in columns.items()
    )
    for table, columns in NEEDED.items()
)
