"""Segment files: Docs/Format/segment.md. Everything that `open` and `varve verify` are said to check is checked here."""

import math
import struct
from dataclasses import dataclass, field

from basics import MASK, Cursor, FormatError, bits_of, check, crc32c, double_of, signed, uuid_text
from columns import ExactSum, blobs, float_runs, floats, integers, streams_of_4096, strings
from sealing import KeySection, open_sealed

SUPERBLOCK_BYTES = 4096
PAGE_HEADER_BYTES = 32
TRAILER_BYTES = 32
TIME, BLOCK, BODY, TIME_INDEX, BLOCK_INDEX, SERIES_INDEX, FOOTER, ROLLUP, ROLLUP_INDEX = range(1, 10)
INTEGER, FLOAT, STRING, LIST, SIXTEEN, DOCUMENT = range(1, 7)
KINDS = range(1, 7)  # metric, trail, weighted, statistic set, key, configuration
LEAF_ENTRIES = {TIME_INDEX: 1024, BLOCK_INDEX: 1024, SERIES_INDEX: 4096, ROLLUP_INDEX: 4096}
LIST_ITEMS_PER_STREAM = 4096
VERSIONS = (1, 2)
SHARED = 2  # flag of a block in the block index: runs of several series


@dataclass
class TimeBlock:
    times: list[int]


@dataclass
class Block:
    series: int
    time_block: int
    columns: list[list]


@dataclass
class Segment:
    uuid: tuple[int, int] = (0, 0)
    store: tuple[int, int] = (0, 0)
    version: int = 0
    kind: int = 0
    level: int = 0
    flags: int = 0
    window: tuple[int, int] = (0, 0)
    lsns: tuple[int, int] = (0, 0)
    created: int = 0
    times: tuple[int, int] = (0, 0)
    row_count: int = 0
    series_count: int = 0
    columns: list[tuple[int, str]] = field(default_factory=list)
    file_crc: int = 0
    byte_count: int = 0
    is_sealed: bool = False
    rows: list[tuple] = field(default_factory=list)  # (series, time, value of each column…), in the file's order
    runs_blocks: int = 0  # blocks of several series
    rollup_blocks: int = 0
    sum_forms: set[int] = field(default_factory=set)  # of the rollups

    def summary(self) -> tuple:
        """What a manifest repeats."""
        return (self.uuid, self.kind, self.level, self.flags, self.file_crc, self.window, self.times, self.lsns,
                self.created, self.byte_count, self.row_count, self.series_count)


def read_segment(data: bytes, unlock=None) -> Segment:
    """`unlock` gives the data key of a sealed segment from its UUID; without it only checksums are checked."""
    return SegmentFile(data, unlock).read()


class SegmentFile:
    """Reads one file from front to back, as a checker does: all of it."""

    def __init__(self, data: bytes, unlock=None):
        self.data, self.unlock, self.key = data, unlock, None
        self.segment = Segment(byte_count=len(data))
        self.pages: list[tuple[int, Cursor]] = []  # type and payload

    def read(self) -> Segment:
        superblock_crc = self.read_superblock()
        footer_offset, footer_bytes, footer_crc = self.read_trailer()
        check(footer_offset % 8 == 0, "footer is not aligned")
        if self.segment.is_sealed:
            self.check_sealed(superblock_crc, footer_offset, footer_crc)
            if self.unlock is None:
                return self.segment
            self.key = self.unlock(self.segment.uuid)
        footer, crc = self.read_page(footer_offset, footer_bytes, FOOTER, None)
        check(crc == footer_crc, "the trailer names another footer")
        self.read_footer(footer, superblock_crc, footer_offset)
        self.read_indexes(footer)
        self.read_rows()
        return self.segment

    # Places

    def read_superblock(self) -> int:
        check(len(self.data) >= SUPERBLOCK_BYTES + PAGE_HEADER_BYTES + TRAILER_BYTES, "shorter than an empty segment")
        c, s = Cursor(self.data, 0, SUPERBLOCK_BYTES), self.segment
        check(c.take(8) == b"VRVSEG01", "not a segment")
        (stored,) = struct.unpack("<I", self.data[4092:4096])
        check(crc32c(self.data[:4092]) == stored, "superblock checksum")
        s.version = c.u16()
        check(s.version in VERSIONS, f"segment version {s.version}")
        s.kind, s.level, s.flags = c.u8(), c.u8(), c.u32()
        check(s.kind in KINDS and s.level <= 2 and s.flags & ~3 == 0, "superblock: kind, level or flags")
        s.flags &= 1  # flag 2 tells how hard the writer tried, and manifests do not repeat it
        s.uuid, s.store = c.uuid(), c.uuid()
        s.window, s.lsns = (c.i64(), c.i64()), (c.u64(), c.u64())
        s.created = c.i64()
        s.times = (c.i64(), c.i64())
        s.row_count, s.series_count = c.u64(), c.u64()
        c.zeros(8, "superblock")
        for _ in range(c.u16()):
            kind = c.u8()
            c.zeros(1, "superblock: column")
            s.columns.append((kind, c.text()))
        check(1 <= len(s.columns) <= 64 and all(kind in PARTS for kind, _ in s.columns), "superblock: columns")
        c.zeros(2048 - c.position, "superblock")
        self.read_key_section(c)
        c.zeros(4092 - c.position, "superblock")
        return stored

    def read_key_section(self, c: Cursor) -> None:
        if self.data[c.position] == 0:
            return
        self.key_section = KeySection.read(c)
        check(not self.key_section.wrapped, "key section: a wrapped key, which belongs into the manifest")
        self.segment.is_sealed = True

    def read_trailer(self) -> tuple[int, int, int]:
        c = Cursor(self.data, len(self.data) - TRAILER_BYTES)
        check(crc32c(self.data[-TRAILER_BYTES:-12]) == struct.unpack("<I", self.data[-12:-8])[0], "trailer checksum")
        offset, byte_count, crc = c.u64(), c.u32(), c.u32()
        self.segment.file_crc = c.u32()
        c.u32()
        check(c.take(8) == b"VRVSEGND", "end mark")
        check(offset + byte_count + TRAILER_BYTES == len(self.data), "footer and trailer do not end the file")
        return offset, byte_count, crc

    def read_page(self, offset: int, byte_count: int, kind: int, number: int | None) -> tuple[Cursor, int]:
        c = Cursor(self.data, offset, offset + byte_count)
        check(c.end <= len(self.data), "page beyond the file")
        check(c.take(4) == b"VPAG" and c.u8() == kind, f"page at {offset}: magic or type")
        seal = int(self.segment.is_sealed)
        check((c.u8(), c.u16()) == (seal, seal), f"page at {offset}: flags or key slot")
        check(c.u64() == self.segment.uuid[1], f"page at {offset}: belongs to another segment")
        found = c.u32()
        check(number is None or found == number, f"page at {offset}: number {found}, {number} expected")
        raw_bytes, stored_bytes = c.u32(), c.u32()
        check(raw_bytes + 16 * seal == stored_bytes <= 64 << 20, f"page at {offset}: sizes {raw_bytes}, {stored_bytes}")
        crc = c.u32()
        covered = self.data[offset:offset + 28] + self.data[offset + 32:offset + byte_count]
        check(crc32c(covered) == crc, f"page at {offset}: checksum")
        payload = c.part(stored_bytes)
        check(c.left < 8 and byte_count % 8 == 0, f"page at {offset}: padding")
        c.zeros(c.left, f"page at {offset}: padding")
        if self.key:
            nonce = self.key_section.nonce + struct.pack("<Q", found)
            associated = struct.pack("<QQIIQ", *self.segment.uuid, found, kind, raw_bytes)
            sealed = payload.take(payload.left)
            payload = Cursor(open_sealed(self.key, nonce, associated, sealed, f"page at {offset}"))
        return payload, crc

    def check_sealed(self, superblock_crc: int, footer_offset: int, footer_crc: int) -> None:
        """What can be checked without the key: all checksums, going from header to header."""
        offset, crcs = SUPERBLOCK_BYTES, []
        while offset <= footer_offset:
            (stored_bytes,) = struct.unpack_from("<I", self.data, offset + 24)
            byte_count = PAGE_HEADER_BYTES + (stored_bytes + 7) // 8 * 8
            kind = self.data[offset + 4]
            check((kind == FOOTER) == (offset == footer_offset), f"page at {offset}: type {kind}")
            crcs.append(self.read_page(offset, byte_count, kind, len(crcs))[1])
            offset += byte_count
        check(offset == len(self.data) - TRAILER_BYTES and crcs[-1] == footer_crc, "pages do not reach the trailer")
        chain = struct.pack(f"<{len(crcs) + 1}I", superblock_crc, *crcs)
        check(crc32c(chain) == self.segment.file_crc, "file checksum")

    def read_footer(self, footer: Cursor, superblock_crc: int, footer_offset: int) -> None:
        check(footer.u32() == superblock_crc, "the footer names another superblock")
        count = footer.uv()
        (number,) = struct.unpack("<I", self.data[footer_offset + 16:footer_offset + 20])
        check(number == count, "number of the footer page")
        types = streams_of_4096(integers, footer, count)
        sizes = streams_of_4096(integers, footer, count)
        crcs = footer.array("I", count)
        check(all(size >= PAGE_HEADER_BYTES for size in sizes), "page sizes")
        check(SUPERBLOCK_BYTES + sum(sizes) == footer_offset, "pages do not reach the footer")
        offset = SUPERBLOCK_BYTES
        for page, (kind, size, crc) in enumerate(zip(types, sizes, crcs)):
            check(TIME <= kind <= ROLLUP_INDEX and kind != FOOTER, f"page {page}: type {kind}")
            payload, found = self.read_page(offset, size, kind, page)
            check(found == crc, f"page {page}: the page table has another checksum")
            self.pages.append((kind, payload))
            offset += size
        footer_crc = struct.unpack("<I", self.data[footer_offset + 28:footer_offset + 32])[0]
        chain = struct.pack(f"<{count + 2}I", superblock_crc, *crcs, footer_crc)
        check(crc32c(chain) == self.segment.file_crc, "file checksum")

    # Indexes

    def read_indexes(self, footer: Cursor) -> None:
        self.time_entries, time_root = self.read_index(footer, TIME_INDEX, self.time_leaf)
        self.block_entries, block_root = self.read_index(footer, BLOCK_INDEX, self.block_leaf)
        self.series_entries, series_root = self.read_index(footer, SERIES_INDEX, self.series_leaf)
        self.rollup_entries: list[RollupEntry] = []
        if footer.left:
            check(footer.u8() == 1, "footer: section")
            self.rollup_entries, rollup_root = self.read_index(footer, ROLLUP_INDEX, self.rollup_leaf)
            check(bool(self.rollup_entries), "rollup index without blocks")
            for leaf, root in enumerate(rollup_root):
                check(root == (self.rollup_entries[leaf * 4096].series, 0, 0), "rollup root")
        footer.expect_end("footer")
        check(all(entry[0] == 0 for entry in time_root), "time root: series")
        for leaf, (series, first, last) in enumerate(time_root):
            part = self.time_entries[leaf * 1024:leaf * 1024 + 1024]
            check((first, last) == (min(t.first for t in part), max(t.last for t in part)), "time root: range")
        for leaf, (series, first, last) in enumerate(block_root):
            part = self.block_entries[leaf * 1024:leaf * 1024 + 1024]
            spans = [entry.runs[2:] if entry.runs else self.span(entry) for entry in part]
            check(series == part[0].series, "block root: series")
            check((first, last) == (min(s[0] for s in spans), max(s[1] for s in spans)), "block root: range")
        for leaf, (series, first, last) in enumerate(series_root):
            check((series, first, last) == (self.series_entries[leaf * 4096][0], 0, 0), "series root")

    def span(self, entry: "BlockEntry") -> tuple[int, int]:
        check(0 <= entry.time_block < len(self.time_entries), "block index: time block")
        times = self.time_entries[entry.time_block]
        return times.first, times.last

    def read_index(self, footer: Cursor, kind: int, read_leaf) -> tuple[list, list]:
        count, per_leaf = footer.uv(), LEAF_ENTRIES[kind]
        leaves = -(-count // per_leaf)
        pages, series, firsts, spans = (streams_of_4096(integers, footer, leaves) for _ in range(4))
        entries: list = []
        for page in pages:
            check(0 <= page < len(self.pages) and self.pages[page][0] == kind, f"leaf page {page}")
            payload = self.pages[page][1]
            entries += read_leaf(payload, min(per_leaf, count - len(entries)))
            payload.expect_end(f"leaf in page {page}")
        return entries, [(s, first, signed(first + span)) for s, first, span in zip(series, firsts, spans)]

    def time_leaf(self, c: Cursor, count: int) -> list:
        pages, offsets, rows, firsts, spans = (integers(c, count) for _ in range(5))
        return [TimeEntry(page, offset, n, first, signed(first + span))
                for page, offset, n, first, span in zip(pages, offsets, rows, firsts, spans)]

    def block_leaf(self, c: Cursor, count: int) -> list:
        flags, series, times, pages, offsets = (integers(c, count) for _ in range(5))
        check(all(flag in (0, SHARED) for flag in flags), "block index: reserved flags")
        entries = [BlockEntry(*fields) for fields in zip(series, times, pages, offsets)]
        single = [entry for entry, flag in zip(entries, flags) if flag == 0]
        shared = [entry for entry, flag in zip(entries, flags) if flag == SHARED]
        is_float = [kind for kind, _ in self.segment.columns] == [FLOAT]
        if is_float and single:
            for entry, statistics in zip(single, read_statistics(c, len(single))):
                entry.statistics = statistics
        if shared:
            for entry, *runs in zip(shared, *(integers(c, len(shared)) for _ in range(4))):
                check(1 <= runs[0] <= 8192 and 1 <= runs[1] <= 8192, "block index: runs")
                entry.runs = (runs[0], runs[1], runs[2], signed(runs[2] + runs[3]))
        return entries

    def series_leaf(self, c: Cursor, count: int) -> list:
        return list(zip(*(integers(c, count) for _ in range(3))))

    def rollup_leaf(self, c: Cursor, count: int) -> list:
        return [RollupEntry(*fields) for fields in zip(*(integers(c, count) for _ in range(5)))]

    # Rows

    def read_rows(self) -> None:
        s = self.segment
        times = [self.read_times(entry) for entry in self.time_entries]
        self.check_gapless(TIME, [(entry.page, entry.offset, entry.end) for entry in self.time_entries])
        for entry in self.block_entries:
            check(0 <= entry.time_block < len(times), "block index: time block")
            if entry.runs:
                self.read_runs(entry, times)
            else:
                self.read_block(entry, times[entry.time_block])
        self.check_gapless(BLOCK, [(entry.page, entry.offset, entry.end) for entry in self.block_entries])
        self.check_series()
        self.check_rollups()
        s.runs_blocks, s.rollup_blocks = sum(bool(e.runs) for e in self.block_entries), len(self.rollup_entries)
        check(len(s.rows) == s.row_count and len(self.series_entries) == s.series_count, "superblock: counts")
        found = [row[1] for row in s.rows]
        check(s.times == ((min(found), max(found)) if found else (0, 0)), "superblock: times")

    def payload_at(self, page: int, offset: int, kind: int) -> Cursor:
        check(0 <= page < len(self.pages) and self.pages[page][0] == kind, f"page {page} is not of type {kind}")
        payload = self.pages[page][1]
        start = payload.position
        if kind in (TIME, BLOCK, ROLLUP):
            start = self.page_starts.setdefault(page, payload.position)
        check(0 <= offset < payload.end - start, f"offset {offset} in page {page}")
        return Cursor(payload.data, start + offset, payload.end)

    @property
    def page_starts(self) -> dict[int, int]:
        return self.__dict__.setdefault("_page_starts", {})

    def read_times(self, entry: "TimeEntry") -> list[int]:
        check(1 <= entry.rows <= 8192, f"time block of {entry.rows} rows")
        c = self.payload_at(entry.page, entry.offset, TIME)
        start = c.position
        times = integers(c, entry.rows)
        entry.end = entry.offset + c.position - start
        check(all(a <= b for a, b in zip(times, times[1:])), "times out of order")
        check((times[0], times[-1]) == (entry.first, entry.last), "time index: first or last time")
        return times

    def read_block(self, entry: "BlockEntry", times: list[int]) -> None:
        c = self.payload_at(entry.page, entry.offset, BLOCK)
        start = c.position
        columns = [PARTS[kind](self, c, len(times)) for kind, _ in self.segment.columns]
        entry.end = entry.offset + c.position - start
        entry.times = (times[0], times[-1])
        if entry.statistics:
            check(entry.statistics == Statistics.of(columns[0]), f"statistics of a block of series {entry.series}")
        self.segment.rows += [(entry.series, *row) for row in zip(times, *columns)]

    def read_runs(self, entry: "BlockEntry", times: list[list[int]]) -> None:
        c = self.payload_at(entry.page, entry.offset, BLOCK)
        start, (count, row_count, first, last) = c.position, entry.runs
        entry.series_of_runs = integers(c, count)
        time_blocks = integers(c, count)
        check(all(a < b for a, b in zip(entry.series_of_runs, entry.series_of_runs[1:])), "runs: series out of order")
        check((entry.series, entry.time_block) == (entry.series_of_runs[0], time_blocks[0]), "runs: first run")
        check(all(0 <= number < len(times) for number in time_blocks), "runs: time block")
        run_times = [times[number] for number in time_blocks]
        check(sum(map(len, run_times)) == row_count, "runs: rows")
        if [kind for kind, _ in self.segment.columns] == [FLOAT]:
            columns = [float_runs(c, [len(run) for run in run_times])]
        else:
            columns = [PARTS[kind](self, c, row_count) for kind, _ in self.segment.columns]
        values = iter(zip(*columns))
        entry.end = entry.offset + c.position - start
        entry.times = (min(run[0] for run in run_times), max(run[-1] for run in run_times))
        check(entry.times == (first, last), "runs: times")
        for series, run in zip(entry.series_of_runs, run_times):
            self.segment.rows += [(series, time, *next(values)) for time in run]

    def check_gapless(self, kind: int, places: list[tuple[int, int, int]]) -> None:
        """Blocks fill the pages of their type, in whatever order the index names them."""
        by_page: dict[int, list[tuple[int, int]]] = {}
        for page, start, end in places:
            by_page.setdefault(page, []).append((start, end))
        for page, (found, payload) in enumerate(self.pages):
            if found != kind:
                continue
            position = 0
            for start, end in sorted(by_page.get(page, [])):
                check(start == position, f"page {page}: gap or overlap at {position}")
                position = end
            check(position == payload.end - self.page_starts.get(page, payload.position), f"page {page}: bytes left")

    def check_series(self) -> None:
        """Blocks of a series follow one another in time, and the series index names them."""
        runs: list[list[int]] = []  # series, first block, number of blocks
        for number, entry in enumerate(self.block_entries):
            if entry.runs:
                runs += [[series, number, 1] for series in entry.series_of_runs]
            elif runs and runs[-1][0] == entry.series:
                runs[-1][2] += 1
                before = self.block_entries[number - 1]
                check(before.times[1] <= entry.times[0], f"blocks of series {entry.series} overlap")
            else:
                runs.append([entry.series, number, 1])
        check(sorted(map(tuple, runs)) == self.series_entries, "series index and block index disagree")
        check(len({run[0] for run in runs}) == len(runs), "blocks of a series are apart")

    def check_rollups(self) -> None:
        """Every rollup says what the rows of its series give."""
        found: dict[tuple[int, int], list[Bucket]] = {}
        order = [(entry.series, entry.width) for entry in self.rollup_entries]
        check(order == sorted(order), "rollup index: order")
        for entry in self.rollup_entries:
            check(entry.width >= 10**9 and 1 <= entry.count <= 4096, "rollup index: width or buckets")
            c = self.payload_at(entry.page, entry.offset, ROLLUP)
            start = c.position
            buckets, form = read_buckets(c, entry.count)
            self.segment.sum_forms.add(form)
            found.setdefault((entry.series, entry.width), []).extend(buckets)
            entry.end = entry.offset + c.position - start
        self.check_gapless(ROLLUP, [(entry.page, entry.offset, entry.end) for entry in self.rollup_entries])
        rows: dict[int, list[tuple[int, int]]] = {}
        for series, time, *values in self.segment.rows if found else []:
            rows.setdefault(series, []).append((time, values[0]))
        for (series, width), buckets in found.items():
            check(buckets == summed_up(rows.get(series, []), width), f"rollup of series {series}, {width} ns")

    def body_column(self, c: Cursor, rows: int) -> list[bytes]:
        count, first = c.uv(), c.uv()
        counts = integers(c, count)
        check(all(n >= 1 for n in counts) and sum(counts) == rows, "rows of body pages")
        bodies: list[bytes] = []
        for page, rows_in_page in enumerate(counts, first):
            check(page < len(self.pages) and self.pages[page][0] == BODY, f"page {page} is not a body page")
            payload = self.pages[page][1]
            bodies += blobs(payload, rows_in_page)
            payload.expect_end(f"body page {page}")
        return bodies


@dataclass
class TimeEntry:
    page: int
    offset: int
    rows: int
    first: int
    last: int
    end: int = 0


@dataclass
class BlockEntry:
    series: int
    time_block: int
    page: int
    offset: int
    statistics: "Statistics | None" = None
    runs: tuple[int, int, int, int] | None = None  # series, rows, earliest, latest
    series_of_runs: list[int] = field(default_factory=list)
    times: tuple[int, int] = (0, 0)
    end: int = 0


@dataclass
class RollupEntry:
    series: int
    width: int
    page: int
    offset: int
    count: int
    end: int = 0


@dataclass
class Bucket:
    number: int
    rows: int
    not_finite: int
    minimum: int | None  # bit patterns; None when no value is finite
    maximum: int | None
    sum: ExactSum


def read_buckets(c: Cursor, count: int) -> tuple[list[Bucket], int]:
    """The buckets of a block, and the form of their sums."""
    numbers, rows, not_finite = (integers(c, count) for _ in range(3))
    minima, maxima = ([finite_or_none(bits) for bits in floats(c, count)] for _ in range(2))
    check(all(a < b for a, b in zip(numbers, numbers[1:])), "rollup: buckets out of order")
    form = c.u8()
    check(form <= 2, f"rollup: form {form} of the sums")
    if form == 1:
        sums = read_sums(c, count)
    elif form == 2:
        places, heights, rests = c.u8(), integers(c, count), integers(c, count)
        check(places <= 9, f"rollup: sums of {places} places")
        sums = [decimal_sum(places, *fields) for fields in zip(rows, not_finite, minima, maxima, heights, rests)]
    else:
        values, shift = floats(c, count), c.uv()
        check(shift <= 2160, "rollup: scale of the sums")
        sums = [ExactSum(0, ExactSum.of([bits]).units + (rest << shift))
                for bits, rest in zip(values, integers(c, count))]
    return [Bucket(*fields) for fields in zip(numbers, rows, not_finite, minima, maxima, sums)], form


def decimal_sum(
    places: int, rows: int, not_finite: int, minimum: int | None, maximum: int | None, number: int, rest: int
) -> ExactSum:
    """Form 2: from whole numbers of 10^-places and units of the last place of the smallest value."""
    if minimum is None or maximum is None:
        check(number == 0 and rest == 0, "rollup: a sum without values")
        return ExactSum()
    low, high, power = double_of(minimum), double_of(maximum), 10**places
    a, b = round(low * float(power)), round(high * float(power))
    check(max(abs(a), abs(b)) < 1 << 51, "rollup: extremes of a decimal sum")
    n = number + ((rows - not_finite) * (a + b) >> 1)
    smallest = low if low > 0 else -high if high < 0 else 1 / float(power)
    k = 53 - math.frexp(smallest)[1]
    check(abs(n) <= 1 << 52 and 0 <= k <= 70, "rollup: a decimal sum that is too large or too fine")
    return ExactSum(0, ((n << k) // power + rest) << 1074 - k)


def summed_up(rows: list[tuple[int, int]], width: int) -> list[Bucket]:
    by_number: dict[int, list[int]] = {}
    for time, bits in rows:
        by_number.setdefault(time // width, []).append(bits)
    buckets = []
    for number in sorted(by_number):
        patterns = by_number[number]
        finite = [bits for bits in patterns if bits >> 52 & 0x7FF != 0x7FF]
        values = [double_of(bits) + 0.0 for bits in finite]
        bounds = (bits_of(min(values)), bits_of(max(values))) if values else (None, None)
        buckets.append(Bucket(number, len(patterns), len(patterns) - len(finite), *bounds, ExactSum.of(finite)))
    return buckets


def finite_or_none(bits: int) -> int | None:
    return None if double_of(bits) != double_of(bits) else bits


@dataclass
class Statistics:
    nan_count: int
    first: int
    last: int
    minimum: int  # bit patterns; a NaN when no value is finite
    maximum: int
    sum: ExactSum

    @staticmethod
    def of(patterns: list[int]) -> "Statistics":
        values = [double_of(bits) for bits in patterns]
        finite = [value + 0.0 for value in values if value - value == 0]  # -0.0 + 0.0 is 0.0
        bounds = (bits_of(min(finite)), bits_of(max(finite))) if finite else (None, None)
        return Statistics(sum(value != value for value in values), patterns[0], patterns[-1], *bounds,
                          ExactSum.of(patterns))


def read_statistics(c: Cursor, count: int) -> list[Statistics]:
    nan_counts = integers(c, count)
    firsts, lasts, minima, maxima = (floats(c, count) for _ in range(4))
    bounds = zip(map(finite_or_none, minima), map(finite_or_none, maxima))
    return [Statistics(nans, first, last, *pair, total) for nans, first, last, pair, total
            in zip(nan_counts, firsts, lasts, bounds, read_sums(c, count))]


def read_sums(c: Cursor, count: int) -> list[ExactSum]:
    specials, low_bytes, byte_counts, significands = (integers(c, count) for _ in range(4))
    result = []
    for index in range(count):
        byte_count = byte_counts[index]
        if byte_count:
            check(9 <= byte_count <= 280, f"sum of {byte_count} bytes")
            significand = c.take(byte_count)
        else:
            significand = shortest(significands[index])
            check(significand != b"" or low_bytes[index] == 0, "sum: low byte of zero")
        check(0 <= low_bytes[index] <= 280, "sum: low byte")
        result.append(ExactSum.of_bytes(specials[index], low_bytes[index], significand))
    return result


def shortest(number: int) -> bytes:
    """The shortest two's complement form; no bytes for 0."""
    if number == 0:
        return b""
    return number.to_bytes((number if number >= 0 else ~number).bit_length() // 8 + 1, "little", signed=True)


def list_column(file: SegmentFile, c: Cursor, rows: int) -> list[list[bytes]]:
    lengths = integers(c, rows)
    check(all(length >= 0 for length in lengths) and sum(lengths) <= 1 << 20, "lists too long")
    items = streams_of_4096(strings, c, sum(lengths))
    lists, start = [], 0
    for length in lengths:
        lists.append(items[start:start + length])
        start += length
    return lists


# By column type: how a block's part of the column is read.
PARTS = {
    INTEGER: lambda file, c, rows: integers(c, rows),
    FLOAT: lambda file, c, rows: floats(c, rows),
    STRING: lambda file, c, rows: strings(c, rows),
    LIST: list_column,
    SIXTEEN: lambda file, c, rows: [c.take(16) for _ in range(rows)],
    DOCUMENT: lambda file, c, rows: file.body_column(c, rows),
}
