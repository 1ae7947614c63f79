"""One kept-alive HTTP connection that costs the questioner next to nothing.

`http.client` reads headers as if they were mail: a fifth of a millisecond, as long as some of the answers take. Only what the
servers here send is understood: a length, or chunks with or without trailers.
"""

import socket


class Connection:
    """Asks one question at a time. Raises RuntimeError for any status but 200."""

    RECEIVE_BYTES = 1 << 20

    def __init__(self, port):
        self.port = port
        self.socket = None

    def close(self):
        if self.socket:
            self.socket.close()

    def _open(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=600)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def request(self, method, path, body=None, headers={}):
        """Returns the body when its last byte is here."""
        if not self.socket:
            self._open()
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            self._receive(received)
        head = bytes(received[:end]).split(b"\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head[1:])
        if fields.get(b"transfer-encoding") == b"chunked":
            text = self._chunks(received, end + 4)
        else:
            end, length = end + 4, int(fields[b"content-length"])
            while len(received) < end + length:
                self._receive(received)
            text = bytes(received[end : end + length])
        if head[0].split(b" ")[1] != b"200":
            raise RuntimeError(f"{path}: {head[0].decode()}: {text[:400]!r}")
        return text

    def _chunks(self, received, place):
        """The text of a chunked body that begins at `place`, and nothing of what follows."""
        parts = []
        while True:
            while (end := received.find(b"\r\n", place)) < 0:
                self._receive(received)
            length = int(bytes(received[place:end]).split(b";")[0], 16)
            if length == 0:
                break
            while len(received) < end + 2 + length + 2:
                self._receive(received)
            parts.append(received[end + 2 : end + 2 + length])
            place = end + 2 + length + 2
        # Trailers, and an empty line.
        while True:
            while (line := received.find(b"\r\n", end + 2)) < 0:
                self._receive(received)
            if line == end + 2:
                return b"".join(parts)
            end = line

    def _receive(self, received):
        piece = self.socket.recv(self.RECEIVE_BYTES)
        if not piece:
            # The next question begins anew.
            self.close()
            self.socket = None
            raise RuntimeError("the server closed the connection")
        received += piece
