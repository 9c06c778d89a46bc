"""Header fields: those that clients, servers and what is between them add, and that no document lists."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from dynclient.exchange import Headers

#: Header fields that clients, servers and what is between them add, and that no document lists.
_USUAL_REQUEST = frozenset({
    "accept", "accept-charset", "accept-encoding", "accept-language", "authorization", "cache-control", "connection", "content-encoding",
    "content-length", "content-type", "cookie", "date", "dnt", "expect", "forwarded", "from", "host", "if-match", "if-modified-since",
    "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "max-forwards", "origin", "pragma", "priority", "proxy-authorization",
    "proxy-connection", "range", "referer", "te", "trailer", "transfer-encoding", "upgrade", "upgrade-insecure-requests", "user-agent", "via",
    "traceparent", "tracestate", "baggage", "b3", "x-request-id", "x-correlation-id", "x-requested-with", "x-real-ip", "amz-sdk-invocation-id",
    "amz-sdk-request", "x-csrf-token", "prefer", "signature", "signature-input", "content-digest", "digest",
})  # fmt: skip
_USUAL_RESPONSE = frozenset({
    "accept-ranges", "age", "allow", "alt-svc", "cache-control", "connection", "content-disposition", "content-encoding", "content-language",
    "content-length", "content-location", "content-range", "content-security-policy", "content-security-policy-report-only", "content-type",
    "cross-origin-embedder-policy", "cross-origin-opener-policy", "cross-origin-resource-policy", "date", "deprecation", "etag", "expires",
    "feature-policy", "keep-alive", "last-modified", "link", "location", "nel", "origin-agent-cluster", "permissions-policy", "pragma",
    "proxy-authenticate", "referrer-policy", "report-to", "reporting-endpoints", "retry-after", "server", "server-timing", "set-cookie",
    "status", "strict-transport-security", "sunset", "timing-allow-origin", "traceparent", "tracestate", "trailer", "transfer-encoding",
    "upgrade", "vary", "via", "warning", "www-authenticate", "x-amzn-requestid", "x-amzn-trace-id", "x-aspnet-version", "x-cache",
    "x-cache-hits", "x-content-type-options", "x-correlation-id", "x-dns-prefetch-control", "x-download-options", "x-frame-options",
    "x-permitted-cross-domain-policies", "x-powered-by", "x-request-id", "x-requestid", "x-response-time", "x-robots-tag", "x-runtime",
    "x-served-by", "x-timer", "x-trace-id", "x-ua-compatible", "x-xss-protection", "request-id", "cf-ray", "cf-cache-status",
})  # fmt: skip
_USUAL_STARTS = (
    *(
        "access-control-",
        "sec-",
        "x-forwarded-",
        "x-b3-",
        "x-datadog-",
        "x-envoy-",
        "x-amz-cf-",
        "cf-",
        "x-ratelimit-",
        "ratelimit",
    ),
    *("x-rate-limit-", "x-cloud-trace", "x-fastly-", "x-stainless-", "x-goog-", "x-kong-", ":"),
)


#: Usual fields whose values are judged.
_JUDGED = frozenset({"authorization", "content-type", "cookie", "set-cookie"})


@lru_cache(2048)
def _judged_fields(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the header fields whose values are the same in equal exchanges."""
    usual = _USUAL_REQUEST | _USUAL_RESPONSE
    return tuple(name for name in names if name in _JUDGED or not (name in usual or name.startswith(_USUAL_STARTS)))


def telling_fields(headers: Headers) -> tuple[Any, ...]:
    """Return the names of header fields, and the values that do not change from one exchange to the next."""
    names = tuple(headers.lowered)
    return names, *map(headers.lowered.get, _judged_fields(names))


def is_usual(name: str, *, sent: bool) -> bool:
    """Whether a header field, its name in lower case, is one that no document lists.

    Args:
        name: The name.
        sent: Whether it is one of a request.
    """
    return name in (_USUAL_REQUEST if sent else _USUAL_RESPONSE) or name.startswith(_USUAL_STARTS)
