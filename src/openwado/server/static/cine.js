// Plays a cine: a slider over its frames, and a rate. Without this script the video's own controls do.
// Where the browser cannot play the video, the animated GIF stands in its place, without slider.
const player = document.querySelector("[data-cine]");
const video = player.querySelector("video");

function fallBack() {
  if (!player.dataset.animation) return;
  const picture = document.createElement("img");
  picture.src = player.dataset.animation;
  picture.alt = player.dataset.words;
  video.replaceWith(picture);
  player.querySelector("form").hidden = true;
}

function control() {
  const starts = JSON.parse(player.dataset.starts);
  const frames = JSON.parse(player.dataset.frames);
  const form = player.querySelector("form");
  const { position, rate } = form.elements;
  const said = form.querySelector("output");

  function at(time) {
    let low = 0, high = frames.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= time + 0.0005) low = middle; else high = middle - 1;
    }
    return low;
  }

  function tell() {
    const place = at(video.currentTime);
    position.value = place;
    said.textContent = player.dataset.frameNumber.replace("{n}", frames[place]);
  }

  position.addEventListener("input", () => {
    video.pause();
    const place = Number(position.value);
    video.currentTime = (starts[place] + Math.min(starts[place + 1], starts[place] + 0.02)) / 2;
    said.textContent = player.dataset.frameNumber.replace("{n}", frames[place]);
  });
  rate.addEventListener("change", () => { video.playbackRate = Number(rate.value); });
  if (video.requestVideoFrameCallback) {
    const next = () => { tell(); video.requestVideoFrameCallback(next); };
    video.requestVideoFrameCallback(next);
  }
  video.addEventListener("timeupdate", tell);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
}

if (video) {
  const source = video.querySelector("source");
  if (!video.canPlayType(source.type)) {
    fallBack();
  } else {
    source.addEventListener("error", fallBack);
    control();
  }
}
