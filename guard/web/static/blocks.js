// Elements of an answer's tree, as the server sends it: [tag, attributes, children]. What is not named here is text.
const PLAIN = new Set(["p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "thead", "tbody", "tr", "th", "td", "em", "strong", "s", "code", "hr", "br", "mark"]);
const ADDRESS = /^(https?:|mailto:)[^\s<>"']+$/i;

function made(tag, children = [], properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function code(attributes, children) {
  const name = attributes.language ? [made("span", [attributes.language], { className: "language" })] : [];
  return made("div", [...name, made("pre", [made("code", children)], { tabIndex: 0 })], { className: "code" });
}

export function element(node) {
  if (typeof node === "string") return document.createTextNode(node);
  const [tag, attributes, children] = node;
  const inner = children.map(element);
  if (tag === "pre") return code(attributes, inner);
  if (tag === "table") return made("div", [made("table", inner)], { className: "scroll", tabIndex: 0 });
  if (tag === "a" && ADDRESS.test(attributes.href)) {
    return made("a", inner, { href: attributes.href, title: attributes.title ?? "", target: "_blank", rel: "noopener noreferrer nofollow" });
  }
  if (!PLAIN.has(tag)) return made("span", inner);
  const plain = made(tag, inner);
  if (tag === "th") plain.scope = "col";
  if (tag === "ol" && /^\d+$/.test(attributes.start ?? "")) plain.start = Number(attributes.start);
  return plain;
}

// From block `first` on the answer is now so: only what has changed is made anew.
export function change(body, first, blocks) {
  while (body.children.length > first) body.lastElementChild.remove();
  body.append(...blocks.map(element));
}
