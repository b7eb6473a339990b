// Keeps the live part of the start page fresh without moving what somebody reads: a known row changes where it stands,
// a new one is put at the end of its list, one that is over stays and says so. Without this script a reload does it.
"use strict";

const EVERY = 2000; // milliseconds; a call is held for seconds

const live = document.getElementById("live");
const stale = live.querySelector(".stale span");

function place(row, list) {
  const known = list.querySelector(`:scope > [data-key="${CSS.escape(row.dataset.key)}"]`);
  if (!known) {
    list.append(row);
  } else if (known.outerHTML !== row.outerHTML) {
    known.className = row.className;
    known.replaceChildren(...row.childNodes);
  }
}

// What somebody reads: the first row or heading that is in the window. It stays where it is.
function held(change) {
  const marks = [...live.querySelectorAll("[data-key], h2")];
  const mark = marks.find((element) => element.getBoundingClientRect().bottom > 0);
  const before = mark?.getBoundingClientRect().top;
  change();
  if (mark) {
    window.scrollBy(0, mark.getBoundingClientRect().top - before);
  }
}

function leave(row, list) {
  if (row.classList.contains("gone")) {
    return;
  }
  row.classList.add("gone");
  for (const tag of row.querySelectorAll(".tag")) {
    tag.className = "tag";
    tag.textContent = list.dataset.gone;
  }
}

function take(fresh) {
  for (const list of live.querySelectorAll("[data-list]")) {
    const newer = fresh.querySelector(`[data-list="${list.dataset.list}"]`);
    const rows = [...newer.children].map((row) => document.importNode(row, true));
    const present = new Set(rows.map((row) => row.dataset.key));
    rows.forEach((row) => place(row, list));
    for (const row of [...list.children]) {
      if (!present.has(row.dataset.key)) {
        leave(row, list);
      }
    }
  }
}

async function refresh() {
  if (document.hidden) {
    return;
  }
  try {
    const answer = await fetch(live.dataset.source, { credentials: "omit", cache: "no-store" });
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    held(() => take(fresh));
    stale.hidden = true;
  } catch {
    stale.hidden = false;
  }
}

if (live.querySelector("[data-list]")) {
  setInterval(refresh, EVERY);
}
