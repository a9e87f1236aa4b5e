// Follows the log: asks for newer records every two seconds and puts them on top. Without this file there are links.
const EVERY = 2000;
const IDLE = 15 * 60 * 1000;
const MOST = 500;

const tail = document.querySelector("[data-next]");
const table = document.querySelector("main table");
const labels = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
const words = tail.dataset;
const button = document.createElement("button");
const status = document.createElement("span");
let next = words.next;
let count = 0;
let paused = false;
let touched = Date.now();
let waiting;

function say(text) {
  // While records come, nobody is read a count every two seconds; that it stopped is said.
  status.setAttribute("aria-live", paused ? "polite" : "off");
  status.textContent = text.replace("{count}", count);
}

function cell(kind, label, content) {
  const made = document.createElement(kind);
  made.dataset.label = label;
  if (content) made.append(content);
  else {
    made.append("–");
    made.className = "none";
  }
  return made;
}

function row(record) {
  const link = document.createElement("a");
  link.href = `/review/${record.index}`;
  link.textContent = record.index;
  const mark = document.createElement("span");
  mark.className = "mark";
  if (/^[a-z]+$/.test(record.decision)) mark.classList.add(record.decision);
  mark.textContent = record.words;
  const made = document.createElement("tr");
  made.className = "new";
  const head = cell("th", labels[0], link);
  head.scope = "row";
  const time = document.createElement("time");
  time.textContent = record.time;
  const rest = [time, record.event, mark, record.reason, record.actor, record.model, record.worst];
  made.append(head, ...rest.map((content, at) => cell("td", labels[at + 1], content)));
  return made;
}

function show(records) {
  if (!records.length) return;
  const body = table.tBodies[0];
  for (const old of body.querySelectorAll(".new")) old.className = "";
  body.prepend(...records.map(row));
  while (body.rows.length > MOST) body.deleteRow(-1);
  count += records.length;
  document.querySelector("#none")?.remove();
}

async function ask() {
  if (Date.now() - touched > IDLE) return pause(words.idle);
  try {
    const answer = await fetch(`/review/live/records?${next}`, { redirect: "manual" });
    if (!answer.ok && (answer.type === "opaqueredirect" || answer.status < 500)) return pause(words.ended, true);
    if (!answer.ok) throw new Error();
    const found = await answer.json();
    if (paused) return;
    next = found.next;
    show(found.records);
    say(words.following);
  } catch {
    say(words.failed);
  }
  waiting = setTimeout(ask, EVERY);
}

function pause(text, ended = false) {
  paused = true;
  clearTimeout(waiting);
  button.textContent = words.go;
  button.hidden = ended;
  say(text);
}

button.type = "button";
button.textContent = words.pause;
button.addEventListener("click", () => {
  if (!paused) return pause(words.paused);
  paused = false;
  touched = Date.now();
  button.textContent = words.pause;
  ask();
});
status.setAttribute("role", "status");
for (const kind of ["pointermove", "keydown", "scroll"]) {
  addEventListener(kind, () => (touched = Date.now()), { passive: true });
}
tail.replaceChildren(button, status);
say(words.following);
waiting = setTimeout(ask, EVERY);
