"""From measurements to a table with ratios, and to JSON."""

import datetime
import json
import os
import platform
import subprocess
import tempfile
import time


def document(results, workload, options, scratch):
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "machine": _machine(scratch),
        "workload": {
            "lines": workload.line_count,
            "values": workload.value_count,
            "bytes": len(workload.bytes),
            "batch_lines": options.batch,
            "connections": options.connections,
        },
        "results": _medians(results),
        "runs": results,
    }


def write_json(document, path):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w") as output:
        json.dump(document, output, indent=2)
        output.write("\n")


def table(document):
    """Markdown. Ratios are those of Varve through the same door: above 1 means that Varve is better."""
    workload, machine = document["workload"], document["machine"]
    lines = [
        "",
        f"{document['date']}, {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, "
        f"Linux {machine['kernel']}, fdatasync {machine['sync_ms']} ms (median)",
        f"{workload['lines']:,} lines, {workload['values']:,} values, {workload['bytes'] / 1e6:,.0f} MB; "
        f"{workload['connections']} connections, HTTP in batches of {workload['batch_lines']:,} lines",
        "",
        "| Server | Door | Wall s | CPU s | CPU s, settled | M values per CPU s | Peak RSS MB | On disk MB "
        "| B per value | Varve is better by: CPU / settled / B per value | Durable before the answer |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    by_door = {r["door"]: r for r in document["results"] if r["server"] == "varve"}
    lines += [_row(result, by_door.get(result["door"]), workload["values"]) for result in document["results"]]
    lines += _merged_table([result for result in document["results"] if "merged_bytes" in result])
    return "\n".join(lines) + "\n"


def _merged_table(results):
    """What is on disk when everything is merged; empty without such measurements."""
    if not results:
        return []
    head = ["", "| Merged | Door | Values | MB | B per value | of which segments | index MB |", "|---|---|---|---|---|---|---|"]
    return head + [
        f"| {result['server']}{'' if result['merged_correct'] else ' (WRONG RESULT)'} | {result['door']} "
        f"| {result['merged_values']:,} | {result['merged_bytes'] / 1e6:.3f} | {result['merged_bytes_per_value']} "
        f"| {result['merged_segment_bytes_per_value']} | {result['merged_index_bytes'] / 1e6:.3f} |"
        for result in results
    ]


def _row(result, varve, values):
    ratios = "–"
    if varve is not None and varve is not result:
        keys = ("cpu_s", "cpu_settled_s", "bytes_per_value")
        ratios = " / ".join(f"{result[key] / varve[key]:.2f}×" if varve[key] else "–" for key in keys)
    cells = [
        result["server"] + ("" if result["correct"] else " (WRONG RESULT)"),
        result["door"],
        f"{result['wall_s']:.2f}",
        f"{result['cpu_s']:.2f}",
        f"{result['cpu_settled_s']:.2f}",
        f"{values / 1e6 / max(result['cpu_s'], 0.01):.2f}",
        f"{result['rss_peak_bytes'] / 1e6:.0f}",
        f"{result['disk_bytes'] / 1e6:.1f} (log {result['log_bytes'] / 1e6:.1f})",
        f"{result['bytes_per_value']:.3f}" if result["bytes_per_value"] else "–",
        ratios,
        result["durability"],
    ]
    return "| " + " | ".join(cells) + " |"


def _medians(results):
    """Of several runs of the same server and door the one with the median CPU time."""
    groups = {}
    for result in results:
        groups.setdefault((result["door"], result["server"]), []).append(result)
    return [sorted(group, key=lambda r: r["cpu_s"])[len(group) // 2] for group in groups.values()]


def _machine(scratch):
    return {
        "processor": _first("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(int((_first("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) / 1e6),
        "kernel": platform.release(),
        "swift": _swift_version(),
        "sync_ms": _sync_ms(scratch),
    }


def _swift_version():
    try:
        text = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    except FileNotFoundError:
        return ""
    return text.splitlines()[0] if text else ""


def _first(path, key):
    with open(path) as lines:
        for line in lines:
            if line.startswith(key):
                return line.split(":", 1)[1].strip()
    return None


def _sync_ms(scratch):
    """Median duration of fdatasync after 64 KiB on the measured disk: below it no durable write can be answered."""
    durations = []
    with tempfile.TemporaryFile(dir=scratch) as file:
        for _ in range(21):
            file.write(os.urandom(65536))
            file.flush()
            began = time.monotonic()
            os.fdatasync(file.fileno())
            durations.append(time.monotonic() - began)
    return round(sorted(durations)[len(durations) // 2] * 1000, 2)
