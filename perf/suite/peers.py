"""Who is measured, in what, and with what it is told for one run."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from .scenarios import Group, Scenario

TCP = (Group.TCP, Group.TCP_BULK)
HTTP = (Group.HTTP, Group.HTTP_LARGE)
BULK = (Group.TCP_BULK, Group.HTTP_LARGE)
WEBSOCKET = (Group.WEBSOCKET,)
EVERYWHERE = TCP + HTTP + WEBSOCKET  # where rivals take part


@dataclass(frozen=True)
class Setting:
    """What a proxy is told for one run."""

    mode: str  # tcp or http
    port: int
    server_port: int
    core: int
    connections: int  # client connections that stand at once, all of them
    busy_connections: int  # those that carry load: as many may be wanted towards the server
    has_large_answers: bool
    has_upgrades: bool  # to WebSocket
    hosts: int  # that each have a route; 0: there are no routes
    folder: Path  # its own, for configuration files

    @property
    def connections_max(self) -> int:
        return max(1024, self.connections + 200)


@dataclass(frozen=True)
class Peer:
    name: str
    says: str
    program: str  # which of the binaries: swivel, haproxy, nginx, envoy
    groups: tuple[Group, ...] = EVERYWHERE  # of scenarios, in which it takes part
    options: tuple[str, ...] = ()  # swivel: flags; haproxy: options of its defaults section
    servers: int = 1  # names of one and the same server
    idle: int = 0  # silent clients of the load beside those that the scenario has
    hosts: int = 0  # in place of those that the scenario has
    # The subject with more of something, or told otherwise: ratios are its figure divided by the
    # subject's, which says what that costs.
    is_variant: bool = False

    def takes_part(self, scenario: Scenario) -> bool:
        return scenario.group in self.groups

    def everywhere(self) -> "Peer":
        """Asked for by name, what counts servers or clients takes part in all scenarios."""
        counts = self.servers > 1 or self.idle > 0
        return dataclasses.replace(self, groups=tuple(Group)) if counts else self


IO_URING = ("--engine", "io_uring", "--splice", "auto")
SPLICING = ("option splice-request", "option splice-response")


def variant(name: str, says: str, group: Group, options: tuple[str, ...] = (), **counts: int) -> Peer:
    return Peer(name, f"Swivel, {says}", "swivel", (group,), (*IO_URING, *options), is_variant=True, **counts)


PEERS = [
    Peer("swivel", "Swivel on io_uring", "swivel", groups=tuple(Group), options=IO_URING),
    Peer("swivel-epoll", "Swivel on epoll", "swivel",
         options=("--engine", "epoll", "--splice", "auto")),
    Peer("swivel-epoll-nosplice", "Swivel on epoll, copying", "swivel", (Group.TCP_BULK,),
         options=("--engine", "epoll", "--splice", "off")),
    Peer("haproxy", "HAProxy, one thread, splicing nothing", "haproxy"),
    Peer("haproxy-splice", "HAProxy with splice-request and splice-response", "haproxy", BULK,
         options=SPLICING),
    Peer("nginx", "nginx, one worker", "nginx"),
    Peer("envoy", "Envoy, concurrency 1", "envoy", HTTP + WEBSOCKET),
    # What a long list of servers costs, what silent clients do, and how much routes ask for.
    variant("swivel-100", "with 100 servers to pick from", Group.HTTP_SCALE, servers=100),
    variant("swivel-1000", "with 1,000 servers to pick from", Group.HTTP_SCALE, servers=1000),
    variant("swivel-idle-100", "with 100 silent clients", Group.HTTP_SCALE, idle=99),
    variant("swivel-idle-1000", "with 1,000 silent clients", Group.HTTP_SCALE, idle=999),
    variant("swivel-hosts-1000", "with routes of 1,000 hosts", Group.HTTP_HOSTS, hosts=1000),
    # What reading the frames costs.
    variant("swivel-opaque", "which joins WebSockets blindly", Group.WEBSOCKET, ("--ws-mode", "opaque")),
]

# No proxy at all: what the load alone can do.
DIRECT = Peer("direct", "no proxy: client and server of the load face to face", "none", tuple(Group))
ON_REQUEST = (DIRECT,)


def is_rival(peer: Peer) -> bool:
    """Another project's proxy."""
    return peer.program not in ("swivel", DIRECT.program)
