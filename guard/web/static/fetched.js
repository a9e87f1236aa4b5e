// A page of ours as a document, of which parts are put into this one. It is read by the browser without running
// anything; what could run is not taken over all the same.
const NEVER = "script, iframe, object, embed, link, meta, base, style, svg";

// The sentence of a page that refuses.
function refusal(page) {
  const text = page?.querySelector(".problem")?.textContent.trim() ?? "";
  return Object.assign(new Error(text), { known: Boolean(text) });
}

export function fetched(address, { method = "GET", body = null, signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.responseType = "document";
    request.addEventListener("load", () => {
      if (request.status === 200 && request.response) resolve(request.response);
      else reject(refusal(request.response));
    });
    request.addEventListener("error", () => reject(new TypeError("no connection")));
    request.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

export function part(page, selector) {
  const found = page.querySelector(selector);
  if (!found) return null;
  const every = [found, ...found.querySelectorAll("*")];
  const runs = every.some((each) => each.matches(NEVER) || [...each.attributes].some(({ name }) => name.startsWith("on") || name === "style"));
  return runs ? null : document.importNode(found, true);
}

// Puts a part of the fetched page in the place of the same part here. Returns what is here now.
export function swap(page, selector) {
  const here = document.querySelector(selector);
  const found = part(page, selector);
  if (!here || !found) return here;
  here.replaceWith(found);
  return found;
}
