"""The tables of people's rights; written by `ringfence.persistence.migrations.autogenerate`."""

import sqlalchemy as sa
from alembic import op

revision = "0002_rights"
down_revision = "0001_spine"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("publication", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint("subject", "publication", name=op.f("uq_announcement_subject_publication")),
    )
    op.create_index(op.f("ix_announcement_due"), "announcement", ["due"], unique=False)
    op.create_index(op.f("ix_announcement_subject_id"), "announcement", ["subject", "id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_due"), "consent", ["due"], unique=False)
    op.create_index(op.f("ix_consent_subject_id"), "consent", ["subject", "id"], unique=False)
    op.create_table(
        "consent_event",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_event")),
    )
    op.create_index(op.f("ix_consent_event_due"), "consent_event", ["due"], unique=False)
    op.create_index(op.f("ix_consent_event_subject_id"), "consent_event", ["subject", "id"], unique=False)
    op.create_table(
        "correction",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("case", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_case"), "correction", ["case"], unique=False)
    op.create_index(op.f("ix_correction_due"), "correction", ["due"], unique=False)
    op.create_index(op.f("ix_correction_subject_id"), "correction", ["subject", "id"], unique=False)
    op.create_table(
        "guard",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("table_number", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Text(), nullable=True),
        sa.Column("storage", sa.BigInteger(), nullable=False),
        sa.Column("protects", sa.Boolean(), nullable=False),
        sa.Column("ends", sa.Boolean(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("until", sa.Double(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("law", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guard")),
    )
    op.create_index(op.f("ix_guard_origin"), "guard", ["origin"], unique=False)
    op.create_index(op.f("ix_guard_subject"), "guard", ["subject"], unique=False)
    op.create_index(op.f("ix_guard_until"), "guard", ["until"], unique=False)
    op.create_table(
        "hold",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Double(), nullable=True),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=True),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(op.f("ix_hold_due"), "hold", ["due"], unique=False)
    op.create_index(op.f("ix_hold_provider_released"), "hold", ["provider", "released"], unique=False)
    op.create_index(op.f("ix_hold_subject_id"), "hold", ["subject", "id"], unique=False)
    op.create_table(
        "identity_evidence",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("copied", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_evidence")),
    )
    op.create_index(op.f("ix_identity_evidence_case"), "identity_evidence", ["case"], unique=False)
    op.create_index(op.f("ix_identity_evidence_due"), "identity_evidence", ["due"], unique=False)
    op.create_index(op.f("ix_identity_evidence_subject_id"), "identity_evidence", ["subject", "id"], unique=False)
    op.create_table(
        "invoice",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
    )
    op.create_index(op.f("ix_invoice_due"), "invoice", ["due"], unique=False)
    op.create_index(op.f("ix_invoice_subject_id"), "invoice", ["subject", "id"], unique=False)
    op.create_table(
        "look",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    op.create_index(op.f("ix_look_due"), "look", ["due"], unique=False)
    op.create_index(op.f("ix_look_subject_id"), "look", ["subject", "id"], unique=False)
    op.create_table(
        "mail_address",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_address")),
    )
    op.create_index(op.f("ix_mail_address_due"), "mail_address", ["due"], unique=False)
    op.create_index(op.f("ix_mail_address_subject_id"), "mail_address", ["subject", "id"], unique=False)
    op.create_table(
        "notice_edition",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_edition")),
    )
    op.create_table(
        "notice_publication",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("published", sa.Double(), nullable=False),
        sa.Column("holds_from", sa.Double(), nullable=False),
        sa.Column("needs", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_publication")),
        sa.UniqueConstraint("provider", "number", name=op.f("uq_notice_publication_provider_number")),
    )
    op.create_table(
        "package",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("case", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package")),
    )
    op.create_index(op.f("ix_package_due"), "package", ["due"], unique=False)
    op.create_index(op.f("ix_package_subject_id"), "package", ["subject", "id"], unique=False)
    op.create_table(
        "package_copy",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("charged", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_copy")),
    )
    op.create_index(op.f("ix_package_copy_due"), "package_copy", ["due"], unique=False)
    op.create_index(op.f("ix_package_copy_subject_id"), "package_copy", ["subject", "id"], unique=False)
    op.create_table(
        "package_snapshot",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("table_number", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_snapshot")),
    )
    op.create_index(op.f("ix_package_snapshot_due"), "package_snapshot", ["due"], unique=False)
    op.create_index(op.f("ix_package_snapshot_subject_id"), "package_snapshot", ["subject", "id"], unique=False)
    op.create_index(op.f("ix_package_snapshot_table_number"), "package_snapshot", ["table_number"], unique=False)
    op.create_table(
        "package_transmission",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_transmission")),
    )
    op.create_index(op.f("ix_package_transmission_due"), "package_transmission", ["due"], unique=False)
    op.create_index(op.f("ix_package_transmission_phase"), "package_transmission", ["phase"], unique=False)
    op.create_index(op.f("ix_package_transmission_subject_id"), "package_transmission", ["subject", "id"], unique=False)
    op.create_table(
        "passkey",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
    )
    op.create_index(op.f("ix_passkey_due"), "passkey", ["due"], unique=False)
    op.create_index(op.f("ix_passkey_subject_id"), "passkey", ["subject", "id"], unique=False)
    op.create_table(
        "provider_token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_token")),
    )
    op.create_index(op.f("ix_provider_token_provider"), "provider_token", ["provider"], unique=False)
    op.create_table(
        "recipient_notice",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("flows", sa.Text(), nullable=False),
        sa.Column("tables", sa.Text(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("next_try", sa.Double(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient_notice")),
    )
    op.create_index(op.f("ix_recipient_notice_opened"), "recipient_notice", ["opened"], unique=False)
    op.create_index(op.f("ix_recipient_notice_origin"), "recipient_notice", ["origin"], unique=False)
    op.create_index(op.f("ix_recipient_notice_state_next_try"), "recipient_notice", ["state", "next_try"], unique=False)
    op.create_table(
        "request_approval",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=True),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_approval")),
    )
    op.create_index(op.f("ix_request_approval_provider"), "request_approval", ["provider"], unique=False)
    op.create_table(
        "request_case",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("right", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("guest", sa.Boolean(), nullable=False),
        sa.Column("candidate", sa.Text(), nullable=True),
        sa.Column("asker", sa.Text(), nullable=True),
        sa.Column("mark", sa.Text(), nullable=True),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("repeats", sa.BigInteger(), nullable=False),
        sa.Column("steps", sa.BigInteger(), nullable=False),
        sa.Column("letters", sa.BigInteger(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("deputy", sa.Text(), nullable=True),
        sa.Column("proposer", sa.Text(), nullable=True),
        sa.Column("reminded", sa.BigInteger(), nullable=False),
        sa.Column("send_by", sa.Double(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("queued", sa.Boolean(), nullable=False),
        sa.Column("hindered", sa.BigInteger(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("package", sa.Text(), nullable=True),
        sa.Column("shred", sa.Text(), nullable=True),
        sa.Column("former", sa.Text(), nullable=True),
        sa.Column("follows", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_case")),
    )
    op.create_index(op.f("ix_request_case_due"), "request_case", ["due"], unique=False)
    op.create_index(op.f("ix_request_case_provider_right"), "request_case", ["provider", "right"], unique=False)
    op.create_index(op.f("ix_request_case_provider_state"), "request_case", ["provider", "state"], unique=False)
    op.create_index(op.f("ix_request_case_queued"), "request_case", ["queued"], unique=False)
    op.create_index(op.f("ix_request_case_send_by"), "request_case", ["send_by"], unique=False)
    op.create_index(op.f("ix_request_case_subject_id"), "request_case", ["subject", "id"], unique=False)
    op.create_table(
        "request_letter",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("written", sa.Boolean(), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_letter")),
    )
    op.create_index(op.f("ix_request_letter_case"), "request_letter", ["case"], unique=False)
    op.create_index(op.f("ix_request_letter_due"), "request_letter", ["due"], unique=False)
    op.create_index(op.f("ix_request_letter_sent"), "request_letter", ["sent"], unique=False)
    op.create_index(op.f("ix_request_letter_subject_id"), "request_letter", ["subject", "id"], unique=False)
    op.create_table(
        "request_mail_seen",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_mail_seen")),
    )
    op.create_index(op.f("ix_request_mail_seen_at"), "request_mail_seen", ["at"], unique=False)
    op.create_table(
        "request_mandate",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_mandate")),
    )
    op.create_index(op.f("ix_request_mandate_case"), "request_mandate", ["case"], unique=False)
    op.create_index(op.f("ix_request_mandate_due"), "request_mandate", ["due"], unique=False)
    op.create_index(op.f("ix_request_mandate_subject_id"), "request_mandate", ["subject", "id"], unique=False)
    op.create_table(
        "request_outline",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("right", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("promised", sa.BigInteger(), nullable=False),
        sa.Column("legal", sa.BigInteger(), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("interim", sa.Boolean(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("erasing", sa.Text(), nullable=True),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_outline")),
    )
    op.create_index(op.f("ix_request_outline_erasing"), "request_outline", ["erasing"], unique=False)
    op.create_index(
        op.f("ix_request_outline_provider_received"), "request_outline", ["provider", "received"], unique=False
    )
    op.create_table(
        "request_step",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("staff", sa.Text(), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_step")),
    )
    op.create_index(op.f("ix_request_step_case"), "request_step", ["case"], unique=False)
    op.create_index(op.f("ix_request_step_due"), "request_step", ["due"], unique=False)
    op.create_index(op.f("ix_request_step_subject_id"), "request_step", ["subject", "id"], unique=False)
    op.create_table(
        "restriction",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=True),
        sa.Column("staff", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restriction")),
    )
    op.create_index(op.f("ix_restriction_due"), "restriction", ["due"], unique=False)
    op.create_index(op.f("ix_restriction_provider_stage"), "restriction", ["provider", "stage"], unique=False)
    op.create_index(op.f("ix_restriction_subject_id"), "restriction", ["subject", "id"], unique=False)
    op.create_table(
        "secrecy_cover",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("under", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secrecy_cover")),
    )
    op.create_index(op.f("ix_secrecy_cover_due"), "secrecy_cover", ["due"], unique=False)
    op.create_index(op.f("ix_secrecy_cover_subject_id"), "secrecy_cover", ["subject", "id"], unique=False)
    op.create_index(op.f("ix_secrecy_cover_under"), "secrecy_cover", ["under"], unique=False)
    op.create_table(
        "secrecy_order",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secrecy_order")),
    )
    op.create_index(op.f("ix_secrecy_order_due"), "secrecy_order", ["due"], unique=False)
    op.create_index(op.f("ix_secrecy_order_provider_released"), "secrecy_order", ["provider", "released"], unique=False)
    op.create_index(op.f("ix_secrecy_order_subject_id"), "secrecy_order", ["subject", "id"], unique=False)
    op.create_table(
        "staff_credential",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_credential")),
    )
    op.create_index(op.f("ix_staff_credential_due"), "staff_credential", ["due"], unique=False)
    op.create_index(op.f("ix_staff_credential_subject_id"), "staff_credential", ["subject", "id"], unique=False)
    op.create_table(
        "staff_member",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
    )
    op.create_index(op.f("ix_staff_member_due"), "staff_member", ["due"], unique=False)
    op.create_index(op.f("ix_staff_member_subject_id"), "staff_member", ["subject", "id"], unique=False)
    op.create_table(
        "staff_passkey",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_passkey")),
    )
    op.create_index(op.f("ix_staff_passkey_due"), "staff_passkey", ["due"], unique=False)
    op.create_index(op.f("ix_staff_passkey_subject_id"), "staff_passkey", ["subject", "id"], unique=False)
    op.create_table(
        "superseded",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_superseded")),
    )
    op.create_index(op.f("ix_superseded_due"), "superseded", ["due"], unique=False)
    op.create_index(op.f("ix_superseded_subject_id"), "superseded", ["subject", "id"], unique=False)
    op.add_column("erasure", sa.Column("keeps", sa.LargeBinary(), nullable=True))
