"""The configuration: what it reads, and how every mistake in it is told."""

import contextlib
import copy
import json
import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import Config, ConfigError, load
from monitor.core.duration import parse_duration
from monitor.core.severity import Severity

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "config.example.toml"
SECRET = "hunter2-do-not-show"  # noqa: S105 - it guards nothing

GOOD = """
[brands.acme]
names = ["acme"]
[[sources]]
name = "news"
brand = "acme"
connector = "blogs"
options = { feeds = ["https://blog.example/feed"] }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where the configuration of the test is."""
    return tmp_path / "config.toml"


def findings(file: Path, text: str) -> dict[str, str]:
    """Return the mistakes in `text`: key and what was expected; each names the file."""
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert {each.file for each in caught.value.mistakes} == {str(file)}
    assert str(file) in str(caught.value)
    return {each.key: each.message for each in caught.value.mistakes}


def test_a_small_file_is_enough(file: Path) -> None:
    """A brand and a source suffice; everything else has a default."""
    file.write_text(GOOD)
    config = load(file)
    assert config.sources[0].every == timedelta(minutes=5)
    assert config.brands["acme"].alert_from is Severity.LOW
    assert config.policies["default"].policy("default").steps[0].notify == ("terminal",)
    assert config.routes() == {"terminal": (("terminal", None),)}


def test_the_terminal_is_always_a_destination(file: Path) -> None:
    """Whoever names other destinations keeps the terminal."""
    file.write_text('[destinations.chat]\nkind = "apprise"\nurl = "json://localhost"\n')
    assert set(load(file).destinations) == {"chat", "terminal"}


MISTAKES = [
    ("[monitor]\nlogg = 'info'", "monitor.logg", "unknown key; expected one of: store, log"),
    ("[monitor]\nlog = 'loud'", "monitor.log", "'debug', 'info', 'warning' or 'error'"),
    ("[monitor]\nshutdown_deadline = 20", "monitor.shutdown_deadline", "a length of time such as '90s'"),
    ("[monitor]\nshutdown_deadline = '0s'", "monitor.shutdown_deadline", "above zero"),
    ("[monitor]\nshutdown_deadline = '99999999999999d'", "monitor.shutdown_deadline", "shorter"),
    ("monitor = 3", "monitor", "expected a table"),
    ("brand = 3", "brand", "unknown key; expected one of: monitor, brands, sources"),
    ("_cli_parse_args = true", "_cli_parse_args", "unknown key"),
    ("_env_prefix = 'X'", "_env_prefix", "unknown key"),
    ("self = 1", "self", "unknown key"),
    ("brands = []", "brands", "expected a table"),
    ("[brands.a]", "brands.a.names", "missing"),
    ("[brands.a]\nnames = []", "brands.a.names", "expected at least one"),
    ("[brands.a]\nnames = ['']", "brands.a.names.0", "expected at least one character"),
    ("[brands.a]\nnames = 'a'", "brands.a.names", "expected a list"),
    ("[brands.a]\nnames = [1]", "brands.a.names.0", "expected a string"),
    ("[brands.a]\nnames = ['a']\npolicy = 'b'", "brands.a.policy", "no policy 'b'; expected one of: default"),
    ("[brands.a]\nnames = ['a']\nalert_from = 'dire'", "brands.a.alert_from", "'low', 'medium', 'high'"),
    ("[brands.a]\nnames = ['a']\naccounts = { x = 'a' }", "brands.a.accounts.x", "expected a list"),
    ("[brands.a]\nnames = ['a']\nspread_thresholds = [0]", "brands.a.spread_thresholds.0", "greater than 0"),
    ("[brands.a]\nnames = ['a']\ntopics = { lid = [] }", "brands.a.topics.lid", "expected at least one"),
    ("[brands.a]\nnames = ['a']\ntopics = { lid = 'x' }", "brands.a.topics.lid", "expected a list"),
    ("[brands.a]\nnames = ['a']\ntopics = { lid = [''] }", "brands.a.topics.lid.0", "expected whole words"),
    ("[brands.a]\nnames = ['a']\ntopics = { '' = ['x'] }", "brands.a.topics.", "a topic needs a name"),
    ("[brands.a]\nnames = ['a']\ntopics = { Staff = ['x'] }", "brands.a.topics.Staff", "another name"),
    ("[brands.sources]\nnames = ['a']\nnick = 1", "brands.sources.nick", "expected one of: names, must"),
    ("sources = 1", "sources", "expected a list"),
    ("[[sources]]\nname = 'a'\nbrand = 'b'", "sources.0.connector", "missing"),
    ("[[sources]]\nname = 'a b'\nbrand = 'b'\nconnector = 'c'", "sources.0.name", "letters, digits"),
    ("[[sources]]\nname = 'a'\nbrand = 'b'\nconnector = 'c'", "sources.0.brand", "no brand 'b'"),
    (GOOD + "every = '5 years'", "sources.0.every", "a length of time"),
    (GOOD + "enabled = 'perhaps'", "sources.0.enabled", "expected true or false"),
    (GOOD + GOOD.partition("[[sources]]")[2].join(["[[sources]]", ""]), "sources.1.name", "used twice"),
    ("[policies.p]\nsteps = []", "policies.p.steps", "expected at least one"),
    ("[policies.p]\nrepeat = 'often'", "policies.p.repeat", "expected a whole number"),
    ("[policies.p]\nrepeat = -1", "policies.p.repeat", "greater than or equal to 0"),
    ("[policies.p]\nfallback = 'eve'", "policies.p.fallback", "no destination or person 'eve'"),
    ("[[policies.p.steps]]\nnotify = ['terminal']", "policies.p.steps.0.delay", "missing"),
    (
        "[[policies.p.steps]]\nnotify = ['terminal']\ndelay = '1m'\nwait = 1",
        "policies.p.steps.0.wait",
        "expected one of: notify, delay",
    ),
    (
        "[[policies.p.steps]]\nnotify = ['eve']\ndelay = '1m'",
        "policies.p.steps.0.notify",
        "no destination or person 'eve'; expected one of: terminal",
    ),
    ("[destinations.d]\nkind = 'pigeon'", "destinations.d.kind", "'terminal' or 'apprise'"),
    ("[destinations.d]\nkind = 'apprise'", "destinations.d.url", "missing; expected an Apprise URL"),
    ("destinations = 1", "destinations", "expected a table"),
    ("[people.eve]\nnotify = ['d']", "people.eve.notify", "no destination 'd'; expected one of: terminal"),
    ("[credentials.twitter]\nbearer_token = 1", "credentials.twitter.bearer_token", "expected a string"),
    ("[credentials]\ntwitter = 'x'", "credentials.twitter", "expected a table"),
]


@pytest.mark.parametrize(("text", "key", "expected"), MISTAKES, ids=[key for _, key, _ in MISTAKES])
def test_a_mistake_names_file_key_and_expectation(file: Path, text: str, key: str, expected: str) -> None:
    """Each missing, wrong or unknown key is told with the file, the key and what was expected there."""
    assert expected in findings(file, text)[key]


def test_a_wrong_example_is_one_mistake(file: Path) -> None:
    """The only example of a topic, if it is wrong, is not told to be missing as well."""
    text = "[brands.a]\nnames = ['a']\ntopics = { lid = ['lid!'] }"
    assert list(findings(file, text)) == ["brands.a.topics.lid.0"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"brands = [", "not TOML"),
        (b"\xff\xfe", "not TOML"),
        (b"a = " + b"[" * 5_000 + b"]" * 5_000, "nested too deeply"),
        (b"[policies.p]\nrepeat = " + b"9" * 5_000, "not TOML"),
    ],
)
def test_a_file_that_is_no_toml_is_told(file: Path, content: bytes, expected: str) -> None:
    """What the TOML reader cannot read, for whatever cause, is a finding."""
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=expected):
        load(file)


def test_a_file_that_is_not_there_is_told_with_the_remedy(tmp_path: Path) -> None:
    """A missing file names `uproar init`; a folder in its place is told as such."""
    with pytest.raises(ConfigError, match=r"none\.toml: no such file: `uproar init`"):
        load(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="directory"):
        load(tmp_path)


def test_every_mistake_is_told_at_once(file: Path) -> None:
    """One reading names all the mistakes, unknown tables among them."""
    found = findings(file, "[monitor]\nlog = 1\n[brand.a]\n[brands.a]\n")
    assert set(found) == {"monitor.log", "brand", "brands.a.names"}


# ---------------------------------------------------------------------------------------------- environment
def test_the_environment_overrides_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable wins over its key, adds to a table, and leaves the other keys alone."""
    file.write_text(GOOD + "[monitor]\nlog = 'info'\nshutdown_deadline = '5s'\n")
    monkeypatch.setenv("UPROAR_MONITOR__LOG", "debug")
    monkeypatch.setenv("UPROAR_CREDENTIALS__TWITTER__BEARER_TOKEN", SECRET)
    config = load(file)
    assert (config.monitor.log, config.monitor.shutdown_deadline) == ("debug", timedelta(seconds=5))
    assert config.credentials["twitter"]["bearer_token"].get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("UPROAR_MONITOR__LOG", "loud", "Input should be"),
        ("UPROAR_BRANDS", "{", "expected JSON"),
        ("UPROAR_BRANDS", "3", "expected a table"),
        ("UPROAR_SOURCES", "[3]", "expected a table"),
        ("UPROAR_MONITOR", "{", "expected JSON"),
        ("UPROAR_MONITOR__LOGG", "info", "unknown key"),
    ],
)
def test_a_wrong_variable_is_named(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    """A mistake in the environment names the variable, not the file."""
    file.write_text("")
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        load(file)
    [found] = caught.value.mistakes
    assert found.file == "environment"
    assert found.key.startswith(name)
    assert expected in found.message


# -------------------------------------------------------------------------------------------------- secrets
def test_secrets_are_not_shown(file: Path) -> None:
    """Tokens, Apprise URLs and the password in the store's URL are in no text of the configuration."""
    file.write_text(
        GOOD
        + f"[credentials.blogs]\ntoken = '{SECRET}'\n[monitor]\nstore = 'postgresql+psycopg://u:{SECRET}@h/d'\n"
        + f"[destinations.d]\nkind = 'apprise'\nurl = 'json://u:{SECRET}@localhost'\n"
    )
    config = load(file)
    assert config.secrets(config.sources[0]) == {"token": SECRET}
    assert config.store_url() == f"postgresql+psycopg://u:{SECRET}@h/d"
    for shown in (str(config), repr(config), config.model_dump_json(), str(config.model_dump())):
        assert SECRET not in shown


@pytest.mark.parametrize(
    "text",
    [
        f"[credentials.x.{SECRET}]\ntoken = '{SECRET}'".replace(f".{SECRET}]", ".nested]"),
        f"[destinations.d]\nkind = '{SECRET}'\nurl = '{SECRET}'",
        f"[destinations.d]\nkind = 'apprise'\nurl = ['{SECRET}']",
        f"[monitor]\nstore = ['{SECRET}']",
        f"[credentials.x]\ntoken = '{SECRET}",
    ],
)
def test_a_mistake_beside_a_secret_does_not_show_it(file: Path, text: str) -> None:
    """No finding carries the value that is wrong, neither in its text nor in what caused it."""
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert SECRET not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None


# ---------------------------------------------------------------------------------------------------- fuzz
KEYS = [
    *("monitor", "brands", "sources", "policies", "destinations", "people", "credentials", "store", "log"),
    *("shutdown_deadline", "names", "must", "accounts", "policy", "alert_from", "spread_thresholds", "name"),
    *("brand", "connector", "every", "options", "enabled", "steps", "notify", "delay", "repeat", "fallback"),
    *("kind", "url", "default", "terminal", "acme", "_env_file", "_secrets_dir", "model_config"),
]
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["acme", "terminal", "apprise", "5m", "9e9d", "99999999999999999999d", "low"]),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.times(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=4)), inner, max_size=4),
    ),
    max_leaves=12,
)


@given(values=st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=6)), VALUES, max_size=5))
def test_any_value_anywhere_gives_a_configuration_or_findings(values: dict[str, Any]) -> None:
    """Whatever a TOML file can hold at whatever key: it is read, or refused with findings; never a crash."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.config._read", lambda path: values)
        with contextlib.suppress(ConfigError):
            assert isinstance(load(Path("any.toml")), Config)


def paths(values: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in a table of tables and lists."""
    inner = (
        values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    )
    for key, value in inner:
        yield (*before, key)
        yield from paths(value, (*before, key))


WHOLE = tomllib.loads(re.sub(r"^#(?=[^\s#])", "", EXAMPLE.read_text(), flags=re.MULTILINE))


@given(path=st.sampled_from(list(paths(WHOLE))), value=VALUES)
def test_any_value_at_a_known_key_gives_a_configuration_or_findings(
    path: tuple[Any, ...], value: Any
) -> None:
    """A good configuration with one key changed to anything is read, or refused with findings."""
    values = at = copy.deepcopy(WHOLE)
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.config._read", lambda path: values)
        with contextlib.suppress(ConfigError):
            assert isinstance(load(Path("any.toml")), Config)


@given(
    name=st.lists(st.sampled_from(KEYS[:31]), min_size=1, max_size=4),
    value=st.one_of(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), VALUES),
)
def test_any_variable_gives_a_configuration_or_findings(name: list[str], value: Any) -> None:
    """The same holds for every variable of the environment."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.config._read", lambda path: {"brands": {"acme": {"names": ["acme"]}}})
        patch.setenv("UPROAR_" + "__".join(name).upper(), text)
        with contextlib.suppress(ConfigError):
            assert isinstance(load(Path("any.toml")), Config)


@given(st.text(max_size=30))
def test_any_text_is_a_length_of_time_or_a_value_error(text: str) -> None:
    """Reading a length of time fails with `ValueError` alone."""
    with contextlib.suppress(ValueError):
        assert parse_duration(text) >= timedelta()


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1h30m", 5400), (" 2 D ", 172_800), ("0.5m", 30), ("0s", 0)]
)
def test_lengths_of_time(text: str, seconds: float) -> None:
    """Units are s, m, h and d, in any case, alone or together."""
    assert parse_duration(text) == timedelta(seconds=seconds)


# ------------------------------------------------------------------------------------------------- example
def uncommented(text: str) -> str:
    """Return the example with every setting that is commented out switched on."""
    return re.sub(r"^#(?=[^\s#])", "", text, flags=re.MULTILINE)


def test_the_example_is_the_text_that_init_writes() -> None:
    """The file at the root and the one in the package are the same."""
    assert EXAMPLE.read_bytes() == (ROOT / "monitor" / "cli" / "config.example.toml").read_bytes()


def test_the_example_works_as_it_stands() -> None:
    """It can be used, and needs no credentials."""
    config = load(EXAMPLE)
    assert [source.connector for source in config.sources] == ["blogs"]
    assert config.credentials == {}


def test_all_of_the_example_works(file: Path) -> None:
    """Each setting that is commented out is right as well, and every table is shown."""
    file.write_text(uncommented(EXAMPLE.read_text()))
    config = load(file)
    assert {source.connector for source in config.sources} == {"blogs", "twitter", "reddit", "youtube"}
    assert set(Config.model_fields) == set(config.model_fields_set)
