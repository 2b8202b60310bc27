"""A live server of another make, with Debian's python3-websockets: says what it is told to, as it is told to.

    live_server.py plain|deflate

Reads one JSON object from stdin, {"frames": [text, …], "how": "whole"|"fragmented", "then": "close"|"cut"|"wait"}, prints the port it
listens on, serves one connection: `welcome` (the first frame) at once, the others once something has been said, and prints how it ended.
"""
import asyncio
import json
import sys

import websockets


async def main(compression, script):
    over = asyncio.get_running_loop().create_future()

    async def say(connection, frame):
        if script["how"] == "fragmented":
            middle = len(frame) // 2
            await connection.send(part for part in (frame[:0], frame[:1], frame[1:middle], frame[middle:]))
        else:
            await connection.send(frame)

    async def serve(connection):
        heard = []
        await say(connection, script["frames"][0])
        heard.append(await connection.recv())
        for frame in script["frames"][1:]:
            await say(connection, frame)
        await (await connection.ping(b"are you there"))
        if script["then"] == "close":
            await connection.close(4000, "that is all")
        elif script["then"] == "cut":
            connection.transport.abort()
        else:
            async for message in connection:
                heard.append(message)
        extensions = [type(extension).__name__ for extension in connection.extensions]
        over.set_result({"heard": heard, "code": connection.close_code, "extensions": extensions})

    async with websockets.serve(serve, "127.0.0.1", 0, compression=compression, subprotocols=["starling.v1"]) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        print(json.dumps(await over), flush=True)


asyncio.run(main("deflate" if sys.argv[1] == "deflate" else None, json.loads(sys.stdin.readline())))
