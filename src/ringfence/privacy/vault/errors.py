"""What the vault refuses, beside `SubjectGone`, `KeyGone` and `Unreadable` of persistence, whose port it implements."""

from ringfence.errors import OperatorFault, PeerFault

__all__ = [
    "IdentifierTaken",
    "KeyFileDamaged",
    "KeyFileExposed",
    "KeyFileMissing",
    "KeyringDamaged",
    "LifetimeTooLong",
    "NewerKeyring",
]


class IdentifierTaken(PeerFault):
    """The identifier belongs to another subject; that one must go first."""

    code = "identifier_taken"
    http_status = 409


class KeyFileExposed(OperatorFault):
    """Others than its owner may read the key file: `chmod 600` it, and rotate if somebody may have."""

    code = "key_file_exposed"


class KeyFileMissing(OperatorFault):
    """There is a keyring but not its key file: put the file back; without it nothing can be read again."""

    code = "key_file_missing"


class KeyFileDamaged(OperatorFault):
    """The key file can't be understood: put a copy back that is younger than the backup lifetime."""

    code = "key_file_damaged"


class KeyringDamaged(OperatorFault):
    """The keyring's file is no keyring, or broken: put it back from a backup (`ringfence restore`)."""

    code = "keyring_damaged"


class LifetimeTooLong(OperatorFault):
    """The backup lifetime must be positive and shorter than the seven days in which a person is gone."""

    code = "backup_lifetime_too_long"


class NewerKeyring(OperatorFault):
    """The keyring was written by a newer release than this one."""

    code = "newer_keyring"
