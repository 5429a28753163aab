// Plays the frames of a cine at their own times: still pictures one after the other, or a video by its own clock.

// Frames in the order of one round, and seconds at which each begins; the last one is when the round ends.
export function roundOf({ first, last, sweep, durations }) {
  const order = [];
  for (let number = first; number <= last; number += 1) order.push(number);
  if (sweep) for (let number = last - 1; number > first; number -= 1) order.push(number);
  const starts = [0];
  order.forEach((number, place) => {
    const after = order[place + 1] ?? order[0];
    const of = after >= number || !sweep ? number : number - 1;
    const duration = typeof durations === "number" ? durations : durations[of - 1];
    starts.push(starts[place] + duration / 1000);
  });
  return { order, starts };
}

// The place in a round that a time belongs to.
export function placeAt(starts, time) {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= time + 0.0005) low = middle; else high = middle - 1;
  }
  return low;
}

// Pictures that are asked for before they are shown, at most so many at once; some are kept for the next round.
const AHEAD = 6;
const KEPT_BYTES = 96e6;

// `load(number)` gives a promise of a Blob; `show(number, blob)` shows it, and may take its time.
export class Player {
  constructor(cine, { load, show, stopped }) {
    Object.assign(this, roundOf(cine), { load, show, stopped, rate: 1, playing: false, kept: new Map(), bytes: 0 });
  }

  get length() { return this.starts[this.starts.length - 1]; }

  async play(number) {
    if (this.playing) return;
    this.playing = true;
    this.forget();
    let place = Math.max(0, this.order.indexOf(number));
    let due = performance.now();
    try {
      while (this.playing) {
        const shown = this.order[place];
        const picture = this.ask(shown);
        for (let ahead = 1; ahead <= AHEAD; ahead += 1) this.ask(this.order[(place + ahead) % this.order.length]).catch(() => {});
        const blob = await picture;
        const wait = due - performance.now();
        if (wait > 1) await new Promise((done) => { setTimeout(done, wait); });
        if (!this.playing) break;
        await this.show(shown, blob);
        const duration = ((this.starts[place + 1] - this.starts[place]) * 1000) / this.rate;
        due = Math.max(due + duration, performance.now() - duration); // what came too late is not made up for
        place = (place + 1) % this.order.length;
      }
    } catch {
      // a picture that does not come ends it; the page asks again for it, and tells why
    }
    this.playing = false;
    this.forget();
    this.stopped();
  }

  stop() { this.playing = false; }

  ask(number) {
    const known = this.kept.get(number);
    if (known) return known;
    const picture = this.load(number).then((blob) => {
      this.bytes += blob.size;
      for (const other of this.kept.keys()) {
        if (this.bytes <= KEPT_BYTES || other === number) break;
        this.kept.get(other).then((old) => { this.bytes -= old.size; }, () => {});
        this.kept.delete(other);
      }
      return blob;
    });
    this.kept.set(number, picture);
    return picture;
  }

  forget() {
    this.kept.clear();
    this.bytes = 0;
  }
}

// Lets a slider seek in a video, and tells the place it has reached.
export function follow(video, { starts }, tell) {
  const reached = () => tell(placeAt(starts, video.currentTime));
  if (video.requestVideoFrameCallback) {
    const next = () => { reached(); video.requestVideoFrameCallback(next); };
    video.requestVideoFrameCallback(next);
  }
  video.addEventListener("timeupdate", reached);
}

export function seek(video, { starts }, place) {
  video.pause();
  video.currentTime = (starts[place] + Math.min(starts[place + 1], starts[place] + 0.02)) / 2;
}
