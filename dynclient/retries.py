"""What is tried again, and how fast calls may follow each other, as frozen values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dynclient.names import explains_arguments

#: The methods that may be repeated by themselves (RFC 9110, section 9.2.2).
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
IDEMPOTENCY_KEY = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Retries:
    """Which calls are tried again, and when.

    Attributes:
        times: How often.
        statuses: After which statuses; after a broken connection in any case.
        methods: Calls with which methods; and those with an Idempotency-Key, whatever their method.
        idempotency_key: Whether calls with other methods get an Idempotency-Key of their own, a UUID that all tries of a call share. A text is the
            name of the header field.
        max_wait: The longest pause in seconds; when Retry-After or RateLimit ask for more, the reply is returned as it is.

    Raises:
        ValueError: A value is not allowed.
        TypeError: There is no such argument.
    """

    times: int = 2
    statuses: Iterable[int] = frozenset({429, 502, 503, 504})
    methods: Iterable[str] = IDEMPOTENT
    idempotency_key: bool | str = False
    max_wait: float = 30.0
    key_field: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _is_count(self.times):
            raise ValueError(f"times must be a whole number of 0 or more, not {self.times!r}")
        if isinstance(self.methods, str) or isinstance(self.statuses, str | int):
            raise ValueError("methods and statuses must be lists, such as methods=['GET'] and statuses=[503]")  # noqa: TRY004
        object.__setattr__(self, "statuses", frozenset(self.statuses))
        object.__setattr__(self, "methods", frozenset(str(method).upper() for method in self.methods))
        wrong = [status for status in self.statuses if not _is_count(status) or not 400 <= status < 600]
        if wrong:
            raise ValueError(f"statuses must be between 400 and 599, not {wrong[0]!r}")
        if not isinstance(self.idempotency_key, bool | str):
            key = type(self.idempotency_key).__name__
            raise ValueError(f"idempotency_key must be True, False or the name of a header field, not {key}")  # noqa: TRY004
        if isinstance(self.max_wait, bool) or not isinstance(self.max_wait, int | float) or not self.max_wait >= 0:
            raise ValueError(f"max_wait must be 0 seconds or more, not {self.max_wait!r}")
        named = self.idempotency_key if isinstance(self.idempotency_key, str) else ""
        object.__setattr__(self, "key_field", named or IDEMPOTENCY_KEY)


@dataclass(frozen=True, slots=True)
class Throttle:
    """How many requests a client sends, in one process and with all its copies; the others wait for their turn, in the order in which they came.

    Attributes:
        per_second: The most requests a second, at even distances; None for no limit. When a reply's RateLimit fields say that nothing is left, the
            next request waits until there is.
        at_once: The most requests whose reply is still waited for; None for no limit.

    Raises:
        ValueError: A value is not allowed.
        TypeError: There is no such argument.
    """

    per_second: float | None = None
    at_once: int | None = None

    def __post_init__(self) -> None:
        rate = self.per_second
        if rate is not None and (isinstance(rate, bool) or not isinstance(rate, int | float) or not rate > 0):
            raise ValueError(f"per_second must be above 0, or None for no limit, not {rate!r}")
        if self.at_once is not None and (not _is_count(self.at_once) or self.at_once < 1):
            raise ValueError(f"at_once must be a whole number above 0, or None for no limit, not {self.at_once!r}")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


Retries.__init__ = explains_arguments(Retries.__init__)  # type: ignore[method-assign]  # a dataclass makes its own
Throttle.__init__ = explains_arguments(Throttle.__init__)  # type: ignore[method-assign]
