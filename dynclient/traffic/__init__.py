"""Recorded traffic: files in, Verdicts out."""

from dynclient.api.verdict import Verdict
from dynclient.traffic.cassette import TrafficError, read_cassette
from dynclient.traffic.judging import files, judge

__all__ = ["TrafficError", "Verdict", "files", "judge", "read_cassette"]
