"""Recorded traffic: files in, verdicts out.

    sources        files, folders, globs, archives, standard input and URLs, their compression undone
    readers        a module for each kind of recording, found by its content
    entries        the entries of JSON and YAML, one at a time: jsonentries, jsonlines, yamlentries, yamlevents, sketch
    assembly       what a reader found, made into a Recording: bodies, placeholders
    pairs          requests and responses of Python libraries as recordings
    judging        the verdict of a document on each exchange

PyYAML reads YAML, fsspec reads URLs, openapi-core can be the judge; each is imported when it is needed.
"""

from dynclient.api.verdict import Verdict
from dynclient.traffic.judging import TrafficError, files, judge, read_cassette
from dynclient.traffic.pairs import recorded

__all__ = ["TrafficError", "Verdict", "files", "judge", "read_cassette", "recorded"]
