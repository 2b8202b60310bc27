"""Talks to an echo server with Debian's python3-websockets: every size, text and binary, whole and in fragments.

    echo_client.py URL deflate|plain SIZE...

Prints one JSON object: how many messages came back as they went, and which extensions were agreed.
"""
import asyncio
import json
import random
import sys

import websockets


def message(size, is_binary):
    if is_binary:
        return random.Random(size).randbytes(size)
    return ("Grüße, 世界 🛰 " * (size // 10 + 1))[:size]


def fragments(whole):
    """An empty one, single ones, and the rest."""
    yield whole[:0]
    yield whole[:1]
    yield whole[1:3]
    yield whole[3:]


async def main(url, compression, sizes):
    came_back = 0
    async with websockets.connect(url, compression=compression, max_size=None) as connection:
        for size in sizes:
            for is_binary in (False, True):
                whole = message(size, is_binary)
                await connection.send(whole)
                assert await connection.recv() == whole, f"{size} bytes, whole, binary: {is_binary}"
                await connection.send(fragments(whole))
                assert await connection.recv() == whole, f"{size} bytes, fragmented, binary: {is_binary}"
                came_back += 2
        await (await connection.ping(b"between"))
        extensions = [type(extension).__name__ for extension in connection.extensions]
    print(json.dumps({"came_back": came_back, "extensions": extensions, "closed": connection.close_code}))


asyncio.run(main(sys.argv[1], "deflate" if sys.argv[2] == "deflate" else None, [int(size) for size in sys.argv[3:]]))
