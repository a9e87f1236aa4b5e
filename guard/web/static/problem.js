// What went wrong, in its place on the page.
const texts = document.querySelector("#chat").dataset;
const problem = document.querySelector("#problem");

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
