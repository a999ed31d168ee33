// The plots of a page: a curve with its axes, and the value under the pointer. Part of the page's one
// script, before page.js, whose `element`, `number`, `seconds` and `place` it uses.
"use strict";

const PLOT_WIDTH = 300;
const PLOT_HEIGHT = 110;
const TICKS = 4;

function svg(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** Round numbers from one to another, some four of them; of a range without extent, its one value. */
function ticks(low, high) {
  const range = high / TICKS - low / TICKS; // a sum of the largest numbers would be infinite
  if (!(range > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(range));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= range) * power;
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high && found.length < 9; value += step) {
    found.push(Math.abs(value) < step / 1e6 ? 0 : value);
  }
  return found.length > 0 ? found : [low];
}

/** Where the values of a series are in its picture. */
function scales({ times, values }) {
  const finite = values.filter((value) => value !== null);
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  const first = times[0];
  const last = times[times.length - 1];
  const x = (time) => (last === first ? 0.5 : (time - first) / (last - first));
  const y = (value) => (high === low ? 0.5 : 1 - (value / 2 - low / 2) / (high / 2 - low / 2));
  return { low, high, first, last, x, y };
}

function curve({ times, values }, { x, y }) {
  let path = "";
  values.forEach((value, index) => {
    if (value === null) return;
    const isStart = path === "" || values[index - 1] === null;
    const at = [PLOT_WIDTH * x(times[index]), PLOT_HEIGHT * y(value)].map((one) => one.toFixed(1));
    path += `${isStart ? "M" : "L"}${at}`;
  });
  return svg("path", { d: path });
}

/** The labels of an axis, each where its line is. */
function axis(className, labels) {
  const made = element("div", "", `axis ${className}`);
  made.setAttribute("aria-hidden", "true"); // the picture's name says from where to where
  for (const [text, share] of labels) {
    const label = element("span", text, "dim");
    label.style[className === "y" ? "top" : "left"] = `${100 * share}%`;
    made.append(label);
  }
  return made;
}

function plot(series) {
  const scale = scales(series);
  const { low, high, first, last, x, y } = scale;
  const range = `${number(low)} … ${number(high)}`;
  const figure = element("figure");
  const caption = element("figcaption");
  const label = element("span", range, "dim");
  label.setAttribute("role", "status");
  const name = element("code", series.name);
  name.title = series.name;
  caption.append(name, label);
  const picture = svg("svg", {
    viewBox: `0 0 ${PLOT_WIDTH} ${PLOT_HEIGHT}`, preserveAspectRatio: "none", role: "img", tabindex: 0,
    "aria-label": `${series.name} over time, from ${number(low)} to ${number(high)}, ` +
      `between ${seconds(first)} and ${seconds(last)}; arrow keys read its points`,
  });
  const rows = ticks(low, high);
  const columns = ticks(first, last);
  for (const value of rows) {
    const at = PLOT_HEIGHT * y(value);
    picture.append(svg("line", { class: "grid", x1: 0, x2: PLOT_WIDTH, y1: at, y2: at }));
  }
  const marker = svg("line", { class: "marker", y1: 0, y2: PLOT_HEIGHT, visibility: "hidden" });
  picture.append(curve(series, scale), marker);
  readOut(series, scale, { picture, marker, label, range });
  const area = element("div", "", "area");
  area.append(
    axis("y", rows.map((value) => [number(value), y(value)])),
    picture,
    axis("x", columns.map((time) => [`${number(time)} s`, x(time)])),
  );
  figure.append(caption, area);
  return figure;
}

/** Say what the value is under the pointer, or at the point that the arrow keys have gone to. */
function readOut({ times, values, cells }, { first, last, x }, { picture, marker, label, range }) {
  let index = -1;
  const show = (next) => {
    index = Math.max(0, Math.min(times.length - 1, next));
    const at = PLOT_WIDTH * x(times[index]);
    marker.setAttribute("x1", at);
    marker.setAttribute("x2", at);
    marker.setAttribute("visibility", "visible");
    const value = values[index] === null ? "not finite" : number(values[index]);
    label.textContent = `${value} at ${seconds(times[index])} ${place(cells[index], null)}`.trimEnd();
  };
  const hide = () => {
    index = -1;
    marker.setAttribute("visibility", "hidden");
    label.textContent = range;
  };
  picture.addEventListener("pointermove", (event) => {
    const { left, width } = picture.getBoundingClientRect();
    show(nearest(times, first + ((last - first) * (event.clientX - left)) / width));
  });
  picture.addEventListener("pointerleave", hide);
  picture.addEventListener("blur", hide);
  picture.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: times.length - 1 };
    if (event.key in steps) {
      event.preventDefault();
      show(steps[event.key]);
    }
  });
}

function nearest(times, wanted) {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low > 0 && wanted - times[low - 1] < times[low] - wanted ? low - 1 : low;
}
