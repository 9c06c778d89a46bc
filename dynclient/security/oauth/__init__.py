"""OAuth 2.0 and OpenID Connect: access tokens from the document's flows and the user's settings.

settings  OAuth2 (the user's settings), the flows of the document, and the flow that both allow
endpoint  one request to an authorization server
loopback  the local server that a browser returns to
grants    the requests of each flow
tokens    the token of a scheme: cached, renewed, requested once
"""
