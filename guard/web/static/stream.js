// Server-sent events from the body of a POST, which EventSource cannot do.
export async function* events(body) {
  // What ends without [DONE] was cut off.
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error("The answer was cut off.");
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

// A POST whose refusal is an error with the server's own sentence.
export async function post(address, headers, body, signal) {
  const sent = { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body), signal };
  const response = await fetch(address, sent);
  if (response.ok) return response;
  const refused = await response.json().catch(() => null);
  throw new Error(refused?.error?.message ?? "The server cannot answer now. Try again later.");
}
