"""Manifests, the catalogue and log files: Docs/Format/manifest.md, catalogue.md, wal.md."""

import struct
from dataclasses import dataclass, field

from basics import MASK, Cursor, FormatError, check, crc32c, lz4_block_bytes
from records import KINDS, Batch, read_records
from sealing import KeySection, open_sealed, read_wrapped_key, unwrap

SEGMENT_ENTRY_BYTES = 108


# Manifest


@dataclass
class Manifest:
    store: tuple[int, int]
    generation: int
    created: int
    wal_floor: int
    catalogue_generation: int
    catalogue_bytes: int
    next_lsn: int
    next_series: int
    writer_epoch: int
    retention: int
    exceptions: list[tuple[str, str, str, int]]
    segments: list[tuple]  # as Segment.summary()
    keys: list[bytes]
    key_slots: list[int]  # of the segments, counted from 1; 0 for plain ones


def read_manifest(data: bytes) -> Manifest:
    check(data[:8] == b"VRVMAN01", "not a manifest")
    check(len(data) >= 20 and len(data) == 20 + struct.unpack("<I", data[12:16])[0], "manifest: length")
    check(crc32c(data[:-4]) == struct.unpack("<I", data[-4:])[0], "manifest: checksum")
    check(data[8:10] in (b"\1\0", b"\2\0") and data[10:12] == b"\0\0", "manifest: version")
    c = Cursor(data, 16, len(data) - 4)
    slots: list[int] = []
    manifest = Manifest(
        c.uuid(), c.u64(), c.i64(), *c.array("Q", 6), c.i64(),
        [(c.text(), c.text(), c.text(), c.i64()) for _ in range(c.uv())],
        [_segment_entry(c.part(SEGMENT_ENTRY_BYTES), slots) for _ in range(c.uv())],
        [c.take(c.uv()) for _ in range(c.uv())], slots)
    c.expect_end("manifest")
    check(len({entry[0] for entry in manifest.segments}) == len(manifest.segments), "a segment is named twice")
    used = [slot for slot in slots if slot]
    check(len(set(used)) == len(used) and max(used, default=0) <= len(manifest.keys), "key slots of the segments")
    check(not used or data[8] == 2, "a sealed segment in a manifest of version 1")
    return manifest


def segment_key(manifest: Manifest, uuid: tuple[int, int], root_keys: dict[str, bytes]) -> bytes:
    """The data key of a sealed segment."""
    slot = manifest.key_slots[[entry[0] for entry in manifest.segments].index(uuid)]
    check(slot > 0, "a sealed segment without a key slot")
    name, domain, wrapped = read_wrapped_key(manifest.keys[slot - 1])
    return unwrap(root_keys, name, domain, wrapped, b"VRVSEG01" + struct.pack("<QQ", *uuid))


def _segment_entry(c: Cursor, slots: list[int]) -> tuple:
    uuid, kind, level, flags, crc = c.uuid(), c.u8(), c.u8(), c.u16(), c.u32()
    check(flags & ~1 == 0, "segment entry: flags")
    window, times, lsns = (c.i64(), c.i64()), (c.i64(), c.i64()), (c.u64(), c.u64())
    created, byte_count, rows, series = c.i64(), c.u64(), c.u64(), c.u32()
    slots.append(c.u64())
    return uuid, kind, level, flags, crc, window, times, lsns, created, byte_count, rows, series


# Catalogue


UNITS = [
    "None", "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits",
    "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second",
    "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second",
    "Gigabits/Second", "Terabits/Second", "Count/Second",
]


@dataclass(frozen=True)
class Source:
    account: str
    region: str
    namespace: str
    dimensions: tuple[tuple[str, str], ...]
    kind: int = 0


@dataclass(frozen=True)
class Field:
    unit: int
    resolution: int
    metric: str


@dataclass
class Catalogue:
    # None for what a checkpoint no longer has.
    sources: list[Source | None] = field(default_factory=list)
    field_lists: list[list[Field]] = field(default_factory=list)
    shapes: list[tuple[int, int, list[int]] | None] = field(default_factory=list)  # source, field list, series
    series: list[tuple[int, Field] | None] = field(default_factory=list)  # source, field

    def read_record(self, c: Cursor) -> None:
        kind, ordinal = c.u8(), c.uv()
        check(kind in (1, 2, 3, 4, 5), f"catalogue record {kind}")
        if kind == 1:
            self.define(self.sources, ordinal, read_source(c))
        elif kind == 4:
            source_kind, replaced = c.u8(), c.uv()
            check(source_kind < 4 and replaced <= ordinal, f"source {ordinal}: kind or replaced source")
            self.define(self.sources, ordinal, read_source(c, source_kind))
        elif kind == 5:
            end = 0
            for _ in range(c.uv()):
                end += c.uv() + c.uv() + 1
            check(ordinal < 1 << 16 and end <= len(self.sources), f"activity of day {ordinal} up to source {end}")
        elif kind == 2:
            self.define(self.field_lists, ordinal, [read_field(c) for _ in range(c.uv())])
        else:
            self.read_shape(c, ordinal)

    @staticmethod
    def define(known: list, ordinal: int, value) -> None:
        check(ordinal <= len(known), f"ordinal {ordinal} leaves a gap after {len(known)}")
        if ordinal == len(known):
            known.append(value)
        # None: a checkpoint dropped what a log may still define.
        check(known[ordinal] in (value, None), f"ordinal {ordinal} has two meanings")

    def read_shape(self, c: Cursor, ordinal: int) -> None:
        source, fields, previous, numbers = c.uv(), c.uv(), -1, []
        for _ in range(c.uv()):
            previous += 1 + c.sv()
            numbers.append(previous)
        if ordinal < len(self.shapes) and self.shapes[ordinal] is None:
            return  # dropped by a checkpoint
        check(source < len(self.sources) and fields < len(self.field_lists), "shape of something unknown")
        check(len(numbers) == len(self.field_lists[fields]), "a shape has one series per field")
        for number, key in zip(numbers, self.field_lists[fields]):
            check(0 <= number <= len(self.series), f"series {number} leaves a gap")
            if number == len(self.series):
                self.series.append((source, key))
            check(self.series[number] == (source, key), f"series {number} has two meanings")
        self.define(self.shapes, ordinal, (source, fields, numbers))


def read_source(c: Cursor, kind: int = 0) -> Source:
    account, region, namespace = c.text(), c.text(), c.text()
    dimensions = tuple((c.text(), c.text()) for _ in range(c.uv()))
    names = [name.encode() for name, _ in dimensions]
    check(all(a < b for a, b in zip(names, names[1:])), "dimensions out of order")
    return Source(account, region, namespace, dimensions, kind)


def read_field(c: Cursor) -> Field:
    unit, resolution = c.u8(), c.u8()
    check(unit < len(UNITS) and resolution in (1, 60), f"field: unit {unit}, resolution {resolution}")
    return Field(unit, resolution, c.text())


def read_header(data: bytes, magic: bytes, newest: int = 1, key: int = 0) -> tuple[tuple[int, int], Cursor]:
    """The 64 bytes that catalogue and log files begin with: store, cursor behind it."""
    check(len(data) >= 64 and data[:8] == magic, f"does not begin with {magic.decode()}")
    check(crc32c(data[:60]) == struct.unpack("<I", data[60:64])[0], "header checksum")
    c = Cursor(data, 8)
    check(1 <= c.u16() <= newest, "header: version")
    check((c.u16(), c.u32()) == (key, key), "header: flags or key")
    return c.uuid(), c


def read_catalogue(data: bytes, catalogue: Catalogue) -> tuple[int, int]:
    """Adds the records of a catalogue file. Returns the store's UUID."""
    store, c = read_header(data, b"VRVCAT01", newest=2)
    c.zeros(28, "header")
    c.u32()
    while c.left:
        start = c.position
        crc, stored_bytes, raw_bytes, flags = c.array("I", 4)
        stored = c.take(stored_bytes)
        check(crc32c(data[start + 4:c.position]) == crc, f"frame at {start}: checksum")
        check(flags <= 1 and (flags or raw_bytes == stored_bytes), f"frame at {start}: flags or lengths")
        records = Cursor(lz4_block_bytes(stored, raw_bytes) if flags else stored)
        while records.left:
            catalogue.read_record(records)
    return store


# Log


@dataclass
class Group:
    lsn: int
    offset: int
    records: Cursor
    unsynced: int  # groups directly before this one that were not known to be durable when it was written
    kind: int
    tokens: list[tuple] = field(default_factory=list)  # as read_tokens(), once the rows have been read
    batches: list[Batch] = field(default_factory=list)  # with several columns, then, too


@dataclass
class LogFile:
    store: tuple[int, int]
    first_lsn: int
    groups: list[Group]
    end: int
    key: bytes = b""  # of a sealed file
    nonce: bytes = b""


def read_log(data: bytes, root_keys: dict[str, bytes] | None = None) -> LogFile:
    """Groups in sequence from the front; what follows the last one is not looked at. Sealed files need root keys."""
    is_sealed = data[10:12] == b"\1\0"
    store, c = read_header(data, b"VRVWAL01", newest=3, key=int(is_sealed))
    log = LogFile(store, c.u64(), [], 64)
    if is_sealed:
        log.end = _read_seal(data, c, log, root_keys)
    else:
        c.zeros(20, "header")
    check(1 <= log.first_lsn <= 1 << 63, f"first group {log.first_lsn}")
    expected = log.first_lsn
    while (group := _group_at(data, log.end, store, expected, is_sealed)) is not None:
        log.end = min(len(data), group.offset + 24 + (group.records.end - group.records.position + 7) // 8 * 8)
        if is_sealed:
            group.records = _open_group(data, group, log)
        log.groups.append(group)
        expected += 1
    return log


def _read_seal(data: bytes, c: Cursor, log: LogFile, root_keys: dict[str, bytes] | None) -> int:
    """The key section behind the header. Returns where groups start."""
    end = c.u32()
    c.zeros(16, "header")
    check(512 <= end <= 16_384 and end % 512 == 0 and end <= len(data), f"header of {end} bytes")
    check(crc32c(data[64:end - 4]) == struct.unpack("<I", data[end - 4:end])[0], "checksum of the key section")
    section = Cursor(data, 64, end - 4)
    key = KeySection.read(section)
    section.zeros(section.left, "key section")
    check(root_keys is not None, "a sealed log, which cannot be read without --keys")
    context = b"VRVWAL01" + struct.pack("<QQQ", *log.store, log.first_lsn)
    log.key, log.nonce = unwrap(root_keys, key.key_name, key.domain, key.wrapped, context), key.nonce
    return end


def _open_group(data: bytes, group: Group, log: LogFile) -> Cursor:
    stored = data[group.records.position:group.records.end]
    check(len(stored) >= 16, f"group {group.lsn}: shorter than its seal")
    associated = struct.pack("<QQIIQ", *log.store, group.unsynced, group.kind, len(stored) - 16)
    nonce = log.nonce + struct.pack("<Q", group.lsn)
    return Cursor(open_sealed(log.key, nonce, associated, stored, f"group {group.lsn} at {group.offset}"))


def _group_at(data: bytes, offset: int, store: tuple[int, int], lsn: int, is_sealed: bool) -> Group | None:
    if offset + 24 > len(data):
        return None
    crc, length, found, kind = struct.unpack_from("<IIQB", data, offset)
    seal = b"\1\1\0" if is_sealed else b"\0\0\0"
    if kind not in (1, 2) or found != lsn or data[offset + 17:offset + 20] != seal:
        return None
    if not 0 < length <= len(data) - offset - 24:
        return None
    if crc32c(data[offset + 4:offset + 24 + length], seed=store[1] & 0xFFFFFFFF) != crc:
        return None
    unsynced = struct.unpack_from("<I", data, offset + 20)[0]
    return Group(lsn, offset, Cursor(data, offset + 24, offset + 24 + length), unsynced, kind)


def survivor(data: bytes, log: LogFile) -> int | None:
    """Offset of a valid group with a higher number behind the end: then acknowledged groups are damaged."""
    last = log.first_lsn + len(log.groups)
    highest, is_sealed = last + len(data) // 32, log.key != b""
    for offset in range(log.end, len(data) - 24, 8):
        kind, lsn = data[offset + 16], struct.unpack_from("<Q", data, offset + 8)[0]
        if kind in (1, 2) and last < lsn <= highest and (group := _group_at(data, offset, log.store, lsn, is_sealed)):
            if lsn - 1 - group.unsynced >= last:
                return offset
    return None


def group_rows(group: Group, catalogue: Catalogue) -> list[tuple[int, int, int]]:
    """Applies a group's records to the catalogue; returns its single numbers as (series, time, bits)."""
    c = Cursor(group.records.data, group.records.position, group.records.end)
    for _ in range(c.uv()):
        catalogue.read_record(c)
    rows = []
    for _ in range(c.u32()):
        row_count, value_count = c.uv(), c.uv()
        shapes, times, values = c.array("I", row_count), c.array("q", row_count), c.array("Q", value_count)
        next_value = 0
        for shape, time in zip(shapes, times):
            check(shape < len(catalogue.shapes) and catalogue.shapes[shape], f"group {group.lsn}: shape {shape}")
            for series in catalogue.shapes[shape][2]:
                check(next_value < value_count, f"group {group.lsn}: too few values")
                rows.append((series, time, values[next_value]))
                next_value += 1
        check(next_value == value_count, f"group {group.lsn}: too many values")
    if group.kind == 2:
        group.batches = read_records(c)
        for batch in group.batches:
            check_series(batch, group.lsn, catalogue)
    if c.left:
        group.tokens = read_tokens(c, group.lsn)
    c.expect_end(f"group {group.lsn}")
    return rows


def check_series(batch: Batch, lsn: int, catalogue: Catalogue) -> None:
    for series in {row[0] for row in batch.rows}:
        check(series < len(catalogue.series), f"group {lsn}: series {series}")
        if catalogue.series[series] is not None:
            kind = catalogue.sources[catalogue.series[series][0]].kind
            check(kind == KINDS[batch.kind][0], f"group {lsn}: rows of kind {batch.kind} in a series of kind {kind}")


def read_tokens(c: Cursor, lsn: int) -> list[tuple]:
    """Retry tokens: (token, part, LSN of the rows, rows, values, refused rows)."""
    count = c.uv()
    check(count >= 1, f"group {lsn}: an empty list of tokens")
    tokens = []
    for _ in range(count):
        token, part, age = c.take(c.uv() + 1), c.uv(), c.uv()
        check(len(token) <= 255 and age <= lsn, f"group {lsn}: token")
        tokens.append((token, part, lsn - age, c.uv(), c.uv(), c.uv()))
    return tokens
