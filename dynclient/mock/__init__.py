"""The mock: a document that answers over HTTP.

    server        the document as a server, in a background thread or in this one
    without_socket  the document as a transport
    serving       HTTP on a real socket, within limits
    responder     requests judged, then refused or answered
    answer        a response, and what the log says of it
    composer      which of the documented replies a valid request gets, and its value
    reply_fields  its header fields
    negotiation   the media type of a reply
    refusal       the answer to a wrong request: its status and form
    error_body    problems inside the error body that the document describes

The package's own check judges the requests (`Api.judge`), and no longer openapi-core, which refuses valid requests of real documents: an
absent optional `deepObject` of arrays, members of forms, `readOnly` path parameters, `%2F` in a path value, patterns with Unicode
properties, an `Authorization` parameter, which the specification ignores. A mock that does so is useless for them. Where the independence
of the judge is the point, so that client and mock cannot agree on the same mistake, openapi-core is asked for: `Mock(document,
judge="openapi-core")`, as the demo and the tests of the two documents of the catalog do.

A valid request gets a documented example, or a generated value of the documented schema. An invalid one gets the fitting 4xx in the
documented form, with the problem in it, in the field `Dynclient-Problem`, and in the log. `Prefer: code=404` and `Prefer: example=NAME`
(RFC 7240) choose other answers. The same seed gives the same answers.
"""

from dynclient.mock.composer import Preference, preference
from dynclient.mock.refusal import PROBLEM_JSON
from dynclient.mock.responder import Responder
from dynclient.mock.server import Mock
from dynclient.mock.serving import MAX_BODY, authority

__all__ = ["MAX_BODY", "PROBLEM_JSON", "Mock", "Preference", "Responder", "authority", "preference"]
