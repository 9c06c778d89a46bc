"""Sending: one transport for each HTTP library, and redirects and retries above them.

transport      what a transport is, and which ones there are
codings        Content-Encoding, undone as a body arrives
failures       errors in the same words for every library, replies that may break off, logs without credentials
progress       how far bodies are
pace           whose turn it is to send
flow           exchanges of several steps, written once for the blocking and the async client
redirects      which redirects are followed, and what they may carry
attempts       what is tried again, and when
with_requests  the default: the user's session, or one of its own with
    connections    an adapter that looks for the connections to a server once, and
    final          connections that skip interim responses
with_httpx, with_pyreqwest     blocking and async
with_aiohttp   async
in_process     applications of this process, by WSGI and ASGI
surroundings   what the environment says: proxies, authorities to trust
cookies        those that a transport keeps
patience       waiting that Ctrl-C ends
threads        any blocking transport for the async client
"""
