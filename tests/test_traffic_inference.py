"""What traffic says of a document: an overlay after which nothing of what it covered is found again, and a first document."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from dynclient.opening import load
from dynclient.spec.document import Document
from dynclient.traffic.checking import check_recordings, outlined
from dynclient.traffic.inference import Inferred, overlay_of
from dynclient.traffic.report import Report
from tests.test_traffic_inspector import DEFECTS, GOOD, SHOP, URL, broken, exchange, put, reply_body, status

#: What no overlay says: advice, security, what the server refused, a body or a path parameter that is missing, a broken body, a discriminator.
LEFT = {
    *("request/query/deprecated", "request/operation/deprecated", "request/body/deprecated", "response/body/deprecated"),
    *("response/header/deprecated", "request/body/readOnly", "response/body/writeOnly", "response/body/discriminator"),
    *("request/security/security", "request/header/credential"),
}
