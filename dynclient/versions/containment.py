"""Whether everything that one schema lets a sender send is accepted by another: a proof, or the places where there is none.

A question is a pair of terms: the sender's and the receiver's. Its answer is a list of gaps (a constraint of the receiver that the sender's schema
does not imply) and a list of further questions that must hold as well, for members, items and branches. A pair is proved when no question
that it leads to has a gap; a question that leads back to itself adds nothing, so cycles end by themselves (coinduction).

A sender sends only the properties that its schema declares. Without that, every optional property removed from a reply would break its readers.
Nothing here is an approximation that could call a break fine: what a rule cannot show becomes a gap, and a gap without a witness is `unknown`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from dynclient.errors import SpecError
from dynclient.schema.bundle import CHOICES
from dynclient.schema.ecma import searches
from dynclient.schema.flat import ExampleError
from dynclient.schema.formats import FORMATS, NUMBER_BOUNDS
from dynclient.schema.maker import generate
from dynclient.schema.spelling import Speller
from dynclient.versions.facts import Facts, constants, type_of, types_in
from dynclient.versions.terms import NEVER, Barred, OneWay, Term, canonical

#: The way from a value to one inside it: a member's name, an item's position; None for the value itself.
Hop = str | int | None

#: How many questions a comparison may ask; beyond that, the answer is `unknown`.
MOST_QUESTIONS = 400_000
#: How many branches of a choice are tried for a value before it counts as a gap.
_TRIED = 12
#: How deep two schemas are looked into for a difference that keeps their values apart.
_DEEP = 3
#: Formats that imply others.
_IMPLIED: dict[str, frozenset[str]] = {
    "uri": frozenset({"uri-reference", "iri", "iri-reference"}),
    "uri-reference": frozenset({"iri-reference"}),
    "iri": frozenset({"iri-reference"}),
    "email": frozenset({"idn-email"}),
    "idn-email": frozenset({"email"}),
    "hostname": frozenset({"idn-hostname"}),
}
_SCALARS = frozenset({"integer", "fraction", "boolean"})


class Gap(NamedTuple):
    """A constraint of the receiver that the sender's schema does not imply.

    Attributes:
        aspect: What it is about: `type`, `enum`, `required`, `length` ...; `notice` words for what is no break.
        name: The property that it is about, or "".
        sent: A schema of the sender, for its place.
        part: The schema of the receiver that has the constraint.
        detail: The constraint in words, for the message.
        values: Values that may show it.
        hints: Schemas of values that may show it, if the sender may send them.
    """

    aspect: str
    name: str
    sent: Any
    part: Any
    detail: str = ""
    values: tuple[Any, ...] = ()
    hints: tuple[Any, ...] = ()


class Pair(NamedTuple):
    """A question: does the receiver's term accept everything that the sender's allows?"""

    sent: Term
    taken: Term

    @property
    def key(self) -> Any:
        """Equal for equal questions."""
        return self.sent.key, self.taken.key


class Reasons(NamedTuple):
    """What is missing for a pair to hold.

    Attributes:
        gaps: Constraints that are not implied.
        notices: Changes that break nobody by themselves.
        needs: Further pairs that must hold, each with the way to its value.
    """

    gaps: list[Gap]
    notices: list[Gap]
    needs: list[tuple[Hop, Pair]]


class Containment:
    """Answers whether a receiver accepts what a sender sends.

    Args:
        sender: The document of the sender.
        receiver: The document of the receiver.
        texts: Whether the values are sent as text, so that a number is accepted where a text is.
    """

    def __init__(self, sender: OneWay, receiver: OneWay, *, texts: bool = False) -> None:
        self.sender = sender
        self.receiver = receiver
        self.texts = texts
        self._answers: dict[Any, Reasons] = {}
        self._facts: dict[tuple[bool, Any], Facts] = {}
        self._names: dict[int, dict[str, int]] = {}
        self._tags: dict[int, tuple[str, dict[str, list[int]]]] = {}

    def sent(self, term: Term) -> Facts:
        """Return the facts of a sender's term."""
        return self._known(True, self.sender, term)  # noqa: FBT003  a key

    def taken(self, term: Term) -> Facts:
        """Return the facts of a receiver's term."""
        return self._known(False, self.receiver, term)  # noqa: FBT003  a key

    def _known(self, is_sent: bool, side: OneWay, term: Term) -> Facts:  # noqa: FBT001  a key
        key = is_sent, term.key
        found = self._facts.get(key)
        if found is None:
            found = self._facts[key] = Facts(side, term)
        return found

    def holds(self, pair: Pair) -> bool:
        """Whether a pair is proved. True counts under the condition that pairs whose answer is being found hold, too."""
        seen: dict[Any, Pair] = {pair.key: pair}
        pending = [pair]
        same: dict[Any, list[Any]] = {}
        while pending:
            current = pending.pop()
            answer = self.answer(current)
            if answer.gaps:
                return False
            for step, needed in answer.needs:
                if step is None:
                    same.setdefault(current.key, []).append(needed.key)
                if needed.key not in seen:
                    seen[needed.key] = needed
                    pending.append(needed)
        return not unguarded(same)

    def answer(self, pair: Pair) -> Reasons:
        """Return what is missing for a pair to hold."""
        found = self._answers.get(pair.key)
        if found is None:
            found = self._answers[pair.key] = Reasons([], [], [])  # which is what a question inside its own answer gets
            if len(self._answers) > MOST_QUESTIONS:
                found.gaps.append(Gap("size", "", _first(pair.sent), _first(pair.taken), "too many cases to compare"))
            elif pair.sent.key != pair.taken.key:
                self._ask(pair, found)
        return found

    def _ask(self, pair: Pair, answer: Reasons) -> None:
        try:
            _Question(self, pair, answer).ask()
        except SpecError as error:
            answer.gaps.append(Gap("unusable", "", _first(pair.sent), _first(pair.taken), error.headline))

    def names(self, branches: list[Any]) -> dict[str, int]:
        """Return the branches of a receiver's choice that are components, by name."""
        found = self._names.get(id(branches))
        if found is None:
            named = {self.receiver.name_of(branch): at for at, branch in enumerate(branches)}
            found = self._names[id(branches)] = {name: at for name, at in named.items() if name}
        return found

    def tags(self, branches: list[Any]) -> tuple[str, dict[str, list[int]]]:
        """Return a property that every branch of a receiver's choice requires and lists values for, and the branches by value; "" for none."""
        found = self._tags.get(id(branches))
        if found is None:
            listed = [constants(self.receiver, each) for each in branches] if len(branches) > _TRIED else []
            found = self._tags[id(branches)] = _tags_of(listed)
        return found

    def apart(self, sent: Term, schema: Any, depth: int = _DEEP) -> bool:
        """Whether certainly no value that the sender sends fits a schema of the receiver."""
        receiver = self.receiver
        if sent.barred.has(receiver.number(schema)):
            return True
        ours, theirs = self.sent(sent), self.taken(receiver.term([schema]))
        if ours.is_empty or theirs.is_empty:
            return True
        types = ours.types & theirs.types
        if self.texts and (ours.types & _SCALARS or theirs.types & _SCALARS):
            return False
        if not types:
            return True
        if ours.values is not None and theirs.values is not None:
            return not any(
                value == other and type_of(value) == type_of(other) for value in ours.values for other in theirs.values
            )
        if types == {"object"} and self._objects_apart(ours, theirs, depth):
            return True
        if types <= {"integer", "fraction"} and (ours.low[0] > theirs.high[0] or ours.high[0] < theirs.low[0]):
            return True
        if types == {"string"} and (
            ours.least("minLength") > theirs.most("maxLength") or ours.most("maxLength") < theirs.least("minLength")
        ):
            return True
        return self._branches_apart(sent, theirs, depth)

    def _objects_apart(self, ours: Facts, theirs: Facts, depth: int) -> bool:
        if any(not ours.declares(name) for name in theirs.required):
            return True
        if depth == 0:
            return False
        for name in sorted(ours.required):
            rules = theirs.member(name)
            if any(self.apart(self.sender.term(ours.member(name)), rule, depth - 1) for rule in rules):
                return True
        return False

    def _branches_apart(self, sent: Term, theirs: Facts, depth: int) -> bool:
        if depth == 0:
            return False
        for index, keyword in theirs.choices:
            branches = theirs.parts[index][keyword]
            if len(branches) <= _TRIED and all(self.apart(sent, branch, depth - 1) for branch in branches):
                return True
        return False


class _Question:
    """Finds the answer to one pair."""

    def __init__(self, containment: Containment, pair: Pair, answer: Reasons) -> None:
        self.all = containment
        self.pair = pair
        self.answer = answer
        self.sender, self.receiver = containment.sender, containment.receiver
        self.ours = containment.sent(pair.sent)
        self.theirs = containment.taken(pair.taken)

    def ask(self) -> None:
        known = set(self.pair.sent.numbers)
        numbered = zip(self.pair.taken.numbers, self.pair.taken.parts, strict=True)
        open_parts = [part for number, part in numbered if number not in known]
        if self.pair.sent.key[0] != self.pair.taken.key[0] and not self.ours.is_empty:
            self._compare_names()
        if not open_parts or self.ours.is_empty:
            return
        if self._is_settled_by_values(open_parts):
            return
        unproved: list[Mapping[str, Any]] = []
        splits = bool(self.ours.choices)
        for part in open_parts:
            if splits and _is_large_choice(part):  # its branches are compared with the sender's, each with its own
                unproved.append(part)
                continue
            before = len(self.answer.gaps), len(self.answer.needs), len(self.answer.notices)
            self._require(part)
            gaps, needs = self.answer.gaps[before[0] :], self.answer.needs[before[1] :]
            if splits and (gaps or not all(self.all.holds(need) for _, need in needs)):
                del self.answer.gaps[before[0] :], self.answer.needs[before[1] :], self.answer.notices[before[2] :]
                unproved.append(part)
        if unproved:
            self._split(unproved)

    def _need(self, step: Hop, sent: Term, taken: Term) -> None:
        self.answer.needs.append((step, Pair(sent, taken)))

    def _gap(
        self,
        aspect: str,
        part: Any,
        name: str = "",
        *,
        detail: str = "",
        values: Iterable[Any] = (),
        hints: Iterable[Any] = (),
    ) -> None:
        self.answer.gaps.append(Gap(aspect, name, _first(self.pair.sent), part, detail, tuple(values), tuple(hints)))

    def _notice(self, aspect: str, part: Any, name: str = "") -> None:
        self.answer.notices.append(Gap(aspect, name, _first(self.pair.sent), part))

    # Values

    def _is_settled_by_values(self, parts: list[Mapping[str, Any]]) -> bool:
        """Whether the sender lists its values, so that each can be tried."""
        values = self.ours.values
        if values is None:
            return False
        if self.all.texts and any(type_of(value) in _SCALARS for value in values):
            return self._texts_of_values(values)
        taken = self.receiver.schema(parts)
        sent = self.sender.schema(self.pair.sent.parts)
        refused = [value for value in values if not taken.is_valid(value) and sent.is_valid(value)]
        if refused:
            types = [value for value in refused if type_of(value) not in self.theirs.types]
            listing = next((part for part in parts if "enum" in part or "const" in part), None)
            if types and (listing is None or not self.theirs.types):
                self._gap("type", _with(parts, "type"), values=types)
            else:
                self._gap("enum" if listing is not None else "values", listing or parts[0], values=refused)
        return True

    def _texts_of_values(self, values: list[Any]) -> bool:
        """Whether each value is accepted as it is or as the text that is sent for it."""
        taken = self.receiver.schema(self.pair.taken.parts)
        refused = [value for value in values if not taken.is_valid(value) and not taken.is_valid(as_text(value))]
        if refused:
            listing = _with(self.pair.taken.parts, "enum")
            self._gap("enum" if "enum" in listing or "const" in listing else "type", listing, values=refused)
        return True

    # Constraints, part by part

    def _require(self, part: Mapping[str, Any]) -> None:
        """Ask for everything that one schema of the receiver says itself."""
        types = self._types(part)
        self._values(part)
        if types & {"integer", "fraction"} and not part.keys().isdisjoint(_OF_NUMBERS):
            self._numbers(part)
        if "string" in types and not part.keys().isdisjoint(_OF_TEXTS):
            self._texts(part)
        if "array" in types:
            self._array(part)
        if "object" in types:
            self._object(part)
        self._applied(part)
        if "$dynamicRef" in part:
            self._gap("dynamic", part, detail="a dynamic reference leads to other schemas")

    def _types(self, part: Mapping[str, Any]) -> frozenset[str]:
        ours = self.ours.types
        if "type" not in part:
            return ours
        allowed = types_in(part["type"])
        if self.all.texts and "string" in allowed and ours & _SCALARS - allowed:
            beyond = _OF_TEXTS & part.keys()
            if beyond:
                self._gap("text", part, detail="a number is sent as text, which must fit " + ", ".join(sorted(beyond)))
            ours -= _SCALARS - allowed
        extra = ours - allowed
        if extra:
            aspect = "null" if extra == {"null"} else "type"
            self._gap(aspect, part, detail=" or ".join(sorted(extra)), hints=[_SAMPLES[name] for name in sorted(extra)])
        return ours & allowed

    def _values(self, part: Mapping[str, Any]) -> None:
        if "enum" in part or "const" in part:  # the sender does not list its values, so it has more of them
            self._gap("enum", part, hints=({},))

    def _numbers(self, part: Mapping[str, Any]) -> None:
        theirs = Facts(self.receiver, Term(({**part, "type": _number_type(self.ours.types)},), (0,)))
        mirrored = (-self.ours.high[0], self.ours.high[1]), (-theirs.high[0], theirs.high[1])
        hints = [*_below(theirs.low)] if _is_lower(self.ours.low, theirs.low) else []
        hints += [*_above(theirs.high)] if _is_lower(*mirrored) else []
        if hints and (part.get("minimum"), part.get("maximum")) in _FLOATS:
            self._notice("format", part)
        elif hints:
            self._gap("bounds", part, hints=hints)
        step = part.get("multipleOf")
        if isinstance(step, int | float) and step > 0:
            wanted = Fraction(str(step))
            if not any((own / wanted).denominator == 1 for own in self.ours.steps):
                self._gap(
                    "multipleOf",
                    part,
                    hints=[{}, *({"const": n * float(wanted) + 1} for n in (0, 1, 5)), {"const": 0.5}],
                )

    def _texts(self, part: Mapping[str, Any]) -> None:
        self._size(part, "minLength", "maxLength", "length")
        pattern, form = part.get("pattern"), part.get("format")
        if isinstance(pattern, str) and pattern not in self.ours.texts("pattern"):
            self._gap("pattern", part, hints=({}, *_TEXTS))
        if isinstance(form, str) and form in FORMATS:
            formats = self.ours.texts("format")
            if form not in formats and not any(form in _IMPLIED.get(own, ()) for own in formats):
                self._gap("format", part, hints=({}, *_TEXTS))
        elif isinstance(form, str) and form not in self.ours.texts("format"):
            self._notice("format", part)

    def _size(self, part: Mapping[str, Any], least: str, most: str, aspect: str) -> None:
        low, high = part.get(least), part.get(most)
        if (
            isinstance(low, int | float)
            and self.ours.least(least) < low
            and self.ours.most(most) >= self.ours.least(least)
        ):
            self._gap(f"least {aspect}", part, hints=[{most: int(low) - 1}, {most: int(self.ours.least(least))}])
        if isinstance(high, int | float) and self.ours.most(most) > high:
            self._gap(f"most {aspect}", part, hints=[{least: math.floor(high) + 1}])

    def _array(self, part: Mapping[str, Any]) -> None:
        ours = self.ours
        self._size(part, "minItems", "maxItems", "items")
        if (
            part.get("uniqueItems") is True
            and not any(own.get("uniqueItems") is True for own in ours.parts)
            and ours.most("maxItems") > 1
        ):
            item = self.sender.schema(ours.item(0)) if ours.item(0) else None
            self._gap("unique", part, values=_doubled(item, ours), hints=({"minItems": 2},))
        prefix = part["prefixItems"] if isinstance(part.get("prefixItems"), list) else []
        fixed = len(prefix)
        for index in range(max(fixed, ours.first)):
            schema = prefix[index] if index < fixed else part.get("items")
            if schema is not None and index < ours.most("maxItems"):
                self._need(index, self.sender.term(ours.item(index)), self.receiver.term([schema]))
        last = max(fixed, ours.first)
        if "items" in part and last < ours.most("maxItems"):
            self._need(last, self.sender.term(ours.item(last)), self.receiver.term([part["items"]]))
        if "contains" in part:
            self._contains(part)
        if "unevaluatedItems" in part and not any("items" in each for each in self.theirs.parts):
            self._gap("unevaluatedItems", part, hints=({"minItems": self.theirs.first + 1},))

    def _contains(self, part: Mapping[str, Any]) -> None:
        number = self.receiver.number(part["contains"])
        least, most = part.get("minContains", 1), part.get("maxContains", math.inf)
        for own in self.ours.parts:
            if "contains" in own and self.sender.number(own["contains"]) == number:
                low, high = own.get("minContains", 1), own.get("maxContains", math.inf)
                if low >= least and min(high, self.ours.most("maxItems")) <= most:
                    return
        every = Pair(self.sender.term(self.ours.item(0)), self.receiver.term([part["contains"]]))
        if most == math.inf and self.ours.first == 0 and self.ours.least("minItems") >= least and self.all.holds(every):
            self.answer.needs.append((0, every))
        elif least > 0 or most < math.inf:
            self._gap("contains", part, values=([],), hints=({}, {"maxItems": 0}))

    def _object(self, part: Mapping[str, Any]) -> None:
        ours = self.ours
        self._size(part, "minProperties", "maxProperties", "properties")
        for name in part.get("required", ()) if isinstance(part.get("required"), list) else ():
            if name not in ours.required:
                self._gap("required", part, name, hints=[{"not": {"required": [name]}}])
        self._members(part)
        for name, needed in _mapping(part, "dependentRequired").items():
            for other in needed if ours.may_have(name) else ():
                if other not in ours.required and not self._depends(name, other):
                    self._gap(
                        "dependentRequired", part, other, hints=[{"required": [name], "not": {"required": [other]}}]
                    )
        for name, schema in _mapping(part, "dependentSchemas").items():
            if ours.may_have(name):
                has = self.sender.copied({"required": [name]}, _first(self.pair.sent))
                self._need(
                    None, self.sender.term([*ours.parts, has], self.pair.sent.barred), self.receiver.term([schema])
                )
        if "propertyNames" in part:
            self._names(part)
        if "unevaluatedProperties" in part:
            self._unevaluated(part)

    def _depends(self, name: str, other: str) -> bool:
        return any(other in _mapping(own, "dependentRequired").get(name, ()) for own in self.ours.parts)

    def _members(self, part: Mapping[str, Any]) -> None:
        """Ask that a part accepts each property that the sender may send."""
        if not part.keys() & {"properties", "patternProperties", "additionalProperties"}:
            return
        ours, rest = self.ours, part.get("additionalProperties")
        closed = rest is False or rest == NEVER
        theirs = Facts(self.receiver, Term((part,), (0,)))
        listed = dict.fromkeys([*ours.names, *(_mapping(part, "properties") if ours.is_open and ours.parts else ())])
        for name in listed:
            if not ours.may_have(name) or (name not in ours.names and self._is_free):
                continue
            schemas = theirs.member(name)
            if closed and not theirs.is_stated(name):
                self._gap("unknown property", part, name, hints=[{"required": [name]}])
            elif schemas:
                self._need(name, self.sender.term(ours.member(name)), self.receiver.term(schemas))
                self._mark(name, part)
        if ours.is_map:
            self._any_member(part, closed=closed)
        elif closed and self._is_free:
            self._notice("closed", part)
        for pattern, rules in ours.patterns.items():
            self._need(
                _name_for(pattern),
                self.sender.term(rules),
                self.receiver.term(self._for_pattern(part, pattern, closed=closed)),
            )

    @property
    def _is_free(self) -> bool:
        """Whether the sender's object declares nothing at all: it sends what it likes, but not what it has never heard of."""
        return not any("additionalProperties" in part or "unevaluatedProperties" in part for part in self.ours.parts)

    def _mark(self, name: str, part: Mapping[str, Any]) -> None:
        """Note that a property which is sent has become one that the receiver ignores."""
        mark = "readOnly" if self.sender.direction == "request" else "writeOnly"
        rule = _mapping(part, "properties").get(name)
        if mark == "readOnly" and any(each.get(mark) is True for each in self.receiver.bundle.parts(rule, ("$ref",))):
            self._notice("readOnly", part, name)

    def _any_member(self, part: Mapping[str, Any], *, closed: bool) -> None:
        """Ask that a part accepts properties of any name."""
        name = "key1"
        schemas = Facts(self.receiver, Term((part,), (0,))).member(name)
        if closed:
            self._gap("unknown property", part, name, hints=[{"required": [name]}])
        elif schemas:
            self._need(name, self.sender.term(self.ours.member(name)), self.receiver.term(schemas))
        patterns = _mapping(part, "patternProperties")
        for pattern, rule in patterns.items():
            if pattern not in self.ours.patterns:
                self._need(_name_for(pattern), self.sender.term(self.ours.member(name)), self.receiver.term([rule]))

    def _for_pattern(self, part: Mapping[str, Any], pattern: str, *, closed: bool) -> list[Any]:
        patterns = _mapping(part, "patternProperties")
        if pattern in patterns:
            return [patterns[pattern]]
        rules = [*patterns.values(), *([] if "additionalProperties" not in part else [part["additionalProperties"]])]
        return [NEVER] if closed else rules

    def _names(self, part: Mapping[str, Any]) -> None:
        taken = self.receiver.schema([part["propertyNames"]])
        for name in self.ours.names:
            if not taken.is_valid(name):
                self._gap("propertyNames", part, name, hints=[{"required": [name]}])
        if self.ours.is_open:
            own = [each["propertyNames"] for each in self.ours.parts if "propertyNames" in each]
            named = self.sender.copied({"type": "string"}, part)
            pair = Pair(self.sender.term([*own, named]), self.receiver.term([part["propertyNames"]]))
            if self.all.holds(pair):
                self.answer.needs.append(("", pair))
            else:
                self._gap("propertyNames", part, hints=({}, {"minProperties": 1}))

    def _unevaluated(self, part: Mapping[str, Any]) -> None:
        rule, theirs = part["unevaluatedProperties"], self.theirs
        if any("additionalProperties" in each for each in theirs.parts):
            return
        for name in self.ours.names:
            if not theirs.is_stated(name):
                if rule is False or rule == NEVER:
                    self._gap("unknown property", part, name, hints=[{"required": [name]}])
                else:
                    self._need(name, self.sender.term(self.ours.member(name)), self.receiver.term([rule]))
        if self.ours.is_open and not self._is_free:
            self._need("key1", self.sender.term(self.ours.member("key1")), self.receiver.term([rule]))

    # Schemas that apply to the same value

    def _applied(self, part: Mapping[str, Any]) -> None:
        if "not" in part:
            self._not(part)
        if "if" in part:
            self._condition(part)
        for keyword in CHOICES:
            if isinstance(part.get(keyword), list):
                self._choose(part, keyword)

    def _not(self, part: Mapping[str, Any]) -> None:
        number = self.receiver.number(part["not"])
        if any("not" in own and self.sender.number(own["not"]) == number for own in self.ours.parts):
            return
        if not self.all.apart(self.pair.sent, part["not"]):
            self._gap("not", part, hints=({}, part["not"] if isinstance(part["not"], Mapping) else {}))

    def _condition(self, part: Mapping[str, Any]) -> None:
        sent = self.pair.sent
        if "then" in part and not self.all.apart(sent, part["if"]):
            is_foreign = "$ref" in str(part["if"])  # a reference of the other document
            narrowed = sent if is_foreign else self.sender.term([*sent.parts, part["if"]], sent.barred)
            self._need(None, narrowed, self.receiver.term([part["then"]]))
        if "else" in part and not self._meets(part["if"]):
            self._need(None, sent, self.receiver.term([part["else"]]))

    def _meets(self, schema: Any) -> bool:
        return self.receiver.tokens(schema) <= set(self.pair.sent.numbers)

    def _choose(self, part: Mapping[str, Any], keyword: str) -> None:
        """Ask that one branch of a choice accepts what is sent, and for `oneOf` no other one."""
        branches, sent = part[keyword], self.pair.sent
        known = set(sent.numbers)
        numbers = [self.receiver.number(branch) for branch in branches]
        same = next((at for at, branch in enumerate(branches) if self.receiver.tokens(branch) <= known), None)
        chosen = same if same is not None else self._accepting(branches, numbers)
        if chosen is None:
            if len(self.ours.types) > 1 and not self.ours.choices:
                self._by_type(part, keyword)
            else:
                self._no_branch(part, keyword, numbers)
            return
        if same is None:
            self._need(None, sent, self.receiver.term([branches[chosen]]))
        if keyword == "oneOf":
            self._exclude(part, chosen)

    def _accepting(self, branches: list[Any], numbers: list[int]) -> int | None:
        meant = self._meant(branches)
        for at in [*([] if meant is None else [meant]), *self._likely(branches, numbers)]:
            if self.all.holds(Pair(self.pair.sent, self.receiver.term([branches[at]]))):
                return at
        return None

    def _likely(self, branches: list[Any], numbers: list[int]) -> list[int]:
        """Return the branches worth trying: those that the sender's schema does not have, then those that it has."""
        barred = self.pair.sent.barred
        near = self._near(branches)
        fresh = [at for at in near if not barred.has(numbers[at])]
        rest = [at for at in near if barred.has(numbers[at])]
        found: list[int] = []
        for at in [*fresh, *rest[:_TRIED]]:
            if len(found) == _TRIED:
                break
            if not self.all.apart(self.pair.sent, branches[at]):
                found.append(at)
        return found

    def _near(self, branches: list[Any]) -> Iterable[int]:
        """Return the branches that a property with one value for each does not keep apart from what is sent."""
        name, by_value = self.all.tags(branches)
        if name not in self.ours.required or "object" not in self.ours.types or len(self.ours.types) > 1:
            return range(len(branches))
        values = self.all.sent(self.sender.term(self.ours.member(name))).values
        if values is None:
            return range(len(branches))
        return sorted({at for value in values for at in by_value.get(canonical(value), ())})

    def _exclude(self, part: Mapping[str, Any], chosen: int) -> None:
        """Ask that no other branch of a `oneOf` accepts what is sent."""
        for at in self._near(part["oneOf"]):
            branch = part["oneOf"][at]
            if at != chosen and not self.all.apart(self.pair.sent, branch):
                own = branch if isinstance(branch, Mapping) and "$ref" not in str(branch) else {}
                self._gap("oneOf", part, detail="two branches may accept the same value", hints=(own, {}))
                return

    def _by_type(self, part: Mapping[str, Any], keyword: str) -> None:
        groups = [group for group in _GROUPS if self.ours.types & group]
        if len(groups) < 2:
            self._no_branch(part, keyword, [self.receiver.number(branch) for branch in part[keyword]])
            return
        only = self.receiver.copied({keyword: part[keyword]}, part)
        for group in groups:
            types = self.ours.types & group
            name = "number" if "fraction" in types else next(iter(types))
            typed = self.sender.copied({"type": name}, _first(self.pair.sent))
            self._need(
                None,
                self.sender.term([*self.pair.sent.parts, typed], self.pair.sent.barred),
                self.receiver.term([only]),
            )

    def _no_branch(self, part: Mapping[str, Any], keyword: str, numbers: list[int]) -> None:
        """No branch accepts everything that is sent: point into the branch that was meant, if that is plain, else at the choice."""
        branches = part[keyword]
        meant = self._meant(branches)
        likely = [at for at in self._likely(branches, numbers) if not self.pair.sent.barred.has(numbers[at])]
        scores = [(self._likeness(branches[at]), -at) for at in likely]
        best = max(scores, default=(0, 0)) if meant is None else (1, -meant)
        if best[0] > 0:
            term = self.receiver.term([branches[-best[1]]])
            if term.key != self.pair.taken.key:
                self._need(None, self.pair.sent, term)
                return
        self._gap("choice", part, hints=({},))

    def _meant(self, branches: list[Any]) -> int | None:
        """Return the branch that is the same component, or has the same constant, as what is sent."""
        names = {name for part in self.pair.sent.parts if (name := self.sender.name_of(part))}
        known = self.all.names(branches)
        found = [known[name] for name in sorted(names) if name in known]
        if found:
            return found[0]
        near = self._near(branches)
        return near[0] if isinstance(near, list) and len(near) == 1 else None

    def _likeness(self, schema: Any) -> int:
        theirs = self.all.taken(self.receiver.term([schema]))
        if not self.ours.types & theirs.types:
            return 0
        score = len(set(self.ours.names) & set(theirs.names)) * 2
        score += len(set(self.pair.sent.numbers) & set(theirs.term.numbers)) * 2
        return score + (1 if len(self.ours.types) == 1 == len(theirs.types) and "object" not in self.ours.types else 0)

    # The sender's own choices

    def _split(self, unproved: list[Mapping[str, Any]]) -> None:
        """Ask for each branch of one of the sender's choices."""
        sent = self.pair.sent
        index, keyword = self._choice_to_split(unproved)
        parts = self.ours.parts
        branches = parts[index][keyword]
        rest = [*parts[:index], self.sender.less(parts[index], keyword), *parts[index + 1 :]]
        numbers = [self.sender.number(branch) for branch in branches]
        others = frozenset(numbers) if keyword == "oneOf" else frozenset()
        taken = self.receiver.term(unproved)
        covered = self._covered(unproved, keyword, numbers)
        tags = [constants(self.receiver, extra) for extra in covered[1]] if covered is not None else []
        shown = False
        for number, branch in zip(numbers, branches, strict=True):
            is_covered = covered is not None and number in covered[0]
            if is_covered and (shown or not tags or self._differ(branch, tags)):
                continue
            barred = Barred(sent.barred.branches | others, sent.barred.own | {number})
            term = self.sender.term([*rest, branch], barred)
            if covered is not None and is_covered:
                if all(self.all.apart(term, extra) for extra in covered[1]):
                    continue
                shown = not self.all.holds(Pair(term, taken))  # one value that fits two branches is enough
            self._need(None, term, taken)

    def _differ(self, branch: Any, tags: list[dict[str, frozenset[str]]]) -> bool:
        """Whether a branch of the sender has other constants than each of some of the receiver."""
        if not any(part.get("type") == "object" for part in self.sender.bundle.parts(branch, ("$ref",))):
            return False
        own = constants(self.sender, branch)
        return all(any(own[name].isdisjoint(each[name]) for name in own if name in each) for each in tags)

    def _choice_to_split(self, unproved: list[Mapping[str, Any]]) -> tuple[int, str]:
        """Return the choice whose branches are most like those of an unproved one; else the first."""
        wanted = {
            self.receiver.number(branch)
            for part in unproved
            for keyword in ("anyOf", "oneOf")
            for branch in part.get(keyword, ())
        }

        def shared(choice: tuple[int, str]) -> int:
            return sum(self.sender.number(branch) in wanted for branch in self.ours.parts[choice[0]][choice[1]])

        return max(self.ours.choices, key=shared)

    def _covered(
        self, unproved: list[Mapping[str, Any]], keyword: str, numbers: list[int]
    ) -> tuple[set[int], list[Any]] | None:
        """Return the branches that the receiver's only choice has as well, and those that only the receiver has (for `oneOf`)."""
        if len(unproved) != 1 or not unproved[0].keys() <= {"anyOf", "oneOf", *_BESIDE}:
            return None
        kinds = [kind for kind in ("anyOf", "oneOf") if kind in unproved[0]]
        if len(kinds) != 1 or (kinds[0] == "oneOf" and keyword != "oneOf"):
            return None
        beside = {name: value for name, value in unproved[0].items() if name not in kinds}
        theirs = {self.receiver.number(branch): branch for branch in unproved[0][kinds[0]]}
        if len(theirs) != len(unproved[0][kinds[0]]):
            return None
        if beside:
            pair = Pair(self.pair.sent, self.receiver.term([self.receiver.copied(beside, unproved[0])]))
            if not self.all.holds(pair):
                return None
            self.answer.needs.append((None, pair))
        ours = set(numbers)
        extra = [branch for number, branch in theirs.items() if number not in ours] if kinds[0] == "oneOf" else []
        return ours & theirs.keys(), extra

    def _compare_names(self) -> None:
        """Note the properties that the new document no longer has."""
        old, new = (self.ours, self.theirs) if self.sender.direction == "request" else (self.theirs, self.ours)
        if "object" not in self.ours.types & self.theirs.types or old.choices or new.choices or not new.names:
            return
        for name in old.names:
            if not new.member(name):
                self._notice("property removed", _first(self.pair.taken), name)


_GROUPS = (
    frozenset({"integer", "fraction"}),
    *(frozenset({name}) for name in ("null", "boolean", "string", "array", "object")),
)
#: The bounds that the translation gives the format of floating-point numbers, which only says how a number is kept.
_FLOATS = (NUMBER_BOUNDS["float"],)
_OF_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_OF_TEXTS = frozenset({"minLength", "maxLength", "pattern", "format"})
_BESIDE = frozenset({"type", "readOnly", "writeOnly"})
_TEXTS = tuple({"const": text} for text in ("", "a", "A b", "é", "0", "-1", "a" * 40))
_SAMPLES: dict[str, Any] = {
    **{name: {"type": name} for name in ("null", "boolean", "integer", "string", "array", "object")},
    "fraction": {"type": "number", "not": {"type": "integer"}},
}


def as_text(value: Any) -> str:
    """Return the text that a parameter has for a scalar."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else "" if value is None else str(value)


def _mapping(schema: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    value = schema.get(keyword)
    return value if isinstance(value, Mapping) else {}


def _is_large_choice(part: Mapping[str, Any]) -> bool:
    return any(len(part[keyword]) > _TRIED for keyword in CHOICES if isinstance(part.get(keyword), list))


def _first(term: Term) -> Any:
    return term.parts[0] if term.parts else {}


def _with(parts: Iterable[Mapping[str, Any]], keyword: str) -> Mapping[str, Any]:
    listed = list(parts)
    return next((part for part in listed if keyword in part), listed[0])


def _number_type(types: frozenset[str]) -> str:
    return "number" if "fraction" in types else "integer"


def _is_lower(ours: tuple[float, bool], theirs: tuple[float, bool]) -> bool:
    """Whether our lower bound lets through values that theirs does not."""
    return ours[0] < theirs[0] or (ours[0] == theirs[0] and theirs[1] and not ours[1] and math.isfinite(theirs[0]))


def _below(bound: tuple[float, bool]) -> Iterator[Any]:
    value, is_open = bound
    yield from ({"maximum": value},) if is_open else ({"exclusiveMaximum": value},)
    yield {"const": value} if is_open else {"const": value - 1}


def _above(bound: tuple[float, bool]) -> Iterator[Any]:
    value, is_open = bound
    yield from ({"minimum": value},) if is_open else ({"exclusiveMinimum": value},)
    yield {"const": value} if is_open else {"const": value + 1}


def _doubled(schema: Any, ours: Facts) -> list[Any]:
    if schema is None:
        return [[0] * max(2, int(ours.least("minItems")))]
    try:
        value = generate(schema, full=False)
    except ExampleError:
        return []
    return [[value] * max(2, int(ours.least("minItems")))]


def _name_for(pattern: str) -> str:
    """Return a name that a pattern accepts."""
    for seed in range(5):
        try:
            name = Speller(random.Random(seed)).fitting(pattern, 1, 20)  # noqa: S311  repeatable, not secret
        except ValueError:
            continue
        if searches(pattern, name):
            return name
    return "key1"


def _tags_of(listed: list[dict[str, frozenset[str]]]) -> tuple[str, dict[str, list[int]]]:
    """Return a property for which every branch has its own few values, and the branches by value."""
    for name in sorted(listed[0]) if listed else ():
        if all(name in each for each in listed):
            by_value: dict[str, list[int]] = {}
            for at, each in enumerate(listed):
                for value in each[name]:
                    by_value.setdefault(value, []).append(at)
            return name, by_value
    return "", {}


def unguarded(same: Mapping[Any, list[Any]]) -> set[Any]:
    """Return the questions about one value that lead back to themselves, which proves nothing.

    Args:
        same: The further questions about the same value, by question.
    """
    counts = {key: sum(each in same for each in found) for key, found in same.items()}
    users: dict[Any, list[Any]] = {}
    for key, found in same.items():
        for each in found:
            users.setdefault(each, []).append(key)
    done = [key for key, count in counts.items() if count == 0]
    left = set(same)
    while done:
        key = done.pop()
        left.discard(key)
        for user in users.get(key, ()):
            counts[user] -= 1
            if counts[user] == 0:
                done.append(user)
    return left
