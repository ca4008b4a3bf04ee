/* Nothing to import: this module exists to link liburing (see CLiburing). */
