"""An ASGI application with the routes that programs/wsgi.py has: `asgi:application`."""

import hashlib
import json

from wsgi import record, sized, stream


async def body_of(receive):
    while True:
        message = await receive()
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    _, name, argument, *_ = (scope["path"] + "//").split("/")
    count, hasher = 0, hashlib.sha256()
    async for piece in body_of(receive):
        count += len(piece)
        hasher.update(piece)
    if name == "id" and scope["method"] == "POST":
        record(argument)
    bodies = {
        "id": lambda: argument.encode(),
        "bytes": lambda: sized(int(argument)),
        "upload": lambda: json.dumps([count, hasher.hexdigest()]).encode(),
        "stream": lambda: b"",
    }
    body = bodies.get(name, lambda: b"nothing here")()
    fields = [] if name == "stream" else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200 if name in bodies else 404, "headers": fields})
    if name == "stream":
        for piece in stream(argument):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": body})
