"""Why nobody was let in. The first is all that a stranger ever hears."""

from ringfence.errors import PeerFault

__all__ = ["ProviderDecides", "SignInFault", "SignInRefused"]


class SignInFault(PeerFault):
    """Root of all."""

    code = "sign_in"
    http_status = 403


class SignInRefused(SignInFault):
    """Wrong password, wrong PIN, too late, or nobody of that name: which of these is not said."""

    code = "sign_in_refused"


class ProviderDecides(SignInFault):
    """The proof holds, but does not show that this is who enrolled: the provider has to look at it (ACR-17).

    Said only to whoever proved the account or number, so it tells a stranger nothing.
    """

    code = "provider_decides"
