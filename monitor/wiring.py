"""From the configuration to what the steps are given: feeds, rubrics and the escalation plan."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor import models
from monitor.clock import Clock
from monitor.config import Config, SourceTable
from monitor.connector import Misconfigured
from monitor.core.assessment import Rubric
from monitor.core.pacing import next_due
from monitor.core.topics import Topics
from monitor.escalate import Plan, Rules
from monitor.masking import mask_of
from monitor.plugins import BrokenConnector, NoSuchConnector, load
from monitor.pull import Feed, Ledger
from monitor.store import policies, sources
from monitor.store.transitions import Routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What the steps are given. `broken` says of each source that cannot be made why not.

    `lost` counts the open alerts whose policy names somebody who is not configured any more, by that name.
    """

    feeds: Mapping[str, Feed]
    broken: Mapping[str, str]
    rubrics: Mapping[str, Rubric]
    plan: Plan
    lost: Mapping[str, int]


def wire(config: Config, connection: Connection, clock: Clock, on_batch: Callable[[], None]) -> Wiring:
    """Make the connectors, and tell the store which sources and policies are configured.

    A source that cannot be made leaves the others unaffected: the store has it as misconfigured.
    """
    now = clock()
    active = [table for table in config.sources if table.enabled]
    sources.configure(connection, [(each.name, each.brand, each.connector) for each in active], now)
    feeds: dict[str, Feed] = {}
    broken: dict[str, str] = {}
    ledgers: dict[str, Ledger] = {}
    for table in active:
        ledger = ledgers.setdefault(table.account, Ledger(table.account, clock))
        try:
            feeds[table.name] = make_feed(config, table, ledger, on_batch)
        except (Misconfigured, NoSuchConnector, BrokenConnector) as error:
            broken[table.name] = f"{error.key}: {error}" if isinstance(error, Misconfigured) else str(error)
            continue
        ledger.know(feeds[table.name].connector.limits, sources.budgets(connection, table.account))
        sources.not_later(connection, table.name, next_due(now, table.every, ledger.left()))
    for name, reason in broken.items():
        sources.set_aside(connection, name, state="misconfigured", error=reason, now=now)
    plan = make_plan(config, connection, now)
    return Wiring(
        feeds=feeds, broken=broken, rubrics=rubrics(config), plan=plan, lost=_lost(connection, plan.routes)
    )


def _lost(connection: Connection, routes: Routes) -> dict[str, int]:
    """Return whom the policies of open alerts would tell in vain, with the number of those alerts."""
    lost: Counter[str] = Counter()
    for policy, count in policies.of_open_alerts(connection):
        named = {name for step in policy.steps for name in step.notify} | {policy.fallback or ""} - {""}
        lost.update(dict.fromkeys(named - routes.keys(), count))
    return lost


def make_feed(
    config: Config, table: SourceTable, ledger: Ledger, on_batch: Callable[[], None] = lambda: None
) -> Feed:
    """Make a source's connector. Raises `Misconfigured`, `NoSuchConnector` and `BrokenConnector`."""
    source = config.source(table)
    return Feed(
        source=source,
        connector=load(table.connector)(source, config.secrets(table), ledger),
        ledger=ledger,
        every=table.every,
        warm_up=table.warm_up,
        on_batch=on_batch,
        mask=mask_of(config),
    )


def rubrics(config: Config) -> dict[str, Rubric]:
    """Return by what to judge each brand's mentions: the shipped model, its own thresholds and topics."""
    shipped = models.rubric()
    return {
        name: replace(
            shipped,
            spread_thresholds=tuple(sorted(brand.spread_thresholds)),
            topics=Topics.of(brand.topics),
        )
        for name, brand in config.brands.items()
    }


def make_plan(config: Config, connection: Connection, now: datetime) -> Plan:
    """Save the configured policies, and return each brand's rules and all routes."""
    configured = (table.policy(name) for name, table in config.policies.items())
    saved = policies.save(connection, configured, now)
    rules = {
        name: Rules(policy=saved[brand.policy], alert_from=brand.alert_from)
        for name, brand in config.brands.items()
    }
    return Plan(rules=rules, routes=config.routes())
