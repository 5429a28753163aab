// Objects that are dropped or chosen go to /studies, each in a request of its own (STOW-RS, PS3.18 10.5), some at once.
// Files are not read into memory here: the browser sends them from where they lie.
const AT_ONCE = 3;
const TRIES = 5;
const LISTED = 200;
const LONGEST_PAUSE = 30;

const panel = document.querySelector("[data-upload]");
const words = JSON.parse(panel.dataset.words);
const reasons = JSON.parse(panel.dataset.reasons);
const part = (name) => panel.querySelector(`[data-upload-${name}]`);
const progress = panel.querySelector("progress");
const numbers = new Intl.NumberFormat(document.documentElement.lang);

let entries = [];
let waiting = [];
let telling = 0;
let running = new Set();
let stopped = false;

function say(key, values) {
  const forms = words[key].split("|");
  const text = forms[forms.length > 1 && values.n !== 1 ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (_, name) =>
    typeof values[name] === "number" ? numbers.format(values[name]) : values[name]);
}

// At the end at once, else ten times a second at the most: there may be thousands of files.
function tell() {
  if (running.size === 0) show();
  else if (!telling) telling = setTimeout(show, 100);
}

function show() {
  clearTimeout(telling);
  telling = 0;
  const all = entries.length;
  const ended = entries.filter((entry) => entry.state === "stored" || entry.state === "failed");
  const stored = ended.filter((entry) => entry.state === "stored").length;
  const bytes = entries.reduce((sum, entry) => sum + entry.file.size + 1, 0);
  const sent = entries.reduce((sum, entry) => sum + Math.min(entry.sent, entry.file.size + 1), 0);
  const isDone = running.size === 0 && (stopped || ended.length === all);
  progress.max = bytes || 1;
  progress.value = isDone && !stopped ? progress.max : sent;
  const values = { n: stored, all, failed: ended.length - stored, percent: Math.floor((100 * sent) / (bytes || 1)) };
  const key = isDone ? (stopped ? "upload stopped" : "upload done") : "upload sending";
  part("said").textContent = say(key, isDone ? values : { ...values, n: ended.length });
  part("stop").hidden = isDone;
  part("again").hidden = !isDone || !entries.some((entry) => entry.state !== "stored" && entry.mayTryAgain);
  listStored();
  listRefused();
}

function listStored() {
  const studies = new Map();
  for (const entry of entries) {
    for (const uid of entry.studies) studies.set(uid, (studies.get(uid) ?? 0) + 1);
  }
  const list = part("stored").querySelector("ul");
  list.replaceChildren(...[...studies].slice(0, LISTED).map(([uid, n]) => {
    const link = document.createElement("a");
    const query = panel.dataset.lang ? `?lang=${encodeURIComponent(panel.dataset.lang)}` : "";
    link.href = `${panel.dataset.studies}/${encodeURIComponent(uid)}${query}`;
    link.textContent = say("upload study", { uid, n });
    return item(link);
  }), ...rest(studies.size));
  part("stored").hidden = studies.size === 0;
}

function listRefused() {
  const refused = entries.filter((entry) => entry.said);
  const list = part("refused").querySelector("ul");
  list.replaceChildren(...refused.slice(0, LISTED).map((entry) => {
    const name = document.createElement("strong");
    name.textContent = entry.name;
    return item(name, ` ${entry.said}`);
  }), ...rest(refused.length));
  part("refused").hidden = refused.length === 0;
}

function item(...content) {
  const made = document.createElement("li");
  made.append(...content);
  return made;
}

function rest(count) {
  return count > LISTED ? [item(say("upload more", { n: count - LISTED }))] : [];
}

const values = (module, tag) => module?.[tag]?.Value ?? [];

// What the Store Instances Response Module says (PS3.18 annex I), or the problem (RFC 9457) of a refused request.
function understand(entry, request) {
  let module = null;
  try {
    module = JSON.parse(request.responseText);
  } catch {
    // Something between here and the server has answered.
  }
  const failed = [...values(module, "00081198"), ...values(module, "0008119A")];
  const stored = values(module, "00081199");
  entry.said = "";
  for (const one of stored) {
    const url = values(one, "00081190")[0] ?? values(module, "00081190")[0];
    const uid = url && (new URL(url).searchParams.get("studyUID") ?? decodeURIComponent(url.split("/").pop()));
    if (uid) entry.studies.push(uid);
    if (values(one, "00081196").length) entry.said = words["upload contradicts"];
  }
  if (stored.length && !failed.length) {
    entry.state = "stored";
    return;
  }
  entry.state = "failed";
  const reason = reasons[values(failed[0], "00081197")[0]];
  entry.said = reason ?? module?.detail ?? say("upload status", { n: request.status });
  entry.mayTryAgain = request.status === 503 || request.status === 429 || module?.temporary === true;
}

function send(entry) {
  const boundary = `openwado-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
  const head = `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`;
  const body = new Blob([head, entry.file, `\r\n--${boundary}--\r\n`]);
  const request = new XMLHttpRequest();
  request.open("POST", panel.dataset.studies);
  request.setRequestHeader("Content-Type", `multipart/related; type="application/dicom"; boundary=${boundary}`);
  request.setRequestHeader("Accept", "application/dicom+json, application/problem+json;q=0.9");
  request.setRequestHeader("Accept-Language", document.documentElement.lang);
  return new Promise((resolve) => {
    entry.stop = () => request.abort();
    request.upload.onprogress = (event) => {
      entry.sent = event.loaded;
      tell();
    };
    request.onload = () => resolve(request);
    request.onerror = request.onabort = () => resolve(null);
    request.send(body);
  });
}

// A file that has gone, or a folder that was dropped where folders cannot be, fails here and not as the connection.
async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function sendOne(entry) {
  entry.state = "sending";
  entry.mayTryAgain = false;
  if (!(await isReadable(entry.file))) {
    Object.assign(entry, { state: "failed", said: words["upload unread"], mayTryAgain: true });
    return;
  }
  for (let attempt = 1; !stopped; attempt += 1) {
    const request = await send(entry);
    if (stopped && !request) break;
    if (!request) {
      Object.assign(entry, { state: "failed", said: words["upload broken"], mayTryAgain: true });
      return;
    }
    const pause = Number(request.getResponseHeader("Retry-After"));
    if (!(request.status === 503 || request.status === 429) || !pause || attempt === TRIES) {
      understand(entry, request);
      return;
    }
    entry.sent = 0;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, 1000 * Math.min(pause, LONGEST_PAUSE));
      entry.stop = () => { clearTimeout(timer); resolve(); };
    });
  }
  Object.assign(entry, { state: "waiting", sent: 0, mayTryAgain: true });
}

async function work() {
  const me = Symbol("sender");
  running.add(me);
  for (;;) {
    const entry = stopped ? undefined : waiting.shift();
    if (!entry) break;
    await sendOne(entry);
    entry.sent = entry.state === "waiting" ? 0 : entry.file.size + 1;
    tell();
  }
  running.delete(me);
  tell();
}

function start() {
  stopped = false;
  waiting = entries.filter((entry) => entry.state === "waiting");
  part("state").hidden = false;
  for (let sender = running.size; sender < AT_ONCE; sender += 1) work();
}

function take(files) {
  if (!files.length) {
    part("state").hidden = false;
    part("stop").hidden = true;
    part("said").textContent = words["upload nothing"];
    return;
  }
  if (!running.size && entries.every((entry) => entry.state === "stored" || !entry.mayTryAgain)) entries = [];
  entries.push(...files.map(({ file, name }) =>
    ({ file, name, state: "waiting", sent: 0, said: "", studies: [], mayTryAgain: false, stop: () => {} })));
  start();
}

// All files of a folder, however deep; readEntries gives some at a time.
async function filesIn(entry, path = "") {
  const name = path + entry.name;
  if (entry.isFile) {
    try {
      return [{ name, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) }];
    } catch {
      return [];
    }
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)).catch(() => []);
    if (!some.length) return found;
    for (const one of some) found.push(...(await filesIn(one, `${name}/`)));
  }
}

for (const input of panel.querySelectorAll("[data-files]")) {
  input.addEventListener("change", () => {
    take([...input.files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));
    input.value = "";
  });
}
part("stop").addEventListener("click", () => {
  stopped = true;
  for (const entry of entries) if (entry.state === "sending") entry.stop();
});
part("again").addEventListener("click", () => {
  for (const entry of entries) {
    if (entry.state !== "stored" && entry.mayTryAgain) Object.assign(entry, { state: "waiting", said: "", sent: 0 });
  }
  start();
});

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
let inside = 0;
addEventListener("dragenter", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  inside += 1;
  panel.toggleAttribute("data-over", true);
});
addEventListener("dragleave", (event) => {
  if (!hasFiles(event)) return;
  inside -= 1;
  if (inside <= 0) panel.toggleAttribute("data-over", false);
});
addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
});
addEventListener("drop", async (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  inside = 0;
  panel.toggleAttribute("data-over", false);
  // What was dropped is there only until this returns: entries are taken now, looked into later.
  const dropped = [...event.dataTransfer.items].filter((one) => one.kind === "file")
    .map((one) => one.webkitGetAsEntry?.() ?? one.getAsFile()).filter(Boolean);
  const found = [];
  for (const one of dropped) {
    if (one instanceof File) found.push({ file: one, name: one.name });
    else found.push(...(await filesIn(one)));
  }
  take(found);
});
addEventListener("beforeunload", (event) => { if (running.size) event.preventDefault(); });
