"""The workload file, and sending it through a door of a server."""

import http.client
import os
import re
import socket
import subprocess
import threading


def generate(root, scratch, hosts, hours, seed, duration=None, decimals=0):
    """Writes the workload with the generator of this repository, built when it is not there yet. Returns the path."""
    binary = os.path.join(root, ".build/release/varve-workload")
    if not os.path.exists(binary):
        print("building varve-workload in release mode", flush=True)
        subprocess.run(["swift", "build", "-c", "release", "--product", "varve-workload"], cwd=root, check=True)
    path = os.path.join(scratch, "workload.line")
    command = [binary, "--hosts", str(hosts), "--seed", str(seed)]
    command += ["--duration", duration or f"{hours}h", "--decimals", str(decimals)]
    with open(path, "wb") as output:
        subprocess.run(command, stdout=output, check=True)
    return path


class Workload:
    """A line-protocol file cut into batches of whole lines, with what a server must answer about it afterwards.

    All lines have the measurement and the fields of the first one. Its first field is summed up here and by every
    server, as a check that values arrive and not only rows.
    """

    def __init__(self, path, batch_lines):
        with open(path, "rb") as source:
            self.bytes = memoryview(source.read())
        self.path = path
        self.line_count = 0
        self.value_count = 0
        self.checked_sum = 0.0
        self.first_ns = None
        self.last_ns = None
        self.batches = []
        self._scan(batch_lines)

    def _scan(self, batch_lines):
        head = re.match(rb"([^, ]+)[^ ]* ([^=]+)=", self.bytes[: 1 << 16])
        self.measurement, self.checked_field = (name.decode() for name in head.groups())
        checked = re.compile(rb" %s=([-+.0-9eE]+)" % re.escape(head.group(2)))
        start = offset = 0
        for line in open(self.path, "rb"):
            fields, time = line.rsplit(b" ", 1)
            self.value_count += fields.split(b" ", 1)[1].count(b"=")
            self.checked_sum += float(checked.search(fields).group(1))
            self._widen(int(time))
            self.line_count += 1
            offset += len(line)
            if self.line_count % batch_lines == 0:
                self.batches.append((start, offset))
                start = offset
        if offset > start:
            self.batches.append((start, offset))

    def _widen(self, time_ns):
        self.first_ns = time_ns if self.first_ns is None else min(self.first_ns, time_ns)
        self.last_ns = time_ns if self.last_ns is None else max(self.last_ns, time_ns)

    def batch(self, index):
        start, end = self.batches[index]
        return self.bytes[start:end]

    def summary(self):
        hours = (self.last_ns - self.first_ns) / 3.6e12
        return (
            f"{self.line_count:,} lines, {self.value_count:,} values, {len(self.bytes) / 1e6:,.0f} MB, "
            f"{hours:.1f} hours"
        )


def send_tcp(workload, address, connections):
    """Sends the batches in turn over several connections; returns when the server has closed all of them.

    Half-closing and waiting for the end of the stream is all the acknowledgement that plain TCP can give. A server
    that closes before it has stored everything is caught by the counter that is read afterwards.
    """

    def sender(first):
        with socket.create_connection(address) as connection:
            connection.settimeout(600)
            for index in range(first, len(workload.batches), connections):
                connection.sendall(workload.batch(index))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass

    _in_parallel(sender, connections)


def send_http(workload, address, path, connections):
    """Posts the batches in turn over several kept-alive connections; every answer must be 204."""

    def sender(first):
        connection = http.client.HTTPConnection(*address, timeout=600)
        for index in range(first, len(workload.batches), connections):
            connection.request("POST", path, body=bytes(workload.batch(index)))
            response = connection.getresponse()
            body = response.read()
            if response.status != 204:
                raise RuntimeError(f"batch {index}: status {response.status}: {body[:300]!r}")
        connection.close()

    _in_parallel(sender, connections)


def _in_parallel(body, count):
    """Runs body(0) … body(count - 1) in threads; raises the first error of any of them."""
    errors = []

    def guarded(index):
        try:
            body(index)
        except Exception as error:  # handed over to the caller's thread
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
