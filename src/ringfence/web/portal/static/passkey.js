// Passkeys: the browser talks to its authenticator only through a script. Where there is none, nothing is missed: the
// part of the page stays hidden, and the other ways in work without it.
"use strict";

const FROM = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const TO = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const IDS = (list) => (list ?? []).map((one) => ({ ...one, id: FROM(one.id) }));

function toAsk(options) {
  return { ...options, challenge: FROM(options.challenge), allowCredentials: IDS(options.allowCredentials) };
}

function toMake(options) {
  const user = { ...options.user, id: FROM(options.user.id) };
  return { ...options, challenge: FROM(options.challenge), user, excludeCredentials: IDS(options.excludeCredentials) };
}

function spelled(credential) {
  const said = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) {
      said[name] = TO(credential.response[name]);
    }
  }
  const { id, type } = credential;
  return JSON.stringify({ id, rawId: TO(credential.rawId), type, response: said, clientExtensionResults: {} });
}

async function question(form) {
  const answer = await fetch(form.dataset.question, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (!answer.ok) {
    throw new Error(String(answer.status));
  }
  return answer.json();
}

async function answered(form, kind) {
  const asked = await question(form);
  const credential =
    kind === "get"
      ? await navigator.credentials.get({ publicKey: toAsk(asked.options) })
      : await navigator.credentials.create({ publicKey: toMake(asked.options) });
  form.elements.ticket.value = asked.ticket;
  form.elements.answer.value = spelled(credential);
  form.submit();
}

// A passkey belongs to a name: at a bare IP address browsers refuse to make one.
const HAS_NAME = !/^[\d.]+$|:/.test(location.hostname);

for (const part of window.PublicKeyCredential && HAS_NAME ? document.querySelectorAll("[data-passkey]") : []) {
  const form = part.querySelector("form");
  const failed = form.querySelector("[data-failed]");
  part.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    failed.hidden = true;
    answered(form, part.dataset.passkey).catch(() => {
      failed.hidden = false;
    });
  });
}
