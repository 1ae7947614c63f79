"""Checkpoints of the catalogue: Docs/Format/catalogue.md, "Checkpoints"."""

import struct

from basics import Cursor, check, crc32c, lz4_block_bytes
from columns import integers
from files import Catalogue, Field, Source


# By kind of section; 65 536 of the others.
ITEMS_MAX = {1: 1, 6: 4_096, 9: 4_096, 10: 0}


class _Tables:
    """What only the file numbers."""

    def __init__(self, catalogue: Catalogue):
        self.catalogue = catalogue
        self.totals = None
        self.names, self.spaces, self.pairs, self.fields, self.metrics = [], [], [], [], []

    def read(self, kind: int, c: Cursor, count: int) -> None:
        readers = [self.read_totals, self.read_names, self.read_spaces, self.read_pairs, self.read_fields,
                   self.read_field_lists, self.read_metrics, self.read_sources, self.read_shapes, self.read_padding]
        readers[kind - 1](c, count)
        c.expect_end(f"checkpoint section of kind {kind}")

    def read_totals(self, c: Cursor, _: int) -> None:
        self.totals = [c.uv() for _ in range(4)]
        check(max(self.totals) <= 1 << 28, "totals above 2^28")

    def read_names(self, c: Cursor, count: int) -> None:
        shared, lengths, name = integers(c, count), integers(c, count), b""
        for same, length in zip(shared, lengths):
            check(0 <= same <= len(name), "a name shares more than there is")
            name = name[:same] + c.take(length)
            check(len(name) <= 1024, "a name of more than 1 024 bytes")
            self.names.append(name.decode())

    def read_spaces(self, c: Cursor, count: int) -> None:
        columns = [integers(c, count) for _ in range(4)]
        self.spaces += [(self.names[a], self.names[r], self.names[n], kind) for a, r, n, kind in zip(*columns)]

    def read_pairs(self, c: Cursor, count: int) -> None:
        names, values = integers(c, count), integers(c, count)
        self.pairs += [(self.names[name], self.names[value]) for name, value in zip(names, values)]

    def read_fields(self, c: Cursor, count: int) -> None:
        names, units, resolutions = (integers(c, count) for _ in range(3))
        self.fields += [Field(unit, res, self.names[name]) for name, unit, res in zip(names, units, resolutions)]

    def read_field_lists(self, c: Cursor, count: int) -> None:
        counts = integers(c, count)
        fields = iter(integers(c, sum(counts)))
        self.catalogue.field_lists += [[self.fields[next(fields)] for _ in range(size)] for size in counts]

    def read_metrics(self, c: Cursor, count: int) -> None:
        spaces, fields = integers(c, count), integers(c, count)
        self.metrics += [(self.spaces[space], self.fields[number]) for space, number in zip(spaces, fields)]
        check(len(set(self.metrics)) == len(self.metrics), "a metric is there twice")

    def read_sources(self, c: Cursor, count: int) -> None:
        ordinals, spaces, _, counts = (integers(c, count) for _ in range(4))
        dimensions = [[] for _ in range(count)]
        for position in range(max(counts, default=0)):
            longer = [item for item in range(count) if counts[item] > position]
            for item, pair in zip(longer, integers(c, len(longer))):
                dimensions[item].append(self.pairs[pair])
        for ordinal, space, pairs in zip(ordinals, spaces, dimensions):
            check(len(self.catalogue.sources) <= ordinal < self.totals[0], f"source {ordinal} out of order")
            _pad(self.catalogue.sources, ordinal)
            account, region, namespace, kind = self.spaces[space]
            self.catalogue.sources.append(Source(account, region, namespace, tuple(pairs), kind))

    def read_shapes(self, c: Cursor, count: int) -> None:
        _pad(self.catalogue.sources, self.totals[0])
        ordinals, sources, lists = (integers(c, count) for _ in range(3))
        sizes = [len(self.catalogue.field_lists[number]) for number in lists]
        differences, previous = iter(integers(c, sum(sizes))), -1
        for ordinal, source, fields in zip(ordinals, sources, lists):
            check(len(self.catalogue.shapes) <= ordinal < self.totals[2], f"shape {ordinal} out of order")
            check(self.catalogue.sources[source] is not None, f"shape {ordinal} of a source that is not there")
            _pad(self.catalogue.shapes, ordinal)
            numbers = []
            for key in self.catalogue.field_lists[fields]:
                previous += 1 + next(differences)
                check(0 <= previous < self.totals[3], f"series {previous} above the totals")
                if previous >= len(self.catalogue.series):
                    _pad(self.catalogue.series, previous)
                    self.catalogue.series.append((source, key))
                check(self.catalogue.series[previous] == (source, key), f"series {previous} has two meanings")
                numbers.append(previous)
            self.catalogue.shapes.append((source, fields, numbers))

    def read_padding(self, c: Cursor, _: int) -> None:
        c.take(c.end - c.position)

    def finish(self) -> None:
        check(self.totals is not None, "checkpoint without totals")
        check(len(self.catalogue.field_lists) == self.totals[1], "field lists are missing")
        for known, total in ((self.catalogue.sources, 0), (self.catalogue.shapes, 2), (self.catalogue.series, 3)):
            _pad(known, self.totals[total])


def _pad(known: list, count: int) -> None:
    """Numbers that belonged to what was dropped."""
    known += [None] * (count - len(known))


def read_checkpoint(data: bytes, generation: int, catalogue: Catalogue) -> tuple[int, int]:
    """Fills an empty catalogue. Returns the store's UUID."""
    check(len(data) >= 64 and data[:8] == b"VRVCIX01", "not a checkpoint")
    check(crc32c(data[:60]) == struct.unpack("<I", data[60:64])[0], "header checksum")
    c = Cursor(data, 8)
    version, flags, count, store, number, length = c.u16(), c.u16(), c.u32(), c.uuid(), c.u64(), c.u64()
    check(version in (1, 2), "header of another version")
    check((flags, number, length) == (0, generation, len(data)), "header of another number or length")
    c.zeros(12, "header")
    c.u32()
    tables, newest = _Tables(catalogue), 0
    for _ in range(count):
        start = c.position
        crc, kind, flags, raw_bytes, stored_bytes, items = c.u32(), c.u16(), c.u16(), c.u32(), c.u32(), c.u32()
        stored = c.take(stored_bytes)
        check(crc32c(data[start + 4:c.position]) == crc, f"section at {start}: checksum")
        check(1 <= kind <= 8 + version and kind >= newest and flags <= 1, f"section at {start}: kind {kind} or flags")
        check((kind == 1) == (tables.totals is None), f"section at {start}: totals come first, and once")
        check(flags or raw_bytes == stored_bytes, f"section at {start}: lengths")
        check(items <= ITEMS_MAX.get(kind, 65_536) and raw_bytes <= 128 << 20, f"section at {start}: too large")
        tables.read(kind, Cursor(lz4_block_bytes(stored, raw_bytes) if flags else stored), items)
        newest = kind
    c.expect_end("checkpoint")
    tables.finish()
    return store
