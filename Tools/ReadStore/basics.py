"""What all pages of Docs/Format share: little-endian numbers, uv, sv, CRC-32C, LZ4 blocks."""

import struct

try:
    import lz4.block as lz4_block
except ImportError:  # told when the first compressed stream is met
    lz4_block = None

MASK = (1 << 64) - 1


class FormatError(Exception):
    """Bytes that contradict the format: what, and where."""


def signed(number: int) -> int:
    """The Int64 with these low 64 bits."""
    number &= MASK
    return number - (1 << 64) if number >> 63 else number


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC_TABLE = _crc_table()


def crc32c(data: bytes, seed: int = 0) -> int:
    """CRC-32C (polynomial 0x1EDC6F41 reflected); a seed continues the checksum of what came before."""
    crc = seed ^ 0xFFFFFFFF
    table = CRC_TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def lz4_block_bytes(stored: bytes, raw_bytes: int) -> bytes:
    if lz4_block is None:
        raise SystemExit("read-store: needs the lz4 module: apt-get install python3-lz4, and run it with /usr/bin/python3")
    try:
        raw = lz4_block.decompress(stored, uncompressed_size=raw_bytes)
    except lz4_block.LZ4BlockError as error:
        raise FormatError(f"LZ4 block: {error}") from None
    if len(raw) != raw_bytes:
        raise FormatError(f"LZ4 block gives {len(raw)} bytes, {raw_bytes} expected")
    return raw


class Cursor:
    """Reads from the front of some bytes; every read is checked against what is left."""

    def __init__(self, data: bytes, position: int = 0, end: int | None = None):
        self.data = data
        self.position = position
        self.end = len(data) if end is None else end

    @property
    def left(self) -> int:
        return self.end - self.position

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise FormatError(f"{count} bytes wanted, {self.left} left at {self.position}")
        self.position += count
        return self.data[self.position - count:self.position]

    def part(self, count: int) -> "Cursor":
        """A cursor over the next `count` bytes, which are skipped here."""
        start = self.position
        self.take(count)
        return Cursor(self.data, start, start + count)

    def _number(self, form: str, size: int) -> int:
        return struct.unpack("<" + form, self.take(size))[0]

    def u8(self) -> int: return self._number("B", 1)
    def u16(self) -> int: return self._number("H", 2)
    def i16(self) -> int: return self._number("h", 2)
    def u32(self) -> int: return self._number("I", 4)
    def u64(self) -> int: return self._number("Q", 8)
    def i64(self) -> int: return self._number("q", 8)

    def array(self, form: str, count: int) -> list[int]:
        size = struct.calcsize("<" + form)
        return list(struct.unpack(f"<{count}{form}", self.take(size * count)))

    def uv(self) -> int:
        value = 0
        for index in range(10):
            byte = self.u8()
            value |= (byte & 0x7F) << 7 * index
            if byte < 0x80:
                if value > MASK:
                    raise FormatError("uv above 64 bits")
                return value
        raise FormatError("uv of more than 10 bytes")

    def sv(self) -> int:
        value = self.uv()
        return value >> 1 ^ -(value & 1)

    def text(self) -> str:
        """`str`: uv byte count, UTF-8."""
        try:
            return self.take(self.uv()).decode()
        except UnicodeDecodeError as error:
            raise FormatError(f"text is not UTF-8: {error}") from None

    def uuid(self) -> tuple[int, int]:
        """High word, low word."""
        return self.u64(), self.u64()

    def zeros(self, count: int, what: str) -> None:
        if any(self.take(count)):
            raise FormatError(f"{what}: reserved bytes are not zero")

    def expect_end(self, what: str) -> None:
        if self.left:
            raise FormatError(f"{what}: {self.left} bytes too many")


def check(condition: bool, detail: str) -> None:
    if not condition:
        raise FormatError(detail)


def uuid_text(uuid: tuple[int, int]) -> str:
    return f"{uuid[0]:016x}{uuid[1]:016x}"


def bits_of(value: float) -> int:
    return struct.unpack("<Q", struct.pack("<d", value))[0]


def double_of(bits: int) -> float:
    return struct.unpack("<d", struct.pack("<Q", bits))[0]
