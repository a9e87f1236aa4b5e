// Sends a message and shows its answer while it comes. Without this file the same forms do it on the server.
import { follow, toEnd } from "./follow.js";
import { clear } from "./preview.js";
import { events, post } from "./stream.js";
import { Coming, moved, refresh } from "./talk.js";

const form = document.querySelector("#chat");
const texts = form.dataset;
const note = document.querySelector("#note");
const problem = document.querySelector("#problem");
const [sendButton, stopButton] = [document.querySelector("#send"), document.querySelector("#stop")];
let leaving = null;

export const isBusy = () => leaving !== null;
export const stop = () => leaving?.abort();

export function fail(text, why = []) {
  problem.querySelector("p").textContent = text;
  problem.querySelector("ul")?.remove();
  if (why.length) {
    const list = document.createElement("ul");
    list.append(...why.map((each) => Object.assign(document.createElement("li"), { textContent: each })));
    problem.append(list);
  }
  problem.hidden = !text;
}

export function told(error) {
  if (error instanceof TypeError) return texts.unreachable;
  return error.known ? error.message : error.isCut ? texts.cut : texts.failed;
}

// What a form would send: its message as text or, for one that is asked again, as the page shows it.
function said(source) {
  const turn = source.closest("article");
  if (!source.elements.again) return source.elements.message.value.trim();
  const shown = document.createDocumentFragment();
  shown.append(...turn.querySelector(".user .text").cloneNode(true).childNodes);
  return shown;
}

function busy(signal) {
  sendButton.hidden = Boolean(signal);
  stopButton.hidden = !signal;
  leaving = signal;
}

async function answer(coming, data) {
  let opened = null;
  try {
    const response = await post("/chat/turn", {}, data, leaving.signal);
    for await (const each of events(response.body)) {
      if (each.error) throw Object.assign(new Error(each.error.message), { known: true });
      if (each.opened) {
        opened = each.opened;
        moved(opened.conversation, opened.request);
        coming.mark(opened).catch(() => null);
      } else follow(() => coming.blocks(each));
    }
  } catch (error) {
    if (!leaving.signal.aborted) fail(told(error), error.why);
  }
  return opened;
}

async function finish(coming, { conversation, request }) {
  const shown = await refresh(coming.article, conversation, [`${request}.0`, request]);
  if (shown) moved(conversation, shown.place);
  return shown?.note ?? "";
}

export async function send(source) {
  const text = said(source);
  const files = source === form ? form.elements.files.files.length : 0;
  if (leaving || (text === "" && !files)) return;
  const data = new FormData(source);
  busy(new AbortController());
  clear();
  fail("");
  const coming = new Coming(text || [...form.elements.files.files].map((each) => each.name).join(", "), source === form ? null : source.closest("article"));
  if (source === form) form.elements.message.value = "";
  note.textContent = texts.answering;
  toEnd();
  const opened = await answer(coming, data);
  const isStopped = leaving.signal.aborted;
  if (opened) {
    if (source === form) form.elements.files.value = "";
    const done = await finish(coming, opened);
    follow(() => (note.textContent = isStopped ? texts.stopped : done));
  } else {
    // Nothing was let through: the message goes back, to be changed or sent again.
    coming.undo();
    if (source === form) form.elements.message.value ||= text;
    note.textContent = isStopped ? texts.stopped : "";
  }
  busy(null);
  form.elements.message.focus();
}
