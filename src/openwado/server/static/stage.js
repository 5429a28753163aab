// Shows what the server answers to a URL: a picture, a player, a document, a link; or why it does not.
// One request is under way at a time, and the newest one is the next: a drag is followed as fast as answers come.
import { ask, sized } from "./answer.js";

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// Returns the text of a warning in the language of the page, where there is one: rows of English and that language.
function translated(text, rows) {
  for (const [english, other] of rows) {
    const pieces = english.split(/\{(\w+)\}/).map((piece, place) =>
      place % 2 ? `(?<${piece}>.+)` : piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"),
    );
    const found = new RegExp(`^${pieces.join("")}$`).exec(text);
    if (found) return filled(other, found.groups ?? {});
  }
  return text;
}

export class Stage {
  // `facts` is told what is known of each answer: {ok, type, width, height, size, status, seconds, warnings}.
  constructor({ place, refusal, line, say, warnings, words, facts, act, advise, framed }) {
    Object.assign(this, { place, refusal, line, say, warnings, words, facts, act, advise, framed, running: null, waiting: null, asked: "", address: "" });
    this.image = place.querySelector("img");
    this.video = place.querySelector("video");
  }

  // A request: {url, shows, gentle}. Without `shows` the answer says what it is. What is gentle overtakes nothing.
  show(request) {
    this.waiting = request;
    if (this.running) {
      if (!request.gentle) this.running.abort();
      return;
    }
    this.next();
  }

  async next() {
    while (this.waiting) {
      const request = this.waiting;
      this.waiting = null;
      this.running = new AbortController();
      const { signal } = this.running;
      const slow = setTimeout(() => this.tell(this.say.asking, true), 400);
      try {
        await this.ask(request, signal);
      } catch (error) {
        if (!signal.aborted) this.refuse({ status: "", problem: { detail: this.say["no answer"] } });
      }
      clearTimeout(slow);
      this.running = null;
    }
    this.place.toggleAttribute("aria-busy", false);
  }

  async ask({ url, shows }, signal) {
    this.asked = url;
    let known = shows;
    let answer = null;
    if (known !== "image") {
      answer = await ask(url, { method: "HEAD", signal });
      if (answer.ok && !known) known = this.kindOf(answer.type);
    }
    if (known === "image" && (!answer || answer.ok)) answer = await ask(url, { signal });
    if (signal.aborted) return;
    if (!answer.ok) {
      this.refuse(answer);
      return;
    }
    if (known === "image") await this.picture(answer);
    else if (known === "video") this.player(url, answer);
    else if (known === "document") this.document(url);
    else this.link(url, answer);
    this.accept(answer, known);
  }

  kindOf(type) {
    if (/^image\/(jpeg|png|gif|apng|webp|svg\+xml)$/.test(type)) return "image";
    if (/^video\/(mp4|H265)$/.test(type)) return "video";
    return ["text/html", "text/plain", "text/xml", "application/pdf"].includes(type) ? "document" : "link";
  }

  accept(answer, shows) {
    this.place.dataset.answered = this.asked;
    this.refusal.hidden = true;
    this.place.classList.remove("refused");
    const { image } = this;
    const size = shows === "image" && image ? { width: image.naturalWidth, height: image.naturalHeight } : {};
    this.told({ ...answer, ...size }, shows);
  }

  told(answer, shows) {
    const parts = [answer.status, answer.type];
    if (answer.width) parts.push(`${answer.width} × ${answer.height}`);
    if (answer.size) parts.push(sized(answer.size));
    if (answer.seconds) parts.push(`${Math.max(1, Math.round(answer.seconds * 1000))} ms`);
    const warned = answer.warnings.map((text) => filled(this.say.warned, { text: translated(text, this.warnings) }));
    this.tell([parts.join(" · "), ...warned].join(" — "));
    this.facts({ ...answer, shows });
  }

  tell(text, busy = false) {
    this.line.textContent = text;
    this.line.classList.toggle("busy", busy);
    this.place.toggleAttribute("aria-busy", busy);
  }

  // A picture takes the place of the one before it when it is ready to be seen: nothing flickers.
  async picture({ blob }) {
    const address = URL.createObjectURL(blob);
    const next = new Image();
    next.src = address;
    try {
      await next.decode();
    } catch {
      URL.revokeObjectURL(address);
      this.link(address, { type: blob.type, size: blob.size });
      return;
    }
    if (!this.image?.isConnected) {
      this.image = document.createElement("img");
      this.replace(this.image);
    }
    this.image.alt = this.words;
    this.image.removeAttribute("width");
    this.image.removeAttribute("height");
    this.image.src = address;
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = address;
    await this.image.decode().catch(() => {});
  }

  player(url, answer) {
    const video = document.createElement("video");
    Object.assign(video, { controls: true, loop: true, muted: true, playsInline: true, preload: "auto", title: this.words });
    video.addEventListener("error", () => this.link(url, answer, filled(this.say["not played"], { type: answer.type })));
    video.src = url;
    this.replace(video);
    this.video = video;
  }

  // A new element each time, so that going back leaves the page and does not go through documents.
  document(url) {
    const frame = document.createElement("iframe");
    frame.src = this.framed ? `${this.framed}&${new URL(url, location).search.slice(1)}` : url;
    frame.title = this.words;
    this.replace(frame);
  }

  link(url, { type, size }, why) {
    const panel = document.createElement("div");
    panel.className = "linked words";
    const strong = document.createElement("strong");
    strong.textContent = type;
    const said = document.createElement("span");
    said.textContent = why ?? (type === "application/dicom" ? "" : filled(this.say["cannot show"], { type }));
    const link = document.createElement("a");
    link.className = "button";
    link.href = url;
    link.download = "";
    link.textContent = filled(this.say.download, { size: sized(size) });
    panel.append(strong, said, link);
    this.replace(panel);
  }

  replace(element) {
    this.video = null;
    if (this.image !== element) this.image = element instanceof HTMLImageElement ? element : null;
    this.place.replaceChildren(element);
  }

  // What is shown stays, dimmed; over it stands what the server says, and what to change.
  refuse({ status, problem, language = document.documentElement.lang }) {
    const { parameter = "", available = [], detail = "" } = problem;
    const by = (name) => this.refusal.querySelector(`#refusal-${name}`);
    by("status").textContent = status;
    by("detail").textContent = detail;
    by("detail").lang = language;
    by("advice").textContent = available.length
      ? filled(this.say["right types"], { types: available.join(", ") })
      : this.advise(parameter) || this.say[`right ${parameter}`] || "";
    const buttons = this.act(parameter).map(({ word, does }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.textContent = filled(word, { name: parameter });
      button.addEventListener("click", does);
      return button;
    });
    by("actions").replaceChildren(...buttons);
    this.refusal.hidden = false;
    this.place.classList.add("refused");
    this.tell([status, problem.title].filter(Boolean).join(" · "));
    this.place.dataset.answered = this.asked;
    this.facts({ ok: false });
  }
}
