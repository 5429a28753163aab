// What is done on a picture by pointer or keys: its window is turned, or a region is drawn.

// The rectangle that a picture covers within its element, which letterboxes it (object-fit: contain).
export function shownBox(image) {
  const box = image.getBoundingClientRect();
  const scale = Math.min(box.width / image.naturalWidth, box.height / image.naturalHeight) || 1;
  const width = image.naturalWidth * scale;
  const height = image.naturalHeight * scale;
  return { left: box.left + (box.width - width) / 2, top: box.top + (box.height - height) / 2, width, height };
}

function fraction(box, event) {
  const clamp = (number) => Math.min(1, Math.max(0, number));
  return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
}

// Calls back with pointer moves from press to release, as far as `accepts` says so.
function onDrag(element, { accepts, begin, move, end }) {
  element.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button > 0 || !accepts(event)) return;
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    const from = begin(event);
    const moved = (next) => { if (next.pointerId === event.pointerId) move(from, next); };
    const released = (next) => {
      if (next.pointerId !== event.pointerId) return;
      element.removeEventListener("pointermove", moved);
      for (const name of ["pointerup", "pointercancel"]) element.removeEventListener(name, released);
      end(from, next, next.type === "pointercancel");
    };
    element.addEventListener("pointermove", moved);
    for (const name of ["pointerup", "pointercancel"]) element.addEventListener(name, released);
  });
}

// A window: sideways its width, up and down its center; as far as the picture is wide, all of a width.
export function turnWindow(element, { accepts, read, write, settle }) {
  onDrag(element, {
    accepts,
    begin: (event) => ({ x: event.clientX, y: event.clientY, window: read(), side: Math.max(200, element.clientHeight) }),
    move: ({ x, y, window: [center, width], side }, event) => {
      const wider = width * 2 ** ((event.clientX - x) / (side / 3));
      write(center + ((event.clientY - y) / side) * width, wider, width / side);
    },
    end: settle,
  });
}

// A region: a rubber band over a picture, as fractions of it. Within `inside` it is moved instead, where that is given.
export function drawRegion(element, image, { accepts, inside = () => null, write, settle }) {
  const band = document.createElement("div");
  band.className = "band";
  band.hidden = true;
  element.append(band);

  function place([left, top, right, bottom]) {
    const box = shownBox(image());
    const around = element.getBoundingClientRect();
    Object.assign(band.style, {
      left: `${box.left - around.left - element.clientLeft + left * box.width}px`,
      top: `${box.top - around.top - element.clientTop + top * box.height}px`,
      width: `${(right - left) * box.width}px`,
      height: `${(bottom - top) * box.height}px`,
    });
    band.hidden = false;
  }

  function drawn({ start, held }, event) {
    const [x, y] = fraction(shownBox(image()), event);
    if (!held) return [Math.min(start[0], x), Math.min(start[1], y), Math.max(start[0], x), Math.max(start[1], y)];
    const shift = (low, high, by) => Math.min(1 - high, Math.max(-low, by));
    const across = shift(held[0], held[2], x - start[0]);
    const down = shift(held[1], held[3], y - start[1]);
    return [held[0] + across, held[1] + down, held[2] + across, held[3] + down];
  }

  onDrag(element, {
    accepts: (event) => Boolean(image()?.naturalWidth) && accepts(event),
    begin: (event) => {
      const start = fraction(shownBox(image()), event);
      const region = inside();
      const hit = region && start[0] > region[0] && start[0] < region[2] && start[1] > region[1] && start[1] < region[3];
      const whole = region && region[2] - region[0] > 0.98 && region[3] - region[1] > 0.98;
      return { start, held: hit && !whole ? region : null };
    },
    move: (from, event) => {
      const region = drawn(from, event);
      place(region);
      if (from.held) write(region, true);
    },
    end: (from, event, cancelled) => {
      band.hidden = true;
      const region = drawn(from, event);
      const box = shownBox(image());
      const large = (region[2] - region[0]) * box.width > 4 && (region[3] - region[1]) * box.height > 4;
      if (!cancelled && large) write(region, false);
      settle();
    },
  });
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Arrow keys on a picture; `turn(across, down, shifted)` says whether it did something with them.
export function onArrows(element, turn) {
  element.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey || event.target !== element) return;
    if (turn(step[0], step[1], event.shiftKey)) event.preventDefault();
  });
}

// A region moved, or with its far corner moved, by a fiftieth; it stays within the picture.
export function steppedRegion([left, top, right, bottom], across, down, resized) {
  const step = 0.02;
  const round = (number) => Math.round(number * 10000) / 10000;
  const clamp = (low, number, high) => Math.min(high, Math.max(low, number));
  if (resized) {
    return [left, top, clamp(left + step, right + across * step, 1), clamp(top + step, bottom + down * step, 1)].map(round);
  }
  const x = clamp(-left, across * step, 1 - right);
  const y = clamp(-top, down * step, 1 - bottom);
  return [left + x, top + y, right + x, bottom + y].map(round);
}
