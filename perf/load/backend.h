// The server side: echoes (echo, churn, idle, websocket), swallows (bulk-up), sends (bulk-down) or
// answers requests (http).
// It knows the scenario from the command line; nothing on the wire says it.
#ifndef BACKEND_H
#define BACKEND_H

// Opens the listener; answers the port it has.
unsigned backend_listen(const char *address);

// Tells the senders of bulk-up what has arrived, where they are another process.
void backend_tick(void);

// Closes what is open, so that everything is in the run's sums.
void backend_end(void);

#endif
