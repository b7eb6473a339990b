"""What can go wrong with a package; no fact names a person or an address."""

from ringfence.errors import OperatorFault, OurFault, PeerFault

__all__ = [
    "AddressUnfit",
    "BuildFailed",
    "FileDamaged",
    "LinkInvalid",
    "NotPortable",
    "NotReady",
    "TermTooLong",
    "TooManyPackages",
    "UnknownPackage",
    "UnknownTransmission",
]


class UnknownPackage(PeerFault):
    """There is no such package of this person."""

    code = "unknown_package"
    http_status = 404


class NotReady(PeerFault):
    """The package is being made, or was shredded; its status says which."""

    code = "package_not_ready"
    http_status = 409


class TooManyPackages(PeerFault):
    """As many copies as a person may have at once are there; one can be fetched, or shredded."""

    code = "too_many_packages"
    http_status = 429


class NotPortable(PeerFault):
    """Only a package of portable data can be sent to another controller (Article 20(2) GDPR)."""

    code = "package_not_portable"
    http_status = 409


class LinkInvalid(PeerFault):
    """The link is not from this session, or is over; a fresh one is on the page."""

    code = "package_link_invalid"
    http_status = 404


class UnknownTransmission(PeerFault):
    """There is no such transmission of this person, or it was confirmed before."""

    code = "unknown_transmission"
    http_status = 404


class AddressUnfit(PeerFault):
    """The address that the package should go to is no HTTPS address that can be used."""

    code = "transmission_address_unfit"
    http_status = 422


class FileDamaged(OurFault):
    """A package file was cut short or changed; a new package can be made."""

    code = "package_file_damaged"


class BuildFailed(OurFault):
    """The process that makes packages ended before it was done; it is tried again."""

    code = "package_build_failed"


class TermTooLong(OperatorFault):
    """Packages would be kept longer than the 30 days that are promised."""

    code = "package_term_too_long"
