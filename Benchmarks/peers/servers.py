"""How to fetch, start, ask and stop each server. All listen on 127.0.0.1 and keep their data in a fresh directory."""

import csv
import glob
import http.client
import io
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.parse

# Above the ports of usual installations, so that a running server is not disturbed.
LINE_PORT, HTTP_PORT, EXTRA_PORT = 18094, 18095, 18096


class Server:
    """One running server. Subclasses say how it is started and asked."""

    package = None
    program = None
    doors = ("tcp", "http")
    write_path = "/write?db=bench"
    durability = ""
    can_merge = False

    def __init__(self, command, directory, flush_at=None):
        """`flush_at`: values that may be buffered, where that can be said."""
        self.command = command
        self.flush_at = flush_at
        self.directory = directory
        self.data = os.path.join(directory, "data")
        os.makedirs(self.data)
        self.log = open(os.path.join(directory, "server.log"), "wb")
        self.start()

    def start(self):
        environment = dict(os.environ, **self.environment())
        self.process = subprocess.Popen(
            [self.command] + self.arguments(), env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log
        )
        self._wait_until_up()

    def arguments(self):
        return []

    def environment(self):
        return {}

    def prepare(self):
        """Called once after the start, before the measurement."""

    def accepted_values(self):
        """Values taken in so far by the server's own cheap counter; None when an answered write is all it needs."""
        return None

    def make_queryable(self):
        """Asks the server to show what it has taken in, where it does not do so at once."""

    def answer(self, workload):
        """(values stored, sum of the checked field), by queries."""
        raise TypeError(f"{type(self).__name__} does not say how it is asked")

    def log_bytes(self):
        """Bytes among the data directory of write-ahead log, and of room that is only held back."""
        return 0

    def flushed_values(self, workload):
        """Values that are in the data directory besides the log."""
        return workload.value_count

    def merge(self):
        """Merges everything that the server can merge; only with `can_merge`."""
        raise TypeError(f"{type(self).__name__} does not say how it is made to merge")

    def index_bytes(self):
        """Bytes of names and indexes of series."""
        return 0

    def segment_bytes(self):
        """Bytes of values and timestamps, with what finds them."""
        return 0

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def close(self):
        self.stop()
        self.log.close()

    def get(self, path, parameters=None, method="GET"):
        """Body of an HTTP answer; anything but 2xx is an error."""
        connection = http.client.HTTPConnection("127.0.0.1", HTTP_PORT, timeout=300)
        body = urllib.parse.urlencode(parameters) if parameters else None
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request("POST" if body else method, path, body=body, headers=headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        if response.status // 100 != 2:
            raise RuntimeError(f"{path}: status {response.status}: {text[:300]}")
        return text

    def _wait_until_up(self):
        for _ in range(300):
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.command} ended at once:\n{self.log_tail()}")
            try:
                socket.create_connection(("127.0.0.1", HTTP_PORT), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self.command} does not listen on port {HTTP_PORT}:\n{self.log_tail()}")

    def log_tail(self):
        with open(self.log.name, "rb") as log:
            return log.read()[-2000:].decode(errors="replace")


class VictoriaMetrics(Server):
    package = "victoria-metrics"
    program = "victoria-metrics"
    durability = "none per write; written out about every 5 s"
    can_merge = True

    def arguments(self):
        return [
            f"-storageDataPath={self.data}",
            f"-httpListenAddr=127.0.0.1:{HTTP_PORT}",
            f"-influxListenAddr=127.0.0.1:{LINE_PORT}",
            "-retentionPeriod=100y",
            # For a million series: the default refuses more than 300 000 in one query.
            "-search.maxUniqueTimeseries=5000000",
            # The default closes a connection after two minutes, in the middle of a series of long questions.
            "-http.connTimeout=1h",
            "-loggerLevel=WARN",
        ]

    def accepted_values(self):
        for line in self.get("/metrics").splitlines():
            if line.startswith('vm_rows_inserted_total{type="influx"}'):
                return int(float(line.split()[-1]))
        return 0

    def make_queryable(self):
        self.get("/internal/force_flush")

    def answer(self, workload):
        seconds = (workload.last_ns - workload.first_ns) // 10**9 + 1
        selector = f'{{__name__=~"{workload.measurement}_.*"}}'
        name = f"{workload.measurement}_{workload.checked_field}"
        count = self._query(f"sum(count_over_time({selector}[{seconds}s]))", workload)
        total = self._query(f"sum(sum_over_time({name}[{seconds}s]))", workload)
        return int(count), total

    def merge(self):
        self.get("/internal/force_flush")
        self.get("/internal/force_merge")

    def index_bytes(self):
        return disk_bytes(f"{self.data}/indexdb") + disk_bytes(f"{self.data}/metadata")

    def segment_bytes(self):
        return disk_bytes(f"{self.data}/data")

    def _query(self, text, workload):
        answer = self.get("/api/v1/query", {"query": text, "time": workload.last_ns // 10**9, "nocache": 1})
        return float(json.loads(answer)["data"]["result"][0]["value"][1])


class InfluxDB(Server):
    package = "influxdb"
    program = "influxd"
    doors = ("http",)  # its TCP doors speak other protocols than line protocol
    durability = "fsync of the write-ahead log before the answer"

    def environment(self):
        return {
            "INFLUXDB_REPORTING_DISABLED": "true",
            "INFLUXDB_BIND_ADDRESS": f"127.0.0.1:{EXTRA_PORT}",
            "INFLUXDB_HTTP_BIND_ADDRESS": f"127.0.0.1:{HTTP_PORT}",
            "INFLUXDB_HTTP_LOG_ENABLED": "false",
            "INFLUXDB_DATA_QUERY_LOG_ENABLED": "false",
            "INFLUXDB_MONITOR_STORE_ENABLED": "false",
            "INFLUXDB_DATA_DIR": f"{self.data}/data",
            "INFLUXDB_DATA_WAL_DIR": f"{self.data}/wal",
            "INFLUXDB_META_DIR": f"{self.data}/meta",
            # Ten minutes by default: too long to wait for the figure of bytes on disk.
            "INFLUXDB_DATA_CACHE_SNAPSHOT_WRITE_COLD_DURATION": "5s",
        }

    def prepare(self):
        self.get("/query", {"q": "CREATE DATABASE bench"})

    def answer(self, workload):
        counts = self._row(f"SELECT count(*) FROM {workload.measurement}")
        total = self._row(f"SELECT sum({workload.checked_field}) FROM {workload.measurement}")
        return sum(counts), float(total[0])

    def _row(self, text):
        answer = json.loads(self.get("/query", {"db": "bench", "q": text}))
        return answer["results"][0]["series"][0]["values"][0][1:]

    def log_bytes(self):
        return disk_bytes(f"{self.data}/wal")


class Varve(Server):
    program = "varve"
    durability = "fdatasync of the write-ahead log before the answer"
    can_merge = True

    def arguments(self):
        settings = os.path.join(self.directory, "varve.yaml")
        with open(settings, "w") as file:
            # 4 000 hosts for hours: by default an answer of more than 4 million values is refused.
            file.write("limits:\n  answer-values: 20000000\n")
            if self.flush_at:
                file.write(f"store:\n  tail-values: {self.flush_at}\n")
        return [
            "serve", "--config", settings,
            "--data", self.data,
            "--line", f"127.0.0.1:{LINE_PORT}",
            "--http", f"127.0.0.1:{HTTP_PORT}",
        ]  # fmt: skip

    def answer(self, workload):
        fields = self._column(f'SHOW METRICS FROM "{workload.measurement}"', "metric")
        counts = [self._aggregate("COUNT", field, workload) for field in fields]
        return int(sum(counts)), self._aggregate("SUM", workload.checked_field, workload)

    def _aggregate(self, function, field, workload):
        # UNTIL is rounded down to whole periods, so it has to lie behind the period of the last row.
        since, until = _iso(workload.first_ns), _iso(workload.last_ns + 3600 * 10**9)
        text = f'SELECT {function}({field}) FROM "{workload.measurement}" SINCE {since} UNTIL {until} PERIOD 1h'
        return sum(float(value) for value in self._column(text, f"{function}({field})"))

    def _column(self, text, name):
        """The column of the answer with that heading."""
        command = [self.command, "query", text, "--connect", f"127.0.0.1:{HTTP_PORT}", "--format", "csv"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{text}: {done.stderr.strip()}")
        return [row[name] for row in csv.DictReader(io.StringIO(done.stdout))]

    def log_bytes(self):
        # The ballast is room held back for flushes on a full disk: at most 64 MiB, whatever the store holds.
        return disk_bytes(f"{self.data}/wal") + disk_bytes(f"{self.data}/BALLAST")

    def merge(self):
        # An orderly end flushes what is buffered; what was flushed just now is merged when it is a day old.
        self.stop()
        subprocess.run(
            [os.path.join(os.path.dirname(self.command), "StoreBenchmark"), "merge", self.data],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, check=True)  # fmt: skip
        self.start()

    def index_bytes(self):
        return disk_bytes(f"{self.data}/catalog")

    def segment_bytes(self):
        return disk_bytes(f"{self.data}/seg")

    def flushed_values(self, workload):
        # Up to 8 Mi values stay in memory, and in the log, until they are two hours old.
        store = json.loads(self.get("/stats"))["store"]
        return store["sampleCount"] - store["tailValues"]


KINDS = {"varve": Varve, "victoria-metrics": VictoriaMetrics, "influxdb": InfluxDB}


def _iso(time_ns):
    return "'" + time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_ns // 10**9)) + "'"


def disk_bytes(path):
    """Blocks that the files below a path occupy, in bytes."""
    total = 0
    names = [path] if os.path.isfile(path) else [
        os.path.join(directory, name) for directory, _, files in os.walk(path) for name in files
    ]
    for name in names:
        try:
            total += os.lstat(name).st_blocks * 512
        except FileNotFoundError:
            pass  # removed by the server in the meantime
    return total


def find(names, root, varve):
    """Paths of the executables, by server name; fetches what is missing."""
    commands = {}
    for name in names:
        kind = KINDS[name]
        if name == "varve":
            if not os.path.exists(varve):
                raise SystemExit(f"{varve} is not there; run: swift build -c release --product varve")
            commands[name] = varve
        else:
            commands[name] = shutil.which(kind.program) or _fetch(kind, os.path.join(root, ".build/peers"))
    return commands


def _fetch(kind, cache):
    """Downloads a Debian package and unpacks it: nothing is installed, no service is started, root is not needed."""
    program = os.path.join(cache, "root/usr/bin", kind.program)
    if not os.path.exists(program):
        print(f"fetching the Debian package {kind.package} into {cache}", flush=True)
        os.makedirs(cache, exist_ok=True)
        if subprocess.run(["apt-get", "download", "-qq", kind.package], cwd=cache).returncode != 0:
            raise SystemExit(f"apt-get knows no package {kind.package}; run apt-get update first")
        package = sorted(glob.glob(os.path.join(cache, f"{kind.package}_*.deb")))[-1]
        subprocess.run(["dpkg-deb", "-x", package, os.path.join(cache, "root")], check=True)
    return program
