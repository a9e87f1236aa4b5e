// Takes what was shown off the screen when its time is over, also where the page lay in the background for long.
const shown = document.querySelector("[data-expires]");
const left = Number(shown.dataset.expires) - Date.now();

function over() {
  shown.replaceChildren();
  location.replace(shown.dataset.over);
}

// Longer than this a browser's timer does not wait.
setTimeout(over, Math.min(Math.max(left, 0), 2 ** 31 - 1));
addEventListener("pageshow", (event) => {
  if (event.persisted) over();
});
