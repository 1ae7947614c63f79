"""Rollups of a segment: Docs/Format/segment.md, "Rollups". Every bucket is computed anew from the rows."""

from collections import defaultdict

from basics import Cursor, bits_of, check, double_of
from columns import ExactSum, floats, integers

BLOCK_BUCKETS = 4096
WIDTH_MIN = 10**9


def read_sums(c: Cursor, count: int, read_columns) -> list[int]:
    """Sums in units of 2^-1074; `read_columns` reads those of the block index."""
    form = c.u8()
    if form == 1:
        sums = read_columns(c, count)
        check(not any(total.specials for total in sums), "rollup: sum with special values")
        return [total.units for total in sums]
    check(form == 0, f"rollup: form {form} of sums")
    values = floats(c, count)
    exponent = c.uv()
    check(exponent <= 2160, "rollup: unit of the rests")
    rests = integers(c, count)
    sums = [ExactSum.of([bits]) for bits in values]
    check(not any(total.specials for total in sums), "rollup: sum is not finite")
    return [total.units + (rest << exponent) for total, rest in zip(sums, rests)]


def read_block(c: Cursor, count: int, read_columns) -> list[tuple]:
    """Buckets as (number, rows, not finite, bits of the minimum and the maximum or None, units of the sum)."""
    numbers, rows, special = (integers(c, count) for _ in range(3))
    check(all(a < b for a, b in zip(numbers, numbers[1:])), "rollup: bucket numbers do not ascend")
    minima, maxima = floats(c, count), floats(c, count)
    sums = read_sums(c, count, read_columns)
    extremes = [[None if double_of(bits) != double_of(bits) else bits for bits in column] for column in (minima, maxima)]
    return list(zip(numbers, rows, special, *extremes, sums))


def buckets_of(rows: list[tuple[int, int]], width: int) -> list[tuple]:
    """The buckets of rows (time, bits of the value), as `read_block` gives them."""
    by_number: dict[int, list[int]] = defaultdict(list)
    for time, bits in rows:
        by_number[time // width].append(bits)
    buckets = []
    for number, patterns in sorted(by_number.items()):
        values = [double_of(bits) for bits in patterns]
        finite = [value + 0.0 for value in values if value - value == 0]  # -0.0 + 0.0 is 0.0
        bounds = (bits_of(min(finite)), bits_of(max(finite))) if finite else (None, None)
        total = ExactSum.of([bits for bits, value in zip(patterns, values) if value - value == 0])
        buckets.append((number, len(patterns), len(patterns) - len(finite), *bounds, total.units))
    return buckets


def check_rollups(entries: list[tuple], rows: list[tuple], cursor_at, read_columns) -> list[tuple[int, int, int]]:
    """Checks every rollup. `entries` are those of the index, `rows` the segment's.

    Returns the place of each block: page, offset, end."""
    check(all(a[:2] <= b[:2] for a, b in zip(entries, entries[1:])), "rollup index: order")
    by_series: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for series, time, bits in rows:
        by_series[series].append((time, bits))
    found: dict[tuple[int, int], list[tuple]] = defaultdict(list)
    places = []
    for series, width, page, offset, count in entries:
        check(width >= WIDTH_MIN and 1 <= count <= BLOCK_BUCKETS, f"rollup index: width {width}, {count} buckets")
        c = cursor_at(page, offset)
        start = c.position
        found[series, width] += read_block(c, count, read_columns)
        places.append((page, offset, offset + c.position - start))
    for (series, width), buckets in found.items():
        check(buckets == buckets_of(by_series[series], width), f"rollup of series {series} by {width} ns")
    return places
