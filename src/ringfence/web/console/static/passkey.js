// Passkeys: the browser talks to its authenticator only through a script. Without one the part stays hidden, and the
// code of the authenticator app works. What is to be signed came with the page.
"use strict";

const FROM = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const TO = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const IDS = (list) => (list ?? []).map((one) => ({ ...one, id: FROM(one.id) }));
const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

function read(options) {
  const asked = { ...options, challenge: FROM(options.challenge) };
  if (options.user) {
    asked.user = { ...options.user, id: FROM(options.user.id) };
  }
  return { ...asked, allowCredentials: IDS(options.allowCredentials), excludeCredentials: IDS(options.excludeCredentials) };
}

function spelled(credential) {
  const said = {};
  for (const name of PARTS.filter((part) => credential.response[part])) {
    said[name] = TO(credential.response[name]);
  }
  const { id, type } = credential;
  return JSON.stringify({ id, rawId: TO(credential.rawId), type, response: said, clientExtensionResults: {} });
}

async function answered(part, form) {
  const publicKey = read(JSON.parse(part.dataset.options));
  const credential =
    part.dataset.passkey === "get"
      ? await navigator.credentials.get({ publicKey })
      : await navigator.credentials.create({ publicKey });
  form.elements.answer.value = spelled(credential);
  form.requestSubmit();
}

for (const part of window.PublicKeyCredential ? document.querySelectorAll("[data-passkey]") : []) {
  const form = part.closest("form") ?? part.querySelector("form");
  const failed = part.querySelector("[data-failed]");
  part.hidden = false;
  part.querySelector("[data-use]").addEventListener("click", () => {
    failed.hidden = true;
    answered(part, form).catch(() => {
      failed.hidden = false;
    });
  });
}
