"use strict";
// Looks every other second whether there is something else to see, and shows it where it stands.
// A clock that runs goes on here: the server is asked what has happened, not what time it is.
const live = document.getElementById("live");
const news = document.getElementById("news");
let shown = `"${live.dataset.revision}"`;
const EVERY = 2000;
const RESTS = 200; // as many times as long as it was at work, lest it slow a busy server

let since = performance.now(); // when the time was shown that the server said

function tick() {
  const now = document.getElementById("now");
  if (!("runs" in now.dataset)) return;
  const at = new Date(Date.parse(now.dateTime) + performance.now() - since);
  const [day, date, month, year, time] = at.toUTCString().split(" ");
  now.textContent = `${day.slice(0, 3)} ${date} ${month} ${year}, ${time} UTC`;
}

function scrolled() {
  return [...live.querySelectorAll(".scroll, .newest")];
}

function again(element) {
  const all = [...live.querySelectorAll("a, [tabindex]")];
  const same = (one) =>
    one.id === element.id && one.getAttribute("href") === element.getAttribute("href");
  return all.find(same);
}

function showNow() {
  const drawing = document.getElementById("drawing");
  const now = drawing?.querySelector(".now");
  if (now) drawing.scrollTop = now.getBBox().y - drawing.clientHeight / 2;
}

async function look() {
  const headers = { "If-None-Match": shown };
  const answer = await fetch(`${live.dataset.here}/live`, { headers, cache: "no-store" });
  if (answer.status === 304) return;
  if (!answer.ok) throw new Error(String(answer.status));
  const panels = await answer.text();
  const at = scrolled().map((one) => [one.scrollLeft, one.scrollTop]);
  const focused = live.contains(document.activeElement) ? document.activeElement : null;
  live.innerHTML = panels;
  shown = answer.headers.get("ETag");
  since = performance.now();
  scrolled().forEach((one, place) => at[place] && one.scrollTo(...at[place]));
  if (focused) again(focused)?.focus({ preventScroll: true });
  news.textContent = `Updated: it is ${document.getElementById("now").textContent}.`;
}

async function go() {
  const start = performance.now();
  try {
    if (!document.hidden) await look();
  } catch (error) {
    news.textContent = "The server does not answer.";
  }
  setTimeout(go, Math.max(EVERY, RESTS * (performance.now() - start)));
}

showNow();
setInterval(tick, 1000);
setTimeout(go, EVERY);
