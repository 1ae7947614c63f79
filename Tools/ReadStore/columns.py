"""Column streams: Docs/Format/columns.md. Floats are handled as their 64-bit patterns."""

import struct

from basics import MASK, Cursor, FormatError, bits_of, check, double_of, lz4_block_bytes, signed

VECTOR_ROWS = 1024
EMPTY, CONST, LINEAR, VECTORS, ENTROPY = range(5)
FOR, DELTA, DOD, LIN = range(4)
RAW, DEC, BIN, MUL, RD, DICT = range(6)


# Integer stream N


def integers(cursor: Cursor, rows: int) -> list[int]:
    first = cursor.u8()
    shape, has_factor, is_compressed = first & 0x0F, first & 0x10, first & 0x20
    check(first & 0xC0 == 0 and shape in INTEGER_SHAPES, f"N: first byte {first:#04x}")
    allowed = {VECTORS: 0x30, ENTROPY: 0x10}.get(shape, 0)
    check(first & 0x30 & ~allowed == 0, f"N: flags {first:#04x} do not go with the shape")
    check((shape == EMPTY) == (rows == 0), f"N: shape {shape} for {rows} rows")
    factor, offset = 1, 0
    if has_factor:
        factor, offset = cursor.uv(), cursor.sv()
        check(factor >= 2, f"N: factor {factor}")
    content = cursor
    if is_compressed:
        raw_bytes, stored_bytes = cursor.uv(), cursor.uv()
        check(raw_bytes <= 20 * rows + 64 * (rows // VECTOR_ROWS + 1), f"N: {raw_bytes} raw bytes for {rows} rows")
        content = Cursor(lz4_block_bytes(cursor.take(stored_bytes), raw_bytes))
    values = INTEGER_SHAPES[shape](content, rows)
    if is_compressed:
        content.expect_end("N: LZ4 block")
    return [signed(offset + factor * value) for value in values]


def _vectors(cursor: Cursor, rows: int) -> list[int]:
    directory = []
    for start in range(0, rows, VECTOR_ROWS):
        transform, width, exceptions = cursor.u8(), cursor.u8(), cursor.u16()
        directory.append((min(VECTOR_ROWS, rows - start), transform, width, exceptions, cursor.uv()))
    values = []
    for count, transform, width, exceptions, byte_count in directory:
        payload = cursor.part(byte_count)
        values += _vector(payload, count, transform, width, exceptions)
        payload.expect_end("N: vector")
    return values


def _vector(cursor: Cursor, rows: int, transform: int, width: int, exceptions: int) -> list[int]:
    check(transform <= LIN and width <= 64, f"N: transform {transform}, width {width}")
    check(transform != DOD or rows >= 2, "N: DOD with one row")
    residual_count = rows - {DELTA: 1, DOD: 2}.get(transform, 0)
    check(exceptions <= residual_count, f"N: {exceptions} exceptions of {residual_count}")
    p0 = cursor.sv() if transform != FOR else 0
    p1 = cursor.sv() if transform in (DOD, LIN) else 0
    base = cursor.sv()
    packed = interleaved(cursor, width) if rows == VECTOR_ROWS else sequential(cursor, residual_count, width)
    residuals = [base + value for value in packed[:residual_count]]
    positions = cursor.array("H", exceptions)
    check(all(a < b for a, b in zip(positions, positions[1:])), "N: exceptions out of order")
    check(not positions or positions[-1] < residual_count, "N: exception beyond the vector")
    for position in positions:
        residuals[position] = base + cursor.sv()
    return _untransformed(transform, p0, p1, residuals)


def _untransformed(transform: int, p0: int, p1: int, residuals: list[int]) -> list[int]:
    if transform == FOR:
        return residuals
    if transform == LIN:
        return [p0 + (p1 * row >> 20) + residual for row, residual in enumerate(residuals)]
    values = [p0]
    if transform == DELTA:
        for residual in residuals:
            values.append(values[-1] + residual & MASK)
        return values
    values.append(p0 + p1)
    step = p1
    for residual in residuals:
        step = step + residual & MASK
        values.append(values[-1] + step & MASK)
    return values


def interleaved(cursor: Cursor, width: int) -> list[int]:
    """1 024 numbers in 128 · width bytes."""
    lanes, word_bits, form = (32, 32, "I") if width <= 32 else (16, 64, "Q")
    words = cursor.array(form, 128 * width * 8 // word_bits)
    mask = (1 << width) - 1
    strings = [sum(words[k * lanes + lane] << word_bits * k for k in range(width)) for lane in range(lanes)]
    return [strings[lane] >> row * width & mask for row in range(VECTOR_ROWS // lanes) for lane in range(lanes)]


def sequential(cursor: Cursor, count: int, width: int) -> list[int]:
    string = int.from_bytes(cursor.take((count * width + 7) // 8), "little")
    mask = (1 << width) - 1
    return [string >> index * width & mask for index in range(count)]


# ENTROPY: transform and table for the whole stream, four lanes of bits


class Bits:
    """A bit string that begins with the lowest bit of its first byte."""

    def __init__(self, data: bytes):
        self.string, self.length, self.position = int.from_bytes(data, "little"), 8 * len(data), 0

    def take(self, count: int) -> int:
        check(self.position + count <= self.length, "N: bit string cut short")
        value = self.string >> self.position & (1 << count) - 1
        self.position += count
        return value


def _entropy(cursor: Cursor, rows: int) -> list[int]:
    first = cursor.u8()
    transform, table_bits = first & 0x0F, first >> 4
    check(transform <= LIN and 5 <= table_bits <= 11, f"N: entropy with transform {transform}, table {table_bits}")
    check(transform != DOD or rows >= 2, "N: DOD with one row")
    p0 = cursor.sv() if transform != FOR else 0
    p1 = cursor.sv() if transform in (DOD, LIN) else 0
    center = cursor.sv()
    states = _states(_shares(cursor, 1 << table_bits), table_bits)
    lengths = [cursor.uv() for _ in range(4)]
    count = rows - {DELTA: 1, DOD: 2}.get(transform, 0)
    lanes = [_lane(cursor.take(length), len(range(lane, count, 4)), states, table_bits)
             for lane, length in enumerate(lengths)]
    numbers = [lanes[index % 4][index // 4] for index in range(count)]
    return _untransformed(transform, p0, p1, [center + (z >> 1 ^ -(z & 1)) for z in numbers])


def _shares(cursor: Cursor, total: int) -> list[int]:
    """How many states each symbol has, from symbol 0 on."""
    bits, shares, length = Bits(cursor.data[cursor.position:cursor.end]), [], 0
    while sum(shares) < total:
        check(len(shares) < 256, "N: shares of more than 256 symbols")
        ones = 0
        while bits.take(1):
            ones += 1
        length += ones >> 1 ^ -(ones & 1)
        check(0 <= length <= 12, f"N: share of {length} bits")
        shares.append(1 << length - 1 | bits.take(length - 1) if length else 0)
    check(sum(shares) == total, "N: shares do not fill the table")
    cursor.take((bits.position + 7) // 8)
    return shares


def _states(shares: list[int], table_bits: int) -> list[tuple[int, int, int]]:
    """By state: symbol, bits to read, base of the next state."""
    size = 1 << table_bits
    step, owner, place = (size >> 1) + (size >> 3) + 3, [0] * size, 0
    for symbol, share in enumerate(shares):
        for _ in range(share):
            owner[place] = symbol
            place = (place + step) % size
    following, states = list(shares), []
    for symbol in owner:
        number = following[symbol]
        following[symbol] += 1
        bit_count = table_bits - (number.bit_length() - 1)
        states.append((symbol, bit_count, (number << bit_count) - size))
    return states


def _lane(data: bytes, count: int, states: list[tuple[int, int, int]], table_bits: int) -> list[int]:
    if count == 0 and not data:
        return []
    bits, numbers = Bits(data), []
    state = bits.take(table_bits)
    for _ in range(count):
        symbol, bit_count, base = states[state]
        state = base + bits.take(bit_count)
        if symbol < 16:
            numbers.append(symbol)
        else:
            extra = symbol // 4 - 2
            numbers.append((4 + symbol % 4 << extra) + bits.take(extra))
    check(state == 0 and (bits.position + 7) // 8 == len(data), "N: lane does not end where it should")
    return numbers


def _constant(cursor: Cursor, rows: int) -> list[int]:
    return [cursor.sv()] * rows


def _linear(cursor: Cursor, rows: int) -> list[int]:
    first, step = cursor.sv(), cursor.sv()
    return [first + row * step for row in range(rows)]


INTEGER_SHAPES = {EMPTY: lambda cursor, rows: [], CONST: _constant, LINEAR: _linear, VECTORS: _vectors,
                  ENTROPY: _entropy}


# Float stream F


def floats(cursor: Cursor, rows: int) -> list[int]:
    """Bit patterns."""
    first = cursor.u8()
    mode, flags = first & 0x0F, first & 0xF0
    check(mode in FLOAT_MODES, f"F: mode {mode}")
    reader, allowed = FLOAT_MODES[mode]
    check(flags & ~allowed == 0, f"F: flags {flags:#04x} in mode {mode}")
    return reader(cursor, rows, mode, flags)


def _raw(cursor: Cursor, rows: int, mode: int, flags: int) -> list[int]:
    if not flags & 0x40:
        return cursor.array("Q", rows)
    raw = lz4_block_bytes(cursor.take(cursor.uv()), 8 * rows)
    return list(struct.unpack(f"<{rows}Q", raw))


def _dictionary(cursor: Cursor, rows: int, mode: int, flags: int) -> list[int]:
    count = cursor.uv()
    check(count <= 256, f"F: dictionary of {count} entries")
    entries = cursor.array("Q", count)
    indexes = integers(cursor, rows)
    check(all(0 <= index < count for index in indexes), "F: index outside the dictionary")
    return [entries[index] for index in indexes]


def _split(cursor: Cursor, rows: int, mode: int, flags: int) -> list[int]:
    heads, fractions = integers(cursor, rows), integers(cursor, rows)
    check(all(0 <= head < 1 << 12 for head in heads), "F: sign and exponent of more than 12 bits")
    check(all(0 <= fraction < 1 << 52 for fraction in fractions), "F: fraction of more than 52 bits")
    return [(head & 1) << 63 | head >> 1 << 52 | fraction for head, fraction in zip(heads, fractions)]


def _scaled(cursor: Cursor, rows: int, mode: int, flags: int) -> list[int]:
    return _scaled_form(cursor, rows, mode, flags, integers)


def _scaled_form(cursor: Cursor, rows: int, mode: int, flags: int, read_numbers) -> list[int]:
    is_narrow = True
    if mode == DEC:
        exponent = cursor.u8()
        check(exponent <= 18, f"F: exponent {exponent}")
        is_narrow = exponent > 0
        convert = lambda number: float(number) / float(10 ** exponent)
    elif mode == BIN:
        k = cursor.i16()
        check(-1000 <= k <= 1000, f"F: 2^-{k}")
        is_narrow = False
        convert = lambda number: float(number) * 2.0 ** -k
    else:
        factor = double_of(cursor.u64())
        convert = lambda number: float(number) * factor
    exceptions = _exceptions(cursor, rows) if flags & 0x10 else []
    corrections = integers(cursor, rows) if flags & 0x20 else [0] * rows
    numbers = read_numbers(cursor, rows)
    check(not is_narrow or all(-(1 << 51) <= n < 1 << 51 for n in numbers), "F: number of more than 51 bits")
    bits = [bits_of(convert(n)) + k & MASK for n, k in zip(numbers, corrections)]
    for row, pattern in exceptions:
        bits[row] = pattern
    return bits


def _exceptions(cursor: Cursor, rows: int) -> list[tuple[int, int]]:
    count = cursor.uv()
    check(count <= rows, f"F: {count} exceptions in {rows} rows")
    places = integers(cursor, count)
    check(all(a < b for a, b in zip(places, places[1:])), "F: exceptions out of order")
    check(not places or (places[0] >= 0 and places[-1] < rows), "F: exception outside the rows")
    return list(zip(places, cursor.array("Q", count)))


# By mode: reader, allowed flags.
FLOAT_MODES = {
    RAW: (_raw, 0x40), DEC: (_scaled, 0x30), BIN: (_scaled, 0x10), MUL: (_scaled, 0x30), RD: (_split, 0),
    DICT: (_dictionary, 0),
}


# Runs of floats


def float_runs(cursor: Cursor, lengths: list[int]) -> list[int]:
    """Bit patterns of runs of these lengths, one after the other."""
    layout, rows = cursor.u8(), sum(lengths)
    check(layout <= 2, f"runs: layout {layout}")
    if layout == 0:
        return floats(cursor, rows)
    first = cursor.u8()
    mode, flags = first & 0x0F, first & 0xF0
    check(mode in (DEC, BIN, MUL) and flags & ~FLOAT_MODES[mode][1] == 0, f"runs: first byte {first:#04x}")

    def numbers(cursor: Cursor, rows: int) -> list[int]:
        anchors = integers(cursor, len(lengths))
        rest = iter(integers(cursor, rows - len(lengths) if layout == 1 else rows))
        values = []
        for anchor, length in zip(anchors, lengths):
            if layout == 2:
                values += [signed(anchor + next(rest)) for _ in range(length)]
                continue
            values.append(anchor)
            for _ in range(length - 1):
                values.append(signed(values[-1] + next(rest)))
        return values

    return _scaled_form(cursor, rows, mode, flags, numbers)


# String stream S, blob stream Bd


def strings(cursor: Cursor, rows: int) -> list[bytes]:
    first = cursor.u8()
    form, is_compressed = first & 0x0F, first & 0x20
    check(first & 0xD0 == 0 and form <= 1, f"S: first byte {first:#04x}")
    if form == 0:
        return _from_dictionary(cursor, rows, is_compressed)
    lengths = integers(cursor, rows)
    total = sum(_checked(lengths))
    raw = _maybe_compressed(cursor, total, is_compressed)
    return _cut(raw, lengths)


def _maybe_compressed(cursor: Cursor, raw_bytes: int, is_compressed: int) -> bytes:
    if not is_compressed:
        return cursor.take(raw_bytes)
    return lz4_block_bytes(cursor.take(cursor.uv()), raw_bytes)


def _from_dictionary(cursor: Cursor, rows: int, is_compressed: int) -> list[bytes]:
    count, coded_bytes = cursor.uv(), cursor.uv()
    check(count <= rows, f"S: {count} entries for {rows} rows")
    coded = Cursor(_maybe_compressed(cursor, coded_bytes, is_compressed))
    entries: list[bytes] = []
    for _ in range(count):
        before = entries[-1] if entries else b""
        shared, rest = coded.uv(), coded.uv()
        check(shared <= len(before), "S: shares more than the entry before has")
        entry = before[:shared] + coded.take(rest)
        check(not entries or before < entry, "S: entries out of order")
        entries.append(entry)
    coded.expect_end("S: entries")
    check(sum(map(len, entries)) <= 4 << 20, "S: entries of more than 4 MiB")
    indexes = integers(cursor, rows)
    check(all(0 <= index < count for index in indexes), "S: index outside the entries")
    return [entries[index] for index in indexes]


def _checked(lengths: list[int]) -> list[int]:
    check(all(length >= 0 for length in lengths), "negative length")
    return lengths


def _cut(raw: bytes, lengths: list[int]) -> list[bytes]:
    parts, start = [], 0
    for length in lengths:
        parts.append(raw[start:start + length])
        start += length
    return parts


def blobs(cursor: Cursor, rows: int) -> list[bytes]:
    lengths = _checked(integers(cursor, rows))
    total = sum(lengths)
    check(total <= 255 * cursor.left, f"Bd: {total} bytes cannot come from {cursor.left}")
    raw = b""
    while len(raw) < total:
        byte_count = min(256 << 10, total - len(raw))
        form = cursor.u8()
        check(form <= 1, f"Bd: form {form}")
        raw += _maybe_compressed(cursor, byte_count, form)
    return _cut(raw, lengths)


# Exact sum


class ExactSum:
    """Special values that were added, and the finite part in units of 2^-1074."""

    def __init__(self, specials: int = 0, units: int = 0):
        self.specials, self.units = specials, units

    @staticmethod
    def of(patterns: list[int]) -> "ExactSum":
        total = ExactSum()
        for bits in patterns:
            exponent, fraction = bits >> 52 & 0x7FF, bits & (1 << 52) - 1
            negative = bits >> 63
            if exponent == 0x7FF:
                total.specials |= 1 if fraction else (4 if negative else 2)
                continue
            units = fraction if exponent == 0 else (fraction | 1 << 52) << exponent - 1
            total.units += -units if negative else units
        return total

    @staticmethod
    def of_bytes(specials: int, low_byte: int, significand: bytes) -> "ExactSum":
        check(specials & ~7 == 0, f"sum: specials {specials}")
        check(len(significand) + low_byte <= 280, "sum: too long")
        if significand:
            check(significand[0] != 0, "sum: zero byte at the low end")
            high = significand[-1]
            repeats = len(significand) > 1 and high in (0, 0xFF) and (significand[-2] >> 7) == (high >> 7)
            check(not repeats, "sum: a byte that repeats the sign")
        return ExactSum(specials, int.from_bytes(significand, "little", signed=True) << 8 * low_byte)

    @staticmethod
    def read(cursor: Cursor) -> "ExactSum":
        specials, byte_count = cursor.u8(), cursor.uv()
        if byte_count == 0:
            return ExactSum.of_bytes(specials, 0, b"")
        low_byte = cursor.uv()
        check(byte_count + low_byte <= 280, "sum: too long")
        return ExactSum.of_bytes(specials, low_byte, cursor.take(byte_count))

    def value(self) -> float:
        if self.specials & 1 or self.specials & 6 == 6:
            return float("nan")
        if self.specials:
            return float("inf") if self.specials & 2 else float("-inf")
        try:
            return self.units / (1 << 1074)  # of two integers: rounded once, ties to even
        except OverflowError:
            return float("inf") if self.units > 0 else float("-inf")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExactSum) and (self.specials, self.units) == (other.specials, other.units)


def streams_of_4096(read, cursor: Cursor, count: int) -> list:
    """A long column in consecutive streams of 4 096 values (the last one shorter)."""
    values = []
    for start in range(0, count, 4096):
        values += read(cursor, min(4096, count - start))
    return values


__all__ = ["ExactSum", "FormatError", "blobs", "float_runs", "floats", "integers", "streams_of_4096", "strings"]
