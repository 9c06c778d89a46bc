"""Does another version of a document break my code? Recordings are judged, calls in Python sources are read; nothing is executed."""
