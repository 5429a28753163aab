// The list of attributes: searched as one types, and tags and values copied. Without this script the whole list is there.

const listing = document.getElementById("listing");
const find = document.getElementById("find");
const found = document.getElementById("found");
const rows = [...listing.querySelectorAll(".attribute")].map((element) => {
  const tag = element.querySelector(".tag").textContent;
  const text = `${element.textContent} ${tag.replace(/[(),]/g, "")}`.toLocaleLowerCase();
  return { element, item: element.closest("li"), text };
});
let opened = [];

function search() {
  const wanted = find.value.trim().toLocaleLowerCase();
  for (const details of opened) details.open = false;
  opened = [];
  listing.classList.toggle("searched", wanted !== "");
  for (const item of listing.querySelectorAll("li.hit, li.way")) item.classList.remove("hit", "way");
  if (!wanted) {
    found.textContent = "";
    return;
  }
  let count = 0;
  for (const { item, text } of rows) {
    if (!text.includes(wanted)) continue;
    count += 1;
    item.classList.add("hit");
    for (let around = item.parentElement.closest("li"); around && !around.classList.contains("way"); around = around.parentElement.closest("li")) {
      around.classList.add("way");
      const details = around.querySelector(":scope > details");
      if (details && !details.open) {
        details.open = true;
        opened.push(details);
      }
    }
  }
  found.textContent = count ? listing.dataset.found.replace("{n}", count.toLocaleString(document.documentElement.lang)) : listing.dataset.nothing;
}

let timer = 0;
find.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, rows.length > 3000 ? 200 : 0);
});

function turn(open) {
  for (const details of listing.querySelectorAll("details")) details.open = open;
  opened = [];
}
document.getElementById("open-all").addEventListener("click", () => turn(true));
document.getElementById("close-all").addEventListener("click", () => turn(false));
document.getElementById("finding").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("finding").hidden = false;

// Buttons to copy stand in the row that one is in, by pointer or keys: as many as rows would be too many.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

function copier(word, text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copier";
  button.textContent = word;
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (!(await copy(text))) return;
    button.textContent = listing.dataset.copied;
    setTimeout(() => { button.textContent = word; }, 1500);
  });
  return button;
}

let current = null;
let copiers = null;
function enter(row) {
  if (row === current || !row) return;
  copiers?.remove();
  current = row;
  copiers = document.createElement("span");
  copiers.className = "copiers";
  copiers.append(copier(listing.dataset.tag, row.querySelector(".tag").textContent));
  const value = row.querySelector(".stored") ?? row.querySelector(".value");
  if (value?.textContent) copiers.append(copier(listing.dataset.value, value.textContent));
  row.append(copiers);
}

// One stop for the Tab key; from there the arrow keys go from row to row.
for (const [number, { element }] of rows.entries()) {
  if (element.localName !== "summary") element.tabIndex = number ? -1 : 0;
}
listing.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const row = event.target.closest(".attribute");
  if (!step || !row || event.target !== row) return;
  event.preventDefault();
  let place = rows.findIndex(({ element }) => element === row) + step;
  while (rows[place] && !rows[place].element.checkVisibility()) place += step;
  rows[place]?.element.focus();
});
listing.addEventListener("pointerover", (event) => enter(event.target.closest(".attribute")));
listing.addEventListener("focusin", (event) => enter(event.target.closest(".attribute")));
