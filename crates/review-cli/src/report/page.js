"use strict";
(() => {
// Every text reaches the page by `textContent` alone: names are whatever somebody called themselves.
const data = JSON.parse(document.getElementById("data").textContent);
const { head, resources: R, entitlements: E, grants: G, findings: F, seats, gaps } = data;
const HOW = ["direct", "through", "direct, and through", "unexplained"];
const WAYS = ["direct", "through a group", "both ways", "unexplained"];
const STATUS = ["not stated", "in use", "out of use", "deleted"];
const SEVERITIES = ["high", "medium", "low"];
const MOST_PRINTED = 20000;
const TYPES = new Map(head.types.map(([id, name, account]) => [id, { name, account }]));
const main = document.getElementById("main");
const live = document.getElementById("live");
const decisions = new Map();
let saved = true;

// Letters that a screen shows nothing for, or that turn what follows round.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
const named = letter => "U+" + letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
const plain = text => text.replace(UNSEEN, letter => "\n\r\t".includes(letter) ? " " : `<${named(letter)}>`);

function put(node, text) {
  text = String(text);
  let from = 0;
  for (const found of text.matchAll(UNSEEN)) {
    node.append(document.createTextNode(text.slice(from, found.index)));
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.textContent = named(found[0]);
    node.append(mark);
    from = found.index + found[0].length;
  }
  node.append(document.createTextNode(text.slice(from)));
  return node;
}

function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  for (const child of children.flat()) {
    if (child instanceof Node) node.append(child);
    else if (child != null && child !== "") put(node, child);
  }
  return node;
}

function svg(name, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text != null) node.textContent = plain(String(text));
  return node;
}

const number = value => value.toLocaleString("en-US");
const many = (count, one, more) => `${number(count)} ${count === 1 ? one : more || one + "s"}`;
const typeName = r => (r == null ? "" : (TYPES.get(R[r][0]) || { name: R[r][0] }).name);
const isAccount = r => Boolean((TYPES.get(R[r][0]) || {}).account);
const tag = (text, kind) => el("span", { class: "tag " + (kind || "") }, text);

// Orders by name, worked out once: rows are then compared by numbers.
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
function ranks(names) {
  const order = names.map((_, at) => at).sort((a, b) => collator.compare(names[a], names[b]));
  const rank = new Int32Array(names.length);
  let last = -1;
  order.forEach((at, place) => {
    if (place === 0 || collator.compare(names[order[place - 1]], names[at]) !== 0) last = place;
    rank[at] = last;
  });
  return rank;
}
const lazy = make => { let made; return () => made || (made = make()); };
const resourceRank = lazy(() => ranks(R.map(r => r[2])));
const entitlementRank = lazy(() => ranks(E.map(e => e[2])));
const resourceText = lazy(() => R.map(r => `${r[2]}\n${r[3]}\n${r[1]}`.toLowerCase()));
const entitlementText = lazy(() => E.map(e => `${e[2]}\n${e[1]}`.toLowerCase()));

const place = e => (E[e][0] == null ? "" : R[E[e][0]][2]);
const through = grant => (grant[4] || []).map(e => place(e) || E[e][1]);
const reason = grant => HOW[grant[2]] + (grant[4] && grant[4].length ? " " + through(grant).join(", ") : "");
const grantId = grant => grant[5] || `${E[grant[1]][1]}:${R[grant[0]][0]}:${R[grant[0]][1]}`;
const power = grant => { const p = E[grant[1]][3]; return p == null ? 9 : p; };
// "atlassian/admin on Jira: acme" beside a column that says where is shorter without its end.
const role = e => {
  const [on, , name] = E[e], where = on == null ? "" : " on " + R[on][2];
  return where && name.endsWith(where) ? name.slice(0, -where.length) : name;
};

// What accounts and places have, counted once.
const held = new Int32Array(R.length), powers = new Int32Array(R.length), found = new Int32Array(R.length);
const reach = R.map(() => null);
const byGrant = new Map();
G.forEach((grant, at) => {
  const [who, what] = grant, on = E[what][0];
  held[who]++;
  if (power(grant) < 9) powers[who]++;
  if (on == null) return;
  const of = reach[on] || (reach[on] = { who: new Set(), power: new Set(), direct: 0, all: 0 });
  of.all++;
  if (isAccount(who)) of.who.add(who);
  if (power(grant) < 9) of.power.add(who);
  if (grant[2] !== 1) of.direct++;
});
F.forEach((finding, at) => {
  found[finding[1]]++;
  for (const grant of finding[3]) byGrant.set(grant, [...(byGrant.get(grant) || []), at]);
});
const accounts = R.map((_, at) => at).filter(isAccount);
const places = R.map((_, at) => at).filter(at => reach[at]);

// ---- A table of any length: the rows on the screen are in the page, the others are not.
class Table {
  constructor({ name, label, columns, rows, sort, matches }) {
    Object.assign(this, { columns, all: rows, matches, shown: [], nodes: new Map() });
    this.sort = sort;
    this.body = el("div", { class: "bd", role: "rowgroup" });
    this.top = el("div", { class: "r hd", role: "row", "aria-rowindex": 1 });
    columns.forEach((column, at) => {
      const cell = el("div", { class: "c " + (column.class || ""), role: "columnheader" },
        column.key ? el("button", { type: "button", onclick: () => this.sortBy(at) }, column.label)
          : el("span", { class: "plain" }, column.label));
      this.top.append(cell);
    });
    this.none = el("p", { class: "empty", hidden: true }, "Nothing fits the filter.");
    this.node = el("div", { class: "grid " + name, role: "table", "aria-label": label },
      el("div", { role: "rowgroup" }, this.top), this.body, this.none);
    this.node.style.setProperty("--cols", columns.map(column => column.width).join(" "));
    addEventListener("scroll", () => this.draw(), { passive: true });
    addEventListener("resize", () => this.draw(true));
  }
  sortBy(at) {
    const [column, down] = this.sort;
    this.sort = [at, at === column ? !down : Boolean(this.columns[at].down)];
    this.order();
    live.textContent = `Sorted by ${this.columns[at].label}, ${this.sort[1] ? "descending" : "ascending"}`;
  }
  order() {
    const [at, down] = this.sort, key = this.columns[at].key, then = this.columns[at].then;
    const keys = new Map();
    for (const row of this.shown) keys.set(row, key(row));
    const compare = (a, b) => {
      const x = keys.get(a), y = keys.get(b);
      return x < y ? -1 : x > y ? 1 : 0;
    };
    this.shown.sort((a, b) => (down ? -compare(a, b) : compare(a, b)) || (then ? then(a) - then(b) : 0) || a - b);
    [...this.top.children].forEach((cell, column) =>
      cell.setAttribute("aria-sort", column === at ? (down ? "descending" : "ascending") : "none"));
    this.draw(true);
  }
  filter() {
    const matches = this.matches();
    this.shown = this.all.filter(matches);
    this.node.setAttribute("aria-rowcount", this.shown.length + 1);
    this.none.hidden = this.shown.length > 0;
    this.order();
  }
  draw(anew) {
    if (!this.node.isConnected || this.node.closest("[hidden]")) return;
    if (anew) {
      this.height = parseFloat(getComputedStyle(this.node).getPropertyValue("--row"));
      this.body.style.height = this.height * this.shown.length + "px";
      this.nodes.forEach(node => node.remove());
      this.nodes.clear();
    }
    const above = -this.body.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(above / this.height) - 6);
    const last = Math.min(this.shown.length, Math.ceil((above + innerHeight) / this.height) + 6);
    for (const [at, node] of this.nodes) {
      if ((at < first || at >= last) && !node.contains(document.activeElement)) {
        node.remove();
        this.nodes.delete(at);
      }
    }
    for (let at = first; at < last; at++) {
      if (this.nodes.has(at)) continue;
      const node = el("div", { class: "r", role: "row", "aria-rowindex": at + 2 });
      for (const column of this.columns) {
        const cell = el("div", { class: "c " + (column.class || ""), role: "cell", "data-label": column.label });
        column.cell(cell, this.shown[at]);
        node.append(cell);
      }
      node.style.transform = `translateY(${at * this.height}px)`;
      this.nodes.set(at, node);
      const next = [...this.nodes.keys()].filter(other => other > at).sort((a, b) => a - b)[0];
      this.body.insertBefore(node, next === undefined ? null : this.nodes.get(next));
    }
  }
}

const line = (cell, text, kind) => cell.append(el("div", { class: kind || "" }, el("bdi", {}, text)));
const person = (cell, r, open) => {
  cell.append(open ? el("button", { class: "open", type: "button", onclick: open }, el("bdi", {}, R[r][2])) : el("div", { class: "n" }, el("bdi", {}, R[r][2])));
  line(cell, R[r][3] && R[r][3] !== R[r][2] ? R[r][3] : isAccount(r) ? R[r][1] : typeName(r), "s");
};
const statusTag = r => (R[r][4] ? tag(R[r][5], R[r][4] === 1 ? "good" : "medium") : el("span", { class: "s" }, R[r][5] || "–"));
const words = text => text.toLowerCase().split(/\s+/).filter(Boolean);

// ---- Controls
function select(label, options, onchange) {
  const node = el("select", { "aria-label": label, onchange });
  for (const [value, text, group] of options) {
    let into = node;
    if (group) {
      into = [...node.children].find(child => child.label === group) || node.appendChild(el("optgroup", { label: plain(group) }));
    }
    const option = el("option", { value });
    option.textContent = plain(text);
    into.append(option);
  }
  return node;
}
function later(call) {
  let timer;
  return () => { clearTimeout(timer); timer = setTimeout(call, 120); };
}
const search = (label, oninput) => el("input", { type: "search", placeholder: label, "aria-label": label, autocomplete: "off", spellcheck: "false", oninput });
const button = (text, onclick, kind) => el("button", { type: "button", class: "btn " + (kind || ""), onclick }, text);

// ---- Access: who has what, and why
const access = (() => {
  const box = search("Search names, addresses, roles, ids", later(() => refresh()));
  const sortedPlaces = places.slice().sort((a, b) => collator.compare(typeName(a), typeName(b)) || resourceRank()[a] - resourceRank()[b]);
  const where = select("Where", [["", "Everywhere"], ...sortedPlaces.map(r => [r, R[r][2], typeName(r)])], () => refresh());
  const who = select("Held by", [["", "Held by anyone"], ["account", "Held by accounts"], ["other", "Held by groups"]], () => refresh());
  const status = select("Status", [["", "Any status"], ["1", "In use"], ["2", "Out of use"], ["3", "Deleted"], ["0", "Not stated"]], () => refresh());
  const how = select("Why", [["", "Held in any way"], ...WAYS.map((way, at) => [at, "Held " + way]), ["dormant", "Dormant"], ["unconfirmed", "Unconfirmed"]], () => refresh());
  const decided = select("Decision", [["", "Any decision"], ["none", "Undecided"], ["keep", "Keep"], ["revoke", "Revoke"]], () => refresh());
  const privileged = el("input", { type: "checkbox", onchange: () => refresh() });
  const chip = el("button", { type: "button", class: "chip", hidden: true, onclick: () => { only = null; refresh(); } });
  let only = null;
  const table = new Table({
    name: "access", label: "Who has what, and why", rows: G.map((_, at) => at), sort: [2, false],
    matches() {
      const list = words(box.value).map(word => [resourceText().map(text => text.includes(word)), entitlementText().map(text => text.includes(word)), word]);
      const on = where.value === "" ? null : Number(where.value);
      return at => {
        const grant = G[at], [holder, what, way, marks] = grant, target = E[what][0];
        if (only != null && holder !== only) return false;
        if (on != null && target !== on) return false;
        if (who.value && isAccount(holder) !== (who.value === "account")) return false;
        if (status.value && R[holder][4] !== Number(status.value)) return false;
        if (how.value === "dormant" ? !(marks & 2) : how.value === "unconfirmed" ? !(marks & 1) : how.value !== "" && way !== Number(how.value)) return false;
        if (privileged.checked && power(grant) === 9) return false;
        if (decided.value && ((decisions.get(at) || {}).decision || "none") !== decided.value) return false;
        return list.every(([ofResource, ofEntitlement]) => ofResource[holder] || ofEntitlement[what] || (target != null && ofResource[target])
          || (grant[4] || []).some(e => E[e][0] != null && ofResource[E[e][0]]));
      };
    },
    columns: [
      { label: "Who", width: "minmax(0,2.2fr)", class: "wide", key: at => resourceRank()[G[at][0]], cell: (cell, at) => person(cell, G[at][0], () => detail(at)), text: at => `${R[G[at][0]][2]} ${R[G[at][0]][3]}` },
      { label: "Where", width: "minmax(0,2fr)", class: "where", key: at => (E[G[at][1]][0] == null ? -1 : resourceRank()[E[G[at][1]][0]]), cell(cell, at) { line(cell, place(G[at][1]) || "–"); line(cell, typeName(E[G[at][1]][0]), "s"); }, text: at => place(G[at][1]) },
      { label: "Role", width: "minmax(0,1.7fr)", key: at => power(G[at]) * E.length + entitlementRank()[G[at][1]], then: at => resourceRank()[G[at][0]],
        cell(cell, at) {
          line(cell, role(G[at][1]));
          if (power(G[at]) < 9) cell.append(el("div", {}, tag("privileged", "high")));
        }, text: at => role(G[at][1]) + (power(G[at]) < 9 ? " (privileged)" : "") },
      { label: "Why", width: "minmax(0,2fr)", key: at => G[at][2], cell(cell, at) {
        line(cell, reason(G[at]));
        const marks = G[at][3], tags = el("div", {});
        if (marks & 2) tags.append(tag("dormant"));
        if (marks & 1) tags.append(tag("unconfirmed", "medium"));
        if (marks & 4 && G[at][2] !== 1) tags.append(tag("fixed at the vendor"));
        if (byGrant.has(at)) tags.append(tag(many(byGrant.get(at).length, "finding"), SEVERITIES.find(severity => byGrant.get(at).some(f => head.rules[F[f][0]][1] === severity))));
        if (tags.firstChild) cell.append(tags);
      }, text: at => reason(G[at]) + (G[at][3] & 2 ? " (dormant)" : "") },
      { label: "Status", width: "150px", key: at => R[G[at][0]][4] + R[G[at][0]][5], cell: (cell, at) => cell.append(el("div", {}, statusTag(G[at][0]))), text: at => R[G[at][0]][5] },
      { label: "Last active", width: "96px", key: at => R[G[at][0]][6], cell: (cell, at) => line(cell, R[G[at][0]][6] || "–", R[G[at][0]][6] ? "" : "s"), text: at => R[G[at][0]][6] },
      { label: "Decision", width: "112px", key: at => (decisions.get(at) || {}).decision || "", cell: (cell, at) => cell.append(decide(at)), text: at => (decisions.get(at) || {}).decision || "" },
    ],
  });
  function decide(at) {
    const node = select(`Decision about ${R[G[at][0]][2]}: ${E[G[at][1]][2]}`, [["", "–"], ["keep", "keep"], ["revoke", "revoke"]], () => { settle(at, { decision: node.value }); node.className = node.value; tell(); });
    node.value = (decisions.get(at) || {}).decision || "";
    node.className = node.value;
    return node;
  }
  const count = el("span", {});
  const reviewer = el("input", { placeholder: "Reviewer", "aria-label": "Your name, for the decision file", autocomplete: "off" });
  const bulk = select("Decide about all rows shown", [["", "Decide about all shown…"], ["keep", "Keep all shown"], ["revoke", "Revoke all shown"], ["clear", "Clear the decisions shown"]], () => {
    const wanted = bulk.value;
    bulk.value = "";
    if (wanted && (table.shown.length < 2 || confirm(`${wanted === "clear" ? "Clear the decisions about" : wanted === "keep" ? "Keep" : "Revoke"} ${many(table.shown.length, "row")}?`))) {
      for (const at of table.shown) settle(at, { decision: wanted === "clear" ? "" : wanted });
      table.draw(true);
      tell();
    }
  });
  const node = el("section", {},
    el("div", { class: "tools" }, box, where, who, status, how, decided, el("label", { class: "check" }, privileged, "Privileged only"), chip),
    el("div", { class: "bar" }, count, el("div", { class: "acts" }, bulk, reviewer, button("Download decisions", download, "main"), button("Print", () => print()))),
    table.node);
  function tell() {
    count.replaceChildren(el("b", {}, number(table.shown.length)), ` of ${many(G.length, "grant")}`, ...(decisions.size ? [" · ", el("b", {}, number(decisions.size)), " decided"] : []));
    live.textContent = `${many(table.shown.length, "row")} shown`;
  }
  function refresh() {
    chip.hidden = only == null;
    chip.replaceChildren();
    if (only != null) put(chip, "Only " + R[only][2]);
    table.filter();
    tell();
  }
  const reset = () => { for (const control of [box, where, who, status, how, decided]) control.value = ""; privileged.checked = false; only = null; };
  const filterText = () => {
    const parts = [where, who, status, how, decided].filter(control => control.value !== "").map(control => control.selectedOptions[0].textContent);
    if (only != null) parts.push("only " + R[only][2]);
    if (privileged.checked) parts.push("privileged only");
    if (box.value.trim()) parts.push(`search “${box.value.trim()}”`);
    return parts.join(", ");
  };
  return {
    id: "access", label: "Access", count: G.length, node, table, refresh, filterText, reviewer, tell,
    show(filter) { reset(); if (filter.who != null) only = filter.who; if (filter.where != null) where.value = filter.where; if (filter.privileged) privileged.checked = true; if (filter.how != null) how.value = filter.how; open("access"); },
  };
})();

// ---- Decisions
function settle(at, change) {
  const now = { decision: "", comment: "", ...decisions.get(at), ...change };
  if (now.decision || now.comment) decisions.set(at, now);
  else decisions.delete(at);
  saved = decisions.size === 0;
}
addEventListener("beforeunload", event => { if (!saved) event.preventDefault(); });

// A spreadsheet takes a text that begins like a formula for one; ids stay as they are, or the row is not written.
const quoted = text => (/["',;\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const guarded = text => quoted((/^[=+\-@\t\r]/.test(text) ? "'" : "") + plain(text));
const isId = text => !/^[=+\-@\t\r]/.test(text) && plain(text) === text;
function decisionFile() {
  const rows = [...new Set([...access.table.shown, ...decisions.keys()])];
  const lines = ["decision,grant_id,principal_id,principal,email,entitlement_id,entitlement,reason,reviewer,comment"];
  let left = 0;
  for (const at of rows) {
    const grant = G[at], [holder, what] = grant, ids = [grantId(grant), R[holder][1], E[what][1]];
    if (!ids.every(isId)) { left++; continue; }
    const { decision, comment } = decisions.get(at) || { decision: "", comment: "" };
    lines.push([decision, quoted(ids[0]), quoted(ids[1]), guarded(R[holder][2]), guarded(R[holder][3]), quoted(ids[2]), guarded(E[what][2]), guarded(reason(grant)), guarded(decision ? access.reviewer.value : ""), guarded(comment)].join(","));
  }
  return { text: lines.join("\r\n") + "\r\n", rows: lines.length - 1, left };
}
function download() {
  const { text, rows, left } = decisionFile();
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = el("a", { href: url, download: "decisions.csv" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  saved = true;
  live.textContent = `decisions.csv: ${many(rows, "row")}` + (left ? `; ${left} left out, because a spreadsheet would change their ids` : "");
}

const dialog = document.getElementById("detail");
function detail(at) {
  const grant = G[at], [holder, what, , marks] = grant, r = R[holder];
  const facts = [
    ["Held by", `${r[2]}${r[3] && r[3] !== r[2] ? ` <${r[3]}>` : ""} (${typeName(holder)})`],
    ["Status", r[5] || "not stated"], ["Last active", r[6] || "not stated"],
    ["Role", E[what][2]], ["Where", E[what][0] == null ? "–" : `${place(what)} (${typeName(E[what][0])})`], ["Why", reason(grant)],
    ["Remarks", [marks & 1 ? "a group gives it, and the vendor does not list it" : "", marks & 2 ? "cannot be used at present" : "", marks & 4 ? "cannot be changed at the vendor by itself" : ""].filter(Boolean).join("; ")],
    ["Findings", (byGrant.get(at) || []).map(f => `${head.rules[F[f][0]][2]} (${head.rules[F[f][0]][1]})`).join("; ")],
  ].filter(([, value]) => value);
  const choice = word => el("button", { type: "button", class: "btn", "aria-pressed": String((decisions.get(at) || {}).decision === word), onclick(event) {
    settle(at, { decision: (decisions.get(at) || {}).decision === word ? "" : word });
    for (const other of event.target.parentNode.children) other.hasAttribute("aria-pressed") && other.setAttribute("aria-pressed", String((decisions.get(at) || {}).decision === other.textContent.toLowerCase()));
  } }, word[0].toUpperCase() + word.slice(1));
  const comment = el("textarea", { id: "comment", oninput: () => settle(at, { comment: comment.value }) });
  comment.value = (decisions.get(at) || {}).comment || "";
  dialog.replaceChildren(
    el("h2", { id: "detail-title" }, el("bdi", {}, r[2])),
    el("dl", {}, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, el("bdi", {}, value))]),
      el("dt", {}, "Grant id"), el("dd", {}, el("code", {}, grantId(grant)))),
    el("label", { for: "comment" }, "Comment"), comment,
    el("div", { class: "acts" }, choice("keep"), choice("revoke"), el("span", { class: "spread" }), button("All access of this holder", () => { dialog.close(); access.show({ who: holder }); }), button("Close", () => dialog.close())));
  dialog.showModal();
}
dialog.addEventListener("close", () => { access.tell(); access.table.draw(true); });

// ---- People
function listing({ id, label, title, hint, rows, columns, sort, matches, extra, above }) {
  const box = search(hint, later(() => self.refresh()));
  const table = new Table({ name: id, label: title, rows, columns, sort, matches: () => { const list = words(box.value); return matches(list); } });
  const count = el("span", {});
  const self = {
    id, label, count: rows.length, table,
    node: el("section", {}, el("div", { class: "tools" }, box, ...(extra ? extra(() => self.refresh()) : [])), above || null,
      el("div", { class: "bar" }, count, el("div", { class: "acts" }, button("Print", () => print()))), table.node),
    refresh() {
      table.filter();
      count.replaceChildren(el("b", {}, number(table.shown.length)), ` of ${number(rows.length)}`);
      live.textContent = `${many(table.shown.length, "row")} shown`;
    },
    filterText: () => (box.value.trim() ? `search “${box.value.trim()}”` : ""),
  };
  return self;
}
const nameMatches = list => at => list.every(word => resourceText()[at].includes(word));
const remarks = r => {
  const marks = R[r][7];
  return [[marks & 1, "unmanaged", "medium"], [marks & 2, "outside of directories", "high"], [marks & 4, "no second factor", "medium"], [marks & 16, "program", ""]].filter(([is]) => is);
};
const numeral = (cell, value) => line(cell, value ? number(value) : "–", value ? "" : "s");
const people = listing({
  id: "people", label: "People", title: "Accounts", hint: "Search accounts", rows: accounts, sort: [4, true], matches: nameMatches,
  columns: [
    { label: "Who", width: "minmax(0,2fr)", class: "wide", key: r => resourceRank()[r], cell: (cell, r) => person(cell, r, () => access.show({ who: r })), text: r => `${R[r][2]} ${R[r][3]}` },
    { label: "Status", width: "170px", key: r => R[r][4] + R[r][5], cell: (cell, r) => cell.append(el("div", {}, statusTag(r))), text: r => R[r][5] },
    { label: "Last active", width: "110px", key: r => R[r][6], cell: (cell, r) => line(cell, R[r][6] || "–", R[r][6] ? "" : "s"), text: r => R[r][6] },
    { label: "Remarks", width: "minmax(0,1.6fr)", class: "wide", key: r => remarks(r).length, down: true, cell: (cell, r) => cell.append(el("div", {}, ...remarks(r).map(([, text, kind]) => tag(text, kind)))), text: r => remarks(r).map(([, text]) => text).join(", ") },
    { label: "Privileged", width: "90px", class: "num", down: true, key: r => powers[r], then: r => resourceRank()[r], cell: (cell, r) => numeral(cell, powers[r]), text: r => powers[r] },
    { label: "Grants", width: "80px", class: "num", down: true, key: r => held[r], cell: (cell, r) => numeral(cell, held[r]), text: r => held[r] },
    { label: "Findings", width: "80px", class: "num", down: true, key: r => found[r], cell: (cell, r) => numeral(cell, found[r]), text: r => found[r] },
  ],
});

// ---- Workspaces, groups and what else is held
const placesView = listing({
  id: "places", label: "Workspaces and groups", title: "What is held, and by how many", hint: "Search workspaces and groups", rows: places, sort: [1, true], matches: list => {
    const byName = nameMatches(list);
    return r => byName(r) || list.every(word => typeName(r).toLowerCase().includes(word));
  },
  columns: [
    { label: "Name", width: "minmax(0,2fr)", class: "wide", key: r => resourceRank()[r], cell(cell, r) { cell.append(el("button", { class: "open", type: "button", onclick: () => access.show({ where: r }) }, el("bdi", {}, R[r][2]))); line(cell, typeName(r), "s"); }, text: r => `${R[r][2]} (${typeName(r)})` },
    { label: "Privileged", width: "110px", class: "num", down: true, key: r => reach[r].power.size, then: r => resourceRank()[r], cell: (cell, r) => numeral(cell, reach[r].power.size), text: r => reach[r].power.size },
    { label: "Accounts", width: "110px", class: "num", down: true, key: r => reach[r].who.size, cell: (cell, r) => numeral(cell, reach[r].who.size), text: r => reach[r].who.size },
    { label: "Grants", width: "110px", class: "num", down: true, key: r => reach[r].all, cell: (cell, r) => numeral(cell, reach[r].all), text: r => reach[r].all },
    { label: "Not through a group", width: "150px", class: "num", down: true, key: r => reach[r].direct, cell: (cell, r) => numeral(cell, reach[r].direct), text: r => reach[r].direct },
  ],
});

// ---- Findings
const findingsView = (() => {
  let rule, above = el("div", {});
  const used = head.rules.map((_, at) => at).filter(at => F.some(finding => finding[0] === at));
  const rank = at => SEVERITIES.indexOf(head.rules[F[at][0]][1]);
  return Object.assign(listing({
    id: "findings", label: "Findings", title: "What asks for a decision", hint: "Search findings", rows: F.map((_, at) => at), sort: [0, false], above,
    matches(list) {
      above.replaceChildren();
      if (rule.value !== "") {
        const [id, severity, title, why, advice] = head.rules[rule.value];
        above.append(el("div", { class: "card rule" }, el("h2", {}, tag(severity, severity), title[0].toUpperCase() + title.slice(1)), el("p", {}, why), el("p", {}, advice)));
      }
      return at => (rule.value === "" || F[at][0] === Number(rule.value))
        && list.every(word => resourceText()[F[at][1]].includes(word) || F[at][2].toLowerCase().includes(word) || head.rules[F[at][0]].join(" ").includes(word));
    },
    extra: refresh => [rule = select("Rule", [["", "Every rule"], ...used.map(at => [at, head.rules[at][2], head.rules[at][1]])], refresh)],
    columns: [
      { label: "Severity", width: "100px", key: at => rank(at) * 100 + F[at][0], cell: (cell, at) => cell.append(el("div", {}, tag(head.rules[F[at][0]][1], head.rules[F[at][0]][1]))), text: at => head.rules[F[at][0]][1] },
      { label: "Finding", width: "minmax(0,1.6fr)", class: "wide", key: at => F[at][0], cell(cell, at) { line(cell, head.rules[F[at][0]][2], "n"); line(cell, head.rules[F[at][0]][0], "s"); }, text: at => head.rules[F[at][0]][2] },
      { label: "About", width: "minmax(0,1.3fr)", class: "wide", key: at => resourceRank()[F[at][1]], cell: (cell, at) => person(cell, F[at][1], held[F[at][1]] ? () => access.show({ who: F[at][1] }) : null), text: at => R[F[at][1]][2] },
      { label: "Detail", width: "minmax(0,2fr)", class: "wide", key: at => F[at][2], cell: (cell, at) => line(cell, F[at][2]), text: at => F[at][2] },
    ],
  }), { choose(at) { rule.value = at; open("findings"); } });
})();

// ---- Overview
function bars(title, hint, rows) {
  const most = Math.max(1, ...rows.map(row => row.value)), step = 36, wide = 360;
  const chart = svg("svg", { viewBox: `0 0 ${wide} ${rows.length * step}`, role: "img", "aria-label": plain(`${title}: ` + rows.map(row => `${row.label} ${row.text || row.value}`).join(", ")) });
  rows.forEach((row, at) => {
    const y = at * step;
    const text = row.text || number(row.value), room = Math.floor((wide - 12 - text.length * 7) / 7);
    const label = row.label.length > room ? row.label.slice(0, room - 1) + "…" : row.label;
    chart.append(svg("text", { x: 0, y: y + 13 }, label), svg("text", { x: wide, y: y + 13, "text-anchor": "end", class: "soft" }, text));
    chart.append(svg("rect", { x: 0, y: y + 19, width: wide, height: 8, rx: 4, class: "track" }));
    let x = 0;
    for (const [value, kind] of row.parts || [[row.value, row.kind || "c1"]]) {
      const width = wide * value / most;
      if (width > 0) chart.append(svg("rect", { x, y: y + 19, width: Math.max(width, 3), height: 8, rx: 4, class: kind }));
      x += width;
    }
  });
  return el("div", { class: "card" }, el("h2", {}, title), el("p", {}, hint), rows.length ? chart : el("p", {}, "None."));
}
function stacked(title, hint, parts) {
  const total = parts.reduce((sum, part) => sum + part[1], 0), wide = 360;
  const chart = svg("svg", { viewBox: `0 0 ${wide} 26`, role: "img", "aria-label": `${title}: ` + parts.map(([label, value]) => `${label} ${value}`).join(", ") });
  let x = 0;
  for (const [, value, kind] of parts) {
    const width = total ? wide * value / total : 0;
    if (width > 0) chart.append(svg("rect", { x, y: 0, width: Math.max(width - 2, 1.5), height: 26, rx: 4, class: kind }));
    x += width;
  }
  const legend = el("ul", { class: "legend" }, ...parts.map(([label, value, kind]) => el("li", {}, el("i", { class: kind, "aria-hidden": "true" }), label, el("b", {}, number(value)))));
  return el("div", { class: "card" }, el("h2", {}, title), el("p", {}, hint), chart, legend);
}
const overview = (() => {
  const count = (list, test) => list.reduce((sum, one) => sum + (test(one) ? 1 : 0), 0);
  const figure = (value, label, onclick, kind) => el(onclick ? "button" : "div", { class: "figure " + (kind || ""), ...(onclick ? { type: "button", onclick } : {}) }, el("b", {}, number(value)), el("span", {}, label));
  const high = count(F, finding => head.rules[finding[0]][1] === "high");
  const admins = accounts.filter(r => powers[r] > 0);
  const days = r => (R[r][6] ? (Date.parse(head.asOf) - Date.parse(R[r][6])) / 864e5 : null);
  const inUse = accounts.filter(r => R[r][4] !== 2 && R[r][4] !== 3);
  const ages = [["Up to 30 days ago", 0, 30], ["31 to 90 days", 30, 90], ["91 to 180 days", 90, 180], ["181 days to a year", 180, 365], ["Over a year ago", 365, Infinity]];
  const activity = ages.map(([label, from, to]) => ({ label, value: count(inUse, r => days(r) != null && days(r) <= to && (from === 0 || days(r) > from)) }));
  activity.push({ label: "Not stated", value: count(inUse, r => days(r) == null), kind: "c5" });
  const risky = places.filter(r => reach[r].power.size).sort((a, b) => reach[b].power.size - reach[a].power.size || resourceRank()[a] - resourceRank()[b]).slice(0, 8);
  const apps = seats.slice().sort((a, b) => b[3] - a[3] || b[2] - a[2]).slice(0, 8);
  const rules = head.rules.map((rule, at) => ({ label: rule[2][0].toUpperCase() + rule[2].slice(1), value: count(F, finding => finding[0] === at), kind: { high: "c4", medium: "c2", low: "c5" }[rule[1]] })).filter(row => row.value);
  const missing = gaps.length ? el("div", { class: "notice", role: "note" }, el("b", {}, "Not everything could be read, so that access may be missing here:"),
    el("ul", {}, ...gaps.slice(0, 12).map(([kind, subject, text, further]) => el("li", {}, further ? `${kind}: ${number(further)} more` : `${kind}: ${subject}: ${text}`)), gaps.length > 12 ? el("li", {}, `and ${number(gaps.length - 12)} more; the command diagnostics lists all`) : null)) : null;
  const node = el("section", {}, missing,
    el("div", { class: "figures" },
      figure(accounts.length, "accounts", () => open("people")), figure(inUse.length, "of them in use"),
      figure(admins.length, "hold a privileged role", () => access.show({ privileged: true })), figure(G.length, "grants", () => access.show({})),
      figure(places.length, "workspaces, groups and the like", () => open("places")), figure(high, "findings of high severity", () => open("findings"), high ? "high" : "")),
    el("div", { class: "charts" },
      stacked("Accounts by status", "Every account that the artifact names", STATUS.map((label, at) => [label, count(accounts, r => R[r][4] === at), ["c5", "c1", "c4", "c2"][at]]).filter(part => part[1]).sort((a, b) => b[1] - a[1])),
      stacked("How access is held", "Direct access can be revoked by itself; access through a group goes with the membership", WAYS.map((label, at) => [label, count(G, grant => grant[2] === at), ["c1", "c3", "c2", "c4"][at]]).filter(part => part[1])),
      bars("Last activity", `Accounts in use, as of ${head.asOf}`, activity),
      bars("Findings by rule", "Orange: high, violet: medium, grey: low severity", rules),
      bars("Most administrators", "Where most accounts and groups hold a privileged role", risky.map(r => ({ label: R[r][2], value: reach[r].power.size }))),
      apps.length ? bars("Seats", "Those that are taken; orange: without use", apps.map(([app, capacity, taken, idle]) => ({ label: R[app][2], value: taken, parts: [[taken - idle, "c1"], [idle, "c4"]], text: `${number(taken)}${capacity ? " of " + number(capacity) : ""} · ${number(idle)} unused` }))) : null));
  return { id: "overview", label: "Overview", node, refresh() {} };
})();

// ---- Tabs, print
const views = [overview, access, people, placesView, findingsView];
const tabs = document.getElementById("tabs");
let current = null;
for (const view of views) {
  view.node.id = "view-" + view.id;
  view.node.setAttribute("role", "tabpanel");
  view.node.setAttribute("aria-labelledby", "tab-" + view.id);
  view.node.hidden = true;
  view.tab = el("button", { type: "button", role: "tab", id: "tab-" + view.id, "aria-controls": view.node.id, onclick: () => open(view.id) }, view.label, view.count == null ? null : el("span", { class: "count" }, number(view.count)));
  tabs.append(view.tab);
  main.append(view.node);
}
function open(id) {
  const view = views.find(view => view.id === id) || overview;
  for (const other of views) {
    other.node.hidden = other !== view;
    other.tab.setAttribute("aria-selected", String(other === view));
    other.tab.tabIndex = other === view ? 0 : -1;
  }
  current = view;
  view.tab.scrollIntoView({ inline: "nearest", block: "nearest" });
  document.body.classList.toggle("listing", Boolean(view.table));
  if (location.hash.slice(1) !== view.id) history.replaceState(null, "", "#" + view.id);
  scrollTo(0, 0);
  view.refresh();
}
tabs.addEventListener("keydown", event => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], at = views.indexOf(current);
  const next = event.key === "Home" ? 0 : event.key === "End" ? views.length - 1 : step ? (at + step + views.length) % views.length : null;
  if (next == null) return;
  event.preventDefault();
  open(views[next].id);
  views[next].tab.focus();
});
const paper = document.getElementById("print");
addEventListener("beforeprint", () => {
  if (!current.table) return;
  const { columns, shown, all } = current.table, filter = current.filterText(), printed = Math.min(shown.length, MOST_PRINTED);
  const body = el("tbody", {});
  for (const row of shown.slice(0, printed)) body.append(el("tr", {}, ...columns.map(column => el("td", {}, el("bdi", {}, column.text(row) || "")))));
  paper.replaceChildren(
    el("p", {}, `${current.label}: ${printed < shown.length ? `the first ${number(printed)} of ` : ""}${many(shown.length, "row")} of ${number(all.length)}. Filter: ${filter || "none"}.`),
    el("table", {}, el("thead", {}, el("tr", {}, ...columns.map(column => el("th", { scope: "col" }, column.label)))), body));
  paper.hidden = false;
});
addEventListener("afterprint", () => { paper.hidden = true; paper.replaceChildren(); });
addEventListener("hashchange", () => open(location.hash.slice(1)));

document.title = plain("Access review" + (head.organization ? ": " + head.organization : ""));
for (const part of [head.organization, head.ended ? `as of the sync that ended ${head.ended}` : "of a sync that did not end", `judged as of ${head.asOf}`].filter(Boolean)) document.getElementById("about").append(el("span", {}, part), " ");
open(location.hash.slice(1));
})();
