"""All commands, mounted."""

import typer

from ringfence.cli import (
    backup,
    data_map,
    demo,
    doctor,
    ledger,
    notices,
    package,
    promises,
    prove_erasure,
    requests,
    retention,
    serve,
    sip,
    staff,
    verify_package,
)

__all__ = ["app"]

app = typer.Typer(
    help="A self-hosted cloud-softphone server that keeps its privacy promises in code.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # a traceback with local values could show somebody's data
    add_completion=False,
)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.command("data-map")(data_map.data_map)
app.command("promises")(promises.tell)
app.command("make-package", hidden=True)(package.make_package)
app.command("prove-erasure")(prove_erasure.prove_erasure)
app.command("verify-package")(verify_package.verify_package)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(ledger.app, name="ledger")
app.add_typer(notices.app, name="notices")
app.add_typer(requests.app, name="requests")
app.add_typer(retention.app, name="retention")
app.add_typer(sip.app, name="sip")
app.add_typer(staff.app, name="staff")
