"""The privacy kernel: every service stands on it, and it knows no service by name.

    services ──rights, retention, notices, egress, ledger──> privacy ──> persistence (rows) · vault (keys)
    app ──builds──> vault        cli ──prints──> datamap

Invariants: what may leave, what must go and what is held is computed from declarations, never from a list kept by hand;
nothing is readable without the vault, and only the kernel and the composition root import it.

Refuses: an undeclared transfer, a write about a person who is gone, a start on copied files that would bring one back.
"""

__all__: list[str] = []
