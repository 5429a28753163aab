// Asks the server, and tells what it says: of an answer its type, size and warnings, of a refusal the reason.

const ACCEPT = "application/problem+json, */*;q=0.9";

function warnings(headers) {
  const found = [...(headers.get("warning") ?? "").matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)];
  return found.map((one) => one[1].replace(/\\(.)/g, "$1"));
}

// Returns {ok, status, type, size, warnings, seconds, blob, problem}; `blob` where it was asked for by GET.
export async function ask(url, { method = "GET", signal } = {}) {
  const began = performance.now();
  const language = document.documentElement.lang; // of the page: reasons are told in it
  const response = await fetch(url, { method, signal, headers: { Accept: ACCEPT, "Accept-Language": language } });
  const { headers, status } = response;
  const answer = {
    ok: response.ok,
    status,
    type: (headers.get("content-type") ?? "").split(";")[0],
    size: Number(headers.get("content-length") ?? 0),
    warnings: warnings(headers),
  };
  if (!response.ok) {
    if (method === "HEAD") return ask(url, { signal }); // a refusal has its reason in the body
    answer.language = headers.get("content-language") ?? "en";
    answer.problem = answer.type.endsWith("json") ? await response.json() : { detail: await response.text() };
  } else if (method === "GET") {
    answer.blob = await response.blob();
    answer.size = answer.blob.size;
  }
  answer.seconds = (performance.now() - began) / 1000;
  return answer;
}

export function sized(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  let number = bytes;
  for (const unit of ["kB", "MB", "GB"]) {
    number /= 1000;
    if (number < 999.5) return `${Number(number.toPrecision(3))} ${unit}`;
  }
  return `${Number((number / 1000).toPrecision(3))} TB`;
}
