"""Compares a store with line protocol, as `varve export` writes it: one value per line, series by series."""

from collections import Counter
from pathlib import Path

from basics import bits_of, check, double_of
from store import Store


def compare(store: Store, path: Path) -> None:
    exported = Counter(parse(line) for line in path.read_text().splitlines() if line and not line.startswith("#"))
    stored = Counter()
    for series, time, bits in store.metric_rows():
        source_number, field = store.catalogue.series[series]
        source = store.catalogue.sources[source_number]
        value = double_of(bits)
        if value - value == 0:  # line protocol has no NaN and no infinities
            stored[source.namespace, source.dimensions, field.metric, bits, time] += 1
    for what, difference in (("stored, not exported", stored - exported), ("exported, not stored", exported - stored)):
        check(not difference, f"{sum(difference.values())} rows {what}, such as {next(iter(difference), None)}")
    print(f"{sum(stored.values())} rows of {len(store.catalogue.series)} series in {len(store.segments)} segments and "
          f"{store.log_groups} groups of the log: the same")


def parse(line: str) -> tuple:
    """Measurement, tags, field, bits of the value, time."""
    head, body, time = split(line, " ")
    measurement, *tags = split(head, ",")
    (name, value), = [split(part, "=") for part in split(body, ",")]
    pairs = sorted((tuple(map(plain, split(tag, "="))) for tag in tags), key=lambda pair: pair[0].encode())
    return plain(measurement), tuple(pairs), plain(name), bits_of(float(value.rstrip("iu"))), int(time)


def split(text: str, separator: str) -> list[str]:
    """Cuts at separators that no backslash stands before."""
    parts, start, index = [], 0, 0
    while index < len(text):
        if text[index] == "\\":
            index += 1
        elif text[index] == separator:
            parts.append(text[start:index])
            start = index + 1
        index += 1
    return parts + [text[start:]]


def plain(text: str) -> str:
    """Without the backslashes that escape a separator."""
    for character in ", =":
        text = text.replace("\\" + character, character)
    return text
