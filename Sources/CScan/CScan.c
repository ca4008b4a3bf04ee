/* The functions are all inline; a module has at least one file to compile. */
#include "CScan.h"
