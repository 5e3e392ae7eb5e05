#!/usr/bin/env python3
"""What month-report.sh needs beside a server: a budget, entries of a year put in by hand, reports taken.

The entries are put straight into the tables that are derived from the journal: their places into listings, their totals
into budget_days, as the server would have made them. Reserving and charging ten million times would take the better
part of an hour, and a report reads nothing else. SQLite 3.38 or newer must be the one that Python was built with.
"""

import argparse
import datetime
import http.client
import json
import os
import sqlite3
import time
import urllib.parse

DAYS = 365
TENANT = "bench"
BUDGET = "bench"
AMOUNT = 3

ENTRIES = """
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :entries)
INSERT INTO listings (tenant_id, list, seq) SELECT :tenant, 'budget:' || :budget, 1000000 + i FROM n
"""
TOTALS = """
WITH entries (i, day) AS (
    SELECT seq - 1000000, date(:first, ((seq - 1000000) * :days / :entries) || ' days') FROM listings
    WHERE tenant_id = :tenant AND list = 'budget:' || :budget AND seq >= 1000000
)
INSERT INTO budget_days SELECT :tenant, :budget, day, 0, 0,
    sum(i % 2 = 0), sum(i % 2 = 0) * :amount, sum(i % 2 = 1), sum(i % 2 = 1) * :amount,
    0, 0, 0, 0, 0, 0, 'rolling-1', 9007199254740991, 0, sum(i % 2 = 1) * :amount, 9007199254740991
FROM entries WHERE true GROUP BY day
ON CONFLICT (tenant_id, budget_id, day) DO UPDATE SET
    reserve_count = excluded.reserve_count, reserve_amount = excluded.reserve_amount,
    charge_count = excluded.charge_count, charge_amount = excluded.charge_amount
"""
EXPECTED = "SELECT sum(reserve_count), sum(charge_amount), count(*) FROM budget_days WHERE day >= ? AND day <= ?"


class Server:
    """One connection to the server, as its platform admin."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
        self.headers = {"Authorization": "Bearer " + os.environ["GUERDON_ADMIN_KEY"]}

    def call(self, method, path, body=None, key=None):
        headers = dict(self.headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{method} {path}: {answer.status} {text.decode()}")
        return json.loads(text)


def prepare(url):
    """A tenant with a budget, of which the server has seen a transaction."""
    server = Server(url)
    server.call("POST", "/api/v1/tenants", {"slug": TENANT, "name": TENANT})
    path = f"/api/v1/tenants/{TENANT}/budgets"
    budget = {"id": BUDGET, "name": BUDGET, "currency": "USD", "hard_cap": 1000, "period": "rolling"}
    server.call("POST", path, budget)
    server.call("POST", f"{path}/{BUDGET}/topup", {"amount": 1, "currency": "USD"}, key="topup")
    server.call("GET", f"{path}/{BUDGET}/report")


def seed(database, entries):
    """Entries spread over the year that ends with today, and their daily totals."""
    connection = sqlite3.connect(database)
    tenant = connection.execute("SELECT DISTINCT tenant_id FROM budget_days").fetchone()[0]
    today = datetime.datetime.now(datetime.timezone.utc).date()
    first = today - datetime.timedelta(days=DAYS - 1)
    values = {"tenant": tenant, "budget": BUDGET, "amount": AMOUNT}
    values |= {"entries": entries, "days": DAYS, "first": str(first)}
    for statement in (ENTRIES, TOTALS):
        connection.execute(statement, values)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def measure(url, database, reports):
    """The median of some reports on the month, in microseconds from the first byte out to the last one in."""
    server = Server(url)
    path = f"/api/v1/tenants/{TENANT}/budgets/{BUDGET}/report?range=month"
    report = server.call("GET", path)
    days = report["range"]["from"], report["range"]["to"]
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    expected = connection.execute(EXPECTED, days).fetchone()
    connection.close()
    found = report["totals"]["reserve_count"], report["totals"]["charge_amount"], len(report["series"])
    if found != expected or found[0] == 0:
        raise SystemExit(f"the report says {found}, the table {expected}")
    took = []
    for _ in range(reports):
        begun = time.perf_counter()
        server.call("GET", path)
        took.append(time.perf_counter() - begun)
    print(round(sorted(took)[len(took) // 2] * 1e6))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("prepare", "seed", "measure"):
        command = commands.add_parser(name)
        if name != "seed":
            command.add_argument("--url", required=True)
        if name != "prepare":
            command.add_argument("--database", required=True)
    commands.choices["seed"].add_argument("--entries", type=int, required=True)
    commands.choices["measure"].add_argument("--reports", type=int, required=True)
    given = vars(parser.parse_args())
    {"prepare": prepare, "seed": seed, "measure": measure}[given.pop("command")](**given)


if __name__ == "__main__":
    main()
