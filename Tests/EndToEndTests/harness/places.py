"""Clients that compete for a limited number of places, and the server that counts them."""

from harness.clients import readable, receive_exactly

# Long enough for a connection that would be served to be served; short enough for the test run.
UNSERVED_SECONDS = 0.3
HELLO = b"hello"


def answer_once(connection):
    """Ends its side first, so that the server counts a connection as over before Swivel can."""
    while data := connection.recv(100):
        if data.endswith(b"bye"):
            return
        connection.sendall(data)


def ask(address):
    client = address.connect()
    client.sendall(HELLO)
    return client


def part(client):
    client.sendall(b"bye")
    assert client.recv(100) == b""
    client.close()


def assert_limited(address, server, limit):
    """Three times as many clients as are allowed: the rest wait, and each who leaves lets one in."""
    clients = []
    try:
        for _ in range(limit):
            clients.append(ask(address))
            assert receive_exactly(clients[-1], len(HELLO)) == HELLO
        waiting = [ask(address) for _ in range(2 * limit)]
        clients += waiting
        assert readable(waiting, UNSERVED_SECONDS) == []
        assert server.accepted == limit
        served = clients[:limit]
        while served:
            part(served.pop())
            if waiting:
                served.append(take_served(waiting))
        assert waiting == []
        assert server.peak == limit
        assert server.accepted == 3 * limit
    finally:
        for client in clients:
            client.close()


def take_served(waiting):
    """Whoever is let in next; nobody promises an order across shards."""
    let_in = readable(waiting, 60)
    assert let_in, "a place is free and nobody was let in"
    waiting.remove(let_in[0])
    assert receive_exactly(let_in[0], len(HELLO)) == HELLO
    return let_in[0]
