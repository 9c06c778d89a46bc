"""OAuth 2.0 and OpenID Connect: from what a document says and a user has to an access token.

    settings.py    what the user gives (OAuth2), what the document has (Flow), and which flow fits
    endpoint.py    one request to an authorization server: sent, answered, and what went wrong in plain words
    grants.py      each flow: its forms and its conversation
    loopback.py    where the browser comes back to after a sign-in
    tokens.py      the token that is kept: renewed in time, once for all threads

Why oauthlib makes the forms and reads the answers: it does no I/O of its own, so that every token request goes through the
client's own transport, with its TLS settings, proxies and time limits, and without its redirects, headers and cookies. It is
maintained (its current release is 4.0; Django OAuth Toolkit and others stand on it), licensed BSD-3-Clause, typed in typeshed,
needs nothing but Python, logs nothing on the client's side, and has all the flows that are wanted, the device flow included.
requests-oauthlib on top of it would bring a session of its own that follows redirects and writes token requests, secrets
included, to its debug log; its last release is of March 2024. Authlib is as good a library, but its client is a second
`requests.Session`, and it needs two more packages, one of them compiled (cryptography). It is the other side of the tests
instead: an authorization server written by other people than the client's library.

oauthlib is the extra `oauth`. It, and what speaks with it, is imported when the first token is asked for, not before.
"""

from typing import TYPE_CHECKING

from dynclient import lazy
from dynclient.oauth.settings import DeviceCode, Flow, OAuth2, Secret, resolve

if TYPE_CHECKING:
    from dynclient.oauth.endpoint import Transport
    from dynclient.oauth.tokens import TokenSource

__all__ = ["DeviceCode", "Flow", "OAuth2", "Secret", "TokenSource", "Transport", "resolve"]

__getattr__ = lazy.names(__name__, {"Transport": "endpoint", "TokenSource": "tokens"})
