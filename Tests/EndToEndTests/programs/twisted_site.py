"""Twisted.web with the routes that programs/wsgi.py has. Prints `listening on ADDRESS` and serves until it is ended."""

import hashlib
import json

from twisted.internet import reactor
from twisted.web import resource, server
from wsgi import record, sized, stream


class Site(resource.Resource):
    isLeaf = True

    def render(self, request):
        name, argument, *_ = [part.decode() for part in request.postpath] + ["", ""]
        body = request.content.read()
        if name == "id":
            if request.method == b"POST":
                record(argument)
            return argument.encode()
        if name == "bytes":
            return sized(int(argument))
        if name == "upload":
            return json.dumps([len(body), hashlib.sha256(body).hexdigest()]).encode()
        if name == "stream":  # Without a length: chunked, or ended with the connection.
            for piece in stream(argument):
                request.write(piece)
            request.finish()
            return server.NOT_DONE_YET
        request.setResponseCode(404)
        return b"nothing here"


port = reactor.listenTCP(0, server.Site(Site()), interface="127.0.0.1", backlog=1024)
print(f"listening on 127.0.0.1:{port.getHost().port}", flush=True)
reactor.run()
