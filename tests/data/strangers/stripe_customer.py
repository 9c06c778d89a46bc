"""Create a customer with an idempotency key, charge it, and handle a card that is declined."""

import os
import uuid

from stripe_api import Client

from dynclient import ApiError

with Client(os.environ["SPEC"], server=os.environ["SERVER"], auth={"bearerAuth": "sk_test"}) as stripe:
    customer = stripe.post_customers(email="ada@example.test", idempotency_key=str(uuid.uuid4()))
    try:
        charge = stripe.post_charges(amount=2000, currency="eur", customer=customer["id"])
        print("paid" if charge["paid"] else "open", charge["id"])
    except ApiError as error:
        if error.status != 402:
            raise
        print("declined:", error.data["error"].get("decline_code"))
