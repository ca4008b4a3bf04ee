"""Clients by Python's `websockets`, a thousand in one process. Every byte that comes back is compared with what went.

    ws_crowd.py URL [OPTION...]

OPTION is `deflate` or `protocols=A,B`. Obeys lines on its input and answers each with one line of JSON:

    open COUNT       connects so many
    sizes SIZE...    each sends a message of each size in turn and awaits it
    random TURNS     each sends so many messages of 1 byte to 1 MiB, small ones more often
    close            ends everybody with 1000 and awaits the server's close
"""

import asyncio
import json
import random
import resource
import sys
import time

from websockets.asyncio.client import connect

SIZE_BITS_MAX = 20
# How many shake hands at a time: less than any accept queue holds.
BATCH = 100
BLOCK = random.Random(1).randbytes(24 << 20)
TEXT = BLOCK[: 1 << 19].hex()


def message(number, turn, size):
    """Bytes of its own for each client and turn; now and then text."""
    start = (number * 7919 + turn * 104_729) % (1 << 19)
    if (number + turn) % 4 == 0 and size <= 1 << 19:
        return TEXT[start : start + size]
    return BLOCK[start : start + size]


class Crowd:
    def __init__(self, url, *options):
        self.url = url
        self.clients = []
        protocols = [option.partition("=")[2].split(",") for option in options if option.startswith("protocols=")]
        self.options = {
            "compression": "deflate" if "deflate" in options else None, "subprotocols": protocols[0] if protocols else None,
            "max_size": None, "ping_interval": None, "proxy": None, "open_timeout": 90, "close_timeout": 60,
        }

    async def open(self, count):
        for _ in range(0, int(count), BATCH):
            batch = [connect(self.url, **self.options) for _ in range(min(BATCH, int(count) - len(self.clients)))]
            self.clients += await asyncio.gather(*batch)
        first = self.clients[0]
        return {"protocol": first.subprotocol, "extensions": [str(extension) for extension in first.protocol.extensions]}

    async def _each(self, action):
        return sum(await asyncio.gather(*(action(number, client) for number, client in enumerate(self.clients))))

    async def _exchange(self, number, client, sizes):
        for turn, size in enumerate(sizes):
            sent = message(number, turn, size)
            await client.send(sent)
            if await client.recv() != sent:
                raise SystemExit(f"client {number} turn {turn}: {size} bytes came back otherwise")
        return sum(sizes)

    async def sizes(self, *sizes):
        wanted = [int(size) for size in sizes]
        return {"bytes": await self._each(lambda number, client: self._exchange(number, client, wanted))}

    async def random(self, turns):
        def wanted(number):
            dice = random.Random(number)
            return [int(2 ** dice.uniform(0, SIZE_BITS_MAX)) for _ in range(int(turns))]

        return {"bytes": await self._each(lambda number, client: self._exchange(number, client, wanted(number)))}

    async def close(self):
        await asyncio.gather(*(client.close() for client in self.clients))
        codes = sorted({client.close_code for client in self.clients})
        self.clients.clear()
        return {"codes": codes}


async def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd(*sys.argv[1:])
    while line := await asyncio.to_thread(sys.stdin.readline):
        order, *arguments = line.split()
        began = time.monotonic()
        answer = await {"open": crowd.open, "sizes": crowd.sizes, "random": crowd.random, "close": crowd.close}[order](*arguments)
        print(json.dumps(answer | {"done": order, "seconds": round(time.monotonic() - began, 2)}), flush=True)


asyncio.run(main())
