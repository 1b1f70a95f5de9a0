"use strict";
// What hosts have said is text here: it goes into textContent, never into markup.
const data = JSON.parse(document.getElementById("data").textContent);
const hosts = data.hosts.map((r, i) => ({
  i, name: r[0], address: r[1], about: r[2], group: r[3], done: r.length > 4,
  seconds: r[4], tries: r[5], started: r[6], value: r[7] || "", message: r[8] || "", step: r[9], where: r[10],
}));
for (const h of hosts) {
  const g = data.groups[h.group];
  h.text = [h.name, h.address, h.about, g.outcome, g.kind, g.reason, h.value, h.message].join(" ").toLowerCase();
}
const byName = new Map(hosts.map(h => [h.name, h]));
const $ = id => document.getElementById(id);

function make(tag, attributes, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes || {})) {
    if (typeof v === "function") e.addEventListener(k, v); else if (v !== false) e.setAttribute(k, v === true ? "" : v);
  }
  e.append(...children.filter(c => c !== null && c !== undefined));
  return e;
}

const time = s => s < 1 ? Math.round(s * 1000) + " ms" : s < 60 ? s.toFixed(1) + " s" : Math.floor(s / 60) + " min " + Math.floor(s % 60) + " s";

// The state of the page is in its address: what is filtered, and which host is open.
function state() { return new URLSearchParams(location.hash.slice(1)); }
function setState(key, value) {
  const s = state();
  if (value) s.set(key, value); else s.delete(key);
  history.replaceState(null, "", "#" + s);
}

const page = 100, mostGroups = 200;

function rows(list, into) {
  let shown = 0;
  const more = make("button", { class: "more", click: add });
  function add() {
    more.remove();
    for (const h of list.slice(shown, shown + page)) {
      const about = h.done ? (data.groups[h.group].outcome === "ok" ? h.value : h.message) : h.address;
      into.append(make("button", { click: () => open(h) },
        make("span", {}, h.name), make("span", {}, h.done ? time(h.seconds) : ""), make("span", {}, about.slice(0, 300))));
    }
    shown += page;
    if (shown < list.length) {
      more.textContent = Math.min(page, list.length - shown) + " more of " + (list.length - shown);
      into.append(more);
    }
  }
  add();
}

function show() {
  const words = $("q").value.toLowerCase().split(/\s+/).filter(Boolean);
  const lists = data.groups.map(() => []);
  let found = 0;
  for (const h of hosts) {
    if (words.every(w => h.text.includes(w))) { lists[h.group].push(h); found++; }
  }
  $("found").textContent = words.length ? found + " of " + hosts.length + " hosts" : "";
  const all = [];
  let open = 0, skipped = 0;
  data.groups.forEach((g, i) => {
    if (!lists[i].length) return;
    if (all.length === mostGroups) { skipped++; return; }
    const into = make("div", { class: "rows" });
    const d = make("details", { toggle: () => { if (d.open && !into.firstChild) rows(lists[i], into); } },
      make("summary", {}, make("b", { class: g.outcome }, String(lists[i].length)), " ",
        g.outcome === "ok" ? "ok" : g.outcome === "left" ? "without a result" : g.reason, g.kind ? make("span", { class: "dim" }, " (" + g.kind + ")") : null), into);
    if (open < 3 && (lists[i].length <= 20 || data.groups.length === 1 || words.length)) { rows(lists[i], into); d.open = true; open++; }
    all.push(d);
  });
  if (skipped) all.push(make("p", { class: "dim" }, "and " + skipped + " reasons more; the filter finds them"));
  if (!all.length) all.push(make("p", {}, "No host has all of these words."));
  $("groups").replaceChildren(...all);
}

let pending;
$("q").addEventListener("input", () => {
  clearTimeout(pending);
  pending = setTimeout(() => { setState("q", $("q").value); show(); }, 60);
});

// A host's dialogue lies compressed in a block of its own.
async function unpack(h) {
  const block = $("d" + h.i);
  if (!block) return null;
  const bytes = Uint8Array.from(atob(block.textContent), c => c.charCodeAt(0));
  return JSON.parse(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text());
}

let stop = () => {};

async function open(h) {
  stop();
  setState("host", h.name);
  const g = data.groups[h.group], box = $("host");
  const facts = [h.address, h.about, h.done ? time(h.seconds) : "", h.tries > 1 ? h.tries + " tries" : "", h.done ? new Date(h.started).toISOString().replace("T", " ").slice(0, 19) + " UTC" : ""];
  const parts = [
    make("div", { class: "title" }, make("h2", {}, h.name), make("button", { click: () => box.close() }, "close")),
    make("p", { class: "dim" }, facts.filter(Boolean).join(" · ")),
    make("p", {}, make("b", { class: g.outcome }, g.outcome === "left" ? "without a result" : g.outcome), g.kind ? " (" + g.kind + ")" : "", h.step ? ", in step " + JSON.stringify(h.step) : "", h.where ? ", at " + h.where : ""),
  ];
  if (h.message) parts.push(make("pre", { class: "wrap" }, h.message));
  if (h.value) parts.push(make("h3", {}, "Result"), make("pre", { class: "wrap" }, pretty(h.value)));
  box.replaceChildren(...parts);
  if (!box.open) box.showModal();
  let d = null;
  try { d = await unpack(h); } catch (e) { box.append(make("p", {}, "The dialogue cannot be read: " + e)); return; }
  if (!d) {
    box.append(make("p", { class: "dim" }, !h.done ? "" : $("full") ? "The page holds the dialogues of as many hosts as fit in it, and this one is left out; log and recording lie in the folder hosts beside the page." : "There is neither a log nor a recording of this host."));
    return;
  }
  if (d.log) {
    box.append(make("h3", {}, "Dialogue"));
    if (d.before) box.append(make("p", { class: "dim" }, "The first " + d.before + " bytes are left out here."));
    box.append(make("pre", {}, d.log));
  }
  if (d.events) play(d, box);
  const cast = d.files.filter(f => f.endsWith(".cast")).pop();
  const where = make("p", { class: "dim" }, "Files, in the folder hosts beside the page: " + d.files.join(", ") + ". ");
  if (cast) where.append(make("code", {}, "moonwire play hosts/" + cast), d.cut ? " plays all of the recording; the page has its beginning." : " plays the recording.");
  box.append(where);
}

function pretty(value) {
  try { return JSON.stringify(JSON.parse(value), null, 2); } catch (e) { return value; }
}

$("host").addEventListener("close", () => { stop(); setState("host", ""); });

// A Screen is a terminal, as far as hosts that are logged in to use one.
class Screen {
  constructor(columns, rows) {
    this.columns = columns; this.rows = rows; this.rest = "";
    this.clear();
  }
  clear() {
    this.lines = Array.from({ length: this.rows }, () => []);
    this.x = this.y = 0; this.attr = ""; this.saved = [0, 0]; this.top = 0; this.bottom = this.rows - 1;
  }
  write(text) {
    text = this.rest + text; this.rest = "";
    for (let i = 0; i < text.length;) {
      const c = text.codePointAt(i);
      if (c === 27) {
        const m = /^\x1b(?:\[([0-9;:<=>?]*)[ -\/]*([@-~])|\]([^\x07\x1b]*)(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -\/]+[0-~]|([0-Z\\`-~]))/.exec(text.slice(i, i + 4096));
        if (!m) {
          if (text.length - i < 4096) { this.rest = text.slice(i); return; }
          i++; continue;
        }
        if (m[2]) this.csi(m[2], m[1]); else if (m[4]) this.escape(m[4]);
        i += m[0].length; continue;
      }
      i += c > 0xffff ? 2 : 1;
      if (c === 13) this.x = 0;
      else if (c === 10 || c === 11 || c === 12) this.down();
      else if (c === 8) this.x = Math.max(0, Math.min(this.x, this.columns - 1) - 1);
      else if (c === 9) this.x = Math.min(this.columns - 1, (Math.floor(this.x / 8) + 1) * 8);
      else if (c >= 32 && (c < 127 || c > 159)) this.put(String.fromCodePoint(c));
    }
  }
  put(c) {
    if (this.x >= this.columns) { this.x = 0; this.down(); }
    const line = this.lines[this.y];
    while (line.length < this.x) line.push([" ", ""]);
    line[this.x++] = [c, this.attr];
  }
  down() {
    if (this.y === this.bottom) { this.lines.splice(this.top, 1); this.lines.splice(this.bottom, 0, []); }
    else if (this.y < this.rows - 1) this.y++;
  }
  escape(c) {
    if (c === "7") this.saved = [this.x, this.y];
    else if (c === "8") [this.x, this.y] = this.saved;
    else if (c === "D") this.down();
    else if (c === "E") { this.x = 0; this.down(); }
    else if (c === "M") { if (this.y === this.top) { this.lines.splice(this.bottom, 1); this.lines.splice(this.top, 0, []); } else if (this.y) this.y--; }
    else if (c === "c") this.clear();
  }
  csi(c, parameters) {
    if (/[<=>?]/.test(parameters)) {
      if (/\?(1049|47|1047)$/.test(parameters)) this.clear();
      return;
    }
    const p = parameters.split(";").map(n => parseInt(n, 10) || 0), n = Math.min(p[0] || 1, 1000), line = this.lines[this.y];
    const row = y => this.y = Math.max(0, Math.min(this.rows - 1, y)), column = x => this.x = Math.max(0, Math.min(this.columns - 1, x));
    const blank = (l, from, to) => { for (let x = from; x < to && x < l.length; x++) l[x] = [" ", ""]; };
    switch (c) {
      case "A": row(this.y - n); break;
      case "B": row(this.y + n); break;
      case "C": column(this.x + n); break;
      case "D": column(this.x - n); break;
      case "E": row(this.y + n); this.x = 0; break;
      case "F": row(this.y - n); this.x = 0; break;
      case "G": case "`": column(n - 1); break;
      case "d": row(n - 1); break;
      case "H": case "f": row((p[0] || 1) - 1); column((p[1] || 1) - 1); break;
      case "J":
        if (p[0] === 0) { line.length = Math.min(line.length, this.x); for (let y = this.y + 1; y < this.rows; y++) this.lines[y] = []; }
        else if (p[0] === 1) { for (let y = 0; y < this.y; y++) this.lines[y] = []; blank(line, 0, this.x + 1); }
        else this.lines = this.lines.map(() => []);
        break;
      case "K":
        if (p[0] === 0) line.length = Math.min(line.length, this.x); else if (p[0] === 1) blank(line, 0, this.x + 1); else this.lines[this.y] = [];
        break;
      case "P": line.splice(this.x, n); break;
      case "X": blank(line, this.x, this.x + n); break;
      case "@": if (this.x < line.length) { line.splice(this.x, 0, ...Array.from({ length: Math.min(n, this.columns) }, () => [" ", ""])); line.length = Math.min(line.length, this.columns); } break;
      case "L": for (let i = 0; i < Math.min(n, this.rows) && this.y >= this.top && this.y <= this.bottom; i++) { this.lines.splice(this.bottom, 1); this.lines.splice(this.y, 0, []); } break;
      case "M": for (let i = 0; i < Math.min(n, this.rows) && this.y >= this.top && this.y <= this.bottom; i++) { this.lines.splice(this.y, 1); this.lines.splice(this.bottom, 0, []); } break;
      case "r": {
        const top = (p[0] || 1) - 1, bottom = Math.min(this.rows, p[1] || this.rows) - 1;
        if (top < bottom) { this.top = top; this.bottom = bottom; this.x = this.y = 0; }
        break;
      }
      case "s": this.saved = [this.x, this.y]; break;
      case "u": [this.x, this.y] = this.saved; break;
      case "m": this.colour(p);
    }
  }
  colour(p) {
    let set = new Set(this.attr.split(" ").filter(Boolean));
    const fore = f => { set = new Set([...set].filter(a => a[0] !== "f")); if (f) set.add(f); };
    for (let i = 0; i < p.length; i++) {
      const n = p[i];
      if (n === 0) set.clear();
      else if (n === 1) set.add("b"); else if (n === 4) set.add("u"); else if (n === 7) set.add("v");
      else if (n === 22) set.delete("b"); else if (n === 24) set.delete("u"); else if (n === 27) set.delete("v");
      else if (n >= 30 && n <= 36) fore("f" + (n - 30)); else if (n >= 90 && n <= 96) fore("f" + (n - 90)); else if (n === 37 || n === 39 || n === 97) fore("");
      else if (n === 38 || n === 48) i += p[i + 1] === 5 ? 2 : 4;
    }
    this.attr = [...set].join(" ");
  }
  show(into) {
    const all = [];
    this.lines.forEach((line, y) => {
      let text = "", attr = "";
      const flush = () => { if (text) all.push(attr ? make("span", { class: attr }, text) : text); text = ""; };
      const to = y === this.y ? Math.max(line.length, this.x + 1) : line.length;
      for (let x = 0; x < to && x < this.columns; x++) {
        let [c, a] = line[x] || [" ", ""];
        if (y === this.y && x === this.x) a = "cursor";
        if (a !== attr) { flush(); attr = a; }
        text += c;
      }
      flush(); attr = "";
      all.push("\n");
    });
    into.replaceChildren(...all);
  }
}

const longestPause = 1; // second, so that nobody waits for a host

// play puts a player of the recording into a box. It begins with the last screen.
function play(d, box) {
  const names = d.names && d.names.length ? d.names : [""];
  const screens = names.map(() => null);
  let at = 0, timer = null, session = 0;
  const pre = make("pre", { class: "screen", "aria-label": "the recording" }), note = make("div", { id: "note" });
  const clock = make("output", {}), seek = make("input", { type: "range", min: 0, max: d.events.length, value: d.events.length, "aria-label": "position" });
  const speed = make("select", { "aria-label": "speed" }, ...[1, 2, 4, 8].map(n => make("option", { value: n }, n + "×")));
  const which = make("select", { "aria-label": "session", hidden: names.length < 2 }, ...names.map((n, i) => make("option", { value: i }, n || "session " + (i + 1))));
  const button = make("button", { click: () => timer ? pause() : start() }, "play");
  const screen = i => screens[i] || (screens[i] = new Screen(d.size ? d.size[0] : 80, d.size ? d.size[1] : 24));
  function step() {
    const [, s, code, text] = d.events[at++];
    if (code === "o") { screen(s).write(text); follow(s); }
    else if (code === "m") note.textContent = text;
    else if (code === "x") note.textContent = text;
  }
  function follow(s) { if (timer && s !== session) { session = s; which.value = s; } }
  function draw() {
    screen(session).show(pre);
    seek.value = at;
    clock.textContent = (at ? d.events[at - 1][0] : 0).toFixed(1) + " of " + d.events[d.events.length - 1][0].toFixed(1) + " s";
  }
  function go(to) {
    if (to < at) { at = 0; screens.fill(null); note.textContent = ""; }
    while (at < to) step();
    draw();
  }
  function pause() { clearTimeout(timer); timer = null; button.textContent = "play"; }
  function start() {
    if (at >= d.events.length) go(0);
    button.textContent = "pause";
    next();
  }
  function next() {
    if (at >= d.events.length) { pause(); return; }
    const gap = Math.min(longestPause, d.events[at][0] - (at ? d.events[at - 1][0] : 0)) / Number(speed.value);
    timer = setTimeout(() => {
      const now = d.events[at][0];
      do step(); while (at < d.events.length && d.events[at][0] - now < .005);
      draw();
      next();
    }, Math.max(0, gap * 1000));
  }
  seek.addEventListener("input", () => { pause(); go(Number(seek.value)); });
  which.addEventListener("change", () => { session = Number(which.value); draw(); });
  stop = pause;
  session = d.events.length ? d.events[d.events.length - 1][1] : 0;
  which.value = session;
  go(d.events.length);
  box.append(make("h3", {}, "Recording"), make("div", { class: "player" }, button, seek, clock, speed, which), pre, note);
  if (d.cut) box.append(make("p", { class: "dim" }, "The recording is longer than what the page holds; this is its beginning."));
}

function follow() {
  const s = state(), h = byName.get(s.get("host"));
  if ($("q").value !== (s.get("q") || "")) { $("q").value = s.get("q") || ""; show(); }
  if (h) open(h);
}
addEventListener("hashchange", follow);
$("q").value = state().get("q") || "";
show();
follow();
