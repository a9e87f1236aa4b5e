// The turns on the page: new ones while they come, and those that the server made of them.
import { change } from "./blocks.js";
import { copies } from "./code.js";
import { fetched, part, swap } from "./fetched.js";
import { follow } from "./follow.js";

const form = document.querySelector("#chat");
const turns = document.querySelector("#turns");
const empty = document.querySelector("#empty");

function copy(template) {
  return document.querySelector(template).content.firstElementChild.cloneNode(true);
}

// A turn that is under way. `said` is its text, or a node that shows it; `instead` the turn that it takes the place of.
export class Coming {
  constructor(said, instead) {
    this.gone = [];
    for (let each = instead; each; each = each.nextElementSibling) this.gone.push(each);
    for (const each of this.gone) each.remove();
    this.article = copy("#new-turn");
    this.article.querySelector(".text").append(said);
    turns.append(this.article);
    empty.hidden = true;
    this.bodies = new Map();
  }

  blocks({ choice, first, blocks }) {
    if (!this.bodies.has(choice)) this.begin(choice);
    change(this.bodies.get(choice), first, blocks);
  }

  begin(choice) {
    const answer = copy("#new-answer");
    const answers = this.article.querySelector(".answers");
    answers.append(answer);
    answers.classList.toggle("several", answers.children.length > 1);
    this.bodies.set(choice, answer.querySelector(".text"));
  }

  // Nothing was opened: the page is as it was.
  undo() {
    this.article.remove();
    turns.append(...this.gone);
    empty.hidden = turns.children.length > 0;
  }

  // What was taken out is known as soon as the request is let through.
  async mark({ conversation, request }) {
    const page = await fetched(`/chat/${conversation}/turn?at=${request}`);
    const said = part(page, "article .user .text");
    if (said && this.article.isConnected) follow(() => this.article.querySelector(".user .text").replaceWith(said));
  }
}

// The turn as the server shows it. `places`: the first that is there. Returns the place and the note.
export async function refresh(article, conversation, places) {
  for (const place of places) {
    const page = await fetched(`/chat/${conversation}/turn?at=${place}`).catch(() => null);
    const found = page && part(page, "article");
    if (!found) continue;
    copies(found);
    // It may have been made anew since somebody asked.
    const here = document.getElementById(found.id) ?? article;
    follow(() => here.replaceWith(found));
    around(page);
    return { place, article: found, note: page.querySelector("#note")?.textContent ?? "" };
  }
  return null;
}

function around(page) {
  const drawer = document.querySelector("#conversations");
  if (!drawer.contains(document.activeElement)) swap(page, "#conversations").open = drawer.open;
  swap(page, "#title");
  if (!document.querySelector("#rename").open) swap(page, "#rename");
  document.title = page.title;
}

// The place to go on from is in the page's address, so that it can be opened again.
export function moved(conversation, place) {
  form.elements.conversation.value = conversation;
  form.elements.at.value = place;
  form.elements.edit?.remove();
  window.history.replaceState(null, "", `/chat/${conversation}?at=${place}`);
}
