// Small line charts of the last minutes.

const SPACE = "http://www.w3.org/2000/svg";
const KEPT = 150;
const [WIDTH, HEIGHT] = [300, 64];

/** Numbers over time: `rate` shows growth a second of a number that only grows. */
export class Series {
  constructor(name, isRate) {
    this.name = name;
    this.isRate = isRate;
    this.points = [];
    this.last = null;
  }

  add(at, value) {
    const before = this.last;
    this.last = { at, value };
    if (!this.isRate) this.points.push(value);
    else if (before !== null && at > before.at && value >= before.value) {
      this.points.push((value - before.value) / (at - before.at));
    }
    this.points.splice(0, Math.max(0, this.points.length - KEPT));
  }

  get now() {
    return this.points.length ? this.points[this.points.length - 1] : 0;
  }
}

function drawn(name, given) {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(given)) made.setAttribute(key, value);
  return made;
}

const written = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(1));

export function chart(series) {
  const top = Math.max(1, ...series.points);
  const step = WIDTH / (KEPT - 1);
  const start = WIDTH - step * Math.max(0, series.points.length - 1);
  const line = series.points.map((value, place) =>
    `${(start + place * step).toFixed(1)},${(HEIGHT - 3 - (value / top) * (HEIGHT - 8)).toFixed(1)}`).join(" ");
  const unit = series.isRate ? "/s" : "";
  const svg = drawn("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", preserveAspectRatio: "none",
    "aria-label": `${series.name}: now ${written(series.now)}${unit}, at most ${written(top)}${unit}`,
  });
  svg.append(drawn("line", { x1: 0, x2: WIDTH, y1: HEIGHT - 3, y2: HEIGHT - 3, class: "base" }),
    drawn("polyline", { points: line, class: "line" }));
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const name = document.createElement("span");
  const value = document.createElement("strong");
  name.textContent = series.name;
  value.textContent = `${written(series.now)}${unit}`;
  caption.append(name, value);
  figure.append(caption, svg);
  return figure;
}
