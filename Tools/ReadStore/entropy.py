"""Entropy-coded integers: Docs/Format/columns.md, "ENTROPY"."""

from basics import MASK, Cursor, check


def _unzigzag(number: int) -> int:
    return number >> 1 ^ -(number & 1)


class _Bits:
    def __init__(self, data: bytes):
        self.string, self.count, self.position = int.from_bytes(data, "little"), 8 * len(data), 0

    def take(self, count: int) -> int:
        check(self.position + count <= self.count, "N: bit string too short")
        self.position += count
        return self.string >> self.position - count & (1 << count) - 1


def residuals(cursor: Cursor, table_bits: int, center: int, count: int) -> list[int]:
    """What follows `center`: shares, lengths of lanes, lanes."""
    states = _states(_shares(cursor, table_bits), table_bits)
    lengths = [cursor.uv() for _ in range(4)]
    found = [0] * count
    for lane, length in enumerate(lengths):
        bits = _Bits(cursor.take(length))
        state = bits.take(table_bits)
        for row in range(lane, count, 4):
            symbol, bit_count, base = states[state]
            state = base + bits.take(bit_count)
            number = symbol
            if symbol >= 16:
                extra = symbol // 4 - 2
                number = (4 + symbol % 4 << extra) + bits.take(extra)
            found[row] = center + _unzigzag(number)
        check(state == 0 and (bits.position + 7) // 8 == length, f"N: lane {lane} ends in the wrong place")
    return found


def _shares(cursor: Cursor, table_bits: int) -> list[int]:
    bits = _Bits(cursor.data[cursor.position:cursor.end])
    shares, length = [], 0
    while sum(shares) < 1 << table_bits:
        check(len(shares) < 256, "N: shares do not add up")
        change = 0
        while bits.take(1):
            change += 1
        length += _unzigzag(change)
        check(0 <= length <= 12, f"N: share of {length} bits")
        shares.append((1 << length - 1) + bits.take(length - 1) if length else 0)
    check(sum(shares) == 1 << table_bits, "N: shares add up to too much")
    cursor.take((bits.position + 7) // 8)
    return shares


def _states(shares: list[int], table_bits: int) -> list[tuple[int, int, int]]:
    """Symbol, number of bits, base of each state."""
    size = 1 << table_bits
    symbols, state = [0] * size, 0
    for symbol, share in enumerate(shares):
        for _ in range(share):
            symbols[state] = symbol
            state = (state + size // 2 + size // 8 + 3) % size
    next_number, states = list(shares), []
    for symbol in symbols:
        number = next_number[symbol]
        next_number[symbol] += 1
        bit_count = table_bits - (number.bit_length() - 1)
        states.append((symbol, bit_count, (number << bit_count) - size))
    return states
