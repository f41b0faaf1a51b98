const data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
const columns = data.columns, find = (selector) => root.querySelector(selector);
const STEPS = 500, POINTS = 240;

const scale = (low, high, log) => {
  const forth = log ? Math.log : Number, back = log ? Math.exp : Number, a = forth(low), b = forth(high);
  return { low, high, log, to: (v) => (forth(v) - a) / (b - a), from: (t) => back(a + t * (b - a)) };
};

const make = (parent, tag, attributes = {}, text = "") => {
  const node = parent.namespaceURI.endsWith("svg")
    ? document.createElementNS(parent.namespaceURI, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  parent.append(node);
  return node;
};

// Some digits, a true minus, and powers of ten as they are written by hand
const format = (v, digits = 6) => {
  const plain = v === 0 || (Math.abs(v) >= 1e-4 && Math.abs(v) < 1e7);
  if (plain) return String(Number(v.toPrecision(digits))).replace("-", "−");
  const [mantissa, exponent] = v.toExponential(digits - 1).split("e");
  const raised = String(Number(exponent)).replace(/./g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);
  return `${Number(mantissa)}\u2009×\u200910${raised}`.replace("-", "−");
};
const withUnit = (column) => column.unit ? `${column.name} [${column.unit}]` : column.name;
const half = (v) => data.band.relative ? data.band.size * Math.abs(v) : data.band.size;

const scales = columns.map((c) => scale(c.slider[0], c.slider[1], c.log));
let shown = 0;

// As many decimals as a step of the slider can tell apart
const rounded = (i, v) => {
  const s = scales[i];
  if (s.log) return Number(v.toPrecision(4));
  const step = (s.high - s.low) / STEPS;
  return Number(v.toFixed(Math.min(Math.max(Math.ceil(-Math.log10(step)), 0), 100)));
};
const state = columns.map((c, i) => rounded(i, c.start));
const outside = (i) => !(state[i] >= columns[i].fitted[0] && state[i] <= columns[i].fitted[1]);

const controls = columns.map((c, i) => {
  const box = make(find(".controls"), "div", { class: "control" });
  const label = make(box, "label", { for: `symkan-slider-${i}` });
  make(label, "span", { class: "name" }, c.name);
  if (c.unit) make(label, "span", { class: "unit" }, ` ${c.unit}`);
  const track = make(box, "div", { class: "slider" });
  c.fitted.forEach((v, k) => track.style.setProperty(k ? "--to" : "--from", scales[i].to(v)));
  const range = make(track, "input", { type: "range", id: `symkan-slider-${i}`, min: 0, max: STEPS, step: 1 });
  const field = make(box, "input", { type: "number", step: "any", "aria-label": withUnit(c) });
  const hint = make(box, "div", { class: "hint", role: "status" });
  range.addEventListener("input", () => set(i, rounded(i, scales[i].from(range.value / STEPS))));
  field.addEventListener("input", () => field.value !== "" && set(i, Number(field.value), field));
  return { box, range, field, hint };
});

if (columns.length > 1) {
  const box = make(find(".controls"), "div", { class: "against" });
  make(box, "label", { for: "symkan-against" }, "Plot against");
  const select = make(box, "select", { id: "symkan-against" });
  columns.forEach((c, i) => make(select, "option", { value: i }, c.name));
  select.addEventListener("change", () => { shown = Number(select.value); update(); });
}
make(find(".controls"), "button", { type: "button" }, "Reset").addEventListener("click", () => {
  columns.forEach((c, i) => set(i, rounded(i, c.start)));
});

function set(i, value, source) {
  state[i] = value;
  const { box, range, field, hint } = controls[i];
  const [low, high] = columns[i].fitted.map((v) => format(v));
  if (field !== source) field.value = value;
  range.value = Math.round(STEPS * scales[i].to(value));
  range.setAttribute("aria-valuetext", `${format(value)} ${columns[i].unit || ""}`.trim());
  box.classList.toggle("outside", outside(i));
  const text = outside(i) ? `⚠ fitted only from ${low} to ${high}` : `fitted from ${low} to ${high}`;
  if (hint.textContent !== text) hint.textContent = text;
  update();
}

function update() {
  const value = law(...state), good = Number.isFinite(value), answer = find("output");
  answer.textContent = good ? format(value) : "undefined";
  answer.dataset.value = value;
  find(".answer .unit").textContent = good ? data.target.unit || "" : "at these inputs";
  find(".answer .band").textContent = good && data.band ? `± ${format(half(value), 2)}` : "";
  find(".warning").textContent = good && columns.some((c, i) => outside(i)) ? "⚠ extrapolated" : "";
  plot(value);
}

// Rows by how near their other columns are to the sliders, in sixths of the fitted range
function nearby() {
  const others = columns.map((c, i) => i).filter((i) => i !== shown);
  return data.rows.map((row) => {
    const squares = others.map((i) => {
      const width = scales[i].to(columns[i].fitted[1]) - scales[i].to(columns[i].fitted[0]);
      return ((scales[i].to(row[i]) - scales[i].to(state[i])) * 6 / width) ** 2;
    });
    const distance = squares.reduce((a, b) => a + b, 0) / Math.max(others.length, 1);
    return { x: row[shown], y: row[columns.length], weight: Math.exp(-distance / 2) };
  }).filter((p) => p.weight > 0.04);
}

// Where the curve, its band and the points are, without poles; null if nothing is defined
function limits(curve, points, value) {
  const defined = (v) => Number.isFinite(v) && (!data.log || v > 0);
  const values = curve.map((p) => p[1]).filter(defined).sort((a, b) => a - b);
  const at = (q) => values[Math.round(q * (values.length - 1))];
  const near = points.filter((p) => p.weight > 0.2).map((p) => p.y);
  const size = at(0.95) - at(0.05);
  const ends = data.log || at(1) - at(0) < 4 * size ? [at(0), at(1)] : [at(0.05), at(0.95)];
  const all = [...ends, ...near, value].filter(defined);
  if (!data.log && data.band) all.push(...ends.flatMap((v) => [v - half(v), v + half(v)]).filter(defined));
  if (!all.length) return null;
  let low = Math.min(...all), high = Math.max(...all);
  if (data.log) return scale(low / 1.3, high * 1.3, true);
  if (high - low <= 1e-9 * Math.abs(high)) [low, high] = [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  return scale(low - 0.05 * (high - low), high + 0.05 * (high - low), false);
}

function ticks(s, count) {
  if (s.log) {
    const first = Math.floor(Math.log10(s.low)), last = Math.ceil(Math.log10(s.high));
    const every = Math.max(1, Math.ceil((last - first) / count));
    const digits = last - first > 3 ? [1] : [1, 2, 5];
    const found = [];
    for (let e = first; e <= last; e += every) for (const d of digits) found.push(Number(`${d}e${e}`));
    return found.filter((v) => v >= s.low && v <= s.high);
  }
  const rough = (s.high - s.low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((m) => m * power >= rough) * power, found = [];
  for (let k = Math.ceil(s.low / step); k * step <= s.high; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

let across = (t) => t;

function plot(value) {
  const svg = find("svg"), W = Math.max(find(".plot").clientWidth, 240), H = Math.round(Math.min(0.68 * W, 380));
  const sx = scales[shown], [low, high] = columns[shown].fitted;
  const curve = Array.from({ length: POINTS + 1 }, (_, k) => {
    const x = sx.from(k / POINTS);
    return [x, law(...state.map((v, i) => i === shown ? x : v))];
  });
  const points = nearby(), found = limits(curve, points, value), sy = found || scale(0, 1, false);
  const labels = found ? ticks(sy, H / 50).map((v) => [v, format(v)]) : [];
  const left = 14 + 6.8 * Math.max(...labels.map(([, text]) => text.length), 2), right = W - 10, top = 8, bottom = H - 24;
  const px = (x) => left + sx.to(x) * (right - left), py = (y) => bottom - sy.to(y) * (bottom - top);
  const clamp = (y) => Math.min(Math.max(Number.isFinite(y) ? y : bottom, top - 50), bottom + 50);
  across = (p) => sx.from(Math.min(Math.max((p - left) / (right - left), 0), 1));

  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
  const others = columns.length > 1 ? ", the other inputs as on the sliders" : "";
  svg.setAttribute("aria-label", `${data.target.name} against ${columns[shown].name}${others}`);
  find(".axis.y").textContent = withUnit(data.target);
  find(".axis.x").textContent = withUnit(columns[shown]);

  for (const [from, to] of [[left, px(low)], [px(high), right]]) if (to > from) make(svg, "rect",
    { x: from, y: top, width: to - from, height: bottom - top, style: "fill: var(--outside)" });
  for (const [v, text] of labels) {
    make(svg, "line", { x1: left, x2: right, y1: py(v), y2: py(v), style: "stroke: var(--line)" });
    make(svg, "text", { x: left - 7, y: py(v) + 4, "text-anchor": "end" }, text);
  }
  let last = -Infinity;
  for (const v of ticks(sx, (right - left) / 70)) {
    make(svg, "line", { x1: px(v), x2: px(v), y1: top, y2: bottom, style: "stroke: var(--line)" });
    const room = 3.6 * format(v).length;
    if (px(v) - room < last || px(v) + room > W) continue;
    make(svg, "text", { x: px(v), y: bottom + 17, "text-anchor": "middle" }, format(v));
    last = px(v) + room + 6;
  }
  const clip = make(make(svg, "defs"), "clipPath", { id: "symkan-clip" });
  make(clip, "rect", { x: left, y: top, width: right - left, height: bottom - top });
  const inner = make(svg, "g", { "clip-path": "url(#symkan-clip)" });
  if (!found) make(svg, "text", { x: (left + right) / 2, y: (top + bottom) / 2, "text-anchor": "middle" }, "undefined here");
  for (const part of pieces(curve, sy)) {
    const line = (f) => part.map(([x, y]) => `${px(x).toFixed(1)},${clamp(py(f(y))).toFixed(1)}`);
    if (data.band) make(inner, "polygon", { style: "fill: var(--law); opacity: .18",
      points: [...line((y) => y + half(y)), ...line((y) => y - half(y)).reverse()].join(" ") });
    make(inner, "polyline", { points: line(Number).join(" "),
      style: "fill: none; stroke: var(--law); stroke-width: 2.5; stroke-linejoin: round" });
  }
  for (const p of points) make(inner, "circle", { cx: px(p.x).toFixed(1), cy: clamp(py(p.y)).toFixed(1), r: 3.2,
    style: `fill: var(--data); opacity: ${(0.85 * p.weight).toFixed(2)}` });
  const here = px(state[shown]);
  if (found && Number.isFinite(here)) make(inner, "line", { x1: here, x2: here, y1: top, y2: bottom,
    style: "stroke: var(--ink); stroke-dasharray: 3 3" });
  if (Number.isFinite(here) && Number.isFinite(value)) make(inner, "circle", { cx: here, cy: clamp(py(value)), r: 6,
    style: "fill: var(--law); stroke: var(--paper); stroke-width: 2" });
  make(svg, "rect", { x: left, y: top, width: right - left, height: bottom - top, style: "fill: none; stroke: var(--faint)" });
}

// The curve between the places where it is undefined, or jumps from end to end
function pieces(curve, sy) {
  const parts = [[]];
  curve.forEach(([x, y], k) => {
    const t = sy.to(y), before = k ? sy.to(curve[k - 1][1]) : t;
    if (!Number.isFinite(t) || Math.min(t, before) < -0.5 && Math.max(t, before) > 1.5) parts.push([]);
    if (Number.isFinite(t)) parts[parts.length - 1].push([x, y]);
  });
  return parts.filter((part) => part.length > 1);
}

const follow = (event) => {
  const box = find("svg").getBoundingClientRect();
  set(shown, rounded(shown, across((event.clientX - box.left) * find("svg").viewBox.baseVal.width / box.width)));
};
find("svg").addEventListener("pointerdown", (event) => { find("svg").setPointerCapture(event.pointerId); follow(event); });
find("svg").addEventListener("pointermove", (event) => event.buttons && follow(event));

find(".answer .name").textContent = data.target.name;
const legend = [["law", "the law"], ["range", "outside the fitted range"]];
if (data.band) legend.push(["shade", data.band.text]);
if (data.rows.length) legend.push(["points", columns.length > 1 ? "data, fainter the farther from the sliders" : "data"]);
for (const [name, text] of legend) {
  const item = make(find(".legend"), "li");
  make(item, "i", { class: name });
  make(item, "span", {}, text);
}
columns.forEach((c, i) => set(i, state[i]));
new ResizeObserver(() => plot(law(...state))).observe(find(".plot"));
