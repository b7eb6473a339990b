"""Kamailio as the provider's PBX, with its own registrar, digest and location table."""

import hashlib
import re
import socket
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.peers.process import Program, free_port, needs, until

__all__ = ["Kamailio", "PbxTls", "needs_kamailio"]

needs_kamailio = needs("kamailio", "kamcmd")
_TEMPLATE = Path(__file__).with_name("kamailio.cfg")


@dataclass(frozen=True, slots=True)
class PbxTls:
    """PEM files: what the PBX shows, whose certificates it lets in, and whose it accepts where it connects itself."""

    certificate: Path
    key: Path
    admitted: Path
    trusted: Path

    def configuration(self) -> str:
        own = f"certificate = {self.certificate}\nprivate_key = {self.key}\nmethod = TLSv1.2+\n"
        server = f"verify_certificate = yes\nrequire_certificate = yes\nca_list = {self.admitted}\n"
        client = f"verify_certificate = yes\nrequire_certificate = yes\nca_list = {self.trusted}\n"
        return f"[server:default]\n{own}{server}\n[client:default]\n{own}{client}"


class Kamailio:
    """A PBX at 127.0.0.1:`port` for `domain`; its bindings live in memory, so a restart forgets them."""

    def __init__(
        self,
        directory: Path,
        passwords: Mapping[str, str],
        *,
        domain: str = "pbx.test",
        trunk: Iterable[int] = (),
        challenges: bool = True,
        tls: PbxTls | None = None,
        ipv6: bool = False,
    ) -> None:
        self.directory = directory
        self.domain = domain
        self.port = free_port(socket.SOCK_STREAM)
        self._write_accounts(passwords)
        self.tls_port = free_port(socket.SOCK_STREAM)
        settings = {
            "DIR": directory,
            "PORT": self.port,
            "TLS_PORT": self.tls_port,
            "DOMAIN": domain,
            "TRUNK": "|".join(map(str, trunk)) or "0",
        }
        if tls is not None:
            (directory / "tls.cfg").write_text(tls.configuration())
        text = _TEMPLATE.read_text()
        for name, value in settings.items():
            text = text.replace(f"@{name}@", str(value))
        configuration = directory / "kamailio.cfg"
        configuration.write_text(text)
        arguments = ["kamailio", "-DD", "-E", "-m", "256", "-M", "16", "-f", str(configuration)]
        for word, wanted in (("OPEN", not challenges), ("TLS", tls is not None), ("IPV6", ipv6)):
            arguments += ["-A", word] if wanted else []
        self.program = Program(arguments, directory / "kamailio.log")

    async def start(self) -> None:
        await self.program.start()
        await until(self._answers, what="Kamailio answers")

    async def stop(self) -> None:
        await self.program.stop()

    async def restart(self) -> None:
        """End it and start it again: every binding is forgotten."""
        self.program.kill()
        await self.program.wait()
        (self.directory / "ctl").unlink(missing_ok=True)
        await self.start()

    def bindings(self) -> dict[str, list[str]]:
        """User -> the contact URIs bound to it, by `kamcmd`: a list of all, then each, since all at once is too big."""
        users = re.findall(r"AoR: (\S+)", self._command("ul.dump", "brief"))
        found: dict[str, list[str]] = {}
        user = ""
        for line in self._commands(f"ul.lookup location {user}" for user in users).splitlines():
            name, _, value = line.strip().partition(": ")
            if name == "AoR":
                user = value
                found.setdefault(user, [])
            elif name == "Address":
                found[user].append(value)
        return {user: contacts for user, contacts in found.items() if contacts}

    def registered(self) -> Counter[str]:
        """How often a REGISTER was `kept`, `refused` (wrong answer to the challenge), `stale` or let in `open`."""
        return Counter(re.findall(r"peer: register (\w+)", self.program.printed()))

    def asked(self) -> list[float]:
        """When each REGISTER arrived (epoch seconds, in order), with or without digest; copies of one count once."""
        arrivals = re.findall(r"peer: asked at ([\d.]+) (\S+ \d+)", self.program.printed())
        first = {which: float(when) for when, which in reversed(arrivals)}
        return sorted(first.values())

    def shown(self) -> set[str]:
        """The common names of certificates that REGISTERs came with by TLS."""
        return set(re.findall(r"peer: tls from (\S+)", self.program.printed()))

    def _write_accounts(self, passwords: Mapping[str, str]) -> None:
        with sqlite3.connect(self.directory / "pbx.db") as database:
            database.execute("CREATE TABLE version (table_name TEXT PRIMARY KEY, table_version INTEGER)")
            database.execute("INSERT INTO version VALUES ('accounts', 2)")
            database.execute("CREATE TABLE accounts (username TEXT PRIMARY KEY, ha1 TEXT)")
            rows = ((user, self._ha1(user, password)) for user, password in passwords.items())
            database.executemany("INSERT INTO accounts VALUES (?, ?)", rows)
        database.close()

    def _ha1(self, user: str, password: str) -> str:
        return hashlib.md5(f"{user}:{self.domain}:{password}".encode()).hexdigest()  # noqa: S324 - RFC 2617

    def _answers(self) -> bool:
        return "uptime" in self._command("core.uptime", check=False)

    def _command(self, *words: str, check: bool = True) -> str:
        return self._kamcmd(words, "", check=check)

    def _commands(self, lines: Iterable[str]) -> str:
        """Many commands by one process."""
        return self._kamcmd((), "".join(f"{line}\n" for line in lines), check=True)

    def _kamcmd(self, words: Iterable[str], told: str, *, check: bool) -> str:
        done = subprocess.run(
            ["kamcmd", "-s", f"unix:{self.directory}/ctl", *words],
            input=told,
            capture_output=True,
            text=True,
            check=check,
            timeout=10,
        )
        return done.stdout
