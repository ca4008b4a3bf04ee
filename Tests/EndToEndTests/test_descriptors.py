"""Descriptors run short: accept pauses, the processor rests, and service goes on once there is room again."""

import contextlib
import resource
import time

from harness import proc
from harness.clients import echoed, is_readable, readable, receive_exactly
from harness.servers import Server, echo

HELLO = b"hello"
# The promise is one second; a machine that is busy with other things may take its own time. Who is forgotten waits on.
RELIEF_SECONDS = 60
CROWD = 100
# No further answer for so long: whoever can be served has been.
QUIET_SECONDS = 0.4


def ask(swivel, stack):
    client = stack.enter_context(swivel.connect())
    client.sendall(HELLO)
    return client


def split_by_service(clients):
    """Who has an answer now, and who has none. Begins when somebody is served, ends when nobody was for a while."""
    served, waiting = [], list(clients)
    while ready := readable(waiting, QUIET_SECONDS if served else RELIEF_SECONDS):
        for client in ready:
            assert receive_exactly(client, len(HELLO)) == HELLO
            waiting.remove(client)
        served += ready
    return served, waiting


def assert_served_within(clients, seconds):
    deadline = time.monotonic() + seconds
    for client in clients:
        assert is_readable(client, max(0, deadline - time.monotonic())), f"not served within {seconds} s of relief"
        assert receive_exactly(client, len(HELLO)) == HELLO


def test_the_descriptor_limit_that_was_asked_for_is_set(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--rlimit-nofile", "200", engine=engine)
        assert proc.descriptor_limit(swivel.pid) == 200


def test_the_descriptor_limit_is_raised_to_the_hard_one(start):
    with Server(echo) as server:
        swivel = start("--server", server, wrapper=("sh", "-c", 'ulimit -S -n 256; exec "$@"', "sh"))
        assert proc.descriptor_limit(swivel.pid) == resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def test_more_clients_than_descriptors_wait_their_turn(start, engine):
    with Server(echo) as server, contextlib.ExitStack() as stack:
        swivel = start("--server", server, "--rlimit-nofile", "64", engine=engine)
        served, waiting = split_by_service([ask(swivel, stack) for _ in range(CROWD)])
        assert served, "nobody is served at all"
        assert waiting, "more connections than descriptors"
        swivel.assert_rests("the wait for descriptors")
        assert all(echoed(client, b"established ones go on") for client in served)
        while waiting:
            for client in served:
                client.close()
            served, waiting = split_by_service(waiting)
            assert served, f"nobody was let in within {RELIEF_SECONDS} s of relief"
        stack.close()
        totals = swivel.stop()
    assert (totals.connections, totals.failed) == (CROWD, 0)


def test_running_out_of_descriptors_pauses_accept_until_there_are_some_again(start, engine):
    """The limit falls under what is in use, as when other parts of a process take what was left."""
    with Server(echo) as server, contextlib.ExitStack() as stack:
        swivel = start("--server", server, engine=engine)
        established = [ask(swivel, stack) for _ in range(5)]
        assert_served_within(established, 60)
        limits = resource.prlimit(swivel.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(swivel.pid, resource.RLIMIT_NOFILE, (proc.lowest_free_descriptor(swivel.pid), limits[1]))

        shut_out = [ask(swivel, stack) for _ in range(20)]
        swivel.assert_rests("the wait for descriptors")
        assert readable(shut_out, 0) == []
        assert all(echoed(client, b"established ones go on") for client in established)

        resource.prlimit(swivel.pid, resource.RLIMIT_NOFILE, limits)
        assert_served_within(shut_out, RELIEF_SECONDS)
        stack.close()
        assert swivel.stop().failed == 0


def test_one_descriptor_too_few_for_a_server_connection_harms_nobody_else(start, engine):
    """A client gets in, and its server's socket cannot be made."""
    with Server(echo) as server, contextlib.ExitStack() as stack:
        swivel = start("--server", server, engine=engine)
        established = ask(swivel, stack)
        assert_served_within([established], 60)
        limits = resource.prlimit(swivel.pid, resource.RLIMIT_NOFILE)
        one_more = proc.lowest_free_descriptor(swivel.pid) + 1
        resource.prlimit(swivel.pid, resource.RLIMIT_NOFILE, (one_more, limits[1]))

        for _ in range(3):
            ask(swivel, stack)
        swivel.assert_rests("the wait for descriptors")
        assert echoed(established, b"established ones go on")

        resource.prlimit(swivel.pid, resource.RLIMIT_NOFILE, limits)
        assert_served_within([ask(swivel, stack)], RELIEF_SECONDS)
