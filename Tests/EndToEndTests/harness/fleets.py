"""Other people's HTTP servers, each a process of its own on a port that the kernel chose, ended by its id."""

import os
import socket
import sys

import pytest

from harness.addresses import address_of
from harness.process import PROGRAMS
from harness.swivel import environment

START_SECONDS = 90
NGINX = """
daemon off;
worker_processes 2;
error_log stderr;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 0;
    keepalive_requests 100;
    keepalive_timeout 2s;
    server {{
        listen {address};
        root {folder}/pages;
        location /id/ {{ return 200 $uri; }}
    }}
}}
"""


def listening_socket():
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.set_inheritable(True)
    return listener


class Fleets:
    """Starts servers; whoever does RECORD writes to `record`."""

    def __init__(self, spawn, folder):
        self._spawn = spawn
        self._folder = folder
        self.record = folder / "record"

    def recorded(self):
        return self.record.read_text().split() if self.record.exists() else []

    def _start(self, argv, listener, ready, count=1, name=None, extra=None):
        variables = environment({"RECORD": str(self.record), "PYTHONDONTWRITEBYTECODE": "1", **(extra or {})})
        numbers = (listener.fileno(),) if listener else ()
        process = self._spawn(*argv, name=name, env=variables, cwd=PROGRAMS, pass_fds=numbers)
        if listener:
            address = address_of(listener)
            listener.close()
            process.stderr.wait_for(ready, START_SECONDS, count)
            return address
        return process

    def gunicorn(self, worker="sync", *flags, workers=4, keep_alive=2, max_requests=0, application="wsgi:application"):
        listener = listening_socket()
        argv = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}", "--workers", workers]
        argv += ["--worker-class", worker, "--keep-alive", keep_alive, "--max-requests", max_requests]
        argv += ["--graceful-timeout", 2, "--no-control-socket", *flags, application]
        return self._start(argv, listener, "Booting worker", workers, f"gunicorn {worker}")

    def uvicorn(self, *flags):
        listener = listening_socket()
        argv = [sys.executable, "-m", "uvicorn", "--fd", listener.fileno(), "--log-level", "info", "--no-access-log"]
        return self._start([*argv, *flags, "asgi:application"], listener, "Uvicorn running", name="uvicorn")

    def twisted(self):
        process = self._start([sys.executable, "-B", PROGRAMS / "twisted_site.py"], None, None, name="twisted")
        return process.stdout.wait_for(r"listening on (\S+)", START_SECONDS)[1]

    def nginx(self, pages):
        """`pages`: bytes by name. nginx takes a listening socket as its upgrade does: from the variable NGINX."""
        listener = listening_socket()
        listener.setblocking(False)  # nginx believes that of what it inherits.
        address = address_of(listener)
        folder = self._folder / f"nginx-{address.port}"
        (folder / "pages").mkdir(parents=True)
        for name, content in pages.items():
            (folder / "pages" / name).write_bytes(content)
        folder.chmod(0o755)
        configuration = folder / "nginx.conf"
        configuration.write_text(NGINX.format(folder=folder, address=address))
        self._spawn(
            "nginx", "-c", configuration, "-e", "stderr", name="nginx", pass_fds=(listener.fileno(),),
            env={**os.environ, "NGINX": f"{listener.fileno()};"},
        )
        listener.close()
        return address


@pytest.fixture
def fleets(spawn, short_path):
    return Fleets(spawn, short_path)
