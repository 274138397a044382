"""What a quarantine rule means and how a sender mends it: rules.yml, and the contracts' own rules."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from orchestration.landing.contracts import Register


@dataclass(frozen=True)
class Rule:
    """A rule's word to the sender, in Chinese and English."""

    zh: str
    en: str


@cache
def landing_rules() -> dict[str, Rule]:
    """The rules of the landing itself, by name."""
    entries = yaml.safe_load(files("orchestration.landing").joinpath("rules.yml").read_text(encoding="utf-8"))
    return {name: Rule(**words) for name, words in entries.items()}


def rule_words(register: Register, rule: str) -> Rule:
    """The words for `rule` on a row of `register`; KeyError when neither the landing nor the contract has it."""
    for own in register.rules:
        if own.rule == rule:
            return Rule(own.reason, own.reason)
    return landing_rules()[rule]
