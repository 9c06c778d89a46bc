"""calls.py: what both clients have in common."""

import inspect
from typing import Any

import pytest
from servers import document

from dynclient import AsyncClient, Client, InvalidRequest, Options, UnknownOperation
from dynclient.calls import ClientKeywords
from dynclient.handles import OptionChanges
from dynclient.options import OptionKeywords

CLIENTS = [Client, AsyncClient]


def public(kind: type) -> set[str]:
    """The public names of a class."""
    return {name for name in dir(kind) if not name.startswith("_")}


def test_both_clients_have_the_same_names() -> None:
    """What one can do, the other can; only closing is called `aclose` there, as everywhere in Python."""
    assert public(Client) ^ public(AsyncClient) == {"close", "aclose"}


@pytest.mark.parametrize("name", ["__init__", "prepare", "send", "call", "stream", "with_options"])
def test_both_clients_take_the_same_arguments(name: str) -> None:
    """By name, order and default."""
    blocking, awaited = (inspect.signature(getattr(kind, name)) for kind in CLIENTS)
    assert list(blocking.parameters.values()) == list(awaited.parameters.values())


@pytest.mark.parametrize("kind", CLIENTS)
def test_both_clients_know_the_operations_of_the_document(kind: Any) -> None:
    """By name and as attributes, with signature and help."""
    client = kind("order_capture", auth={"Client-Id": "fake-key", "BearerAuth": "fake-token"})
    assert {"get_order", "getOrder"} <= set(dir(client))
    assert str(inspect.signature(client.get_order)) == "(checkout_id: str, retail_unit: str) -> CheckoutDto"
    assert repr(client.get_order).startswith("<getOrder(checkout_id, retail_unit)")
    assert "checkout_id (string, path checkoutId, required)" in client.get_order.__doc__
    assert client.get_order.prepare("1", "se") == client.prepare("getOrder", {"checkoutId": "1", "retailUnit": "se"})
    with pytest.raises(UnknownOperation, match="did you mean get_order"):
        client.get_ordr  # noqa: B018  to look it up is the test
    with pytest.raises(InvalidRequest, match="path /retailUnit: is required"):
        client.get_order.prepare("1")


@pytest.mark.parametrize("kind", CLIENTS)
def test_both_clients_say_who_they_are(kind: Any) -> None:
    """And where they send."""
    assert repr(kind("order_capture", server="http://h")).startswith(f"<{kind.__name__} 'OrderCapture'")


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_transport_that_is_not_known_is_refused(kind: Any) -> None:
    """With those that there are."""
    with pytest.raises(ValueError, match=r"no transport 'urllib' \(there are .*httpx2"):
        kind("order_capture", transport="urllib")


@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize(
    ("args", "wrong", "message"),
    [
        ((), {"sever": "x"}, r"NAME\(\) has no argument 'sever' \(did you mean 'server'\?\)"),
        ((), {"tiemout": 5}, r"NAME\(\) has no argument 'tiemout' \(did you mean 'timeout'"),
        ((), {"timeout": 0}, r"timeout must be above 0 seconds"),
        ((), {"server": "http://a", "base_url": "http://b"}, r"server and base_url are two names of one argument"),
        (("http://h",), {}, r"NAME\(\) takes spec by position; pass other arguments by name"),
        ((), {"options": {}}, r"options must be dynclient.Options\(...\), not dict"),
        ((), {"server": 1.5}, "server must be a URL, or the index"),
    ],
)
def test_a_wrong_argument_of_a_client_is_refused(kind: Any, args: Any, wrong: dict[str, Any], message: str) -> None:
    """Under the name of the class that the user calls."""
    with pytest.raises((TypeError, ValueError), match=message.replace("NAME", kind.__name__)):
        kind("order_capture", *args, **wrong)
    with pytest.raises(TypeError, match=rf"{kind.__name__}\(\) needs the argument spec"):
        kind()


@pytest.mark.parametrize("arguments", [5, "checkoutId", [("checkoutId", "1")], 0, ""])
def test_arguments_that_are_not_a_mapping_are_refused(arguments: Any) -> None:
    """By every way of calling, and also when they are empty."""
    client = Client("order_capture", auth={"Client-Id": "fake-key", "BearerAuth": "fake-token"})
    for call in (client.prepare, client.send, client.call, client.stream):
        with pytest.raises(
            InvalidRequest, match=f"argument: must be a mapping of names to values, not {type(arguments).__name__}"
        ):
            call("getOrder", arguments)
    with pytest.raises(TypeError, match=r"prepare\(\) has no argument 'retail_unit' \(it has name, arguments, body\)"):
        client.prepare("getOrder", retail_unit="se")  # type: ignore[call-arg]  # that is the test


def test_an_error_inside_a_constructor_is_left_as_it_is() -> None:
    """Only a call that does not fit is explained."""

    class Own(Client):
        def _connect(self, _: Any) -> Any:
            raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        Own("order_capture")


@pytest.mark.parametrize("kind", CLIENTS)
def test_options_are_arguments_of_a_client(kind: Any) -> None:
    """Each counts in place of that of `options`; the others stay."""
    client = kind(
        "order_capture",
        options=Options(timeout=1, retries=0),
        timeout=5,
        base_url="http://127.0.0.1:1",
        headers={"A": "b"},
    )
    kept = client._options
    assert (kept.timeout, kept.retries, kept.server, kept.headers) == (5, 0, "http://127.0.0.1:1", {"A": "b"})


def test_a_type_checker_knows_every_option() -> None:
    """The keywords of a client are the fields of the options, and `base_url`."""
    assert set(OptionKeywords.__annotations__) == set(Options.__match_args__) - {"server"}
    assert set(OptionChanges.__annotations__) == {*Options.__match_args__, "version"}
    assert set(ClientKeywords.__annotations__) >= {"base_url", "timeout", "fetch"}


#: A server of one operation alone, with a name; the document has another one.
SERVERS = {"servers": [{"url": "https://a.test", "description": "eu.prod"}]}
OWN = {"get": {"servers": [{"url": "https://b.test", "name": "Own"}, {"url": "https://c.test"}], "responses": {}}}


@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("x.test", r"server: 'x.test' lacks the scheme of a URL \(write 'http://x.test' or 'https://x.test'\)"),
        ("/api", "write the whole URL"),
        ("eu.pord", "'eu.pord' lacks the scheme"),
        ("Owm", r"there is no server 'Owm' \(there are eu.prod\)"),
        (2, r"there is no server 2 \(there are 1\)"),
    ],
)
def test_a_server_that_no_operation_has_is_refused_at_once(kind: Any, wrong: Any, message: str) -> None:
    """With what would be right, before the first call; by either name of the argument, in options, and for a copy."""
    spec = document({"/a": OWN}, **SERVERS)
    for wanted in ({"server": wrong}, {"base_url": wrong}, {"options": Options(server=wrong)}):
        with pytest.raises(InvalidRequest, match=message):
            kind(spec, **wanted)
    with pytest.raises(InvalidRequest, match=message):
        kind(spec).with_options(server=wrong)


@pytest.mark.parametrize("server", ["https://x.test", "eu.prod", "Own", 0, 1])
def test_a_server_that_some_operation_has_is_taken(server: Any) -> None:
    """A URL, or one that the document lists, for all or for one operation."""
    with Client(document({"/a": OWN}, **SERVERS), server=server) as client:
        assert client.with_options(server=server) is not client
