"""Recorded traffic: files in, a Report out.

    report = check_recordings(["cassettes"], load("order_capture"))

    sources        files, folders, globs, archives, standard input and URLs, their compression undone
    readers        a module for each kind of recording, found by its content
    entries        the entries of JSON and YAML, one at a time: jsonentries, jsonlines, yamlentries, yamlevents, sketch
    assembly       what a reader found, made into a Recording: bodies, placeholders
    pairs          requests and responses of Python libraries as recordings
    inspector      recordings in, a Report out: whose exchange it is (hosts); repeats are only counted
    clean          the exchanges in which everything is as documented; sidejudge judges all others (case): bodycheck, watch
    findings       what differs, as findings: exhibits, unmatched, subjects, how grave (ratings); exercise, plans: what is used of a document
    desk           one document, and what is compiled of it to judge traffic; fields: header fields that no document lists
    report         findings and coverage as a value that merges; masks hide what looks like a secret
    folding        values in paths and pointers as signs that stand for all of them
    occurrences    how many replies could have shown a finding, which tells who is at fault; dates: how old a document is
    chunks         the parts of the traffic that are judged apart; checking, cluster: by processes, and on Dask; meter: how far that is
    settling       what can be said when all traffic was seen
    judging        the verdict of a document on each exchange, alone
    inference      the Overlay that makes a document say what was seen: evidence, amendment, swaggerbodies, tags
    outline        a first document of traffic alone; profile: what its values have in common
    reports        a Report for people and programs: NDJSON, JUnit, SARIF, Markdown, HTML, rows
    jury           what tests do, judged as they run: watching; collector: what a client does, as it does it

PyYAML reads YAML, fsspec reads URLs, openapi-core can be the judge; each is imported when it is needed.
"""

from dynclient.api.verdict import Verdict
from dynclient.traffic.checking import check_recordings
from dynclient.traffic.chunks import Chunk, check_chunk, chunks_of
from dynclient.traffic.collector import Collector
from dynclient.traffic.inspector import Inspector
from dynclient.traffic.judging import TrafficError, files, judge, read_cassette
from dynclient.traffic.pairs import recorded
from dynclient.traffic.report import Report, TrafficFinding
from dynclient.traffic.settling import settled

__all__ = [
    "Chunk", "Collector", "Inspector", "Report", "TrafficError", "TrafficFinding", "Verdict", "check_chunk", "check_recordings", "chunks_of", "files",
    "judge", "read_cassette", "recorded", "settled",
]  # fmt: skip
