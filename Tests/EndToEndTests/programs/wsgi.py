"""A WSGI application whose answers can be checked, and the same as a Flask one: `wsgi:application`, `wsgi:flask`.

Who has carried a request out writes its id to the file that RECORD names: one line, in one write.
"""

import hashlib
import json
import os
import time

BLOCK = bytes(range(256)) * 256


def record(identity):
    descriptor = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, identity.encode() + b"\n")
    finally:
        os.close(descriptor)


def sized(count):
    return (BLOCK * (count // len(BLOCK) + 1))[:count]


def echo(environ, _):
    return json.dumps({name: str(value) for name, value in environ.items() if name.startswith(("HTTP_", "REMOTE_"))})


def identify(environ, identity):
    if environ["REQUEST_METHOD"] == "POST":
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        record(identity)
    return identity


def upload(environ, _):
    count, hasher = 0, hashlib.sha256()
    while piece := environ["wsgi.input"].read(1 << 16):
        count += len(piece)
        hasher.update(piece)
    return json.dumps([count, hasher.hexdigest()])


def recorded_upload(environ, identity):
    """Tells that it has begun before it reads what is slow to come."""
    record(identity)
    return upload(environ, identity)


def slow(_, milliseconds):
    time.sleep(int(milliseconds) / 1000)  # The slowness that was asked for.
    return "slow"


ROUTES = {
    "echo": echo,
    "id": identify,
    "upload": upload,
    "recorded": recorded_upload,
    "slow": slow,
    "bytes": lambda _, count: sized(int(count)),
    # Without reading a byte of the request's body.
    "early": lambda _environ, _text: "early",
    "process": lambda _environ, _text: str(os.getpid()),
}


def stream(count):
    for index in range(int(count)):
        yield b"%08d" % index


def application(environ, start_response):
    _, name, argument, *_ = (environ["PATH_INFO"] + "//").split("/")
    if name == "stream":  # Its length is not told: it is chunked, or ends with the connection.
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return stream(argument)
    if name == "status":
        start_response(f"{argument} Told", [] if argument in ("204", "304") else [("Content-Length", "0")])
        return []
    answer = ROUTES[name](environ, argument) if name in ROUTES else "nothing here"
    body = answer if isinstance(answer, bytes) else answer.encode()
    start_response("200 OK" if name in ROUTES else "404 Not Found", [("Content-Length", str(len(body)))])
    return [body]


def __getattr__(name):
    """Flask is imported where it is asked for alone: it takes its time."""
    if name != "flask":
        raise AttributeError(name)
    from flask import Flask, Response, request

    flask = Flask("wsgi")

    @flask.route("/id/<identity>", methods=["GET", "POST"])
    def identified(identity):
        return identify(request.environ, identity)

    @flask.route("/upload", methods=["POST"])
    def uploaded():
        body = request.get_data()
        return json.dumps([len(body), hashlib.sha256(body).hexdigest()])

    @flask.route("/stream/<int:count>")
    def streamed(count):
        return Response(stream(count), mimetype="application/octet-stream")

    @flask.route("/bytes/<int:count>")
    def of_size(count):
        return Response(sized(count), mimetype="application/octet-stream")

    return flask
