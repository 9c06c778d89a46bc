"""Send a message, and save a media file."""

import os
from pathlib import Path

from twilio_api import Client, MessageEnumStatus

with Client(os.environ["SPEC"], server=os.environ["SERVER"], auth={"accountSid_authToken": ("AC1", "token")}) as twilio:
    message = twilio.create_message("AC1", To="+15550001", From="+15550002", Body="Hello")
    status: MessageEnumStatus = message["status"]
    print(message["sid"], status)
    photo = twilio.FetchMedia(AccountSid="AC1", MessageSid=message["sid"], Sid="ME1")
    Path("photo.jpg").write_bytes(photo)
    with twilio.fetch_media.stream("AC1", message["sid"], "ME1") as parts:
        parts.save("streamed.jpg")
