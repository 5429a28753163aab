// Keys: / goes to the search, j, k and arrows move in lists, n and p turn pages, Escape goes up, ? shows them all.
// Single letters can be switched off (WCAG 2.1.4). Empty fields of a search do not get into its address.
const KEPT = "openwado-keys";
const dialog = document.querySelector("[data-keys]");
const single = dialog.querySelector("[data-keys-single]");
const search = document.querySelector("[data-search]");

try {
  single.checked = localStorage.getItem(KEPT) !== "off";
} catch {
  // They act as long as nobody says otherwise on this page.
}
single.addEventListener("change", () => {
  try {
    localStorage.setItem(KEPT, single.checked ? "on" : "off");
  } catch {
    // It lasts as long as the page.
  }
});
document.querySelector("[data-keys-open]").addEventListener("click", () => dialog.showModal());

const items = () => [...document.querySelectorAll("[data-item]")];

function beside(list, from, key) {
  const place = list.indexOf(from);
  if (key === "ArrowLeft") return list[place - 1];
  if (key === "ArrowRight") return list[place + 1];
  const box = (item) => (item.closest("li") ?? item).getBoundingClientRect();
  const here = box(from);
  const down = key === "ArrowDown";
  const rows = list.filter((item) => (down ? box(item).top > here.top + 1 : box(item).top < here.top - 1));
  const distance = (item) => Math.abs(box(item).top - here.top) * 1e4 + Math.abs(box(item).left - here.left);
  return rows.sort((one, other) => distance(one) - distance(other))[0];
}

function go(item) {
  if (!item) return false;
  item.focus();
  item.scrollIntoView({ block: "nearest" });
  return true;
}

function follow(selector) {
  const link = document.querySelector(selector);
  if (!link) return false;
  link.click();
  return true;
}

function escape(isTyping) {
  if (isTyping) {
    document.activeElement.blur();
    return true;
  }
  const above = [...document.querySelectorAll(".path a")].pop() ?? document.querySelector(".search .actions a");
  if (!above) return false;
  above.click();
  return true;
}

function act(key, isTyping) {
  const list = items();
  const place = list.indexOf(document.activeElement);
  if (key === "Escape") return escape(isTyping);
  if (isTyping) return key === "ArrowDown" && document.activeElement === search && go(list[0]);
  if (key.startsWith("Arrow")) {
    if (place < 0) return false;
    return go(beside(list, list[place], key)) || (key === "ArrowUp" && go(search));
  }
  if (place >= 0 && key === "Home") return go(list[0]);
  if (place >= 0 && key === "End") return go(list[list.length - 1]);
  if (!single.checked) return false;
  switch (key) {
    case "/":
      search?.focus();
      search?.select();
      return Boolean(search);
    case "j": return go(list[place + 1]);
    case "k": return go(list[place < 0 ? 0 : place - 1]);
    case "n": return follow("a[rel=next]");
    case "p": return follow("a[rel=prev]");
    case "?":
      dialog.showModal();
      return true;
    default: return false;
  }
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || dialog.open) return;
  const isTyping = event.target.matches("input, textarea, select, video, [contenteditable]");
  if (act(event.key, isTyping)) event.preventDefault();
});

for (const form of document.querySelectorAll("form[role=search]")) {
  const fields = [...form.elements].filter((field) => field.name);
  form.addEventListener("submit", () => {
    for (const field of fields) field.disabled = !field.value.trim();
  });
  addEventListener("pageshow", () => {
    for (const field of fields) field.disabled = false;
  });
}
