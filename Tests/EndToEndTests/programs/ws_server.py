"""An echo over WebSocket by Python's `websockets`. Prints `listening on ADDRESS` and serves until it is ended."""

import asyncio
import contextlib
import resource

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed


async def echo(connection):
    with contextlib.suppress(ConnectionClosed):
        async for message in connection:
            await connection.send(message)


def choose(_connection, offered):
    """The first one that the client offers, as most servers do."""
    return offered[0] if offered else None


async def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # Its own pings are off: what the balancer's find is not found by them.
    options = {"max_size": None, "ping_interval": None, "select_subprotocol": choose}
    async with serve(echo, "127.0.0.1", 0, **options, backlog=4096) as server:
        print(f"listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()


asyncio.run(main())
