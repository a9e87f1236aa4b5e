// Upgrades the editor of a policy: checks while somebody types, and shows line numbers and problems beside each file.
// It never moves the focus by itself. Without this file the button "Check" does the same on the server.
import { post } from "./stream.js";

const form = document.querySelector("#editor");
const checked = document.querySelector("#checked");
const areas = [...form.querySelectorAll("textarea[data-path]")];
const added = { path: form.elements["new-path"], text: form.elements["new-text"] };
const MOST_NUMBERED = 5000;
let waiting = null;
let asking = null;

// The texts are the page's, in its language; {names} in them stand for values.
function said(name, values = {}) {
  return form.dataset[name].replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

function item(text, name = "li") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function number(area, lines = new Set()) {
  const count = Math.min(area.value.split("\n").length, MOST_NUMBERED);
  const gutter = area.parentElement.querySelector(".gutter");
  gutter.textContent = Array.from({ length: count }, (_, n) => (lines.has(n + 1) ? `✗ ${n + 1}` : `${n + 1}`)).join("\n");
  gutter.scrollTop = area.scrollTop;
}

function files() {
  const found = {};
  for (const area of areas) {
    const path = area.dataset.path;
    if (form.elements[`gone:${path}`].checked) found[path] = null;
    else if ("differs" in area.dataset || area.value !== area.defaultValue) found[path] = area.value;
  }
  if (added.path.value.trim()) found[added.path.value.trim()] = added.text.value;
  return found;
}

function place(area, problem) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, problem.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
  // Columns count code points; a textarea counts UTF-16 units.
  const column = [...(lines[problem.line - 1] ?? "")].slice(0, problem.column - 1).join("").length;
  area.closest("details").open = true;
  area.focus();
  area.setSelectionRange(start + column, start + (lines[problem.line - 1] ?? "").length);
}

function jump(area, problem, text) {
  const made = document.createElement("li");
  const link = document.createElement("button");
  link.type = "button";
  link.className = "jump";
  link.textContent = text;
  link.addEventListener("click", () => place(area, problem));
  made.append(link, ` ${problem.message}`);
  return made;
}

// What is the same as before is left alone, so that nobody is told it again after every key.
function replace(list, items) {
  const before = [...list.children].map((each) => each.textContent).join("\n");
  if (items.map((each) => each.textContent).join("\n") !== before) list.replaceChildren(...items);
}

function show(text, kind, items) {
  const headline = item(text, "p");
  headline.className = kind;
  replace(checked.querySelector("[role=status]"), [headline]);
  replace(checked.querySelector("ul"), items);
  checked.querySelector("details").hidden = items.length === 0;
}

function problems(found) {
  for (const area of areas) {
    const own = found.filter((each) => each.file === area.dataset.path);
    const list = document.querySelector(`#problems-${area.id}`);
    replace(list, own.map((each) => jump(area, each, said("place", each))));
    number(area, new Set(own.map((each) => each.line)));
  }
}

function listed(found) {
  const area = areas.find((one) => one.dataset.path === found.file);
  const where = `${found.file}:${found.line}:${found.column}`;
  return area ? jump(area, found, where) : item(`${where} ${found.message}`);
}

function report({ passed, lint, tests }) {
  const failed = tests.failed.map(
    (each) => item(said("failed", each)),
  );
  const findings = lint.map((each) => item(`${each.severity} ${each.place} ${each.message}`));
  const errors = lint.filter((each) => each.severity === "error").length;
  const counts = said("counts", { failed: failed.length, questions: tests.questions, errors });
  if (passed) show(`${said("passed")} ${counts}`, "allow", findings);
  else show(`${said("refused")} ${counts}`, "deny", [...failed, ...findings]);
}

async function check() {
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    const found = await (await post("/api/policies/check", {}, { files: files() }, mine.signal)).json();
    // A later check may have begun while this answer was read.
    if (mine !== asking) return;
    problems(found.problems);
    if (found.report) report(found.report);
    else {
      const count = found.problems.length;
      show(`✗ ${said(count === 1 ? "problem" : "problems", { count })}`, "deny", found.problems.map(listed));
    }
  } catch (error) {
    if (mine.signal.aborted) return;
    show(error instanceof TypeError ? said("unreached") : error.message, "deny", []);
  }
}

form.addEventListener("input", (event) => {
  if (event.target.matches("textarea[data-path]")) number(event.target);
  clearTimeout(waiting);
  waiting = setTimeout(check, 400);
});

for (const area of areas) {
  const gutter = document.createElement("pre");
  gutter.className = "gutter";
  gutter.setAttribute("aria-hidden", "true");
  area.before(gutter);
  area.addEventListener("scroll", () => (gutter.scrollTop = area.scrollTop));
  number(area);
}
form.dataset.ready = "true";
