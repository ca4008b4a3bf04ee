// The one line that a run prints.
#ifndef REPORT_H
#define REPORT_H

void report_print(void);

#endif
