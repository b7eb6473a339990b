"""`python -m ringfence`, and the `ringfence` command."""

from ringfence.cli.main import app

__all__ = ["main"]


def main() -> None:
    """Run the command that the arguments name."""
    app(prog_name="ringfence")


if __name__ == "__main__":
    main()
