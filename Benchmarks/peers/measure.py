"""One measurement: a fresh server, the whole workload through one door, and what that cost."""

import os
import resource
import shutil
import tempfile
import time

import feed
import servers

# The server counts as settled after this long with less than 3 % of one core; at most SETTLE_S_MAX are waited.
QUIET_S, SETTLE_S_MAX = 3.0, 120.0
# Values that Varve buffers by default.
TAIL_VALUES = 8 << 20
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def run(name, command, door, workload, options, scratch):
    """Measures one server. The returned dictionary is one entry of the JSON result."""
    print(f"{name} over {door} …", flush=True)
    directory = tempfile.mkdtemp(prefix=f"{name}-", dir=scratch)
    # A small workload would stay in memory, and nothing of it could be merged.
    flush_at = workload.value_count if options.merge and workload.value_count < TAIL_VALUES else None
    server = servers.KINDS[name](command, directory, flush_at)
    try:
        server.prepare()
        result = _measure(server, door, workload, options.connections)
        if options.merge and server.can_merge:
            result.update(_merge(server, workload))
    except Exception as error:
        raise SystemExit(f"{name} over {door}: {error}\nend of its log:\n{server.log_tail()}")
    finally:
        server.close()
        shutil.rmtree(directory, ignore_errors=True)
    result.update(server=name, door=door, durability=server.durability)
    if not result["correct"]:
        print(f"  WRONG: {result['values']:,} values stored, {workload.value_count:,} sent; sum {result['sum']}")
    return result


def _measure(server, door, workload, connections):
    pid = server.process.pid
    cpu_before, sent_before, began = _cpu_seconds(pid), _own_cpu_seconds(), time.monotonic()
    if door == "tcp":
        feed.send_tcp(workload, ("127.0.0.1", servers.LINE_PORT), connections)
    else:
        feed.send_http(workload, ("127.0.0.1", servers.HTTP_PORT), server.write_path, connections)
    sent_cpu = _own_cpu_seconds() - sent_before
    _wait_until_accepted(server, workload.value_count)
    server.make_queryable()
    wall, cpu = time.monotonic() - began, _cpu_seconds(pid) - cpu_before
    _settle(server)
    cpu_settled = _cpu_seconds(pid) - cpu_before
    disk, log, flushed = servers.disk_bytes(server.data), server.log_bytes(), server.flushed_values(workload)
    written, rss = _written_bytes(pid), _rss_peak_bytes(pid)
    query_began = time.monotonic()
    values, total = server.answer(workload)
    return {
        "wall_s": round(wall, 3),
        "cpu_s": round(cpu, 2),
        "cpu_settled_s": round(cpu_settled, 2),
        "sender_cpu_s": round(sent_cpu, 2),
        "rss_peak_bytes": rss,
        "disk_bytes": disk,
        "log_bytes": log,
        "flushed_values": flushed,
        "bytes_per_value": round((disk - log) / flushed, 4) if flushed else None,
        "written_bytes": written,
        "query_s": round(time.monotonic() - query_began, 3),
        "values": values,
        "sum": total,
        "correct": values == workload.value_count and abs(total - workload.checked_sum) <= 1e-9 * abs(total),
    }


def _merge(server, workload):
    """Bytes once everything is merged that the server can merge; its answers must still be right."""
    server.merge()
    _settle(server)
    disk, log, flushed = servers.disk_bytes(server.data), server.log_bytes(), server.flushed_values(workload)
    index, segments = server.index_bytes(), server.segment_bytes()
    values, total = server.answer(workload)
    return {
        "merged_bytes": disk - log,
        "merged_bytes_per_value": round((disk - log) / flushed, 4) if flushed else None,
        "merged_index_bytes": index,
        "merged_segment_bytes_per_value": round(segments / flushed, 4) if flushed else None,
        "merged_values": flushed,
        "merged_correct": values == workload.value_count and abs(total - workload.checked_sum) <= 1e-9 * abs(total),
    }


def _wait_until_accepted(server, value_count):
    deadline = time.monotonic() + 600
    while True:
        accepted = server.accepted_values()
        if accepted is None or accepted >= value_count:
            return
        if time.monotonic() > deadline:
            raise RuntimeError(f"took in {accepted} of {value_count} values in ten minutes")
        time.sleep(0.05)


def _settle(server):
    """Waits until the server has nothing left to do: flushed and merged as much as it wants to by itself."""
    pid, deadline = server.process.pid, time.monotonic() + SETTLE_S_MAX
    time.sleep(6)  # flush timers of all three are 5 s
    while time.monotonic() < deadline:
        before = _cpu_seconds(pid)
        time.sleep(QUIET_S)
        if _cpu_seconds(pid) - before < 0.03 * QUIET_S:
            return


def _cpu_seconds(pid):
    """User and system time of all threads of a process."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def _own_cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _rss_peak_bytes(pid):
    return _proc_number(pid, "status", "VmHWM") * 1024


def _written_bytes(pid):
    """Bytes that the process caused to be written to the disk."""
    return _proc_number(pid, "io", "write_bytes")


def _proc_number(pid, file, key):
    with open(f"/proc/{pid}/{file}") as lines:
        for line in lines:
            if line.startswith(key + ":"):
                return int(line.split()[1])
    return 0
