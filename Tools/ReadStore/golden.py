"""Reads the golden files and compares what they hold with what is written down in expected.json."""

import json
from pathlib import Path

from basics import Cursor, FormatError, check, crc32c, uuid_text
from columns import ExactSum, blobs, float_runs, floats, integers, strings
from files import Catalogue, group_rows, read_catalogue, read_log, read_manifest
from records import BYTES16, FLOAT, INTEGER
from sealing import read_key_file
from segment import read_segment
from store import read_store


def check_all(directory: Path) -> None:
    expected = json.loads((directory / "expected.json").read_text())
    del expected["about"]
    present = {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}
    stores = {name for name, content in expected.items() if content["form"] == "store"}
    beside = {expected[name][part] for name in stores for part in ("rows", "keys") if part in expected[name]}
    listed = {"expected.json"} | expected.keys() | beside
    unlisted = {name for name in present - listed if name.split("/")[0] not in stores}
    check(not unlisted, f"golden files that expected.json does not list: {sorted(unlisted)}")
    for name, content in expected.items():
        try:
            if name in stores:
                keys = read_key_file((directory / content["keys"]).read_text()) if "keys" in content else None
                found = whole_store(directory / name, (directory / content["rows"]).read_text(), keys)
            else:
                found = READERS[content["form"]](bytes_of(directory / name), content)
        except FormatError as error:
            raise FormatError(f"{name}: {error}") from None
        check(found == content["holds"], f"{name}: holds {found}, expected {content['holds']}")
    print(f"{len(expected)} golden files are read as expected")


def bytes_of(path: Path) -> bytes:
    """The bytes of a file; *.hex spells them, with comments after #."""
    if path.suffix != ".hex":
        return path.read_bytes()
    return bytes.fromhex("".join(line.split("#")[0] for line in path.read_text().splitlines()))


def column(read):
    def reader(data: bytes, content: dict):
        cursor = Cursor(data)
        values = read(cursor, content.get("rows", len(content["holds"])))
        cursor.expect_end("stream")
        return values
    return reader


def texts(read):
    return lambda cursor, rows: [value.decode() for value in read(cursor, rows)]


def bit_texts(cursor: Cursor, rows: int) -> list[str]:
    return [f"{bits:016x}" for bits in floats(cursor, rows)]


def run_texts(data: bytes, content: dict) -> list[str]:
    cursor = Cursor(data)
    values = [f"{bits:016x}" for bits in float_runs(cursor, content["runs"])]
    cursor.expect_end("stream")
    return values


def exact_sum(data: bytes, content: dict) -> str:
    cursor = Cursor(data)
    value = ExactSum.read(cursor).value()
    cursor.expect_end("sum")
    return repr(value)


def metric_segment(data: bytes, content: dict) -> list:
    segment = read_segment(data)
    check(segment.kind == 1, "not a metric segment")
    return sorted([series, time, f"{bits:016x}"] for series, time, bits in segment.rows)


def metric_digest(data: bytes, content: dict) -> dict:
    """For segments whose rows are too many to be spelled."""
    segment = read_segment(data)
    check(segment.kind == 1, "not a metric segment")
    rows = sorted(segment.rows, key=lambda row: row[0])
    text = "".join(f"{series} {time} {bits:016x}\n" for series, time, bits in rows)
    return {"version": segment.version, "rows": len(rows), "crc32c": f"{crc32c(text.encode()):x}",
            "sharedBlocks": segment.runs_blocks, "rollupBlocks": segment.rollup_blocks,
            "sumForms": sorted(segment.sum_forms)}


def trail_segment(data: bytes, content: dict) -> list:
    """Times, names and sizes of bodies: enough to see that every column is read."""
    segment = read_segment(data)
    check(segment.kind == 2, "not a trail segment")
    return [[time, row[0].hex(), row[1].decode(), len(row[5]), row[6], len(row[7])] for _, time, *row in segment.rows]


def records_segment(data: bytes, content: dict) -> list:
    """Every column of every row, and how many blocks series share."""
    segment = read_segment(data)
    forms = [form for form, _ in segment.columns]
    rows = [[series, time, *(plain(form, value) for form, value in zip(forms, values))]
            for series, time, *values in segment.rows]
    return [segment.runs_blocks, *rows]


def manifest(data: bytes, content: dict) -> dict:
    found = read_manifest(data)
    return {
        "store": uuid_text(found.store), "generation": found.generation, "walFloor": found.wal_floor,
        "catalogueBytes": found.catalogue_bytes, "nextLSN": found.next_lsn, "exceptions": [list(e) for e in found.exceptions],
        "segments": [uuid_text(entry[0]) for entry in found.segments], "keys": [key.hex() for key in found.keys],
    }


def log(data: bytes, content: dict) -> list:
    """Per group its number and its single numbers; then, only when there are any, the rows of its other batches."""
    found, catalogue, holds = read_log(data), Catalogue(), []
    for group in found.groups:
        rows = [[series, time, f"{bits:016x}"] for series, time, bits in group_rows(group, catalogue)]
        others = [[batch.kind, series, time, *map(plain, (form for form, _ in batch.columns), values)]
                  for batch in group.batches for series, time, *values in batch.rows]
        holds.append([group.lsn, rows] + ([others] if others else []))
    return holds


def plain(form: int, value):
    """A column's value as JSON has it."""
    if isinstance(value, list):
        return [item.decode() for item in value]
    if form == FLOAT:
        return f"{value:016x}"
    return value if form == INTEGER else value.hex() if form == BYTES16 else value.decode()


def catalogue(data: bytes, content: dict) -> list:
    found = Catalogue()
    read_catalogue(data, found)
    return [[found.sources[source].namespace, dict(found.sources[source].dimensions), field.metric, field.unit]
            for source, field in found.series]


def whole_store(directory: Path, rows: str, keys: dict[str, bytes] | None) -> dict:
    """Compares the rows with those written down as text, and counts what a store may hold."""
    store = read_store(directory, keys)
    names = store.catalogue.series
    found = []
    for number, time, bits in store.metric_rows():
        source, field = names[number]
        key = store.catalogue.sources[source]
        if key.kind == 0:
            found.append(f"{field.metric} {dict(key.dimensions)['host']} {time} {bits:016x}")
    check(sorted(found) == sorted(rows.splitlines()), f"{len(found)} rows, not those of the text")
    return {
        "rows": len(found), "catalogueGeneration": store.manifest.catalogue_generation,
        "segments": sorted([segment.level, segment.row_count, segment.runs_blocks, segment.rollup_blocks]
                           for segment in store.segments),
        "sealed": sum(segment.is_sealed for segment in store.segments),
        "kinds": sorted({source.kind for source in store.catalogue.sources}),
        "tokens": [token.decode() for token, *_ in store.tokens], "unsynced": store.unsynced,
    }


READERS = {
    "integers": column(integers), "floats": column(bit_texts), "runs": run_texts, "strings": column(texts(strings)),
    "blobs": column(texts(blobs)), "sum": exact_sum, "metric segment": metric_segment,
    "metric digest": metric_digest, "trail segment": trail_segment,
    "records segment": records_segment,
    "manifest": manifest, "log": log, "catalogue": catalogue,
}
