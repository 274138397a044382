"""Every path and environment variable, once."""

from functools import cached_property
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where Renkou reads and writes. Only `home` is ever written to (and the key file, on first use)."""

    model_config = SettingsConfigDict(env_prefix="RENKOU_", extra="ignore")

    home: Path = Field(PROJECT_ROOT / "data", description="the one folder that is written to")
    key_file: Path | None = Field(None, description="the pseudonym key; default: <home>/key")
    archive_key_file: Path | None = Field(None, description="the archive's age key; default: <home>/archive.key")
    alerts_file: Path | None = Field(None, description="whom alerts reach and how; default: <home>/alerts.yml")
    geometry_file: Path | None = Field(
        None, description="GeoJSON of the areas for the pages' map; default: tiles by county"
    )
    memory_limit: str = Field("4GB", description="DuckDB's memory limit")
    threads: int = Field(2, ge=1, description="DuckDB's threads")
    lock_timeout: float = Field(60.0, ge=0, description="seconds to wait for another writer")
    settle_seconds: float = Field(1.0, ge=0, description="a file written to this recently is watched for as long")
    keep_publications: int = Field(3, ge=1, description="publications kept on disk")
    allow_new_key: bool = Field(True, description="make a key where there is none (refused once data have landed)")

    @cached_property
    def root(self) -> Path:
        """The home folder as an absolute path."""
        return self.home.expanduser().resolve()

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def writer_lock(self) -> Path:
        return self.root / ".writer.lock"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def office(self) -> Path:
        return self.root / "office"

    @property
    def office_marts(self) -> Path:
        return self.office / "marts.duckdb"

    @property
    def outbox(self) -> Path:
        """Prints that wait to be sent."""
        return self.root / "outbox"

    @property
    def dagster_home(self) -> Path:
        return self.root / "dagster"

    @property
    def dbt_target(self) -> Path:
        return self.root / "dbt" / "target"

    @property
    def dbt_logs(self) -> Path:
        return self.root / "dbt" / "logs"

    @property
    def key_path(self) -> Path:
        return (self.key_file or self.root / "key").expanduser().resolve()

    @property
    def staged_key(self) -> Path:
        """Where a rotation puts the next pseudonym key before the warehouse follows it: under this home's writer lock."""
        return self.root / "key.next"

    @property
    def archive_key_path(self) -> Path:
        return (self.archive_key_file or self.root / "archive.key").expanduser().resolve()

    @property
    def alerts_path(self) -> Path:
        return (self.alerts_file or self.root / "alerts.yml").expanduser().resolve()

    @property
    def geometry_path(self) -> Path | None:
        return self.geometry_file.expanduser().resolve() if self.geometry_file else None

    @property
    def dbt_project(self) -> Path:
        return PROJECT_ROOT / "dbt_project"

    @property
    def expectations(self) -> Path:
        return PROJECT_ROOT / "expectations"

    def dbt_environment(self) -> dict[str, str]:
        """The environment variables that dbt's profile and project read."""
        return {
            "RENKOU_WAREHOUSE": str(self.warehouse),
            "RENKOU_MEMORY_LIMIT": self.memory_limit,
            "RENKOU_THREADS": str(self.threads),
            "DBT_TARGET_PATH": str(self.dbt_target),
            "DBT_LOG_PATH": str(self.dbt_logs),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
