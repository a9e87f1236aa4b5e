// Upgrades the chat: answers stream, what will be taken out is shown while somebody writes, and there are keys.
// Text is only ever put in as text, and answers as elements of a list: nothing of them becomes markup.
import { copies } from "./code.js";
import { fetched } from "./fetched.js";
import { toEnd } from "./follow.js";
import { watch } from "./preview.js";
import { fail, told } from "./problem.js";
import { isBusy, send, stop } from "./send.js";
import { refresh } from "./talk.js";

const form = document.querySelector("#chat");
const message = form.elements.message;

let rated = Promise.resolve();

async function rate(source, button) {
  const article = source.closest("article");
  const choice = source.closest(".message").dataset.choice;
  try {
    await fetched(source.action, { method: "POST", body: new FormData(source, button) });
    const shown = await refresh(article, form.elements.conversation.value, [article.dataset.at]);
    shown?.article.querySelector(`.message[data-choice="${choice}"] .rating button`)?.focus();
    fail("");
  } catch (error) {
    fail(told(error));
  }
}

document.addEventListener("submit", (event) => {
  const source = event.target;
  if (source.matches("[data-send]") && event.submitter?.id !== "look") {
    event.preventDefault();
    send(source);
  } else if (source.action.endsWith("/feedback")) {
    event.preventDefault();
    const button = event.submitter;
    // One after the other: the page shows what was said last.
    rated = rated.then(() => rate(source, button));
  }
});

document.querySelector("#stop").addEventListener("click", stop);

message.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit(document.querySelector("#send"));
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") stop();
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.matches("input, textarea, select")) {
    event.preventDefault();
    message.focus();
  }
});

watch(isBusy);
copies(document.querySelector("#turns"));
if (!location.hash.startsWith("#turn")) toEnd();
// From here on the script answers; until then the forms do.
form.dataset.ready = "true";
