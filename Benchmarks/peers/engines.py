"""Asking each engine, and bringing its answers into one form so that they can be compared.

The one form: a dictionary from (seconds, host or None) to the list of values in the order of the question's fields; for
rows of `lastpoint` the seconds are None. What is timed is the question until the last byte of the answer; for the engines
that run inside the process, until the answer is complete in their own columnar form.
"""

import calendar
import csv
import datetime
import json
import os
import subprocess
import sys
import time
import urllib.parse

import client
import servers
import tsbs


class Remote:
    """A server behind HTTP, one kept-alive connection."""

    def __init__(self, name, command, directory):
        self.server = servers.KINDS[name](command, directory)
        self.server.prepare()
        self.connection = client.Connection(servers.HTTP_PORT)

    def stop(self):
        self.connection.close()
        self.server.stop()

    def request(self, method, path, body=None, headers={}):
        return self.connection.request(method, path, body, headers)


class Varve(Remote):
    def prepare(self, question):
        return tsbs.varve(question).encode()

    def ask(self, prepared):
        return self.request("POST", "/query", prepared, {"Content-Type": "text/plain", "Accept": "text/csv"})

    def normal(self, raw, question):
        rows = list(csv.reader(raw.decode().splitlines()))
        header, rows = rows[0], rows[1:]
        answer = {}
        place = {name: index for index, name in enumerate(header)}
        for row in rows:
            time_s = None if question.kind == "last" else int(row[place["time"]]) // 10**9
            host = row[place["hostname"]] if question.by_host or question.kind == "high" else None
            first = len(row) - len(question.fields)
            if question.kind == "high":
                answer[(time_s, host)] = [float(row[place[field]]) for field in question.fields]
            else:
                answer[(time_s, host)] = [float(cell) for cell in row[first:]]
        return answer


class VictoriaMetrics(Remote):
    def prepare(self, question):
        path, parameters = tsbs.metricsql(question)
        return path + "?" + urllib.parse.urlencode(parameters)

    def ask(self, prepared):
        return self.request("GET", prepared)

    def normal(self, raw, question):
        place = {f"cpu_{field}": index for index, field in enumerate(question.fields)}
        answer = {}
        for series in json.loads(raw)["data"]["result"]:
            index = place[series["metric"]["__name__"]] if len(question.fields) > 1 else 0
            host = series["metric"]["hostname"] if question.by_host or question.kind == "high" else None
            for time_s, value in series.get("values") or [series["value"]]:
                key = (None if question.kind == "last" else int(time_s), host)
                answer.setdefault(key, [None] * len(question.fields))[index] = float(value)
        return answer


class InfluxDB(Remote):
    def prepare(self, question):
        return "/query?" + urllib.parse.urlencode({"db": "bench", "epoch": "s", "q": tsbs.influxql(question)})

    def ask(self, prepared):
        return self.request("GET", prepared)

    def normal(self, raw, question):
        answer = {}
        for series in json.loads(raw)["results"][0].get("series", []):
            for row in series["values"]:
                host = series.get("tags", {}).get("hostname") if question.by_host else None
                values = row[1:]
                if question.kind == "high":
                    host, values = values[-1], values[:-1]
                if any(value is None for value in values):
                    continue
                answer[(None if question.kind == "last" else row[0], host)] = [float(value) for value in values]
        return answer


class Columnar:
    """An engine inside this process, loaded from CSV sorted by host and time: what its own storage likes best."""

    def prepare(self, question):
        return tsbs.sql(question, self.bucket_of, self.time_of)

    def normal(self, raw, question):
        answer = {}
        for row in self.rows(raw):
            row = list(row)
            if question.kind == "high":
                named = dict(zip(self.columns, row))
                answer[(self.seconds(named["time"]), named["hostname"])] = [float(named[f]) for f in question.fields]
            elif question.kind == "last":
                answer[(None, row[0])] = [float(value) for value in row[1:]]
            else:
                host = row[1] if question.by_host else None
                first = len(row) - len(question.fields)
                answer[(self.seconds(row[0]), host)] = [float(value) for value in row[first:]]
        return answer


class DuckDB(Columnar):
    def __init__(self, path, scratch, columns):
        import duckdb

        self.columns = columns
        self.connection = duckdb.connect(os.path.join(scratch, "duck.db"))
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute(
            f"CREATE TABLE cpu AS SELECT to_timestamp(time)::TIMESTAMP AS time, * EXCLUDE (time) "
            f"FROM read_csv('{path}') ORDER BY hostname, time"
        )
        self.connection.execute("CHECKPOINT")

    def bucket_of(self, seconds):
        return f"time_bucket(INTERVAL '{seconds} seconds', time)"

    def time_of(self, seconds):
        return f"make_timestamp({seconds * 10**6})"

    def ask(self, prepared):
        # Columns as NumPy arrays: turning rows into Python objects would cost more than some queries.
        return self.connection.execute(prepared).fetchnumpy()

    def rows(self, raw):
        return zip(*(column.tolist() if hasattr(column, "tolist") else column for column in raw.values()))

    def seconds(self, value):
        return int(value.replace(tzinfo=datetime.timezone.utc).timestamp())

    def stop(self):
        self.connection.close()


class ChDB(Columnar):
    def __init__(self, path, scratch, columns):
        from chdb import session

        self.columns = columns
        self.session = session.Session(os.path.join(scratch, "chdb"))
        numbers = ", ".join(f"{field} Float64" for field in tsbs.FIELDS)
        tags = ", ".join(f"{name} LowCardinality(String)" for name in columns[1:] if name not in tsbs.FIELDS)
        self.session.query("CREATE DATABASE bench ENGINE = Atomic")
        self.session.query(
            f"CREATE TABLE bench.cpu (time DateTime('UTC'), {tags}, {numbers}) ENGINE = MergeTree ORDER BY (hostname, time)"
        )
        names = ", ".join(columns)
        self.session.query(
            f"INSERT INTO bench.cpu ({names}) SELECT {names} FROM file('{path}', 'CSVWithNames')"
        )
        self.session.query("OPTIMIZE TABLE bench.cpu FINAL")
        self.session.query("USE bench")

    def bucket_of(self, seconds):
        return f"toStartOfInterval(time, INTERVAL {seconds} SECOND)"

    def time_of(self, seconds):
        return f"toDateTime({seconds}, 'UTC')"

    def prepare(self, question):
        return super().prepare(question).replace("arg_max(", "argMax(")

    def ask(self, prepared):
        return self.session.query(prepared + " FORMAT CSVWithNames", "CSVWithNames").bytes()

    def rows(self, raw):
        return list(csv.reader(raw.decode().splitlines()))[1:]

    def seconds(self, value):
        return calendar.timegm(time.strptime(value, "%Y-%m-%d %H:%M:%S"))

    def stop(self):
        self.session.close()


REMOTE = {"varve": Varve, "victoria-metrics": VictoriaMetrics, "influxdb": InfluxDB}
INSIDE = {"duckdb": DuckDB, "chdb": ChDB}


def to_csv(path, scratch):
    """The workload as CSV for the engines inside: one column per tag and field, times in seconds. Returns path and names."""
    target = os.path.join(scratch, "workload.csv")
    names = None
    with open(path, "r") as source, open(target, "w") as output:
        for line in source:
            head, fields, time_ns = line.rstrip("\n").split(" ")
            tags = [pair.split("=", 1) for pair in head.split(",")[1:]]
            values = [pair.split("=", 1) for pair in fields.split(",")]
            if names is None:
                names = ["time"] + [name for name, _ in tags] + [name for name, _ in values]
                output.write(",".join(names) + "\n")
            cells = [str(int(time_ns) // 10**9)] + [text for _, text in tags] + [text.rstrip("i") for _, text in values]
            output.write(",".join(cells) + "\n")
    return target, names


def ensure_packages(names, cache):
    """Puts the Python packages of the engines inside below the cache, without touching the installation."""
    target = os.path.join(cache, "python")
    sys.path.insert(0, target)
    for name in names:
        if not os.path.isdir(os.path.join(target, name)):
            print(f"fetching the Python package {name} into {target}", flush=True)
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", target, name]
            subprocess.run(command, check=True)
