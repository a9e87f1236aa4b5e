// Upgrades the chat form: the answer streams into the page. Without this file the form works by itself.
// Text is only ever put in as text: nothing of a message or an answer becomes markup.
import { follow } from "./follow.js";
import { events, post } from "./stream.js";

const form = document.querySelector("#chat");
const list = document.querySelector("#messages");
const note = document.querySelector("#note");
const problem = document.querySelector("#problem");
const send = document.querySelector("#send");
const stop = document.querySelector("#stop");
const message = form.elements.message;
const history = JSON.parse(form.elements.history.value);
let leaving = null;

function show(role, text) {
  const item = document.createElement("li");
  const label = document.createElement("span");
  const body = document.createElement("div");
  item.className = role;
  label.className = "role";
  body.className = "text";
  label.textContent = role === "user" ? "You" : "Answer";
  body.textContent = text;
  item.append(label, body);
  list.append(item);
  return body;
}

function fail(text) {
  problem.textContent = text;
  problem.hidden = !text;
}

function describe(guard) {
  const taken = Object.entries(guard.redactions).map(([name, count]) => `${count} × ${name}`).join(", ");
  const flagged = guard.choices.flatMap((choice) => (choice.action === "flag" ? choice.flagged : [])).join(", ");
  const withheld = guard.choices.map((choice) => choice.withheld).filter(Boolean).join(", ");
  const first = taken ? `Taken out before the model saw it: ${taken}.` : "Nothing had to be taken out.";
  const second = withheld ? ` Part of the answer was withheld: ${withheld}.` : "";
  note.textContent = first + second + (flagged ? ` Flagged: ${flagged}.` : "");
}

function request(text) {
  const headers = {};
  if (form.elements.conversation.value) headers["x-guard-conversation"] = form.elements.conversation.value;
  if (form.elements.scenario.value) headers["x-guard-scenario"] = form.elements.scenario.value;
  const messages = [...history, { role: "user", content: text }];
  const body = { model: form.elements.model.value, stream: true, messages };
  return post("/v1/chat/completions", headers, body, leaving.signal);
}

async function answer(text) {
  const response = await request(text);
  form.elements.conversation.value = response.headers.get("x-guard-conversation");
  const body = follow(() => show("assistant", ""));
  try {
    for await (const event of events(response.body)) {
      if (event.error) throw new Error(event.error.message);
      follow(() => {
        for (const choice of event.choices ?? []) body.append(choice.delta.content ?? "");
        if (event.guard) describe(event.guard);
      });
    }
  } finally {
    history.push({ role: "user", content: text }, { role: "assistant", content: body.textContent });
    form.elements.history.value = JSON.stringify(history);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = message.value.trim();
  if (!text || leaving) return;
  leaving = new AbortController();
  document.querySelector("#empty").hidden = true;
  fail("");
  note.textContent = "Checking and answering…";
  const shown = show("user", text).parentElement;
  message.value = "";
  send.hidden = true;
  stop.hidden = false;
  form.scrollIntoView({ block: "end" });
  try {
    await answer(text);
  } catch (error) {
    note.textContent = leaving.signal.aborted ? "Stopped." : "";
    if (!leaving.signal.aborted) fail(error instanceof TypeError ? "The server cannot be reached." : error.message);
    if (list.lastElementChild === shown) {
      // Nothing was answered: the message goes back, to be changed or sent again.
      shown.remove();
      message.value ||= text;
    }
  } finally {
    leaving = null;
    send.hidden = false;
    stop.hidden = true;
    message.focus();
  }
});

stop.addEventListener("click", () => leaving?.abort());

message.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

// From here on the script answers; until then the form does.
form.dataset.ready = "true";
