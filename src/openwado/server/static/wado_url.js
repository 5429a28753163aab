// WADO URLs: written as the server writes them, and in the forms in which people hand them on. Nothing here touches the page.

// As Python's urlencode with "/,*" left as they are.
function encoded(value) {
  return encodeURIComponent(value)
    .replace(/[!'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%2F/g, "/").replace(/%2C/g, ",").replace(/%20/g, "+");
}

// The query of a request: who it is about, then what is asked, in the order of `written`; what is empty is left out.
export function queryOf(uids, written, state) {
  const pairs = [["requestType", "WADO"], ...Object.entries(uids)];
  for (const name of written) if (state[name]) pairs.push([name, state[name]]);
  return pairs.map(([name, value]) => `${name}=${encoded(value)}`).join("&");
}

// The parameters that bring a state back in the address of the page; as `page_query` of the server.
export function pageQuery(written, state, start) {
  const said = {};
  for (const name of written) if (state[name]) said[name] = state[name];
  const same = (one, other) => {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].every((name) => one[name] === other[name]);
  };
  if (same(said, start)) return {};
  if (Object.keys(said).every((name) => name === "frameNumber")) return { contentType: "", ...said };
  if (said.frameNumber && same(said, { ...start, frameNumber: said.frameNumber })) return { frameNumber: said.frameNumber };
  return said;
}

export function asQuery(pairs) {
  return Object.entries(pairs).map(([name, value]) => `${name}=${encoded(value)}`).join("&");
}

// As html.escape of Python.
function escaped(text) {
  const names = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };
  return text.replace(/[&<>"']/g, (character) => names[character]);
}

// In all of these: url, words, shows (image, video, …), type (of the answer), named (in the request), width, height, uid.
export function asHtml({ url, words, shows, width, height }) {
  const size = width && height ? ` width="${width}" height="${height}"` : "";
  if (shows === "image") return `<img src="${escaped(url)}" alt="${escaped(words)}"${size} loading="lazy">`;
  if (shows === "video") {
    return `<video src="${escaped(url)}" title="${escaped(words)}"${size} controls loop muted playsinline></video>`;
  }
  return `<a href="${escaped(url)}">${escaped(words)}</a>`;
}

export function asMarkdown({ url, words, shows }) {
  const address = url.replaceAll("(", "%28").replaceAll(")", "%29").replaceAll(" ", "%20");
  return `${shows === "image" ? "!" : ""}[${words.replace(/[\\`*_{}[\]<>]/g, "\\$&")}](${address})`;
}

function quoted(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

export function asCurl({ url, type, named, uid }, suffixes, asksWho) {
  const words = ["curl --fail"];
  if (!named && type) words.push(`--header ${quoted(`Accept: ${type}`)}`);
  if (asksWho) words.push('--header "Authorization: Bearer $TOKEN"');
  words.push(`--output ${quoted(uid + (suffixes[type] ?? ""))}`);
  return [...words, quoted(url)].join(" ");
}

// A region within another one: fractions of what is shown become fractions of the whole.
export function within(outer, inner) {
  const [left, top, right, bottom] = outer;
  const at = (low, high, share) => Math.round((low + (high - low) * share) * 10000) / 10000;
  return [at(left, right, inner[0]), at(top, bottom, inner[1]), at(left, right, inner[2]), at(top, bottom, inner[3])];
}

export function readRegion(text) {
  const numbers = (text ?? "").split(",").map(Number);
  return numbers.length === 4 && numbers.every(Number.isFinite) ? numbers : null;
}

// A number with as many digits as a step of that size needs.
export function rounded(number, step) {
  const digits = Math.max(0, Math.min(6, 1 - Math.floor(Math.log10(Math.max(step, 1e-6)))));
  return String(Number(number.toFixed(digits)));
}
