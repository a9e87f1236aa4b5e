// Shows what will be taken out while somebody writes: when they pause, and never an answer to what they wrote before.
import { fetched, part } from "./fetched.js";
import { follow } from "./follow.js";

const form = document.querySelector("#chat");
const place = document.querySelector("#preview");
const PAUSE = 700;
// Longer drafts are looked at when somebody asks for it.
const MOST = 20_000;
let waiting = null;
let asking = null;

export function clear() {
  clearTimeout(waiting);
  asking?.abort();
  asking = null;
  place.hidden = true;
}

async function look() {
  const mine = (asking = new AbortController());
  try {
    const page = await fetched("/chat/preview?alone=1", { method: "POST", body: new FormData(form), signal: mine.signal });
    // What was written since makes this answer an old one.
    if (mine !== asking) return;
    const found = part(page, "#previewed");
    if (!found) return clear();
    const isOpen = place.querySelector("details")?.open;
    const seen = found.querySelector("details");
    if (seen && isOpen) seen.open = true;
    follow(() => {
      place.replaceChildren(found);
      place.hidden = false;
    });
  } catch {
    if (mine === asking) clear();
  }
}

function isEmpty() {
  return !form.elements.message.value.trim() && !form.elements.files.files.length;
}

export function watch(isBusy) {
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    asking?.abort();
    asking = null;
    if (isEmpty()) return clear();
    const size = form.elements.message.value.length + [...form.elements.files.files].reduce((sum, file) => sum + file.size, 0);
    if (!isBusy() && size <= MOST) waiting = setTimeout(look, PAUSE);
  });
  document.querySelector("#look").addEventListener("click", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    if (!isEmpty()) look();
  });
}
