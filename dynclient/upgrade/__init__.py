"""Does another version of a document break my code? Recordings are judged, calls in Python sources are read; nothing is executed.

usage   the calls in Python sources
advice  what each call and each recording meets in the other version
"""
