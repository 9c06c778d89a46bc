"""The mock: a document that answers over HTTP, as a WSGI application on werkzeug.

    server       the document on a real socket
    responder    which of the documented answers a request gets: by Prefer and Accept, else the first success
    refusal      the answer to a wrong request: its status and form
    error_body   problems inside the error body that the document describes

openapi-core (the referee) judges every request, and not the code that made it, so client and mock cannot agree on the same mistake.
A valid request gets a documented example, or a generated value of the documented schema. An invalid one gets the fitting 4xx in
the documented form, with the problem in it. `Prefer: code=404` and `Prefer: example=NAME` (RFC 7240) choose other answers. The
same seed gives the same answers.
"""

from dynclient.mock.refusal import PROBLEM_JSON
from dynclient.mock.responder import Preference, Responder, preference
from dynclient.mock.server import MAX_BODY, Mock, authority

__all__ = ["MAX_BODY", "PROBLEM_JSON", "Mock", "Preference", "Responder", "authority", "preference"]
