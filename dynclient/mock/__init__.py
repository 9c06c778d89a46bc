"""The mock: a Document that answers over HTTP, as a WSGI application on werkzeug.

    server       the document on a real socket
    responder    a request in, its answer out
    prefer       which of the documented answers is wanted: by Prefer and Accept, else the first success
    refusal      what is wrong with a request, as the document writes errors

Every request is judged by openapi-core (the referee), never by the code that made it, so that client and mock cannot agree on the
same mistake. A request that passes gets a documented example, or a generated value of the documented schema; one that does not
gets the fitting 4xx in the documented form, saying what is wrong. `Prefer: code=404` and `Prefer: example=NAME` (RFC 7240)
choose other answers. The same seed gives the same answers.
"""

from dynclient.mock.prefer import Preference, preference
from dynclient.mock.refusal import PROBLEM_JSON
from dynclient.mock.responder import Responder
from dynclient.mock.server import MAX_BODY, Mock, authority

__all__ = ["MAX_BODY", "PROBLEM_JSON", "Mock", "Preference", "Responder", "authority", "preference"]
