"""Reports and exports: what analysts take away, in the terminal, as CSV and as JSON Lines."""

from datetime import datetime, tzinfo

from monitor.core.coverage import Interval
from monitor.core.weekly import Week, WeeklyReport, spans, weekly
from monitor.store import Store, weeks


def make_report(store: Store, brand: str, week: Week, zone: tzinfo, now: datetime) -> WeeklyReport:
    """Return the report of a brand's week, from one consistent state of the store.

    Raises `ValueError` for a week that has not begun.
    """
    within, compared = spans(week, zone, now)
    both = Interval(start=compared.start, end=within.end)
    with store.reading() as connection:
        return weekly(
            brand=brand,
            week=week,
            zone=zone,
            now=now,
            mentions=weeks.mention_facts(connection, brand, both),
            alerts=weeks.alert_facts(connection, brand, both),
            seen=weeks.seen_by_source(connection, brand),
        )
