// The composer: controls, the URL that they make, and the server's answer to it. Without this script the form and the
// links of the page do the same, one page after the other.
import { asCurl, asHtml, asMarkdown, asQuery, pageQuery, queryOf, readRegion, rounded, within } from "./wado_url.js";
import { ask } from "./answer.js";
import { Player, follow, seek } from "./cine.js";
import { drawRegion, onArrows, steppedRegion, turnWindow } from "./gestures.js";
import { Stage } from "./stage.js";
import { signing } from "./signed_link.js";

const root = document.getElementById("composer-root");
const data = JSON.parse(root.dataset.composer);
const form = document.getElementById("composer");
const by = (id) => document.getElementById(id);
const control = (name) => form.elements[name];
const { say } = data;

let state = { ...data.state };
let parked = {};
let known = { ok: data.shown !== "", shows: data.shown, type: "", width: 0, height: 0 };
let entry = entryOf(state);

function entryOf(asked) {
  const named = data.media.filter((one) => one.media_type === asked.contentType);
  const scope = asked.frameNumber ? "frame" : "frames";
  return named.find((one) => one.scope === "object" || one.scope === scope) ?? named[0] ?? null;
}

function urlOf(asked) {
  return `${data.wado}?${queryOf(data.uids, data.written, asked)}`;
}

// Why a parameter has no place beside what else is asked for; "" where it has.
function whyOff(name, asked, of) {
  if (name === "contentType") return "";
  if (name === "imageQuality" && of?.kind === "dicom" && !data.lossy.includes(asked.transferSyntax)) {
    return say["off lossless syntax"];
  }
  if (asked.presentationUID && data.besidePresentation.includes(name)) return say["off presentation"];
  const reason = of?.off[name];
  return reason ? say[reason].replace("{type}", of.media_type) : "";
}

// ---- controls

const corners = ["xmin", "ymin", "xmax", "ymax"].map((name) => by(`c-region-${name}`)).filter(Boolean);

function read() {
  const found = {};
  for (const name of data.written) {
    const field = control(name);
    if (!field) {
      if (state[name] && !["presentationSeriesUID"].includes(name)) found[name] = state[name];
      continue;
    }
    const value = field.type === "checkbox" ? (field.checked ? field.value : "")
      : name === "annotation" ? [...form.querySelectorAll("[name=annotation]:checked")].map((one) => one.value).join(",")
        : field.value;
    if (value) found[name] = value;
  }
  const chosen = control("presentationUID")?.selectedOptions[0];
  if (found.presentationUID && chosen) found.presentationSeriesUID = chosen.dataset.series;
  return Object.fromEntries(data.written.filter((name) => found[name]).map((name) => [name, found[name]]));
}

function write() {
  for (const name of data.written) {
    const field = control(name);
    if (!field || name === "contentType") continue;
    if (name === "annotation") {
      const words = (state.annotation ?? "").split(",");
      for (const box of form.querySelectorAll("[name=annotation]")) box.checked = words.includes(box.value);
    } else if (field.type === "checkbox") {
      field.checked = Boolean(state[name]);
    } else if (field.value !== (state[name] ?? "")) {
      field.value = state[name] ?? "";
    }
  }
  const types = by("c-contentType");
  const option = [...types.options].find((one) => one.value === (state.contentType ?? "")
    && (!one.dataset.scope || one.dataset.scope === "object" || one.dataset.scope === (state.frameNumber ? "frame" : "frames")))
    ?? [...types.options].find((one) => one.value === (state.contentType ?? ""));
  if (option) option.selected = true;
  mirror();
}

// Controls that show the same value in another way.
function mirror() {
  const region = readRegion(state.region);
  corners.forEach((field, at) => {
    const value = region ? String(region[at]) : "";
    if (document.activeElement !== field && field.value !== value) field.value = value;
  });
  const outline = by("outline");
  if (outline) {
    outline.hidden = !region;
    if (region) {
      const [left, top, right, bottom] = region.map((share) => `${share * 100}%`);
      Object.assign(outline.style, { left, top, width: `calc(${right} - ${left})`, height: `calc(${bottom} - ${top})` });
    }
  }
  const quality = by("quality");
  if (quality && state.imageQuality) quality.value = state.imageQuality;
  const position = by("position");
  if (position && state.frameNumber) position.value = state.frameNumber;
  for (const preset of root.querySelectorAll(".preset[data-window]")) {
    const window = state.windowCenter ? `${state.windowCenter},${state.windowWidth ?? ""}` : "";
    preset.toggleAttribute("data-current", preset.dataset.window === window);
  }
  for (const preset of root.querySelectorAll(".preset[data-size]")) {
    const size = state.rows && state.rows === state.columns ? state.rows : state.rows || state.columns ? "?" : "";
    preset.toggleAttribute("data-current", preset.dataset.size === size);
  }
}

// Switches off what has no place; what has a value and is refused stays, so that it can be changed.
function limit() {
  for (const name of data.written) {
    const why = whyOff(name, state, entry);
    const off = Boolean(why) && !state[name];
    for (const field of form.querySelectorAll(`[name="${name}"]`)) field.disabled = off;
    const outside = by(`c-${name}`);
    if (outside?.form === form && outside.name === name) outside.disabled = off && name !== "frameNumber";
    if (name === "region") for (const field of corners) field.disabled = off;
    if (name === "imageQuality" && by("quality")) by("quality").disabled = off;
    const presets = { windowCenter: "window", rows: "size" }[name];
    if (presets) for (const preset of form.querySelectorAll(`.preset[data-${presets}]`)) preset.setAttribute("aria-disabled", String(off));
    const said = form.querySelector(`[data-why="${name}"]`);
    if (said) {
      said.textContent = why;
      said.hidden = !why;
    }
  }
}

// Takes out of what is asked what has no place beside a type that was just chosen, and keeps it for later.
function park() {
  for (const name of data.written) {
    if (state[name] && whyOff(name, state, entry)) {
      parked[name] = state[name];
      delete state[name];
    } else if (!state[name] && parked[name] && !whyOff(name, { ...state, [name]: parked[name] }, entry)) {
      state[name] = parked[name];
      delete parked[name];
    }
  }
}

// ---- what follows from it

const outputs = { url: by("url"), html: by("html"), markdown: by("markdown"), curl: by("curl") };
const forget = by("signing") ? signing(by("signing"), { endpoint: data.links, say, url: () => urlOf(state) }) : () => {};

function copies() {
  const path = urlOf(state);
  const shows = entry?.shows ?? (known.ok ? known.shows : "link");
  const facts = {
    url: data.origin + path,
    words: data.words,
    shows,
    type: entry?.media_type ?? known.type ?? state.contentType ?? "",
    named: Boolean(state.contentType),
    width: known.width,
    height: known.height,
    uid: data.uids.objectUID,
  };
  outputs.url.value = facts.url;
  outputs.html.value = asHtml(facts);
  outputs.markdown.value = asMarkdown(facts);
  outputs.curl.value = asCurl(facts, data.suffixes, data.asksWho);
  by("alone").href = path;
  outputs.url.scrollLeft = outputs.url.scrollWidth; // where it is in one line, its end tells what has changed
}

let addressTimer = 0;
function address() {
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => {
    const language = new URLSearchParams(location.search).get("lang");
    const query = asQuery({ ...pageQuery(data.written, state, data.start), ...(language ? { lang: language } : {}) });
    history.replaceState(history.state, "", query ? `?${query}` : location.pathname);
    for (const link of document.querySelectorAll(".tools a[hreflang]")) {
      link.href = `?${asQuery({ ...pageQuery(data.written, state, data.start), lang: link.hreflang })}`;
    }
  }, 250);
}

const stage = new Stage({
  place: by("shown"),
  refusal: by("refusal"),
  line: by("answer"),
  say,
  warnings: data.warnings,
  words: data.words,
  framed: data.framed,
  facts: (facts) => {
    known = facts;
    copies();
    if (stage.video) followVideo(stage.video);
    helpfully();
  },
  advise: (parameter) => whyOff(parameter, state, entry),
  act: (parameter) => {
    const target = parameter === "region" ? corners[0] : by(`c-${parameter === "presentationSeriesUID" ? "presentationUID" : parameter}`);
    const actions = target ? [{ word: say["go to"], does: () => { target.disabled = false; target.scrollIntoView({ block: "center" }); target.focus(); } }] : [];
    const partners = { windowCenter: "windowWidth", windowWidth: "windowCenter", presentationUID: "presentationSeriesUID", presentationSeriesUID: "presentationUID" };
    if (state[parameter] || state[partners[parameter]]) {
      actions.push({ word: say["leave out"], does: () => change({ [parameter]: "", ...(partners[parameter] ? { [partners[parameter]]: "" } : {}) }) });
    }
    return actions;
  },
});

let overviewed = "";
function overview() {
  const image = by("overview")?.querySelector("img");
  if (!image) return;
  const kept = ["windowCenter", "windowWidth", "presentationUID", "presentationSeriesUID"];
  const shown = { contentType: "image/jpeg", rows: String(data.overview), columns: String(data.overview) };
  for (const name of kept) if (state[name]) shown[name] = state[name];
  if (data.frames > 1) shown.frameNumber = state.frameNumber ?? "1";
  const url = urlOf(shown);
  if (url === overviewed) return;
  overviewed = url;
  image.src = url;
}

function apply({ gentle = false, quiet = false } = {}) {
  limit();
  mirror();
  copies();
  address();
  forget();
  if (!quiet) stage.show({ url: urlOf(state), shows: entry?.shows ?? "", gentle });
  if (!gentle) overview();
}

// Changes parameters; "" leaves one out.
function change(changes, options) {
  state = { ...state, ...changes };
  state = Object.fromEntries(data.written.filter((name) => state[name]).map((name) => [name, state[name]]));
  entry = entryOf(state);
  write();
  apply(options);
}

form.addEventListener("submit", (event) => event.preventDefault());
by("submit").hidden = true;

form.addEventListener("input", (event) => {
  const field = event.target;
  if (field.id === "quality") control("imageQuality").value = field.value;
  if (corners.includes(field)) {
    const numbers = corners.map((one) => one.value);
    const whole = ["0", "0", "1", "1"];
    control("region").value = numbers.some(Boolean) ? numbers.map((value, at) => value || whole[at]).join(",") : "";
  }
  if (field.name === "contentType") return;
  const before = state;
  state = read();
  if (field.name === "windowCenter" || field.name === "windowWidth") together(field.name, before);
  entry = entryOf(state);
  if (field.name === "presentationUID") { park(); write(); }
  if (field.name === "transferSyntax") { park(); write(); }
  apply({ gentle: field.type === "range" });
});

by("c-frameNumber")?.addEventListener("input", () => {
  state = read();
  entry = entryOf(state);
  apply();
});

// Center and width stand together: the other one comes along, and goes along.
function together(name, before) {
  const other = name === "windowCenter" ? "windowWidth" : "windowCenter";
  if (!state[name]) delete state[other];
  else if (!state[other]) state[other] = before[other] ?? String(Number(data.window[other === "windowWidth" ? 1 : 0].toPrecision(10)));
  control(other).value = state[other] ?? "";
}

by("c-contentType").addEventListener("change", (event) => {
  const chosen = event.target.selectedOptions[0];
  state = { ...read(), contentType: chosen.value };
  if (!chosen.value) delete state.contentType;
  if (chosen.dataset.scope === "frame" && !state.frameNumber) state.frameNumber = parked.frameNumber ?? by("position")?.value ?? "1";
  entry = data.media.find((one) => one.media_type === chosen.value && one.scope === chosen.dataset.scope) ?? null;
  if (entry) park();
  state = Object.fromEntries(data.written.filter((name) => state[name]).map((name) => [name, state[name]]));
  stop();
  write();
  apply();
});

root.addEventListener("click", (event) => {
  const link = event.target.closest("a.preset, #whole, #reset");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.getAttribute("aria-disabled") === "true") return;
  if (link.id === "reset") {
    parked = {};
    state = {};
    change(data.start);
  } else if (link.id === "whole") {
    change({ region: "" });
  } else if ("window" in link.dataset) {
    const [windowCenter = "", windowWidth = ""] = link.dataset.window.split(",");
    change({ windowCenter, windowWidth, ...(windowCenter ? { presentationUID: "", presentationSeriesUID: "" } : {}) });
  } else {
    change({ rows: link.dataset.size, columns: link.dataset.size });
  }
});

for (const field of corners) field.parentElement.hidden = false;
if (corners.length) control("region").hidden = true;
if (by("quality")) by("quality").hidden = false;

// ---- on the picture

const figure = by("stage");
const drag = by("drag");

function mode() {
  return drag?.querySelector("input:checked")?.value ?? "";
}

function still() {
  return Boolean(stage.image) && (entry ? entry.kind === "picture" || entry.kind === "animation" : known.shows === "image") && by("refusal").hidden;
}

function can(what) {
  const name = what === "window" ? "windowCenter" : "region";
  return mode() === what && still() && !whyOff(name, state, entry);
}

function helpfully() {
  if (!drag) return; // no picture, no help
  const usable = can("window") || can("region");
  drag.disabled = !still();
  figure.classList.toggle("draggable", usable);
  figure.dataset.mode = usable ? mode() : "";
  if (usable) {
    figure.tabIndex = 0;
    figure.setAttribute("aria-describedby", "stage-help");
    by("stage-help").textContent = say[`stage help ${mode()}`];
  } else {
    figure.removeAttribute("tabindex");
    figure.removeAttribute("aria-describedby");
    by("stage-help").textContent = "";
  }
}

function windowNow() {
  return state.windowCenter && state.windowWidth ? [Number(state.windowCenter), Number(state.windowWidth)] : data.window;
}

function turned(center, width, step) {
  const least = data.window[1] < 16 ? data.window[1] / 4096 : 1;
  change({ windowCenter: rounded(center, step), windowWidth: rounded(Math.max(least, width), step) }, { gentle: true });
}

function drawnRegion(region, gentle) {
  change({ region: region.map((share) => Math.round(share * 10000) / 10000).join(",") }, { gentle });
}

const whole = () => readRegion(state.region) ?? [0, 0, 1, 1];

if (drag) {
  drag.hidden = false;
  drag.addEventListener("change", helpfully);
  turnWindow(figure, {
    accepts: () => can("window"),
    read: windowNow,
    write: turned,
    settle: () => apply(),
  });
  drawRegion(figure, () => stage.image, {
    accepts: () => can("region"),
    write: (region, gentle) => drawnRegion(within(whole(), region), gentle),
    settle: () => {},
  });
  const small = by("overview");
  drawRegion(small, () => small.querySelector("img"), {
    accepts: () => !whyOff("region", state, entry),
    inside: () => readRegion(state.region),
    write: drawnRegion,
    settle: () => apply(),
  });
  onArrows(figure, (across, down, shifted) => {
    if (can("window")) {
      const [center, width] = windowNow();
      const step = width / 50;
      turned(center + down * step, width * 1.04 ** across, step);
      return true;
    }
    if (!can("region")) return false;
    drawnRegion(steppedRegion(state.region ? whole() : [0.25, 0.25, 0.75, 0.75], across, down, shifted), true);
    return true;
  });
  figure.addEventListener("keyup", (event) => { if (event.key.startsWith("Arrow")) apply({ quiet: true }); });
}

// ---- frames

const position = by("position");
const play = by("play");
let player = null;

function stop() {
  player?.stop();
  stage.video?.pause();
}

function followVideo(video) {
  if (!data.cine || video.dataset.followed) return;
  video.dataset.followed = "yes";
  follow(video, player, (place) => { position.value = player.order[place]; });
  const told = () => playing(!video.paused);
  video.addEventListener("play", told);
  video.addEventListener("pause", told);
  video.playbackRate = Number(by("rate").value);
}

function playing(is) {
  play.textContent = is ? say.pause : say.play;
  play.setAttribute("aria-pressed", String(is));
}

if (position) {
  position.hidden = false;
  for (const link of root.querySelectorAll(".frames .step")) { // out of sight; the keys n and p follow them
    link.hidden = true;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      if (entry?.scope !== "frame") return;
      stop();
      const number = Number(state.frameNumber) + (link.rel === "next" ? 1 : -1);
      if (number >= 1 && number <= data.frames) change({ frameNumber: String(number) });
    });
  }
  position.addEventListener("input", () => {
    if (stage.video) {
      seek(stage.video, player, Math.max(0, player.order.indexOf(Number(position.value))));
      return;
    }
    player?.stop();
    if (entry?.scope === "frames" || entry?.kind === "dicom") return;
    change({ frameNumber: position.value }, { gentle: true });
  });
  position.addEventListener("change", () => { if (!stage.video) apply({ quiet: true }); });
  for (const link of document.querySelectorAll("a[data-frame]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || entry?.scope !== "frame") return;
      event.preventDefault();
      stop();
      change({ frameNumber: link.dataset.frame });
    });
  }
}

if (play && data.cine) {
  player = new Player(data.cine, {
    load: async (number) => {
      const answer = await ask(urlOf({ ...state, frameNumber: String(number) }));
      if (!answer.ok || !answer.type.startsWith("image/")) throw new Error(answer.status);
      return answer.blob;
    },
    show: async (number, blob) => {
      await stage.picture({ blob });
      state = { ...state, frameNumber: String(number) };
      by("c-frameNumber").value = number;
      position.value = number;
      copies();
    },
    stopped: () => {
      playing(false);
      apply();
    },
  });
  play.hidden = false;
  by("rate").hidden = false;
  root.querySelector(".rate").hidden = false;
  play.addEventListener("click", () => {
    if (stage.video) {
      if (stage.video.paused) stage.video.play(); else stage.video.pause();
    } else if (player.playing) {
      player.stop();
    } else if (entry?.scope === "frame" && known.ok) {
      playing(true);
      player.play(Number(state.frameNumber));
    } else {
      change({ contentType: "image/jpeg", frameNumber: position.value, transferSyntax: "", anonymize: "", charset: "" });
    }
  });
  by("rate").addEventListener("change", () => {
    player.rate = Number(by("rate").value);
    if (stage.video) stage.video.playbackRate = player.rate;
  });
}

// ---- at first: what the page shows already is not asked for again, only what is known of it

limit();
mirror();
if (!data.shown || data.shown === "link") {
  stage.show({ url: urlOf(state), shows: entry?.shows ?? "" });
} else {
  const { image } = stage;
  const again = () => stage.show({ url: urlOf(state), shows: entry?.shows ?? "" });
  const told = async () => {
    const answer = await ask(urlOf(data.state), { method: "HEAD" }).catch(() => null);
    if (!answer || stage.running || stage.waiting) return;
    stage.asked = urlOf(data.state);
    if (!answer.ok) stage.refuse(answer);
    else stage.accept({ ...answer, seconds: 0 }, data.shown);
  };
  if (!image) told();
  else if (image.complete) (image.naturalWidth ? told : again)();
  else {
    image.addEventListener("load", told, { once: true });
    image.addEventListener("error", again, { once: true });
  }
}
overviewed = by("overview")?.querySelector("img").getAttribute("src") ?? "";
helpfully();
