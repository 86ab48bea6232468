"""The configuration: one TOML file, environment variables over it, every mistake named by file and key."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from monitor.connector import Query, Source
from monitor.core.alert import Policy, Step
from monitor.core.duration import parse_duration
from monitor.core.severity import Severity
from monitor.core.topics import example_of, name_of
from monitor.paths import default_path


def _positive(value: object) -> timedelta:
    if (length := parse_duration(value)) <= timedelta():
        raise ValueError("expected a length of time above zero")
    return length


Duration = Annotated[timedelta, BeforeValidator(_positive)]
Words = tuple[Annotated[str, Field(min_length=1)], ...]
TopicName = Annotated[str, AfterValidator(name_of)]
Example = Annotated[str, AfterValidator(example_of)]
Phrases = Annotated[tuple[Example, ...], AfterValidator(tuple), Field(min_length=1)]  # counted at the end


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Monitor(_Table):
    """The daemon and its store."""

    store: SecretStr | None = Field(  # the URL may carry a password
        default=None,
        description="URL of the store: `sqlite:///PATH` or `postgresql+psycopg://USER@HOST/NAME`. "
        "Default: `uproar.sqlite` in the platform's data folder.",
    )
    log: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe events to log."
    )
    shutdown_deadline: Duration = Field(
        default=timedelta(seconds=20), description="How long SIGTERM waits for the transaction in hand."
    )


class Brand(_Table):
    """Whom the mentions are about: `[brands.NAME]`."""

    names: Annotated[Words, Field(min_length=1)] = Field(
        description="The brand's names and aliases; any of them makes a mention."
    )
    must: Words = Field(default=(), description="Words that must all occur.")
    must_not: Words = Field(default=(), description="Words none of which may occur.")
    languages: Words = Field(
        default=(), description="ISO 639-1 codes to keep; empty keeps all. Unknown languages pass."
    )
    accounts: dict[str, Words] = Field(
        default_factory=dict, description="The brand's own handles or ids, by platform."
    )
    policy: str = Field(default="default", description="The escalation policy of its alerts.")
    alert_from: Severity = Field(
        default=Severity.LOW, description="Least severity that opens an alert: low, medium, high, critical."
    )
    spread_thresholds: tuple[Annotated[int, Field(gt=0)], ...] = Field(
        default=(100, 1_000, 10_000), description="Counts of engagement whose likely passing raises an alert."
    )
    topics: dict[TopicName, Phrases] = Field(
        default_factory=dict,
        description="Topics of its own, with example phrases. A text has the topic where it has the words of "
        "one, in any case and with none between; `*` at the end of a word stands for its endings.",
    )

    def query(self) -> Query:
        """Return what finds the brand."""
        return Query(
            names=self.names,
            must=self.must,
            must_not=self.must_not,
            languages=tuple(language.lower() for language in self.languages),
            accounts=self.accounts,
        )


class SourceTable(_Table):
    """What to pull, for whom: one `[[sources]]` table each."""

    name: str = Field(
        min_length=1, pattern=r"^[\w.-]+$", description="Unique name, used in commands and logs."
    )
    brand: str = Field(description="The brand that its mentions are about.")
    connector: str = Field(description="Name of the connector: see `uproar connectors`.")
    every: Duration = Field(default=timedelta(minutes=5), description="How often to pull.")
    credentials: str | None = Field(
        default=None, description="Which `[credentials.NAME]` to use; default: the connector's name."
    )
    warm_up: bool = Field(
        default=True,
        description="Posts from before the source's first pull are learned and never open alerts.",
    )
    enabled: bool = Field(default=True, description="Whether to pull it at all.")
    options: dict[str, Any] = Field(default_factory=dict, description="The connector's own options.")

    @property
    def account(self) -> str:
        """The name of the `[credentials]` table that it uses; sources of one account share its budgets."""
        return self.credentials or self.connector


class StepTable(_Table):
    """One step of a policy."""

    notify: Annotated[Words, Field(min_length=1)] = Field(description="Destinations or people to tell.")
    delay: Duration = Field(description="How long to wait for an acknowledgement afterwards.")


class PolicyTable(_Table):
    """How an alert that nobody acknowledges moves on: `[policies.NAME]`."""

    steps: Annotated[tuple[StepTable, ...], Field(min_length=1)] = Field(
        default=(StepTable(notify=("terminal",), delay=timedelta(minutes=15)),),
        description="The steps, gone through in order.",
    )
    repeat: int = Field(default=2, ge=0, le=100, description="How often to go through the steps again.")
    ack_timeout: Duration = Field(
        default=timedelta(hours=4), description="How long an acknowledgement holds without a public answer."
    )
    quiet_period: Duration = Field(
        default=timedelta(hours=24), description="How long after the answer an alert resolves itself."
    )
    raised_delay: Duration = Field(
        default=timedelta(minutes=5), description="How long to wait after an alert was raised."
    )
    floor: Duration = Field(
        default=timedelta(minutes=1), description="Delays shrink as spread grows, but not below this."
    )
    fallback: str | None = Field(
        default=None, description="Destination or person to tell once when all rounds went unheard."
    )

    def policy(self, name: str, version: int = 1) -> Policy:
        """Return it as the core's policy."""
        steps = tuple(Step(notify=step.notify, delay=step.delay) for step in self.steps)
        values = {key: getattr(self, key) for key in type(self).model_fields if key != "steps"}
        return Policy(name=name, version=version, steps=steps, **values)


class Destination(_Table):
    """Where notices go: `[destinations.NAME]`."""

    kind: Literal["terminal", "apprise"] = Field(
        description="`terminal`: the daemon's own terminal; `apprise`: a chat, mail or SMS service by URL."
    )
    url: SecretStr | None = Field(default=None, description="The Apprise URL (a secret).")
    bell: bool = Field(default=False, description="Ring the terminal's bell.")
    desktop: bool = Field(default=False, description="Send an OSC 9 desktop notification.")


class Person(_Table):
    """Somebody on call: `[people.NAME]`."""

    notify: Annotated[Words, Field(min_length=1)] = Field(description="Destinations that reach them.")


class Config(BaseSettings):
    """All of it. Environment variables `UPROAR_TABLE__KEY` override the file."""

    model_config = SettingsConfigDict(
        extra="forbid", env_prefix="UPROAR_", env_nested_delimiter="__", frozen=True
    )

    monitor: Monitor = Monitor()
    brands: dict[str, Brand] = {}
    sources: tuple[SourceTable, ...] = ()
    policies: dict[str, PolicyTable] = {"default": PolicyTable()}
    destinations: dict[str, Destination] = {"terminal": Destination(kind="terminal")}
    people: dict[str, Person] = {}
    credentials: dict[str, dict[str, SecretStr]] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment first, then what `load` read from the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    def store_url(self) -> str:
        """Return the URL of the store: by default a SQLite file in the platform's data folder."""
        if given := self.monitor.store:
            return given.get_secret_value()
        return f"sqlite:///{user_data_path('uproar') / 'uproar.sqlite'}"

    def source(self, table: SourceTable) -> Source:
        """Return a `[[sources]]` table as the contract's source."""
        return Source(
            name=table.name,
            brand=table.brand,
            connector=table.connector,
            query=self.brands[table.brand].query(),
            options=table.options,
        )

    def routes(self) -> dict[str, tuple[tuple[str, str | None], ...]]:
        """Return where notices to each destination or person go: pairs of destination and person."""
        routes: dict[str, tuple[tuple[str, str | None], ...]] = {
            name: ((name, None),) for name in self.destinations
        }
        for name, person in self.people.items():
            routes[name] = tuple((destination, name) for destination in person.notify)
        return routes

    def secrets(self, table: SourceTable) -> Mapping[str, str]:
        """Return the credentials of a source in the clear: the one door through which they leave here."""
        found = self.credentials.get(table.account, {})
        return {key: value.get_secret_value() for key, value in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake: the file (or `environment`), the key and what was expected there."""

    file: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.message}" if self.key else f"{self.file}: {self.message}"


class ConfigError(Exception):
    """The configuration cannot be used: `mistakes` says why."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


def load(path: Path | None = None) -> Config:
    """Read the configuration at `path`, or at the default one. Raises `ConfigError`."""
    path = path or default_path()
    values = _read(path)
    if isinstance(destinations := values.setdefault("destinations", {}), dict):
        destinations.setdefault("terminal", {"kind": "terminal"})
    try:
        config = Config(**{key: value for key, value in values.items() if key in Config.model_fields})
        refused: list[Any] = []
    except ValidationError as error:
        refused = error.errors()
    except SettingsError as error:  # a table in a variable must be JSON
        raise ConfigError((_wrong_variable(error),)) from None
    # what is no field must not reach the settings class, which takes arguments of its own
    unknown = [key for key in values if key not in Config.model_fields]
    refused += [{"loc": (key,), "type": "extra_forbidden", "msg": ""} for key in unknown]
    if refused:
        raise ConfigError(tuple(_mistake(path, values, detail) for detail in refused))
    if dangling := tuple(_dangling(path, config)):
        raise ConfigError(dangling)
    return config


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        message = "no such file: `uproar init` writes one"
    except OSError as error:
        message = error.strerror or "cannot be read"
    except RecursionError:
        message = "not TOML: its values are nested too deeply"
    except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError, and numbers of thousands of digits
        message = f"not TOML: {error}"
    raise ConfigError((Mistake(file=str(path), key="", message=message),))


def _wrong_variable(error: SettingsError) -> Mistake:
    """Name the variable, which pydantic-settings calls a field; the text does not show its value."""
    named = re.search(r'field "(\w+)"', str(error))
    key = f"UPROAR_{named[1].upper()}" if named else "UPROAR_…"
    return Mistake(file="environment", key=key, message="expected JSON, or one variable for each key")


_EXPECTED = {
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "string_type": "expected a string",
    "int_type": "expected a whole number",
    "bool_type": "expected true or false",
    "tuple_type": "expected a list",
    "string_pattern_mismatch": "expected letters, digits and . _ - only",
    "string_too_short": "expected at least one character",
    "too_short": "expected at least one",
    "dict_type": "expected a table",
    "model_type": "expected a table",
}


def _mistake(path: Path, values: Mapping[str, Any], detail: Mapping[str, Any]) -> Mistake:
    location = [part for part in detail["loc"] if part != "[key]"]
    where = str(path) if _is_in(values, location) or detail["type"] == "missing" else "environment"
    key = ".".join(map(str, location))
    if where == "environment":
        key = "UPROAR_" + "__".join(str(part).upper() for part in location)
    kind = detail["type"].replace("_parsing", "_type")
    message = _EXPECTED.get(kind, detail["msg"].removeprefix("Value error, "))
    if detail["type"] == "extra_forbidden":
        message += f"; expected one of: {', '.join(_keys_at(location[:-1]))}"
    return Mistake(file=where, key=key, message=message)


def _is_in(values: Any, location: list[Any]) -> bool:
    for part in location:
        try:
            values = values[part]
        except (LookupError, TypeError):
            return False
    return True


_TABLES: Mapping[str, type[BaseModel]] = {
    "monitor": Monitor,
    "brands": Brand,
    "sources": SourceTable,
    "policies": PolicyTable,
    "destinations": Destination,
    "people": Person,
}


def _keys_at(location: list[Any]) -> list[str]:
    is_step = location[:1] == ["policies"] and location[2:3] == ["steps"]
    model = StepTable if is_step else _TABLES.get(location[0], Config) if location else Config
    return list(model.model_fields)


def _dangling(path: Path, config: Config) -> Iterator[Mistake]:
    """Find what refers to something that is not there."""
    mistakes = (_source_mistakes, _brand_mistakes, _policy_mistakes, _people_mistakes, _destination_mistakes)
    for mistakes_of in mistakes:
        for key, message in mistakes_of(config):
            yield Mistake(file=str(path), key=key, message=message)


def _source_mistakes(config: Config) -> Iterator[tuple[str, str]]:
    names: set[str] = set()
    for number, source in enumerate(config.sources):
        if source.brand not in config.brands:
            yield f"sources.{number}.brand", _not_among("brand", source.brand, config.brands)
        if source.name in names:
            yield f"sources.{number}.name", f"'{source.name}' is used twice; names are unique"
        names.add(source.name)


def _brand_mistakes(config: Config) -> Iterator[tuple[str, str]]:
    for name, brand in config.brands.items():
        if brand.policy not in config.policies:
            yield f"brands.{name}.policy", _not_among("policy", brand.policy, config.policies)


def _policy_mistakes(config: Config) -> Iterator[tuple[str, str]]:
    targets = {*config.destinations, *config.people}
    for name, policy in config.policies.items():
        for number, step in enumerate(policy.steps):
            for target in sorted(set(step.notify) - targets):
                key = f"policies.{name}.steps.{number}.notify"
                yield key, _not_among("destination or person", target, targets)
        if policy.fallback and policy.fallback not in targets:
            yield f"policies.{name}.fallback", _not_among("destination or person", policy.fallback, targets)


def _people_mistakes(config: Config) -> Iterator[tuple[str, str]]:
    for name, person in config.people.items():
        for target in sorted(set(person.notify) - set(config.destinations)):
            yield f"people.{name}.notify", _not_among("destination", target, config.destinations)


def _destination_mistakes(config: Config) -> Iterator[tuple[str, str]]:
    for name, destination in config.destinations.items():
        if destination.kind == "apprise" and destination.url is None:
            yield f"destinations.{name}.url", "missing; expected an Apprise URL"


def _not_among(noun: str, name: str, known: Iterable[str]) -> str:
    expected = ", ".join(sorted(known)) or "none is defined"
    return f"no {noun} '{name}'; expected one of: {expected}"
