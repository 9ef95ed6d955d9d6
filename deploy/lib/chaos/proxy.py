"""A line between a program and a server that can be cut half-open: both ends go on believing in it."""
import asyncio
import contextlib
import threading
import time


class Lines:
    """The proxies of a run, on a thread of their own."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def to(self, port):
        return asyncio.run_coroutine_threadsafe(Line.open(self._loop, port), self._loop).result(10)


class Line:
    """One proxy. Its `port` stands for the server's."""

    @classmethod
    async def open(cls, loop, target):
        line = cls(loop, target)
        server = await asyncio.start_server(line._serve, "127.0.0.1", 0)
        line.port = server.sockets[0].getsockname()[1]
        return line

    def __init__(self, loop, target):
        self._loop, self._target = loop, target
        self._open, self._is_mute = set(), False
        # (our port towards the server, when): whose connection the server's log speaks of.
        self.taken = []

    def mute(self):
        """Drops everything from now on and tells nobody."""
        self._is_mute = True

    def restore(self):
        """Resets what is open, as a peer does that no longer knows the connection, and takes new ones."""
        self._loop.call_soon_threadsafe(self._reset)

    def _reset(self):
        self._is_mute = False
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self.taken.append((far_writer.get_extra_info("sockname")[1], time.time()))
        ends = {writer, far_writer}
        self._open |= ends
        poison = [False]
        await asyncio.gather(self._pump(reader, far_writer, poison), self._pump(far_reader, writer, poison))
        self._open -= ends

    async def _pump(self, reader, writer, poison):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                # Once a byte was dropped the rest would make no sense to the peer.
                poison[0] = poison[0] or self._is_mute
                if not poison[0]:
                    writer.write(data)
                    await writer.drain()
        if not (poison[0] or self._is_mute):
            writer.close()
