"""Credentials that are kept elsewhere: in a netrc file, or in the system's keyring. They are read when a request is built."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from dynclient.errors import AuthError
from dynclient.security.scheme import Scheme


class Unfit(AuthError):
    """A credential that cannot be had or cannot be sent; the message says why, in words that follow "auth /scheme:"."""


class Netrc:
    """The user name and password that a netrc file has for the server's host; for http basic and digest.

    Args:
        path: The file; None for the one that the environment variable NETRC names, else `.netrc` in the home folder.
    """

    __slots__ = ("path",)

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = path

    def find(self, scheme: Scheme, server: str) -> Any:
        """The entry of the server's host, else the default entry.

        Raises:
            AuthError: There is none, or the file cannot be read.
        """
        import netrc  # needed only by those who ask for it

        if scheme.scheme not in ("basic", "digest"):
            raise Unfit("takes no user and password, which is what a netrc file has")
        file = self.path or os.environ.get("NETRC") or os.path.expanduser("~/.netrc")  # noqa: PTH111  a path may be text
        host = urlsplit(server).hostname or ""
        try:
            found = netrc.netrc(os.fspath(file))
        except UnicodeDecodeError:
            raise Unfit(f"the netrc file {file} cannot be read: it is not UTF-8") from None
        except netrc.NetrcParseError as error:  # its message may quote what it could not read
            raise Unfit(f"the netrc file {file} cannot be read: line {error.lineno}") from None
        except OSError as error:
            raise Unfit(f"the netrc file {file} cannot be read: {error.strerror}") from None
        named = next((name for name in found.hosts if name.lower() == host), host)  # hosts have no case
        entry = found.authenticators(named)
        if entry is None:
            raise Unfit(f"the netrc file {file} has no entry for {host}")
        return entry[0], entry[2]

    def __repr__(self) -> str:
        return f"<Netrc {self.path or ''}>"


class Keyring:
    """A password from the system's keyring; the extra `keyring`.

    Args:
        service: The name that it is kept under.
        user: The user name that it is kept for; with http basic and digest, the name to sign in with, too.
    """

    __slots__ = ("service", "user")

    def __init__(self, service: str, user: str) -> None:
        self.service = service
        self.user = user

    def __call__(self) -> str:
        """The password, for a secret of OAuth2.

        Raises:
            AuthError: There is none.
        """
        try:
            import keyring  # an extra
            import keyring.errors
        except ModuleNotFoundError:
            raise Unfit("the keyring needs an extra: pip install 'dynclient[keyring]'") from None
        try:
            password = keyring.get_password(self.service, self.user)
        except keyring.errors.KeyringError as error:
            raise Unfit(f"the keyring cannot be read: {type(error).__name__}") from None
        if password is None:
            raise Unfit(f"the keyring has no password for {self.user} under {self.service}")
        return password

    def find(self, scheme: Scheme, _: str) -> Any:
        """The password, with the user name where the scheme takes both.

        Raises:
            AuthError: There is none.
        """
        return (self.user, self()) if scheme.scheme in ("basic", "digest") else self()

    def __repr__(self) -> str:
        return f"<Keyring {self.user} under {self.service}>"
