"""Tables of raw messages, by technique and section of the RFC. Data only: how they are tried stands in the tests."""
