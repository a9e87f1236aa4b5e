// Sends a message and shows its answer while it comes. Without this file the same forms do it on the server.
import { follow, toEnd } from "./follow.js";
import { clear } from "./preview.js";
import { fail, told } from "./problem.js";
import { events, post } from "./stream.js";
import { Coming, moved, refresh } from "./talk.js";

const form = document.querySelector("#chat");
const texts = form.dataset;
const note = document.querySelector("#note");
const [sendButton, stopButton] = [document.querySelector("#send"), document.querySelector("#stop")];
let leaving = null;

export const isBusy = () => leaving !== null;
export const stop = () => leaving?.abort();

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

async function talk(source, text) {
  const own = source === form ? [...form.elements.files.files].map((each) => each.name) : [];
  const data = new FormData(source);
  const coming = new Coming(text || own.join(", "), source === form ? null : source.closest("article"));
  if (source === form) form.elements.message.value = "";
  toEnd();
  const opened = await answer(coming, data);
  const isStopped = leaving.signal.aborted;
  let done = "";
  if (opened) {
    if (source === form) form.elements.files.value = "";
    done = await finish(coming, opened);
  } else {
    // Nothing was let through: the message goes back, to be changed or sent again.
    coming.undo();
    if (source === form) form.elements.message.value ||= text;
  }
  follow(() => (note.textContent = isStopped ? texts.stopped : done));
}

export async function send(source) {
  const text = said(source);
  if (leaving || (text === "" && !(source === form && form.elements.files.files.length))) return;
  busy(new AbortController());
  clear();
  fail("");
  note.textContent = texts.answering;
  try {
    await talk(source, text);
  } finally {
    busy(null);
    form.elements.message.focus();
  }
}
