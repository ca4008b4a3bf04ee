"""What can go wrong, told apart by what the suite does about it."""


class HarnessError(Exception):
    """The measurement itself cannot go on: the message says what is wrong and what would be right."""


class PeerMissing(Exception):
    """One proxy cannot take part: it is named with the reason and skipped, the others go on."""
