"""The fifteen query types of the TSBS devops case, as what they ask and in the language of each engine.

Windows lie on whole minutes or hours, so that engines which cut time at multiples of the period and engines which cut it
where the window begins answer the same.
"""

import random
import time

FIELDS = (
    "usage_user", "usage_system", "usage_idle", "usage_nice", "usage_iowait",
    "usage_irq", "usage_softirq", "usage_steal", "usage_guest", "usage_guest_nice",
)  # fmt: skip
MINUTE, HOUR = 60, 3600


class Question:
    """One instance of a query type: aggregate, fields, hosts, window in seconds, bucket."""

    def __init__(self, kind, fields, hosts, start, end, bucket=None, by_host=False):
        self.kind = kind  # "max", "avg", "high", "last", "newest"
        self.fields = fields
        self.hosts = hosts  # None: all
        self.start, self.end = start, end
        self.bucket = bucket
        self.by_host = by_host


def _groupby(fields, hosts, hours):
    return lambda pick: pick("max", FIELDS[:fields], hosts, hours * HOUR, MINUTE)


def _cpu_max_all(hosts):
    return lambda pick: pick("max", FIELDS, hosts, 8 * HOUR, HOUR)


def _double_groupby(fields):
    return lambda pick: pick("avg", FIELDS[:fields], None, 12 * HOUR, HOUR, by_host=True)


TYPES = {
    "single-groupby-1-1-1": _groupby(1, 1, 1),
    "single-groupby-1-1-12": _groupby(1, 1, 12),
    "single-groupby-1-8-1": _groupby(1, 8, 1),
    "single-groupby-5-1-1": _groupby(5, 1, 1),
    "single-groupby-5-1-12": _groupby(5, 1, 12),
    "single-groupby-5-8-1": _groupby(5, 8, 1),
    "cpu-max-all-1": _cpu_max_all(1),
    "cpu-max-all-8": _cpu_max_all(8),
    "double-groupby-1": _double_groupby(1),
    "double-groupby-5": _double_groupby(5),
    "double-groupby-all": _double_groupby(10),
    "high-cpu-1": lambda pick: pick("high", FIELDS, 1, 12 * HOUR),
    "high-cpu-all": lambda pick: pick("high", FIELDS, None, 12 * HOUR),
    "lastpoint": lambda pick: pick("last", FIELDS, None, None, by_host=True),
    "groupby-orderby-limit": lambda pick: pick("newest", FIELDS[:1], None, 5 * MINUTE, MINUTE),
}


class Questions:
    """Random instances, the same for every engine."""

    def __init__(self, hosts, first_ns, last_ns, seed):
        self.hosts = hosts
        self.first, self.last = first_ns // 10**9, last_ns // 10**9
        self.seed = seed

    def of(self, name, count):
        random_source = random.Random(f"{self.seed} {name}")
        return [TYPES[name](lambda *a, **k: self._pick(random_source, *a, **k)) for _ in range(count)]

    def _pick(self, source, kind, fields, host_count, seconds, bucket=None, by_host=False):
        hosts = None
        if host_count is not None:
            numbers = source.sample(range(self.hosts), min(host_count, self.hosts))
            hosts = sorted(f"host_{number}" for number in numbers)
        if seconds is None:
            return Question(kind, fields, hosts, self.first, self.last + 1, bucket, by_host)
        unit = bucket or HOUR
        low, high = -(-self.first // unit), (self.last + 1) // unit - seconds // unit
        start = source.randint(low, max(low, high)) * unit
        return Question(kind, fields, hosts, start, min(start + seconds, (self.last // unit + 1) * unit), bucket, by_host)


# Each function below returns the text of one question.


def varve(q):
    aggregate = {"max": "MAX", "newest": "MAX", "avg": "AVG", "last": "LAST"}.get(q.kind)
    times = f"SINCE {_iso(q.start)} UNTIL {_iso(q.end)}"
    conditions = []
    if q.kind == "high":
        conditions.append("usage_user > 90")
    if q.hosts and len(q.hosts) == 1:
        conditions.append(f"hostname = '{q.hosts[0]}'")
    elif q.hosts:
        conditions.append("hostname IN (" + ", ".join(f"'{host}'" for host in q.hosts) + ")")
    where = " WHERE " + " AND ".join(conditions) if conditions else ""
    if q.kind == "high":
        return f'SELECT * FROM "cpu"{where} {times}'
    columns = ", ".join(f"{aggregate}({field})" for field in q.fields)
    group = " GROUP BY hostname" if q.by_host else ""
    # Without a limit the answer has 500 series, as CloudWatch's has.
    limit = " LIMIT 100000" if q.by_host else ""
    if q.kind == "last":
        return f'SELECT {columns} FROM "cpu"{where}{group}{limit} {times}'
    return f'SELECT {columns} FROM "cpu"{where}{group}{limit} {times} PERIOD {q.bucket}s'


def metricsql(q):
    """Path and parameters for VictoriaMetrics. A range vector is open at its start: one millisecond is moved."""
    names = "|".join(f"cpu_{field}" for field in q.fields)
    selector = f'__name__=~"{names}"' if len(q.fields) > 1 else f'__name__="cpu_{q.fields[0]}"'
    hosts = f',hostname=~"{"|".join(q.hosts)}"' if q.hosts else ""
    if q.kind == "last":
        return "/api/v1/query", {"query": f"{{{selector}}}", "time": q.end - 1}
    if q.kind == "high":
        step = 10
        text = f'{{{selector}{hosts}}} and on (hostname) (cpu_usage_user{{{hosts[1:]}}} > 90)'
        return "/api/v1/query_range", {"query": text, "start": q.start, "end": q.end - step, "step": f"{step}s"}
    window = f"[{q.bucket}s] offset -{q.bucket * 1000 - 1}ms"
    if q.kind == "avg":
        text = f"avg(avg_over_time({{{selector}{hosts}}}{window})) by (__name__, hostname)"
    else:
        text = f"max(max_over_time({{{selector}{hosts}}}{window})) by (__name__)"
    return "/api/v1/query_range", {
        "query": text, "start": q.start, "end": q.end - q.bucket, "step": f"{q.bucket}s"}  # fmt: skip


def influxql(q):
    where = [f"time >= {q.start}s", f"time < {q.end}s"]
    if q.hosts:
        where.append("(" + " OR ".join(f"hostname = '{host}'" for host in q.hosts) + ")")
    if q.kind == "high":
        return f"SELECT {', '.join(q.fields)}, hostname FROM cpu WHERE {' AND '.join(where)} AND usage_user > 90"
    if q.kind == "last":
        return f"SELECT {', '.join(f'last({field})' for field in q.fields)} FROM cpu GROUP BY hostname"
    if q.kind == "newest":
        return (
            f"SELECT max(usage_user) FROM cpu WHERE time < {q.end}s AND time >= {q.start}s "
            f"GROUP BY time({q.bucket}s) ORDER BY time DESC LIMIT 5"
        )
    function = {"max": "max", "avg": "mean"}[q.kind]
    columns = ", ".join(f"{function}({field})" for field in q.fields)
    group = f"time({q.bucket}s)" + (", hostname" if q.by_host else "")
    return f"SELECT {columns} FROM cpu WHERE {' AND '.join(where)} GROUP BY {group}"


def sql(q, bucket_of, time_of):
    """For column stores. `bucket_of(seconds)` and `time_of(seconds)` spell a time bucket and a literal."""
    where = [f"time >= {time_of(q.start)}", f"time < {time_of(q.end)}"]
    if q.hosts:
        where.append("hostname IN (" + ", ".join(f"'{host}'" for host in q.hosts) + ")")
    conditions = " AND ".join(where)
    if q.kind == "high":
        return f"SELECT * FROM cpu WHERE {conditions} AND usage_user > 90"
    if q.kind == "last":
        columns = ", ".join(f"arg_max({field}, time)" for field in q.fields)
        return f"SELECT hostname, {columns} FROM cpu GROUP BY hostname"
    function = {"max": "max", "newest": "max", "avg": "avg"}[q.kind]
    columns = ", ".join(f"{function}({field})" for field in q.fields)
    if q.kind == "newest":
        return (
            f"SELECT {bucket_of(q.bucket)} AS bucket, {columns} FROM cpu WHERE {where[1]} "
            f"GROUP BY bucket ORDER BY bucket DESC LIMIT 5"
        )
    keys = "bucket, hostname" if q.by_host else "bucket"
    selected = f"{bucket_of(q.bucket)} AS bucket" + (", hostname" if q.by_host else "")
    return f"SELECT {selected}, {columns} FROM cpu WHERE {conditions} GROUP BY {keys} ORDER BY {keys}"


def _iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
