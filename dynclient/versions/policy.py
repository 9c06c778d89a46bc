"""What is opinion: changes that break some clients and not others, each with a setting."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, Self

from dynclient.names import nearest

#: What a change of a kind counts as; `fine` leaves it out of the report.
Weight = Literal["breaks", "notice", "fine"]
WEIGHTS = ("breaks", "notice", "fine")


@dataclass(frozen=True, slots=True)
class Policy:
    """What changes count as where the documents alone do not decide it: `breaks`, `notice` or `fine`.

    Attributes:
        new_enum_value: A reply may have a value that its enum did not have.
        new_status: A reply may have a status that the old document does not describe.
        required_with_default: A property or parameter that requests need has a default.
        default_changed: The default of a parameter or a property is another one.
        property_removed: An optional property is gone; a server ignores it, a reader does without it.
        parameter_removed: A parameter is gone; a server ignores it.
        header_removed: An optional header of a reply is gone.
        media_type_added: A reply may have another media type, beside those that it had.
        body_added: A reply that had no body has one.
        closed: An object no longer takes properties that it does not name.
        read_only: A property that requests sent has become readOnly.
        discriminator: The names of subtypes have changed.
        format: A `format` that nothing checks has changed, or what a text holds (`contentEncoding`, `contentMediaType`, `contentSchema`).
        server: The servers have changed.
        webhook: A webhook or a callback was added or removed.
        link: A link of a reply is gone or leads elsewhere.
        allow_reserved: Reserved characters of a parameter must be percent-encoded, which could be sent as they are.

    Raises:
        ValueError: A setting is none of the three.
    """

    new_enum_value: Weight = "breaks"
    new_status: Weight = "breaks"
    required_with_default: Weight = "breaks"
    default_changed: Weight = "notice"
    property_removed: Weight = "notice"
    parameter_removed: Weight = "notice"
    header_removed: Weight = "notice"
    media_type_added: Weight = "notice"
    body_added: Weight = "notice"
    closed: Weight = "fine"
    read_only: Weight = "notice"
    discriminator: Weight = "notice"
    format: Weight = "notice"
    server: Weight = "notice"
    webhook: Weight = "notice"
    link: Weight = "notice"
    allow_reserved: Weight = "notice"

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value not in WEIGHTS:
                raise ValueError(f"{field.name} must be one of {', '.join(WEIGHTS)}, not {value!r}")

    @classmethod
    def of(cls, settings: dict[str, Any]) -> Self:
        """Make a policy of settings by name.

        Args:
            settings: The settings that are not the default; names may be written with hyphens.

        Raises:
            ValueError: There is no such setting, or it is none of the three.
        """
        named = {name.replace("-", "_"): value for name, value in settings.items()}
        known = [field.name for field in fields(cls)]
        unknown = next((name for name in named if name not in known), None)
        if unknown is not None:
            raise ValueError(
                f"there is no policy {unknown!r} ({nearest(unknown, known) or 'known: ' + ', '.join(known)})"
            )
        return cls(**named)
