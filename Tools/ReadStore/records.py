"""Rows with several columns in the log: Docs/Format/wal.md, "Records"."""

from dataclasses import dataclass

from basics import Cursor, check, lz4_block_bytes

INTEGER, FLOAT, STRING, STRING_LIST, BYTES16, BODY = 1, 2, 3, 4, 5, 6

# Per kind: the kind of its series, and its columns.
KINDS = {
    2: (1, [(BYTES16, "eventId"), (STRING, "name"), (STRING, "source"), (STRING, "user"), (STRING, "accessKey"),
            (STRING_LIST, "resources"), (INTEGER, "readOnly"), (BODY, "body")]),
    3: (0, [(FLOAT, "value"), (FLOAT, "weight")]),
    4: (0, [(FLOAT, "count"), (FLOAT, "sum"), (FLOAT, "minimum"), (FLOAT, "maximum")]),
    5: (2, [(STRING, "transition"), (STRING, "actor"), (BODY, "body")]),
    6: (3, [(STRING, "resourceType"), (STRING, "status"), (STRING_LIST, "relations"), (STRING, "documentHash"),
            (BODY, "body")]),
}

ROWS_MAX, LIST_ITEMS_MAX = 1 << 16, 4096
STRING_BYTES_MAX, ROW_STRING_BYTES_MAX, BODY_BYTES_MAX, BATCH_BYTES_MAX = 64 << 10, 1 << 20, 16 << 20, 32 << 20


@dataclass
class Batch:
    kind: int
    columns: list[tuple[int, str]]
    rows: list[tuple]  # series, time, one value per column


def read_records(c: Cursor) -> list[Batch]:
    """The section of a group, which has at least one batch."""
    raw_bytes, form = c.uv(), c.u8()
    check(form in (0, 1), f"records: form {form}")
    section = Cursor(lz4_block_bytes(c.take(c.uv()), raw_bytes) if form else c.take(raw_bytes))
    batches = [_batch(section) for _ in range(section.uv())]
    section.expect_end("records")
    return batches


def _batch(c: Cursor) -> Batch:
    kind, row_count = c.u8(), c.uv()
    types = [c.u8() for _ in range(c.uv())]
    check(kind in KINDS and types == [form for form, _ in KINDS[kind][1]], f"records: kind {kind}, columns {types}")
    check(1 <= row_count <= ROWS_MAX, f"records: {row_count} rows")
    series, times = c.array("I", row_count), c.array("q", row_count)
    columns = [[_value(c, form) for _ in range(row_count)] for form in types]
    total = 0
    for row in zip(*columns):
        texts = [item for form, value in zip(types, row) if form in (STRING, STRING_LIST)
                 for item in (value if form == STRING_LIST else [value])]
        check(all(len(text) <= STRING_BYTES_MAX for text in texts), "records: a string is too long")
        check(sum(map(len, texts)) <= ROW_STRING_BYTES_MAX, "records: the strings of a row are too long")
        total += sum(map(len, texts)) + sum(len(value) for form, value in zip(types, row) if form == BODY)
    check(total <= BATCH_BYTES_MAX, "records: a batch is too large")
    return Batch(kind, KINDS[kind][1], list(zip(series, times, *columns)))


def _value(c: Cursor, form: int):
    if form == INTEGER:
        return c.i64()
    if form == FLOAT:
        return c.u64()
    if form == BYTES16:
        return c.take(16)
    if form == STRING_LIST:
        count = c.uv()
        check(count <= LIST_ITEMS_MAX, f"records: a list of {count} strings")
        return [c.take(c.uv()) for _ in range(count)]
    value = c.take(c.uv())
    check(form != BODY or len(value) <= BODY_BYTES_MAX, "records: a body is too long")
    return value
