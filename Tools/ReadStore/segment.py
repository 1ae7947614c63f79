"""Segment files: Docs/Format/segment.md. Everything that `open` and `varve verify` are said to check is checked here."""

import struct
from dataclasses import dataclass, field

from basics import MASK, Cursor, FormatError, bits_of, check, crc32c, double_of, signed, uuid_text
from columns import ExactSum, blobs, floats, integers, streams_of_4096, strings

SUPERBLOCK_BYTES = 4096
PAGE_HEADER_BYTES = 32
TRAILER_BYTES = 32
TIME, BLOCK, BODY, TIME_INDEX, BLOCK_INDEX, SERIES_INDEX, FOOTER = range(1, 8)
INTEGER, FLOAT, STRING, LIST, SIXTEEN, DOCUMENT = range(1, 7)
METRIC, TRAIL = 1, 2
LEAF_ENTRIES = {TIME_INDEX: 1024, BLOCK_INDEX: 1024, SERIES_INDEX: 4096}
LIST_ITEMS_PER_STREAM = 4096
VERSIONS = (1, 2)


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
    rows: list[tuple] = field(default_factory=list)  # (series, time, value of each column…), in the file's order

    def summary(self) -> tuple:
        """What a manifest repeats."""
        return (self.uuid, self.kind, self.level, self.flags, self.file_crc, self.window, self.times, self.lsns,
                self.created, self.byte_count, self.row_count, self.series_count)


def read_segment(data: bytes) -> Segment:
    return SegmentFile(data).read()


class SegmentFile:
    """Reads one file from front to back, as a checker does: all of it."""

    def __init__(self, data: bytes):
        self.data = data
        self.segment = Segment(byte_count=len(data))
        self.pages: list[tuple[int, Cursor]] = []  # type and payload

    def read(self) -> Segment:
        superblock_crc = self.read_superblock()
        footer_offset, footer_bytes, footer_crc = self.read_trailer()
        check(footer_offset % 8 == 0, "footer is not aligned")
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
        check(s.kind in (METRIC, TRAIL) and s.level <= 2 and s.flags & ~1 == 0, "superblock: kind, level or flags")
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
        c.zeros(4092 - c.position, "superblock")
        return stored

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
        check(c.u8() == 0 and c.u16() == 0, f"page at {offset}: flags or key slot")
        check(c.u64() == self.segment.uuid[1], f"page at {offset}: belongs to another segment")
        found = c.u32()
        check(number is None or found == number, f"page at {offset}: number {found}, {number} expected")
        raw_bytes, stored_bytes = c.u32(), c.u32()
        check(raw_bytes == stored_bytes <= 64 << 20, f"page at {offset}: sizes {raw_bytes}, {stored_bytes}")
        crc = c.u32()
        covered = self.data[offset:offset + 28] + self.data[offset + 32:offset + byte_count]
        check(crc32c(covered) == crc, f"page at {offset}: checksum")
        payload = c.part(stored_bytes)
        check(c.left < 8 and byte_count % 8 == 0, f"page at {offset}: padding")
        c.zeros(c.left, f"page at {offset}: padding")
        return payload, crc

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
            check(TIME <= kind <= SERIES_INDEX, f"page {page}: type {kind}")
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
        footer.expect_end("footer")
        check(all(entry[0] == 0 for entry in time_root), "time root: series")
        for leaf, (series, first, last) in enumerate(time_root):
            part = self.time_entries[leaf * 1024:leaf * 1024 + 1024]
            check((first, last) == (min(t.first for t in part), max(t.last for t in part)), "time root: range")
        for leaf, (series, first, last) in enumerate(block_root):
            part = self.block_entries[leaf * 1024:leaf * 1024 + 1024]
            times = [self.time_entries[entry.time_block] for entry in part]
            check(series == part[0].series, "block root: series")
            check((first, last) == (min(t.first for t in times), max(t.last for t in times)), "block root: range")
        for leaf, (series, first, last) in enumerate(series_root):
            check((series, first, last) == (self.series_entries[leaf * 4096][0], 0, 0), "series root")

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
        check(not any(flags), "block index: reserved flags")
        entries = [BlockEntry(*fields) for fields in zip(series, times, pages, offsets)]
        if [kind for kind, _ in self.segment.columns] == [FLOAT]:
            for entry, statistics in zip(entries, read_statistics(c, count)):
                entry.statistics = statistics
        return entries

    def series_leaf(self, c: Cursor, count: int) -> list:
        return list(zip(*(integers(c, count) for _ in range(3))))

    # Rows

    def read_rows(self) -> None:
        s = self.segment
        times = [self.read_times(entry) for entry in self.time_entries]
        self.check_gapless(TIME, [(entry.page, entry.offset, entry.end) for entry in self.time_entries])
        for entry in self.block_entries:
            check(0 <= entry.time_block < len(times), "block index: time block")
            self.read_block(entry, times[entry.time_block])
        self.check_gapless(BLOCK, [(entry.page, entry.offset, entry.end) for entry in self.block_entries])
        self.check_series()
        check(len(s.rows) == s.row_count and len(self.series_entries) == s.series_count, "superblock: counts")
        found = [row[1] for row in s.rows]
        check(s.times == ((min(found), max(found)) if found else (0, 0)), "superblock: times")

    def payload_at(self, page: int, offset: int, kind: int) -> Cursor:
        check(0 <= page < len(self.pages) and self.pages[page][0] == kind, f"page {page} is not of type {kind}")
        payload = self.pages[page][1]
        start = payload.position
        if kind in (TIME, BLOCK):
            start = self.page_starts.setdefault(page, payload.position)
        check(0 <= offset < payload.end - start, f"offset {offset} in page {page}")
        return Cursor(self.data, start + offset, payload.end)

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
            if runs and runs[-1][0] == entry.series:
                runs[-1][2] += 1
                before = self.block_entries[number - 1]
                check(before.times[1] <= entry.times[0], f"blocks of series {entry.series} overlap")
            else:
                runs.append([entry.series, number, 1])
        check(sorted(map(tuple, runs)) == self.series_entries, "series index and block index disagree")
        check(len({run[0] for run in runs}) == len(runs), "blocks of a series are apart")

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
    times: tuple[int, int] = (0, 0)
    end: int = 0


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
        total = ExactSum.of_bytes(specials[index], low_bytes[index], significand)
        bounds = [None if double_of(bits) != double_of(bits) else bits for bits in (minima[index], maxima[index])]
        result.append(Statistics(nan_counts[index], firsts[index], lasts[index], *bounds, total))
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
