// Puts a button that copies the whole value behind each short one. Without this file the whole one is in the title.
for (const short of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "copy";
  button.setAttribute("aria-label", `Copy ${short.textContent} in full`);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(short.dataset.copy);
      button.textContent = "copied";
    } catch {
      button.textContent = "not copied";
    }
    setTimeout(() => (button.textContent = "copy"), 2000);
  });
  short.after(button);
}
