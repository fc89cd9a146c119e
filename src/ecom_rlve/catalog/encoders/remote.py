"""One encoder for all processes of a host: a server on a Unix socket that batches what comes in, and its client.

Knows no catalogue: texts go in, vectors come out. A message is four bytes of length and a body; a request's body is
JSON {"encoder", "texts"}, an answer's either "E" and a message, or "V", the number of dimensions, and the floats.
"""

from __future__ import annotations

import json
import queue
import socket
import socketserver
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from ecom_rlve.catalog.encoders.encoder import Encoder, Floats
from ecom_rlve.core.errors import CatalogError

_LENGTH: Final = struct.Struct("<I")
_LONGEST: Final = 64 << 20
_TOGETHER: Final = 64
"""Most queries encoded in one batch."""
_PATIENCE: Final = 60.0
"""Seconds a client waits for an answer."""


def _send(connection: socket.socket, body: bytes) -> None:
    connection.sendall(_LENGTH.pack(len(body)) + body)


def _receive(connection: socket.socket) -> bytes:
    """Return the next body; b"" if the other side has closed."""
    head = _exactly(connection, _LENGTH.size)
    if not head:
        return b""
    length = _LENGTH.unpack(head)[0]
    if length > _LONGEST:
        raise ValueError(f"a message of {length} bytes is too long")
    return _exactly(connection, length)


def _exactly(connection: socket.socket, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = connection.recv(min(count, 1 << 20))
        if not part:
            return b""
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


class RemoteEncoder:
    """The encoder of this host, asked over its socket."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None
        self.dimensions: int = self.queries(["a"]).shape[1]

    def close(self) -> None:
        """Hang up; the next query calls again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def passages(self, texts: Sequence[str]) -> Floats:
        """Refuse: products are encoded by an embedding build, not by the host's encoder of queries."""
        raise CatalogError("the encoder of this host encodes queries only")

    def queries(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of queries.

        Raises:
            CatalogError: Nobody listens, or the server has another encoder or failed; the message says which.
        """
        request = json.dumps({"encoder": self._name, "texts": list(texts)}).encode()
        with self._lock:
            try:
                answer = self._asked(request)
            except OSError as error:
                self.close()
                raise CatalogError(f"no encoder answers on {self._path} ({error})") from error
        if answer[:1] != b"V":
            self.close()
            raise CatalogError(f"the encoder on {self._path}: {answer[1:].decode()}")
        dimensions = _LENGTH.unpack(answer[1:5])[0]
        return np.frombuffer(answer[5:], dtype="<f4").reshape(len(texts), dimensions)

    def _asked(self, request: bytes) -> bytes:
        for fresh in (False, True):
            # A kept connection may have been closed by a server that was started anew: tried once more.
            if fresh or self._connection is None:
                self.close()
                self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self._connection.settimeout(_PATIENCE)
                self._connection.connect(str(self._path))
            with suppress(BrokenPipeError, ConnectionResetError):
                _send(self._connection, request)
                if answer := _receive(self._connection):
                    return answer
        raise OSError("the connection was closed")


@dataclass(slots=True)
class _Waiting:
    texts: Sequence[str]
    done: threading.Event = field(default_factory=threading.Event)
    vectors: Floats | None = None
    problem: str = ""


class EncoderServer(socketserver.ThreadingUnixStreamServer):
    """Serves one encoder on a Unix socket: a thread a connection, one thread that encodes, in batches."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path: Path, name: str, encoder: Encoder) -> None:
        """Listen on `path`. A socket that a dead server left there is taken over; a live one is a CatalogError."""
        _free(path)
        super().__init__(str(path), _Connection)
        path.chmod(0o600)
        self.name = name
        self._encoder = encoder
        self._waiting: queue.SimpleQueue[_Waiting] = queue.SimpleQueue()
        threading.Thread(target=self._encode, daemon=True).start()

    def answer(self, body: bytes) -> bytes:
        """Return the answer to a request's body."""
        try:
            request = json.loads(body)
            name, texts = str(request["encoder"]), [str(text) for text in request["texts"]]
        except (ValueError, KeyError, TypeError) as error:
            return b"E" + f"not a request: {error!r}".encode()
        if name != self.name:
            return b"E" + f"it serves {self.name!r}, not {name!r}".encode()
        one = _Waiting(texts)
        self._waiting.put(one)
        one.done.wait()
        if one.vectors is None:
            return b"E" + one.problem.encode()
        return b"V" + _LENGTH.pack(one.vectors.shape[1]) + one.vectors.astype("<f4").tobytes()

    def _encode(self) -> None:
        while True:
            batch = [self._waiting.get()]
            with suppress(queue.Empty):
                while sum(len(one.texts) for one in batch) < _TOGETHER:
                    batch.append(self._waiting.get_nowait())
            try:
                vectors = self._encoder.queries([text for one in batch for text in one.texts])
            except (CatalogError, ValueError, RuntimeError, OSError) as error:
                for one in batch:
                    one.problem = f"{type(error).__name__}: {error}"
            else:
                start = 0
                for one in batch:
                    one.vectors = vectors[start : start + len(one.texts)]
                    start += len(one.texts)
            for one in batch:
                one.done.set()


class _Connection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, EncoderServer), "only made by it"
        with suppress(OSError, ValueError):
            while body := _receive(self.request):
                _send(self.request, server.answer(body))


def _free(path: Path) -> None:
    if not path.exists():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
            return
    raise CatalogError(f"an encoder already listens on {path}")
