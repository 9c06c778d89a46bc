"""The second versions of the two documents: whatever their first versions take, they take, and what servers really send."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

from dynclient import Api, Client, InvalidRequest, load
from dynclient.stubs.modules import stub_files
from dynclient.traffic.dates import judging_document
from dynclient.traffic.judging import judge

ROOT = Path(__file__).parent.parent
VERSIONS = [("order_capture", "2.0.8", "2.1.0"), ("pieces_os", "1.0.0", "1.1.0")]


@pytest.mark.parametrize(("api", "old", "new"), VERSIONS)
def test_the_documented_version_is_the_default(api: str, old: str, new: str) -> None:
    """By a pin beside them; the new one is there."""
    assert load(api).options.version == old
    assert load(api, ">=1").options.version == new


@pytest.mark.parametrize(("api", "old", "new"), VERSIONS)
def test_the_new_version_is_valid_and_has_every_call_of_the_old_one(api: str, old: str, new: str) -> None:
    """Under the same names, with the same arguments in the same order."""
    validate(yaml.safe_load((ROOT / "specs" / api / f"{new}.yaml").read_text("utf-8")))
    first, second = Api.of(load(api, old)), Api.of(load(api, new))
    assert second.problems == []
    for name, operation in first.operations.items():
        assert second.operations[name].signature == operation.signature
        assert second.operations[name].key == operation.key


@pytest.mark.parametrize("engine", ["dynclient", "openapi-core"])
@pytest.mark.parametrize(("api", "old", "new"), VERSIONS)
def test_recorded_traffic_fits_both_versions(api: str, old: str, new: str, engine: str) -> None:
    """In the opinion of both judges."""
    for version in (old, new):
        verdicts = list(judge([ROOT / "cassettes" / api], load(api, version), engine=engine))
        assert verdicts
        assert [verdict for verdict in verdicts if not verdict.ok] == []


def test_contacts_are_operations_of_the_new_version() -> None:
    """Six of them, with their arguments in the documented order."""
    old, new = (Api.of(load("order_capture", version)) for version in ("2.0.8", "2.1.0"))
    found = {new.operations[name].python_name: str(new.operations[name].signature) for name in new.operations.keys() - old.operations.keys()}  # fmt: skip
    assert found == {
        "get_billing_contacts": "(checkout_id, retail_unit)",
        "create_billing_contact": "(checkout_id, retail_unit, billing_contact_request)",
        "update_billing_contact": "(checkout_id, id, retail_unit, billing_contact_request)",
        "get_shipping_contacts": "(checkout_id, retail_unit, zipcode=None)",
        "create_shipping_contact": "(checkout_id, retail_unit, shipping_contact_request)",
        "update_shipping_contact": "(checkout_id, id, retail_unit, shipping_contact_request)",
    }


TOTALS = {"subtotal": 1, "tax": 0, "total": 1, "discount": 0}
DATA = {
    "id": "che_1", "transaction_id": "txn_1", "status": "draft", "custom_data": None, "currency_code": "USD",
    "customer": {"id": None, "email": None, "address": None, "business": None},
    "items": [{"price_id": "pri_1", "product": {"id": "pro_1", "name": "A"}, "billing_cycle": None, "quantity": 1,
               "trial_period": {"interval": "day", "frequency": 14}, "totals": TOTALS}],
    "totals": TOTALS, "payment": {"method_details": {"type": "none"}}, "settings": {"display_mode": "overlay", "theme": "light"},
}  # fmt: skip
ERROR = {"code": "x", "detail": "y", "documentation_url": "https://example.com"}
REAL = [
    {"name": "checkout.loaded", "data": DATA},
    {"name": "checkout.updated", "data": {**DATA, "discount": {"id": "dsc_1", "code": "A"}}},
    {"type": "front-end_error", **ERROR, "errors": [{"field": "a", "message": "b"}]},
    {"name": "checkout.error", "type": "api_error", **ERROR},
]


@pytest.mark.parametrize("event", REAL, ids=lambda event: event.get("name", "warning"))
def test_paddles_events_are_taken_as_paddle_sends_them(event: Any) -> None:
    """The first version refuses them."""
    auth = {"application": "fake-id"}
    with pytest.raises(InvalidRequest):
        Client("pieces_os", auth=auth).paddle_checkout_update_status.prepare(event)
    Client("pieces_os", auth=auth, version="1.1.0").paddle_checkout_update_status.prepare(event)


def test_prices_may_be_null_and_checkouts_come_from_stores() -> None:
    """As the prose says."""
    item = {"itemNo": "1", "quantity": 1, "uom": "PIECE"}
    body = {"shoppingType": "STORE", "channel": "WEBAPP", "languageCode": "en", "items": [item]}
    auth = {"Client-Id": "fake-key"}
    with pytest.raises(InvalidRequest):
        Client("order_capture", auth=auth).create_checkout.prepare("se", body)
    Client("order_capture", auth=auth, version="2.1.0").create_checkout.prepare("se", body)
    price = Api.of(load("order_capture", "2.1.0")).document.root.child("components", "schemas", "Price", "properties")
    assert [name for name, node in price.children() if node.get("nullable")] == [
        "inclTax", "exclTax", "tax", "taxList", "taxSummaryList",
    ]  # fmt: skip


def test_the_name_of_the_file_is_the_version_everywhere(tmp_path: Path) -> None:
    """Publishers leave `info.version` unchanged."""
    (tmp_path / "specs" / "shop").mkdir(parents=True)
    text = 'openapi: 3.1.0\ninfo: {title: Shop, version: "1"}\nservers: [{url: "http://h"}]\npaths: {}\n'
    (tmp_path / "specs" / "shop" / "2.0.0.yaml").write_text(text, "utf-8")
    document = load("shop", specs=[tmp_path / "specs"])
    assert document.identity == "2.0.0"
    assert load(tmp_path / "specs" / "shop" / "2.0.0.yaml").identity == "1"
    assert "Shop 2.0.0" in next(iter(stub_files(Api.of(document), tmp_path / "shop.pyi").values()))
    assert str(judging_document(document)) == "Shop 2.0.0"
