"""An API: its operations, requests made and taken apart, replies read, requests matched."""
