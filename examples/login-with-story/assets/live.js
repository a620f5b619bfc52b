"use strict";

// Keeps a list or a state on the page up to date. Without this script the page is up to date when it is loaded again.
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function fetched(place) {
  const answer = await fetch(place, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page;
}

// A list whose items have numbers: new ones are appended, so that nothing moves and nothing that is open closes.
function grow(list, page) {
  const fresh = [...page.querySelectorAll("li[data-number]")];
  const shown = [...list.children];
  if (shown.length > 0 && (fresh.length === 0 || fresh[0].dataset.number !== shown[0].dataset.number)) {
    list.replaceChildren(...fresh);
    return fresh;
  }
  const number = (item) => Number(item.dataset.number);
  const known = new Set(shown.map(number));
  const added = fresh.filter((item) => !known.has(number(item)));
  // Nearly always at the end; a request that took long has its place before what it led to.
  for (const item of added) list.insertBefore(item, [...list.children].find((other) => number(other) > number(item)) ?? null);
  return added;
}

async function follow(list) {
  const told = document.getElementById("live-told");
  for (;;) {
    await pause(document.hidden ? 2000 : 700);
    try {
      const added = grow(list, await fetched(list.dataset.live));
      if (added.length > 0) {
        told.textContent = `Step ${list.children.length}: ${added[added.length - 1].querySelector(".sentence").textContent}`;
      }
    } catch {
      told.textContent = "The demo does not answer. Trying again.";
      await pause(3000);
    }
  }
}

// A job that takes a while: its progress is shown, and the page is loaded again when it is done.
async function wait(bar) {
  for (;;) {
    await pause(500);
    try {
      const fresh = (await fetched(location.href)).getElementById(bar.id);
      if (!fresh) {
        location.reload();
        return;
      }
      bar.value = fresh.value;
      document.getElementById("doing").textContent = fresh.dataset.doing;
    } catch {
      await pause(2000);
    }
  }
}

for (const list of document.querySelectorAll("ol[data-live]")) follow(list);
for (const bar of document.querySelectorAll("progress[data-job]")) wait(bar);
