"""What the end-to-end tests stand on: processes, addresses, servers and waits. No test lives here."""
