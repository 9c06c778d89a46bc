"""Recorded traffic: files in, verdicts out.

    cassette   vcrpy cassettes as Exchanges
    verdict    the verdict of a document on each exchange

PyYAML reads the cassettes, openapi-core can be the judge; both are imported when they are needed.
"""

from dynclient.api.verdict import Verdict
from dynclient.traffic.cassette import TrafficError, read_cassette
from dynclient.traffic.judging import files, judge

__all__ = ["TrafficError", "Verdict", "files", "judge", "read_cassette"]
