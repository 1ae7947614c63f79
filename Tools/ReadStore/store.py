"""A store directory as a whole: Docs/Format/directory.md. Reads, changes nothing, and takes no lock."""

from dataclasses import dataclass, field
from pathlib import Path

from basics import FormatError, check, uuid_text
from checkpoint import read_checkpoint
from files import Catalogue, Manifest, group_rows, read_catalogue, read_log, read_manifest, segment_key, survivor
from records import Batch
from segment import Segment, read_segment


@dataclass
class Store:
    manifest: Manifest
    catalogue: Catalogue
    segments: list[Segment] = field(default_factory=list)
    log_rows: list[tuple[int, int, int]] = field(default_factory=list)  # series, time, bits
    log_batches: list[Batch] = field(default_factory=list)
    log_groups: int = 0
    unsynced: list[int] = field(default_factory=list)  # of each group that was read
    tokens: list[tuple] = field(default_factory=list)

    def metric_rows(self):
        """(series, time, bits) of every value: segments first, then the log."""
        for segment in self.segments:
            if segment.kind == 1:
                for series, time, bits in segment.rows:
                    yield series, time, bits
        yield from self.log_rows


def at(path: Path, read, *arguments):
    """Reads a file; errors name it."""
    try:
        return read(path.read_bytes(), *arguments)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None


def newest_manifest(directory: Path) -> Manifest:
    names = sorted(path.name for path in directory.iterdir() if len(path.name) == 20 and path.name.isdigit())
    check(bool(names), f"{directory}: no manifest")
    manifest = at(directory / names[-1], read_manifest)
    check(manifest.generation == int(names[-1]), f"{directory / names[-1]}: is generation {manifest.generation}")
    return manifest


def read_store(directory: Path, root_keys: dict[str, bytes] | None = None) -> Store:
    """Of sealed segments only checksums are checked when there are no root keys."""
    unlock = root_keys and (lambda uuid: segment_key(manifest, uuid, root_keys))
    manifest = newest_manifest(directory / "manifest")
    store = Store(manifest, Catalogue())
    if manifest.catalogue_generation:
        path = directory / "catalog" / f"{manifest.catalogue_generation:020}.idx"
        found = at(path, read_checkpoint, manifest.catalogue_generation, store.catalogue)
        check(found == manifest.store, f"{path}: belongs to another store")
    if manifest.catalogue_bytes:
        path = directory / "catalog" / f"{manifest.catalogue_generation:020}.log"
        check(path.stat().st_size >= manifest.catalogue_bytes, f"{path}: shorter than the manifest says")
        found = at(path, lambda data: read_catalogue(data[:manifest.catalogue_bytes], store.catalogue))
        check(found == manifest.store, f"{path}: belongs to another store")
    for entry, slot in zip(manifest.segments, manifest.key_slots):
        path = directory / "seg" / f"{uuid_text(entry[0])}.seg"
        segment = at(path, read_segment, unlock)
        check(segment.is_sealed == bool(slot), f"{path}: sealed or plain, other than the manifest says")
        check(segment.store == manifest.store, f"{path}: belongs to another store")
        check(segment.summary() == entry, f"{path}: is {segment.summary()}, the manifest says {entry}")
        known = len(store.catalogue.series)
        check(segment.kind != 1 or all(row[0] < known for row in segment.rows), f"{path}: series without a name")
        store.segments.append(segment)
    read_logs(directory / "wal", store, root_keys)
    return store


def read_logs(directory: Path, store: Store, root_keys: dict[str, bytes] | None) -> None:
    """Every group above the floor once and in order; a gap is damage."""
    last = store.manifest.wal_floor
    for path in sorted(directory.glob("*.log")):
        data = path.read_bytes()
        log = at(path, read_log, root_keys)
        check(log.store == store.manifest.store, f"{path}: belongs to another store")
        check(log.first_lsn == int(path.name[:20]), f"{path}: begins with group {log.first_lsn}")
        check(log.first_lsn <= last + 1, f"{path}: groups {last + 1}…{log.first_lsn - 1} are missing before it")
        later = survivor(data, log)
        check(later is None, f"{path}: damaged at byte {log.end}: a group follows at {later}")
        for group in log.groups:
            if group.lsn > last:
                store.log_rows += at(path, lambda _: group_rows(group, store.catalogue))
                store.log_groups += 1
                store.unsynced.append(group.unsynced)
                store.tokens += group.tokens
                store.log_batches += group.batches
                last = group.lsn
