"""A WSGI application that echoes what gevent-websocket's worker for gunicorn reads: `ws_gevent:application`."""


def application(environ, start_response):
    socket = environ.get("wsgi.websocket")
    if socket is None:
        start_response("200 OK", [("Content-Length", "5")])
        return [b"plain"]
    while (message := socket.receive()) is not None:
        socket.send(message)
    return []
