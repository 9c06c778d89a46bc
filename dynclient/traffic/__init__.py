"""Recorded traffic: files in, Verdicts out."""

from dynclient.traffic.cassette import TrafficError, read_cassette
from dynclient.traffic.verdict import Verdict, files, judge

__all__ = ["TrafficError", "Verdict", "files", "judge", "read_cassette"]
