"""Sealed files: key files, wrapped keys and AES-256-GCM. Docs/Format/keyfile.md, and "Sealed" in segment.md and wal.md.

Written from FIPS 197 and NIST SP 800-38D for reading, not for speed: some 100 KB a second, and tables whose timing tells
about the key. Nothing but files of tests should ever be read with it.
"""

import struct
from dataclasses import dataclass

from basics import Cursor, FormatError, check, crc32c


def _sbox() -> tuple[bytes, list[int]]:
    """The S-box: inverses in GF(2^8), then an affine map; and the products with 2."""
    double = [number << 1 ^ (0x11B if number & 0x80 else 0) for number in range(256)]
    powers = [1]
    while len(powers) < 255:
        powers.append(powers[-1] ^ double[powers[-1]])  # times 3, which generates the field
    logarithms = {power: index for index, power in enumerate(powers)}
    box = bytearray()
    for number in range(256):
        inverse = powers[-logarithms[number] % 255] if number else 0
        mixed = inverse ^ inverse << 1 ^ inverse << 2 ^ inverse << 3 ^ inverse << 4  # rotations, before they wrap
        box.append((mixed ^ mixed >> 8) & 0xFF ^ 0x63)
    return bytes(box), double


SBOX, DOUBLE = _sbox()


class AES256:
    """Encrypts single blocks of 16 bytes."""

    def __init__(self, key: bytes):
        check(len(key) == 32, f"a key of {len(key)} bytes")
        words = [key[start:start + 4] for start in range(0, 32, 4)]
        constant = 1
        while len(words) < 60:
            word = words[-1]
            if len(words) % 8 == 0:
                word = bytes(SBOX[byte] for byte in word[1:] + word[:1])
                word = bytes([word[0] ^ constant]) + word[1:]
                constant = DOUBLE[constant]
            elif len(words) % 8 == 4:
                word = bytes(SBOX[byte] for byte in word)
            words.append(bytes(a ^ b for a, b in zip(words[-8], word)))
        self.keys = [b"".join(words[start:start + 4]) for start in range(0, 60, 4)]

    def encrypt(self, block: bytes) -> bytes:
        state = bytes(a ^ b for a, b in zip(block, self.keys[0]))
        for number, key in enumerate(self.keys[1:], 1):
            # Column by column; rows are shifted by their number.
            state = bytes(SBOX[state[(index + 4 * (index % 4)) % 16]] for index in range(16))
            if number < 14:
                mixed = bytearray()
                for start in range(0, 16, 4):
                    a = state[start:start + 4]
                    every = a[0] ^ a[1] ^ a[2] ^ a[3]
                    mixed += bytes(a[row] ^ every ^ DOUBLE[a[row] ^ a[(row + 1) % 4]] for row in range(4))
                state = bytes(mixed)
            state = bytes(a ^ b for a, b in zip(state, key))
        return state


def _ghash(key: int, data: bytes) -> int:
    result = 0
    for start in range(0, len(data), 16):
        factor = result ^ int.from_bytes(data[start:start + 16])
        result, multiple = 0, key
        for bit in range(127, -1, -1):
            if factor >> bit & 1:
                result ^= multiple
            multiple = multiple >> 1 ^ (0xE1 << 120 if multiple & 1 else 0)
    return result


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def open_sealed(key: bytes, nonce: bytes, associated: bytes, sealed: bytes, what: str) -> bytes:
    """The plain text of ciphertext and tag, or an error that says `what` is broken."""
    check(len(nonce) == 12 and len(sealed) >= 16, f"{what}: nonce or tag cut short")
    cipher, text, tag = AES256(key), sealed[:-16], sealed[-16:]
    hashed = _padded(associated) + _padded(text) + struct.pack(">QQ", len(associated) * 8, len(text) * 8)
    hash_key = int.from_bytes(cipher.encrypt(bytes(16)))
    mask = int.from_bytes(cipher.encrypt(nonce + struct.pack(">I", 1)))
    check((_ghash(hash_key, hashed) ^ mask).to_bytes(16) == tag, f"{what}: the seal is broken")
    plain = bytearray()
    for number, start in enumerate(range(0, len(text), 16), 2):
        stream = cipher.encrypt(nonce + struct.pack(">I", number))
        plain += bytes(a ^ b for a, b in zip(text[start:start + 16], stream))
    return bytes(plain)


# Keys


def read_key_file(text: str) -> dict[str, bytes]:
    """Root keys by name, oldest first."""
    lines = text.splitlines()
    check(bool(lines) and lines[0] == "varve-keys 1", "not a key file of version 1")
    keys: dict[str, bytes] = {}
    for line in lines[1:]:
        if not line or line.startswith("#"):
            continue
        words = line.split(" ")
        check([len(word) for word in words] == [16, 64, 8], "key file: a line that is no key")
        check(crc32c(" ".join(words[:2]).encode()) == int(words[2], 16), f"key file: checksum of key {words[0]}")
        check(words[0] not in keys, f"key file: key {words[0]} is there twice")
        keys[words[0]] = bytes.fromhex(words[1])
    check(bool(keys), "key file without a key")
    return keys


def length_and(data: bytes) -> bytes:
    """`uv` length, then the bytes."""
    length, prefix = len(data), bytearray()
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes(prefix) + bytes([length]) + data


@dataclass
class KeySection:
    """What a sealed file says of its key."""

    nonce: bytes  # the first four bytes of each
    domain: bytes  # UUID
    key_name: str
    wrapped: bytes

    @staticmethod
    def read(c: Cursor) -> "KeySection":
        check((c.u8(), c.u8()) == (1, 1), "key section: keys or algorithm")
        c.zeros(2, "key section")
        section = KeySection(c.take(4), c.take(16), c.text(), b"")
        check(len(section.key_name.encode()) <= 1024, "key section: name of the key")
        section.wrapped = c.take(c.uv())
        return section


def unwrap(keys: dict[str, bytes], name: str, domain: bytes, wrapped: bytes, context: bytes) -> bytes:
    """The data key that a root key wraps for `context`."""
    if name not in keys:
        raise FormatError(f"sealed with key {name}, which the key file does not have")
    check(len(wrapped) == 61 and wrapped[0] == 1, "wrapped key: version or length")
    associated = length_and(name.encode()) + domain + length_and(context)
    return open_sealed(keys[name], wrapped[1:13], associated, wrapped[13:], "wrapped key")


def read_wrapped_key(data: bytes) -> tuple[str, bytes, bytes]:
    """A manifest's entry of a segment's key: name of the wrapping key, domain, wrapped key."""
    c = Cursor(data)
    check(c.u8() == 1, "wrapped key of the manifest: version")
    domain, name = c.take(16), c.text()
    wrapped = c.take(c.uv())
    c.expect_end("wrapped key of the manifest")
    return name, domain, wrapped
