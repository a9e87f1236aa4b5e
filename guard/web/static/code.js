// Buttons that copy code blocks and whole answers. Without this file there is the browser's own selection.
const texts = document.querySelector("#chat").dataset;

function button(label, source) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet copy";
  made.textContent = texts.copy;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source());
      made.textContent = texts.copied;
    } catch {
      made.textContent = texts.notCopied;
    }
    setTimeout(() => (made.textContent = texts.copy), 2000);
  });
  return made;
}

// What is only there for who cannot see marks is no part of the text. `innerText` has lines as they are shown.
function words(element) {
  element.classList.add("copying");
  const text = element.innerText;
  element.classList.remove("copying");
  return text;
}

export function copies(root) {
  if (!navigator.clipboard) return;
  for (const block of root.querySelectorAll(".code")) {
    if (!block.querySelector(".copy")) block.append(button(texts.copyCode, () => words(block.querySelector("code"))));
  }
  for (const answer of root.querySelectorAll(".assistant")) {
    const tools = answer.querySelector(".tools");
    if (tools && !tools.querySelector(".copy")) tools.prepend(button(texts.copyAnswer, () => words(answer.querySelector(".text"))));
  }
}
