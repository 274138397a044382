"""Channels: whom alerts reach, from one file (docs/operating.md shows one). It holds passwords, so only its owner may read it."""

from datetime import datetime, time
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from orchestration.errors import SettingsError
from orchestration.landing.private import read_private

Severity = Literal["fail", "warn"]
Kind = Literal["opened", "reminded", "escalated", "resolved"]


class Strict(BaseModel):
    """Unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class QuietHours(Strict):
    """From when to when (city time, over midnight too) nothing is sent but alerts of the severities in `but`."""

    begin: time
    end: time
    but: list[Severity] = []

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies in the quiet hours."""
        now = at.time()
        if self.begin <= self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end


class Channel(Strict):
    """One receiver. `url` is Apprise's: mailto://, wecombot://, dingtalk://, feishu://, json:// and others."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    url: SecretStr
    severities: list[Severity] = Field(["fail", "warn"], min_length=1)
    areas: list[str] = Field([], description="codes of counties, or their beginnings; none: every area")
    events: list[Kind] = Field(["opened", "reminded", "escalated", "resolved"], min_length=1)
    digest: Literal["none", "daily", "monthly"] = "none"
    report: Literal["zh", "en", "none"] = Field("zh", description="of a mailbox: the monthly report that is attached")

    @property
    def enclosed(self) -> str | None:
        """The edition of the report that this channel's messages carry; None when they carry none."""
        is_mail = self.url.get_secret_value().partition(":")[0] in ("mailto", "mailtos")
        return self.report if is_mail and self.report != "none" else None

    def wants(self, severity: str, area: str, kind: str) -> bool:
        """Whether this channel is told of such an event."""
        near = not self.areas or any(area.startswith(code) for code in self.areas)
        return severity in self.severities and kind in self.events and near


class Channels(Strict):
    """The whole file."""

    timeout_seconds: float = Field(20, gt=0, le=600, description="how long all sending of one run may take")
    remind_after_days: int = Field(30, ge=1)
    escalate_after_days: int = Field(14, ge=1, description="an open alert of severity fail that nobody acknowledged")
    digest_hour: int = Field(8, ge=0, le=23)
    digest_day: int = Field(12, ge=1, le=28)
    quiet_hours: QuietHours | None = None
    channels: list[Channel] = []

    @model_validator(mode="after")
    def names_are_unique(self) -> "Channels":
        names = [channel.name for channel in self.channels]
        if len(names) != len(set(names)):
            raise ValueError("two channels have one name")
        return self


def load_channels(path: Path) -> Channels:
    """The file's channels; none when there is no file. SettingsError when it is wrong, or open to others."""
    if not path.exists():
        return Channels()
    content = read_private(path, "the channels' file, which holds passwords,")
    try:
        return Channels(**(yaml.safe_load(content.decode("utf-8")) or {}))
    except ValidationError as error:  # its own message would quote what stands there
        items = error.errors(include_input=False, include_url=False)
        raise SettingsError(f"{path.name}: " + "; ".join(f"{_place(i['loc'])}: {i['msg']}" for i in items)) from None
    except (yaml.YAMLError, TypeError, UnicodeDecodeError):
        raise SettingsError(f"{path.name} is not YAML of fields and values; docs/operating.md shows one") from None


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "the file"
