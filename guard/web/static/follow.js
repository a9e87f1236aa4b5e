// Changes the page and keeps its end in view, unless the person has scrolled up to read.
export function follow(change) {
  const page = document.documentElement;
  const atEnd = page.scrollHeight - page.scrollTop - page.clientHeight < 80;
  const changed = change();
  if (atEnd) page.scrollTop = page.scrollHeight;
  return changed;
}
