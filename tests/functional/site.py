"""The start page with made-up contents, served on loopback."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

import ringfence.app.records  # noqa: F401 - declares every table and flow
from ringfence.privacy.notices import Paragraph, Sentence
from ringfence.services.calls import Phase
from ringfence.services.reachability import State
from ringfence.web.start import (
    Crossing,
    DeclaredMap,
    Imprint,
    LiveCall,
    LiveDevice,
    Notice,
    Pages,
    StepState,
    StoryStep,
    start_routes,
)

OFFICER = "privacy@provider.example"
PUSH = (
    '{"message":{"token":"c1f0…","data":{"v":"1","call":"abcdefghijklmnopqrstuvwxyz","by":"1800000045","box":"'
    + "Qk9Y" * 80
)


@dataclass
class Now:
    """A live state that a test changes as it likes."""

    listed: list[LiveDevice] = field(default_factory=list)
    held: list[LiveCall] = field(default_factory=list)
    told: list[StoryStep] = field(default_factory=list)

    def devices(self) -> Sequence[LiveDevice]:
        return self.listed

    def calls(self) -> Sequence[LiveCall]:
        return self.held

    def steps(self, language: str) -> Sequence[StoryStep]:
        return self.told


class _Notices:
    def current(self, language: str) -> Notice:
        sentences = (
            "We keep your push token while your phone is reachable.",
            "It is erased three days after the last sign of life.",
        )
        said = tuple(Sentence(sentence, "sample", ("sample.token",)) for sentence in sentences)
        return Notice(
            "ef8c281df971794503b6ab720e089cae" * 2,
            "en",
            [Paragraph("What we keep", said), Paragraph("Your rights", said)],
        )


def _schema() -> dict[str, object]:
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Enrolment"}}}}
    problem = {"description": "Terms not agreed: `terms_not_agreed`"}
    enrol = {
        "summary": "Enrol a phone",
        "description": "Proves the SIP account at its PBX first.\n\nKeeps nothing when refused.",
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            }
        ],
        "requestBody": body,
        "responses": {"201": {"description": "Enrolled"}, "403": problem},
    }
    call = {"summary": "What became of a call", "responses": {"200": {"description": "held or gone"}}}
    enrolment = {
        "type": "object",
        "required": ["address"],
        "properties": {
            "address": {"type": "string", "description": "The SIP address-of-record."},
            "device": {
                "type": "object",
                "properties": {"platform": {"enum": ["android", "ios"]}, "public_key": {"type": "string"}},
            },
        },
    }
    return {
        "paths": {"/v1/enrolments": {"post": enrol}, "/v1/calls/{ref}": {"get": call}},
        "components": {"schemas": {"Enrolment": enrolment}},
    }


def busy() -> Now:
    """Everything at once: a story that was played, devices in several states, calls."""
    said = ["The phone slept; its connection was closed. The PBX still holds a registration for it."]
    steps = [
        StoryStep(
            1,
            "A refused agreement keeps nothing",
            StepState.HELD,
            0.2,
            said,
            [Crossing("The API answered", '403 {"code": "terms_not_agreed"}')],
        ),
        StoryStep(2, "A push wakes the phone", StepState.HELD, 1.3, said, [Crossing("The push service saw", PUSH)]),
        StoryStep(3, "The certificate is verified", StepState.PROVEN, 3.9, said),
        StoryStep(4, "One more thing", StepState.RUNNING, 4.0),
    ]
    devices = [LiveDevice("k7q2", True, State.REGISTERED), LiveDevice("p9x4", False, State.UNAUTHORIZED)]
    calls = [
        LiveCall("abcdefghijklmnopqrstuvwxyz", Phase.WAKING, 3),
        LiveCall("bcdefghijklmnopqrstuvwxyza", Phase.ANSWERED, 12),
    ]
    return Now(devices, calls, steps)


def pages(now: Now) -> Pages:
    imprint = Imprint("Example Telecom", "Example Telecom Ltd, 1 Main Street, Sofia", OFFICER)
    return Pages(imprint, _Notices(), DeclaredMap(), _schema, live=now, story=now)


def served(made: Pages) -> AbstractContextManager[str]:
    """Serve these pages; gives their origin."""
    return serving(start_routes(made))


@contextmanager
def serving(routes: Sequence[BaseRoute]) -> Iterator[str]:
    """Serve routes on loopback; gives their origin."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
