// Server-sent events from the body of a POST, which EventSource cannot do.
export async function* events(body) {
  // What ends without [DONE] was cut off.
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw Object.assign(new Error("The answer was cut off."), { isCut: true });
    held += value;
    const parts = held.split("\n\n");
    held = parts.pop();
    for (const part of parts) {
      const data = part.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)).join("\n");
      if (data === "[DONE]") return;
      if (data) yield JSON.parse(data);
    }
  }
}

// A POST whose refusal is an error with the server's own sentence (`known`) and its reasons (`why`). A form goes as it is.
export async function post(address, headers, body, signal) {
  const isForm = body instanceof FormData;
  const type = isForm ? {} : { "content-type": "application/json" };
  const sent = { method: "POST", headers: { ...type, ...headers }, body: isForm ? body : JSON.stringify(body), signal };
  const response = await fetch(address, sent);
  if (response.ok) return response;
  const refused = (await response.json().catch(() => null))?.error;
  const text = refused?.message ?? "The server cannot answer now. Try again later.";
  throw Object.assign(new Error(text), { known: Boolean(refused?.message), why: refused?.why ?? [] });
}
