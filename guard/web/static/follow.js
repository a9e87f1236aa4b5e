// Changes the page and keeps its end in view, unless the person has scrolled up to read.
const page = document.documentElement;

export function toEnd() {
  page.scrollTop = page.scrollHeight;
}

export function follow(change) {
  const atEnd = page.scrollHeight - page.scrollTop - page.clientHeight < 80;
  const changed = change();
  if (atEnd) toEnd();
  return changed;
}
