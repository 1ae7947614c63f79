#!/usr/bin/env python3
"""Scores anomaly detectors as the Numenta Anomaly Benchmark does. Standard library only.

    score.py NAB_DIRECTORY RESULTS_DIRECTORY [--prefix NAME_] [--files] [--halves] [--json]

NAB_DIRECTORY is a checkout of the benchmark: its `data/` names the files, its `labels/combined_windows.json` the
windows of anomalies. RESULTS_DIRECTORY holds one file per data file, in the same folders and under the same name
(or with a prefix before the name, as the benchmark stores its own), with the columns timestamp, value, anomaly_score.

The rules, from the benchmark's paper (Lavin and Ahmad 2015) and documentation:
- The first 15 % of the rows of a file, at most 750, are probationary and count for nothing.
- A threshold turns scores into detections. One threshold holds for all files: the one with the best total.
- In a window only the detection with the highest value counts. Its value falls from 1 at the window's first row to 0
  just beyond its last along 2·sigmoid(−5·y) − 1, y being the place relative to the window's end in its widths.
- A window without a detection costs the weight of a false negative.
- Every detection outside costs the weight of a false positive, less when it stands close behind a window (same curve).
- The total is scaled so that a detector which never speaks has 0 and one which speaks on the first row of every
  window and nowhere else has 100.
"""

import argparse
import csv
import json
import math
import os
import sys
from datetime import datetime

# Weights of a true positive, a false positive and a false negative.
PROFILES = {
    "standard": (1.0, 0.11, 1.0),
    "reward low FP": (1.0, 0.22, 1.0),
    "reward low FN": (1.0, 0.11, 2.0),
}
PROBATION_SHARE = 0.15
PROBATION_LIMIT = 750


def curve(y):
    """Value of a detection at the place `y` in widths of the window behind its end; −1 far behind it."""
    return -1.0 if y > 3.0 else 2.0 / (1.0 + math.exp(5.0 * y)) - 1.0


def instant(text):
    """Whole seconds; the benchmark's times have no zone."""
    return datetime.fromisoformat(text.strip().split(".")[0])


def read_scores(path):
    """Time stamps and scores of one result file."""
    times, scores = [], []
    with open(path, newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        try:
            time_column, score_column = header.index("timestamp"), header.index("anomaly_score")
        except ValueError:
            sys.exit(f"{path}: the header must name timestamp and anomaly_score, it is {','.join(header)}")
        for row in rows:
            times.append(row[time_column])
            scores.append(float(row[score_column]))
    return times, scores


def place_windows(name, times, labels):
    """First and last row of each labelled window, in the order of time."""
    rows = {}
    for index, text in enumerate(times):
        rows.setdefault(instant(text), index)
    try:
        return sorted((rows[instant(first)], rows[instant(last)]) for first, last in labels)
    except KeyError:
        sys.exit(f"{name}: a window of the labels starts or ends at a time that is not in the scores")


def evidence(name, times, scores, labels):
    """(score, window or None, value) of every row behind the probation; values before weighting."""
    windows = place_windows(name, times, labels)
    probation = min(PROBATION_LIMIT, math.floor(PROBATION_SHARE * len(times)))
    best = curve(-1.0)
    rows, upcoming, current, last = [], 0, None, None
    for index, score in enumerate(scores):
        if current is None and upcoming < len(windows) and index == windows[upcoming][0]:
            current = windows[upcoming]
            upcoming += 1
        if current is not None:
            width = current[1] - current[0] + 1
            value, window = curve(-(current[1] - index + 1) / width) / best, (name, current[0])
        elif last is None:
            value, window = -1.0, None
        else:
            value, window = curve((index - last[1]) / (last[1] - last[0])), None
        if index >= probation:
            rows.append((score, window, value))
        if current is not None and index == current[1]:
            last, current = current, None
    return rows


def total_by_threshold(rows, weights):
    """Yields (threshold, total) for every threshold at which something changes, from "never speaks" downwards."""
    true_positive, false_positive, false_negative = weights
    found = {window: None for _, window, _ in rows if window is not None}
    total, threshold = -false_negative * len(found), math.inf
    for score, window, value in sorted(rows, key=lambda row: -row[0]):
        if score != threshold:
            yield threshold, total
            threshold = score
        if window is None:
            total += false_positive * value
        else:
            before = found[window]
            now = value * true_positive if before is None else max(before, value * true_positive)
            total += now - (-false_negative if before is None else before)
            found[window] = now
    yield threshold, total


def best_threshold(rows, weights):
    return max(total_by_threshold(rows, weights), key=lambda pair: pair[1])


def total_at(rows, weights, threshold):
    """Total of the rows when everything from the threshold upwards is a detection."""
    total = None
    for reached, value in total_by_threshold(rows, weights):
        if total is None or reached >= threshold:
            total = value
    return total


def scaled(total, windows, weights):
    null, perfect = -weights[2] * windows, weights[0] * windows
    return 100.0 * (total - null) / (perfect - null)


def window_count(rows):
    return len({window for _, window, _ in rows if window is not None})


def counts(rows, threshold):
    """Windows found and false detections at the threshold."""
    found = {window for score, window, _ in rows if window is not None and score >= threshold}
    return len(found), sum(1 for score, window, _ in rows if window is None and score >= threshold)


def load(nab, results, prefix):
    with open(os.path.join(nab, "labels", "combined_windows.json")) as file:
        labels = json.load(file)
    corpus = {}
    for name in sorted(labels):
        folder, base = os.path.split(name)
        path = os.path.join(results, folder, prefix + base)
        if not os.path.exists(path):
            sys.exit(f"{path} is missing: every data file of the benchmark needs its scores")
        corpus[name] = evidence(name, *read_scores(path), labels[name])
    return corpus


def joined(corpus, names):
    return [row for name in names for row in corpus[name]]


def whole(corpus, windows):
    """Score, threshold, windows found and false detections by profile over the whole corpus."""
    rows = joined(corpus, corpus)
    summary = {}
    for profile, weights in PROFILES.items():
        threshold, total = best_threshold(rows, weights)
        found, false = counts(rows, threshold)
        summary[profile] = {
            "score": scaled(total, windows, weights), "threshold": threshold, "found": found, "windows": windows,
            "false": false,
        }
    return summary


def by_part(corpus, parts, threshold, weights):
    """Score of each part of the corpus under one threshold; None where a part has no window."""
    table = {}
    for part, names in parts.items():
        rows = joined(corpus, names)
        windows = window_count(rows)
        total = total_at(rows, weights, threshold)
        table[part] = {
            "score": scaled(total, windows, weights) if windows else None, "total": total, "windows": windows,
            "found": counts(rows, threshold)[0], "false": counts(rows, threshold)[1],
        }
    return table


def halves(corpus, weights):
    """Threshold chosen on every second file, score of the others, both ways round."""
    names = sorted(corpus)
    table = {}
    for label, chosen, judged in (
        ("even to odd", names[0::2], names[1::2]), ("odd to even", names[1::2], names[0::2]),
    ):
        threshold, _ = best_threshold(joined(corpus, chosen), weights)
        rows = joined(corpus, judged)
        table[label] = scaled(total_at(rows, weights, threshold), window_count(rows), weights)
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("nab", help="a checkout of the benchmark")
    parser.add_argument("results", help="scores, one file per data file")
    parser.add_argument("--prefix", default="", help="what stands before the name of each result file")
    parser.add_argument("--files", action="store_true", help="one line per file, too")
    parser.add_argument("--json", action="store_true", help="the summary as JSON")
    arguments = parser.parse_args()

    corpus = load(arguments.nab, arguments.results, arguments.prefix)
    windows = window_count(joined(corpus, corpus))
    summary = whole(corpus, windows)
    weights, threshold = PROFILES["standard"], summary["standard"]["threshold"]
    groups = {}
    for name in corpus:
        groups.setdefault(name.split("/")[0], []).append(name)
    categories = by_part(corpus, groups, threshold, weights)
    crossed = halves(corpus, weights)
    if arguments.json:
        print(json.dumps({"profiles": summary, "categories": categories, "halves": crossed}, indent=1))
        return
    print(f"{'profile':16}{'score':>8}{'threshold':>12}{'found':>10}{'false':>8}")
    for profile, row in summary.items():
        found = f"{row['found']}/{row['windows']}"
        print(f"{profile:16}{row['score']:8.2f}{row['threshold']:12.6f}{found:>10}{row['false']:8}")
    print("\nStandard profile, one threshold chosen on half the files and applied to the other half")
    for label, score in crossed.items():
        print(f"{label:16}{score:8.2f}")
    print("\nStandard profile by category, threshold of the whole corpus")
    parts = dict(categories)
    if arguments.files:
        parts.update(by_part(corpus, {name: [name] for name in corpus}, threshold, weights))
    for part, row in parts.items():
        score = f"{row['score']:8.2f}" if row["score"] is not None else "       –"
        print(f"{part:60}{score}{row['total']:9.2f}{row['found']:5}/{row['windows']:<4}{row['false']:5} false")


if __name__ == "__main__":
    main()
