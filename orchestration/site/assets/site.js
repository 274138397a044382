/* Behaviour of every page: draws what the scripts under data/ hold. Text reaches the page as text nodes only, never as markup. */
(function () {
  "use strict";
  const D = window.RENKOU || {}, B = D.base, root = document.documentElement, kind = document.body.dataset.kind, fixed = document.body.dataset;
  const $ = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";
  const STATUS = { o: "ok", p: "provisional", n: "no_delivery", a: "not_applicable", e: "empty_denominator", s: "suppressed", "-": "none" };
  const QUALITY = { p: "pass", w: "warn", f: "fail", n: "n/a", "-": "none" };
  const DELIVERY = { l: "landed", h: "held", r: "refused", m: "missing", "-": "none" };
  const PLACE = { i: "inside", a: "above_95", A: "above_998", b: "below_95", B: "below_998", "-": "not_assessed" };
  const VERDICT = { m: "met", x: "missed", u: "not_distinguishable", "-": "not_assessed" };
  const WORST = { quality: "fwpn-", delivery: "mrhl-" };
  const SMALL = 20;
  const FALLBACK = "trailing_12_months";
  const FONT = getComputedStyle(document.body).fontFamily;

  if (D.icons) document.body.prepend(document.importNode(new DOMParser().parseFromString(D.icons, "image/svg+xml").documentElement, true));

  /* ---- small helpers ---- */
  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined) node.setAttribute(name, value);
    node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }
  function svg(tag, attributes, ...children) {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }
  function icon(name) {
    const node = svg("svg", { class: "ic ic-" + name.replace("/", ""), "aria-hidden": "true", focusable: "false" });
    node.append(svg("use", { href: "#i-" + (name === "n/a" ? "na" : name) }));
    return node;
  }
  const pair = (group, code) => (B.labels[group] || {})[code] || [code, code];
  const both = (names) => names[0] + (names[1] && names[1] !== names[0] ? " · " + names[1] : "");
  function bi(names) {
    const parts = document.createDocumentFragment();
    parts.append(el("span", { lang: "zh" }, names[0]));
    if (names[1]) parts.append(el("span", { lang: "en", class: "en" }, names[1]));
    return parts;
  }
  function say(node, zh, en) { if (node) node.replaceChildren(bi([zh, en])); }
  const known = (value) => typeof value === "number";
  const formats = {};
  function number(value, digits) {
    formats[digits] = formats[digits] || new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return known(value) ? formats[digits].format(value) : "–";
  }
  // Counts of rows are null only where they are protected.
  const protectedCount = (value) => (value === null ? "1–7" : count(value));
  const count = (value) => (known(value) ? number(value, 0) : value === null || value === undefined || value === "" ? "–" : value);
  const interval = (low, high, digits, to) => (known(low) && known(high) ? number(low, digits) + to + number(high, digits) : "");
  const plain = (value) => String(value);
  const targetText = (t) => (t[1] === null ? "–" : t[2] !== null ? plain(t[1]) + "–" + plain(t[2]) : ({ ">=": "≥ ", "<=": "≤ " }[t[0]] || t[0] + " ") + plain(t[1]));
  const file = (name) => name.replace(/[^0-9A-Za-z_-]/g, "_");
  const yearBefore = (month) => String(Number(month.slice(0, 4)) - 1) + month.slice(4);
  function statusMark(letter) {
    const code = STATUS[letter] || "none";
    const mark = el("span", { class: "status s-" + code }, icon(code));
    mark.append(code === "suppressed" ? "1-7" : bi(pair("statuses", code)));
    mark.title = both(pair("statuses", code));
    return mark;
  }
  function stateMark(code) {
    return el("span", { class: "status s-" + code, title: both(B.notes[code]) }, icon(code), bi(pair("statuses", code)));
  }
  const placeMark = (letter) => el("span", { class: "place p-" + PLACE[letter], title: both(pair("positions", PLACE[letter])) }, icon(PLACE[letter]));
  const verdictMark = (code) => el("span", { class: "verdict v-" + code }, icon(code), bi(pair("verdicts", code)));
  function keyItem(mark, names) { return el("span", {}, mark, el("span", {}, bi(names))); }
  const head = (...cells) => el("thead", {}, el("tr", {}, ...cells));
  const column = (names, numeric, more) => el("th", Object.assign({ scope: "col", class: numeric ? "num" : null }, more), bi(names));
  const cell = (numeric, text, more) => el("td", Object.assign({ class: numeric ? "num" : null }, more), text);
  const name = (area) => [area[1], area[2]];

  /* ---- data files: a script each, since a page from a folder may read nothing else ---- */
  const loading = {};
  function load(id) {
    if (D[id]) return Promise.resolve(D[id]);
    loading[id] = loading[id] || new Promise((done, fail) => {
      const script = el("script", { src: "assets/data/" + file(id) + ".js" });
      script.addEventListener("load", () => done(window.RENKOU[id]));
      script.addEventListener("error", () => fail(new Error(id)));
      document.head.append(script);
    });
    return loading[id];
  }
  const numbers = (text, size) => (text === "" && size !== 1 ? [] : text.split(",")).map((part) => (part === "" ? null : Number(part)));
  const counts = (text) => text.split(",").map((part) => (part === "" ? null : /^-?\d+$/.test(part) ? Number(part) : part));
  /* Columns of a series: values, ends of intervals, counts as shown, a letter of status per place. */
  const unpacked = new WeakMap();
  function unpack(packed, size) {
    if (!packed) packed = "-".repeat(size);
    if (typeof packed === "string") return { v: [], low: [], high: [], n: [], d: [], s: packed };
    if (!unpacked.has(packed)) unpacked.set(packed, columnsOf(packed, size));
    return unpacked.get(packed);
  }
  function columnsOf(packed, size) {
    return { v: numbers(packed[0], size), low: numbers(packed[1], size), high: numbers(packed[2], size), n: counts(packed[3]), d: counts(packed[4]), s: packed[5] };
  }
  /* [report, event]: what the event clock says as the report clock does is 0, the whole or a column of it. */
  function ofClock(stored, clock) {
    if (!stored) return null;
    const [report, event] = stored;
    if (clock !== "event" || event === 0) return report;
    return Array.isArray(event) ? event.map((column, n) => (column === 0 ? report[n] : column)) : event;
  }
  const sameOnBoth = (pair_) => !pair_ || pair_[1] === 0;
  function at(series, place) {
    return { v: series.v[place] ?? null, low: series.low[place] ?? null, high: series.high[place] ?? null, n: series.n[place] ?? null, d: series.d[place] ?? null, status: series.s[place] || "-" };
  }

  /* ---- state: what is chosen, kept in the address ---- */
  const KEYS = { i: "indicator", w: "window", c: "clock", a: "area", s: "scope", p: "period", o: "order", l: "lang" };
  const areas = B ? B.areas : [], placeOf = {};
  areas.forEach((area, place) => { placeOf[area[0]] = place; });
  const upper = areas.filter((area) => area[4] === "city" || area[4] === "county"), cityPlace = areas.findIndex((area) => area[4] === "city");
  const windows = B ? Object.keys(B.windows) : [];
  const live = B ? B.indicators.filter((item) => item.live) : [];
  const lastEnd = B ? Object.values(B.ends).flat().reduce((a, b) => (a > b ? a : b), "") : "";
  const isEnd = (level, month) => B.endsIn[level].includes(Number(month.slice(5))); // whether figures of a level may end then
  const ends = (window_) => kind === "area" ? (B.kept[window_] || []).filter((month) => isEnd(levelOf(state.area) || "city", month)) : B.ends[window_] || [];
  const remembered = () => { try { return localStorage.getItem("renkou-lang") || "both"; } catch { return "both"; } };
  const defaults = {
    indicator: fixed.indicator || (live.find((x) => x.id === "sex_ratio_at_birth") || live[0] || { id: "" }).id,
    window: kind === "area" || !windows.includes("policy_year_to_date") ? (windows.includes(FALLBACK) ? FALLBACK : windows[0]) : "policy_year_to_date",
    clock: "report", area: fixed.area || (areas[cityPlace] || [""])[0], scope: kind === "area" ? fixed.area : "all", period: "", order: "code", lang: remembered(),
  };
  const state = Object.assign({}, defaults);
  const LOCKED = { indicator: kind === "indicator", area: kind === "area", scope: kind === "area" };
  function valid(key, value) {
    if (LOCKED[key]) return false;
    if (key === "indicator") return live.some((x) => x.id === value);
    if (key === "window") return windows.includes(value);
    if (key === "clock") return B.clocks.includes(value);
    if (key === "area") return value in placeOf || (kind === "scheme" && D[schemeId].areas.some((area) => area[0] === value));
    if (key === "scope") return value === "all" || value === "counties" || (value in placeOf && levelOf(value) === "county");
    if (key === "period") return /^\d{4}-\d{2}$/.test(value) && Object.values(B.ends).some((list) => list.includes(value));
    if (key === "order") return /^-?(code|name|value|prior|n|d|place)$/.test(value);
    return ["both", "zh", "en"].includes(value);
  }
  function readAddress() {
    const [section, query] = location.hash.slice(1).split("/");
    const chosen = new URLSearchParams(query || "");
    if (query) for (const [short, key] of Object.entries(KEYS)) {
      if (chosen.has(short) && (B || key === "lang") && valid(key, chosen.get(short))) state[key] = chosen.get(short);
    }
    return query === undefined ? null : section;
  }
  function addressOf(section, wanted) {
    const query = Object.entries(KEYS).filter(([, key]) => wanted[key] !== undefined && wanted[key] !== defaults[key])
      .map(([short, key]) => short + "=" + encodeURIComponent(wanted[key])).join("&");
    return "#" + section + "/" + query;
  }
  function choose(key, value, section) {
    state[key] = value;
    history.replaceState(null, "", addressOf(section, state));
    return draw();
  }

  /* ---- levels: a short window tells of single events, so it is shown only high up ---- */
  const levelOf = (code) => (areas[placeOf[code]] || [])[4];
  const sinceOctober = (month) => ((Number(month.slice(5)) + 2) % 12) + 1;
  const lengthOf = (window_, end) => B.windows[window_][2] ?? (end ? sinceOctober(end) : 12);
  const shows = (level, window_, end) => lengthOf(window_, end) >= B.shortest[level];
  function windowFor(level, end) {
    if (shows(level, state.window, state.window === "policy_year_to_date" ? end : undefined)) return state.window;
    return windows.includes(FALLBACK) ? FALLBACK : windows.find((code) => shows(level, code)) || state.window;
  }
  function endOf(window_, list) { // the last end not after the chosen period
    const wanted = state.period || lastEnd, found = (list || ends(window_)).filter((end) => end <= wanted);
    return found[found.length - 1] || (list || ends(window_))[0] || "";
  }
  function shortNote(node, level, used) {
    if (!node) return;
    node.hidden = used === state.window;
    const w = pair2(state.window), u = pair2(used), l = pair("levels", level);
    say(node, l[0] + "不公布短时段（" + w[0] + "）的数值，以免透露个别事件；此处为" + u[0] + "。", "For " + (l[1] === "city" ? "the city" : l[1] === "county" ? "counties" : l[1] + "s") + " figures of short windows (" + w[1] + ") are not shown, for they would tell of single events; this is " + u[1] + ".");
  }
  const pair2 = (window_) => (B.windows[window_] || [window_, window_]).slice(0, 2);

  /* ---- controls ---- */
  const indicator = () => B.indicators.find((x) => x.id === state.indicator);
  function option(value, names) { return el("option", { value }, both(names)); }
  function segments(box, key, codes, names) {
    if (!box) return;
    for (const code of codes) {
      const input = el("input", { type: "radio", name: key, value: code, id: key + "-" + code });
      input.addEventListener("change", () => choose(key, code, "trend"));
      const note = key === "clock" ? both(pair("clock_notes", code)) : null;
      box.append(el("label", { title: note }, input, el("span", { class: "seg" }, bi(names(code)))));
    }
  }
  function fill(id, key, section, options) {
    if (!$(id)) return;
    $(id).append(...options);
    $(id).addEventListener("change", (event) => choose(key, event.target.value, section));
  }
  function areaOptions() {
    return upper.flatMap((area) => [option(area[0], name(area)), ...areas.filter((town) => town[4] === "township" && area[4] === "county" && areas[town[3]] === area).map((town) => option(town[0], ["　" + town[1], town[2]]))]);
  }
  function buildControls() {
    fill("pick-indicator", "indicator", "trend", live.map((item) => option(item.id, [item.zh, item.en])));
    fill("pick-area", "area", "trend", areaOptions());
    fill("pick-scope", "scope", "townships", [option("all", ["全部镇办", "all townships"]), option("counties", ["各区县", "counties"]), ...upper.filter((area) => area[4] === "county").map((area) => option(area[0], name(area)))]);
    segments($("pick-window"), "window", windows, pair2);
    segments($("pick-clock"), "clock", B.clocks, (code) => pair("clocks", code));
    fill("pick-period", "period", "townships", []);
  }
  function showLanguage() {
    if (kind === "report") return; // an edition has its language
    root.dataset.lang = state.lang;
    root.lang = state.lang === "en" ? "en" : "zh";
    for (const button of document.querySelectorAll("[data-set-lang]")) button.setAttribute("aria-pressed", String(button.dataset.setLang === state.lang));
  }
  function buildLanguage() {
    for (const button of document.querySelectorAll("[data-set-lang]")) button.addEventListener("click", () => {
      state.lang = button.dataset.setLang;
      try { localStorage.setItem("renkou-lang", state.lang); } catch { /* a browser that keeps nothing */ }
      if (B) history.replaceState(null, "", addressOf(location.hash.slice(1).split("/")[0] || "main", state));
      showLanguage();
    });
  }
  function showControls() {
    for (const key of ["indicator", "area", "scope"]) if ($("pick-" + key)) $("pick-" + key).value = state[key];
    for (const key of ["window", "clock"]) { const input = $(key + "-" + state[key]); if (input) input.checked = true; }
    for (const code of windows) { const input = $("window-" + code); if (input) input.disabled = !shows(levelOf(state.area) || "city", code); }
    if ($("pick-period")) {
      const list = ends(state.window).slice().reverse();
      $("pick-period").replaceChildren(...list.map((end) => option(end, [end])));
      $("pick-period").value = endOf(state.window);
    }
    const item = indicator();
    if (item && $("definition") && kind !== "indicator") $("definition").replaceChildren(
      el("a", { href: "indicator-" + file(item.id) + ".html" }, bi([item.zh, item.en])), " ",
      bi([item.definition[0] + " 区间：" + item.method[0] + "。", item.definition[1] + " 95 %: " + item.method[1] + "."]), el("span", { class: "formula" }, bi(item.formula)));
  }
  const small = (item, row) => item.interval && known(row.v) && [row.n, row.d].some((x) => known(x) && x > 0 && x < SMALL);
  const unitShort = (item) => ("%‰".includes(item.unit[0]) ? item.unit[0] : "");

  /* ---- trend ---- */
  const charts = {};
  function chartOf(id) {
    if (!charts[id]) {
      charts[id] = window.echarts.init($(id), null, { renderer: "canvas", devicePixelRatio: Math.max(2, window.devicePixelRatio || 1) });
      new ResizeObserver(() => charts[id].resize()).observe($(id));
    }
    return charts[id];
  }
  function merged(a, b) {
    const out = Object.assign({}, a);
    for (const [key, value] of Object.entries(b)) out[key] = value && typeof value === "object" && !Array.isArray(value) && a[key] && typeof a[key] === "object" && !Array.isArray(a[key]) ? merged(a[key], value) : value;
    return out;
  }
  function niceStep(span) {
    const raw = span / 4, power = Math.pow(10, Math.floor(Math.log10(raw)));
    return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => step >= raw);
  }
  /* How far an axis reaches for intervals: two usual widths beyond the values. One that rests on next to nothing would flatten all others;
     it runs off the axis, and the text says so. */
  function reach(rows) {
    const values = rows.map((row) => row.v).filter(known), widths = rows.filter((row) => known(row.low) && known(row.high)).map((row) => row.high - row.low).sort((a, b) => a - b);
    if (!values.length || !widths.length) return [-Infinity, Infinity];
    const usual = 2 * widths[Math.floor((widths.length - 1) / 2)];
    return [Math.min(...values) - usual, Math.max(...values) + usual];
  }
  const within = (value, [least, most]) => (known(value) ? Math.min(Math.max(value, least), most) : null);
  const beyond = (rows, limits) => rows.some((row) => (known(row.low) && row.low < limits[0]) || (known(row.high) && row.high > limits[1]));
  const OFF = [" 个别区间超出图的范围，见表。", " Some intervals run off the picture; see the table."];
  function bounds(points) {
    const found = points.filter(known);
    if (!found.length) return [0, 1, 0.25];
    const low = Math.min(...found), high = Math.max(...found), span = high - low || Math.abs(high) || 1, step = niceStep(span);
    const floor = Math.floor((low - span * 0.05) / step) * step, clean = (x) => Number(x.toPrecision(10));
    return [low >= 0 && floor < 0 ? 0 : clean(floor), clean(Math.ceil((high + span * 0.05) / step) * step), step];
  }
  /* A cumulative window starts again in October: the line is cut there. */
  function runs(months, window_) {
    if (window_ !== "policy_year_to_date") return [months.map((_, place) => place)];
    const cut = [];
    months.forEach((month, place) => { if (place === 0 || month.endsWith("-10")) cut.push([]); cut[cut.length - 1].push(place); });
    return cut;
  }
  const lineOf = (id, data, style) => Object.assign({ name: id, type: "line", data, connectNulls: false, symbol: "none", silent: true, animation: false }, style);
  function clockParts(series, run, months, look, chosen, stack) {
    const inside = (values) => months.map((_, place) => (run.includes(place) && known(values[place]) ? values[place] : null));
    const flat = { lineStyle: { opacity: 0 }, stack, stackStrategy: "all", tooltip: { show: false } };
    const low = inside(series.low), high = inside(series.high);
    const gap = low.map((value, place) => (value === null || high[place] === null ? null : high[place] - value));
    const has = (place) => run.includes(place) && known(series.v[place]);
    // A month between two gaps has no band: its interval is an upright line.
    const lone = months.map((_, place) => place).filter((place) => has(place) && !has(place - 1) && !has(place + 1) && known(series.low[place]));
    const upright = lone.map((place) => [{ coord: [place, series.low[place]] }, { coord: [place, series.high[place]] }]);
    const points = months.map((_, place) => (!has(place) ? null : {
      value: series.v[place], symbol: look.symbol, symbolSize: series.s[place] === "p" ? 9 : 7,
      itemStyle: series.s[place] === "p" ? { color: "#fff", borderColor: look.colour, borderWidth: 2 } : { color: look.colour },
    }));
    return [
      lineOf("low", low, flat), lineOf("gap", gap, Object.assign({ areaStyle: { color: look.band, opacity: chosen ? 0.8 : 0.35 } }, flat)),
      lineOf("whiskers", [], { markLine: { silent: true, symbol: "none", animation: false, label: { show: false }, lineStyle: { color: look.colour, width: 3, type: "solid", opacity: 0.5 }, data: upright } }),
      lineOf(chosen ? "value" : "other", points, { symbol: look.symbol, showSymbol: true, lineStyle: Object.assign({ color: look.colour }, look.line), z: chosen ? 5 : 4 }),
    ];
  }
  /* The target in force in a month: none is drawn, or judged by, before or after its scheme. */
  const goalOf = (level, month) => (B.targets[level + "|" + state.indicator] || []).find((goal) => goal[4] <= month && month <= goal[5]) || null;
  function goalMarks(goal, months) {
    if (!goal) return {};
    const look = B.specs.trend.goal, marks = goal.slice(1, 3).filter((value) => value !== null);
    const reached = months.map((month, place) => (goal[4] <= month && month <= goal[5] ? place : -1)).filter((place) => place >= 0), first = reached[0], last = reached[reached.length - 1];
    const label = Object.assign({ formatter: targetText(goal), fontFamily: FONT }, look.label);
    return { markLine: { silent: true, symbol: "none", animation: false, lineStyle: look.lineStyle, label, data: marks.map((y, n) => [{ coord: [first, y], label: { show: n === marks.length - 1 } }, { coord: [last, y] }]) } };
  }
  function valueLine(row, digits) {
    if (!known(row.v)) return both(pair("statuses", STATUS[row.status]));
    const range = interval(row.low, row.high, digits, " – ");
    return number(row.v, digits) + (range ? "  (" + range + ")" : "") + (row.status === "p" ? " " + both(pair("statuses", "provisional")) : "");
  }
  function drawTrend(data) {
    const item = indicator(), code = state.area, level = levelOf(code), window_ = windowFor(level), months = B.ends[window_] || [];
    const stored = ((data.series[window_] || {})[placeOf[code]]), alike = sameOnBoth(stored);
    const series = {};
    for (const clock of B.clocks) series[clock] = unpack(ofClock(stored, clock), months.length);
    const chosen = series[state.clock], cityStored = code === areas[cityPlace]?.[0] ? null : (data.series[window_] || {})[cityPlace];
    const city = cityStored ? unpack(ofClock(cityStored, state.clock), months.length) : null;
    const goal = goalOf(level, endOf(window_, months)), look = B.specs.trend;
    const drawn = alike ? [state.clock] : B.clocks.filter((clock) => clock !== state.clock).concat(state.clock);
    const rows = drawn.flatMap((clock) => months.map((_, place) => at(series[clock], place))), limits = reach(rows);
    const [min, max, step] = bounds(rows.flatMap((row) => [row.v, within(row.low, limits), within(row.high, limits)]).concat(city ? city.v : [], goal ? goal.slice(1, 3) : []));
    const parts = [];
    runs(months, window_).forEach((run, n) => {
      if (city) parts.push(lineOf("city", months.map((_, place) => (run.includes(place) && known(city.v[place]) ? city.v[place] : null)), look.city));
      for (const clock of drawn) parts.push(...clockParts(series[clock], run, months, look.clocks[clock], clock === state.clock, clock + n));
    });
    if (parts.length) Object.assign(parts[parts.length - 1], goalMarks(goal, months));
    const gaps = months.map((_, place) => (/[naes]/.test(chosen.s[place]) ? Object.assign({ value: min }, look.gaps[chosen.s[place]]) : null));
    parts.push({ name: "gap", type: "scatter", data: gaps, symbolSize: 10, z: 6, symbolOffset: [0, -7], clip: false, animation: false });
    const tip = (found) => {
      const place = found[0].dataIndex, box = el("div", { style: "line-height:1.55" }, el("b", {}, months[place]));
      for (const clock of alike ? [state.clock] : B.clocks) {
        const row = at(series[clock], place);
        box.append(el("div", {}, (alike ? "" : pair("clocks", clock)[0] + "：") + valueLine(row, item.digits)), el("div", { style: "color:#56626d" }, count(row.n) + " / " + count(row.d)));
      }
      if (city) box.append(el("div", { style: "color:#56626d" }, both(name(areas[cityPlace])) + " " + number(city.v[place], item.digits)));
      return box;
    };
    chartOf("trend-chart").setOption(merged(look.option, {
      textStyle: { fontFamily: FONT }, tooltip: { formatter: tip },
      xAxis: { data: months }, yAxis: { min, max, interval: step, name: both(item.unit), nameTextStyle: { padding: [0, 0, 0, -20] } }, series: parts,
    }), { notMerge: true });
    trendText(chosen, goal, min, months, window_, beyond(rows, [min, max]) ? OFF : ["", ""]);
    trendKey(series, drawn, city, goal, alike);
    trendTable(series, item, months, alike);
  }
  function against(row, goal) {
    if (!goal) return ["", ""];
    const t = targetText(goal), lo = row.low ?? row.v, hi = row.high ?? row.v;
    const floor = goal[0] === "<=" ? -Infinity : goal[1], ceiling = goal[2] !== null ? goal[2] : goal[0] === "<=" ? goal[1] : Infinity;
    const whole = row.low === null ? ["", ""] : ["区间全部", " the whole interval"];
    if (lo >= floor && hi <= ceiling) return ["，" + whole[0] + "在目标 " + t + " 之内", "," + whole[1] + " within the target of " + t];
    if (hi < floor || lo > ceiling) return ["，" + whole[0] + "在目标 " + t + " 之外", "," + whole[1] + " outside the target of " + t];
    return ["，与目标 " + t + " 无法区分", ", which cannot be told from the target of " + t];
  }
  function trendText(series, goal, min, months, window_, off) {
    const item = indicator(), area = areas[placeOf[state.area]], end = endOf(window_, months), place = months.indexOf(end), names = pair2(window_), digits = item.digits, row = at(series, place);
    const start = [area[1] + " " + end + " " + names[0] + "，" + item.zh, area[2] + ", " + end + ", " + names[1] + ": " + item.en];
    const rise = min > 0 ? [" 纵轴不从零起。", " The axis does not start at zero."] : ["", ""];
    if (!known(row.v)) {
      const why = pair("statuses", STATUS[row.status]);
      return say($("trend-text"), start[0] + "：" + why[0] + "。", start[1] + " – " + why[1] + ".");
    }
    const ranges = [interval(row.low, row.high, digits, " 至 "), interval(row.low, row.high, digits, " to ")], judged = against(row, goal);
    const before = months.indexOf(yearBefore(end)), last = before >= 0 && known(series.v[before]) ? number(series.v[before], digits) : null;
    const few = small(item, row) ? [" 基数小（不足 " + SMALL + " 例）。", " It rests on fewer than " + SMALL + " events."] : ["", ""];
    return say($("trend-text"),
      start[0] + "为 " + number(row.v, digits) + unitShort(item) + (ranges[0] ? "（" + ranges[0] + "）" : "") + judged[0] + "。" + (last ? "上年同期 " + last + "。" : "") + few[0] + rise[0] + off[0],
      start[1] + " " + number(row.v, digits) + unitShort(item) + (ranges[1] ? " (" + ranges[1] + ")" : "") + judged[1] + "." + (last ? " A year before: " + last + "." : "") + few[1] + rise[1] + off[1]);
  }
  function trendKey(series, drawn, city, goal, alike) {
    const items = [];
    for (const clock of alike ? [state.clock] : B.clocks) items.push(keyItem(el("i", { class: "k-line k-" + clock }), alike ? ["数值（两种口径相同）", "value (the same on both clocks)"] : pair("clocks", clock)));
    items.push(keyItem(el("i", { class: "k-range" }), ["95% 区间", "95 % interval"]));
    if (goal) items.push(keyItem(el("i", { class: "k-dash" }), ["目标 " + targetText(goal) + "（" + (B.schemes[goal[3]] || [goal[3]])[0] + "）", "target (" + (B.schemes[goal[3]] || [goal[3], goal[3]])[1] + ")"]));
    if (city) items.push(keyItem(el("i", { class: "k-thin" }), name(areas[cityPlace])));
    for (const letter of "pnaes") if (series[state.clock].s.includes(letter)) items.push(keyItem(icon(STATUS[letter]), pair("statuses", STATUS[letter])));
    $("trend-key").replaceChildren(...items);
  }
  function trendTable(series, item, months, alike) {
    const clocks = alike ? [state.clock] : B.clocks;
    const rows = months.map((month, place) => el("tr", {}, el("th", { scope: "row" }, month), ...clocks.flatMap((clock) => {
      const row = at(series[clock], place), mark = row.status === "o" ? el("span", {}, bi(pair("statuses", "ok"))) : statusMark(row.status);
      return [cell(true, number(row.v, item.digits)), cell(true, number(row.low, item.digits)), cell(true, number(row.high, item.digits)), cell(true, count(row.n)), cell(true, count(row.d)), cell(false, small(item, row) ? el("span", {}, mark, " ", stateMark("small")) : mark)];
    })));
    const of = (clock, names) => (alike ? names : [pair("clocks", clock)[0].replace("口径", "") + names[0], names[1] + ", " + pair("clocks", clock)[1].replace(" clock", "")]);
    $("trend-table").replaceChildren(
      head(column(["截至", "period"]), ...clocks.flatMap((clock) => [column(of(clock, ["数值", "value"]), true), column(of(clock, ["下限", "low"]), true), column(of(clock, ["上限", "high"]), true), column(of(clock, ["分子", "numerator"]), true), column(of(clock, ["分母", "denominator"]), true), column(of(clock, ["状态", "status"]))])),
      el("tbody", {}, ...rows.reverse()));
  }

  /* ---- areas at one end of a period ---- */
  const scopeLevel = () => (state.scope === "counties" ? "county" : "township");
  function acrossWindow(level) {
    const end = endOf(state.window, B.ends[state.window]), used = windowFor(level, end);
    return [used, endOf(used, B.ends[used])];
  }
  function figure(data, window_, place, end, clock) {
    const months = B.ends[window_] || [], series = unpack(ofClock((data.series[window_] || {})[place], clock || state.clock), months.length);
    const before = months.indexOf(yearBefore(end));
    return Object.assign(at(series, months.indexOf(end)), { prior: before < 0 ? null : series.v[before] ?? null });
  }
  function limitsOf(data, window_, place, end) {
    const months = B.ends[window_] || [], stored = (data.funnel[window_] || {})[place], from = Math.max(0, months.length - B.funnelEnds), n = months.indexOf(end) - from;
    if (!stored || n < 0) return null;
    const size = stored[0] === 0 ? unpack(data.series[window_][place][0], months.length).d[n + from] : numbers(stored[0], 2)[n];
    const part = [size ?? null].concat(stored.slice(1, 5).map((text) => numbers(text, 2)[n] ?? null));
    return part.every(known) ? { size: part[0], low998: part[1], low95: part[2], high95: part[3], high998: part[4], place: stored[5][n] } : { place: stored[5][n] || "-" };
  }
  function scopeRows(data, level, scope) {
    const [window_, end] = acrossWindow(level);
    return areas.map((area, place) => ({ area, place })).filter(({ area }) => area[4] === level && (level === "county" || scope === "all" || scope === "counties" || areas[area[3]]?.[0] === scope))
      .map(({ area, place }) => Object.assign({ area, number: place, limits: limitsOf(data, window_, place, end) }, figure(data, window_, place, end)));
  }
  const countValue = (x) => (known(x) ? x : x ? 4 : null);
  const SORT = { code: (r) => r.area[0], name: (r) => r.area[1], value: (r) => r.v, prior: (r) => r.prior, n: (r) => countValue(r.n), d: (r) => countValue(r.d), place: (r) => { const n = "BbiaA".indexOf(r.limits ? r.limits.place : "-"); return n < 0 ? null : n; } };
  /* Rows without a value stay at the end in both directions: they are not small, they are unknown. */
  function compare(x, y, down) {
    const none = (z) => z === null || z === undefined || z === "";
    if (none(x) || none(y)) return none(x) === none(y) ? 0 : none(x) ? 1 : -1;
    const way = known(x) && known(y) ? x - y : String(x).localeCompare(String(y), "zh-Hans-CN");
    return down ? -way : way;
  }
  function sortHead(key, names, numeric, more) {
    const now = state.order.replace("-", "") === key, down = state.order.startsWith("-");
    const button = el("button", { type: "button", class: "sort", "data-sort": key }, bi(names));
    button.addEventListener("click", async () => {
      await choose("order", now && !down ? "-" + key : key, "townships");
      document.querySelector('[data-sort="' + key + '"]').focus({ preventScroll: true });
    });
    return el("th", Object.assign({ scope: "col", class: numeric ? "num" : null, "aria-sort": now ? (down ? "descending" : "ascending") : "none" }, more), button);
  }
  function ticks(min, max) {
    const step = niceStep(max - min), list = [];
    for (let tick = Math.ceil(min / step) * step; tick <= max + step * 1e-6; tick += step) list.push(Number(tick.toPrecision(8)));
    return list;
  }
  function scaleOf(points, pad) {
    const found = points.filter(known);
    if (!found.length) return { at: () => 50, min: 0, max: 1 };
    const low = Math.min(...found), high = Math.max(...found), room = (high - low || Math.abs(high) || 1) * pad;
    const min = low >= 0 && low - room < 0 ? 0 : low - room, max = high + room;
    return { at: (value) => (100 * (value - min)) / (max - min), min, max };
  }
  function rowScale(rows, marks) {
    const limits = reach(rows);
    return scaleOf(rows.flatMap((row) => [row.v, within(row.low, limits), within(row.high, limits)]).concat(marks), 0.03);
  }
  const pc = (value) => value.toFixed(2) + "%";
  const upright = (look, x) => svg("line", { class: look, x1: pc(x), x2: pc(x), y1: 0, y2: 34 });
  function dot(row, scale, reference, goal) {
    const picture = svg("svg", { class: "dot", "aria-hidden": "true" });
    for (const g of goal) picture.append(upright("goal", scale.at(g)));
    if (known(reference)) picture.append(upright("ref", scale.at(reference)));
    if (!known(row.v)) return picture;
    if (known(row.low)) {
      const ends = [scale.at(row.low), scale.at(row.high)].map((x) => Math.min(Math.max(x, 0), 100));
      picture.append(svg("line", { class: "range", x1: pc(ends[0]), x2: pc(ends[1]), y1: 17, y2: 17 }));
      // An end beyond the axis is open: a chevron instead of the round cap.
      if (row.low < scale.min) picture.append(svg("text", { class: "off", x: "0%", y: 21 }, document.createTextNode("‹")));
      if (row.high > scale.max) picture.append(svg("text", { class: "off", x: "100%", y: 21, "text-anchor": "end" }, document.createTextNode("›")));
    }
    picture.append(svg("circle", { class: "mid " + row.status, cx: pc(scale.at(row.v)), cy: 17, r: 5 }));
    return picture;
  }
  function axisOf(scale) {
    const axis = svg("svg", { class: "axis", "aria-hidden": "true" });
    for (const tick of ticks(scale.min, scale.max)) {
      axis.append(svg("text", { x: pc(scale.at(tick)), y: 24, "text-anchor": "middle" }, document.createTextNode(tick.toLocaleString("en-US"))));
      axis.append(svg("line", { x1: pc(scale.at(tick)), x2: pc(scale.at(tick)), y1: 29, y2: 34, stroke: "#8a96a0" }));
    }
    return axis;
  }
  const csv = (...values) => values.map((value) => (value === null || value === undefined ? "" : value)).join("|");
  function valueCell(row, item) {
    const zero = row.v === 0 && row.n === 0, digits = item.digits;
    const value = !known(row.v) ? statusMark(row.status) : zero ? el("span", { class: "status s-zero", title: both(pair("statuses", "zero")) }, number(0, digits)) : number(row.v, digits);
    const range = known(row.v) ? el("small", {}, interval(row.low, row.high, digits, " – ")) : "";
    return el("td", { class: "num", "data-value": row.v, "data-csv": csv(known(row.v) ? row.v : "", row.low, row.high, STATUS[row.status]) }, value, range);
  }
  const VALUE_CSV = { "data-csv": "数值 value|下限 low|上限 high|状态 status" };
  function areaLink(area) {
    if (area[4] === "city") return el("a", { href: "index.html" }, bi(name(area)));
    return el("a", { href: "area-" + file(area[0]) + ".html" + (kind === "area" ? "" : addressOf("trend", { indicator: state.indicator })) }, bi(name(area)));
  }
  function marksOf(row, item) {
    const marks = [];
    if (row.status === "p") marks.push(statusMark("p"));
    if (small(item, row)) marks.push(stateMark("small"));
    return marks.length ? el("small", {}, ...marks) : "";
  }
  function townLine(row, scale, city, goal, item) {
    return el("tr", { "data-area": row.area[0] },
      el("td", { class: "code only-wide" }, row.area[0].slice(0, row.area[4] === "county" ? 6 : 9)),
      el("th", { scope: "row" }, areaLink(row.area), marksOf(row, item)), valueCell(row, item),
      el("td", { class: "dot-cell", "data-skip": "" }, dot(row, scale, city, goal)),
      el("td", { class: "place-cell only-wide" }, row.limits && row.limits.place !== "-" ? placeMark(row.limits.place) : "–", row.limits && row.limits.place !== "-" ? el("span", { class: "hidden" }, pair("positions", PLACE[row.limits.place])[0]) : ""),
      cell(true, number(row.prior, item.digits), { class: "num only-wide" }), cell(true, count(row.n), { class: "num only-wide" }), cell(true, count(row.d), { class: "num only-wide" }));
  }
  function drawAcross(data) {
    if (!$("town-table")) return;
    const level = scopeLevel(), item = indicator(), [window_, end] = acrossWindow(level);
    const down = state.order.startsWith("-"), of = SORT[state.order.replace("-", "")];
    const rows = scopeRows(data, level, state.scope).sort((a, b) => compare(of(a), of(b), down));
    const city = cityPlace < 0 ? null : figure(data, window_, cityPlace, end).v, target = goalOf(level, end);
    const goal = target ? target.slice(1, 3).filter((value) => value !== null) : [];
    const scale = rowScale(rows, goal.concat(known(city) ? [city] : [])), wide = { class: "only-wide" };
    $("town-table").replaceChildren(
      head(sortHead("code", ["代码", "code"], false, wide), sortHead("name", level === "county" ? ["区县", "county"] : ["镇办", "township"]), sortHead("value", ["数值与区间", "value, interval"], true, VALUE_CSV),
        el("th", { scope: "col", class: "dot-cell", "aria-label": "数值与区间图 dots and intervals", "data-skip": "" }, axisOf(scale)), sortHead("place", ["漏斗", "funnel"], false, wide),
        sortHead("prior", ["上年同期", "year before"], true, { class: "num only-wide" }), sortHead("n", ["分子", "numerator"], true, { class: "num only-wide" }), sortHead("d", ["分母", "denominator"], true, { class: "num only-wide" })),
      el("tbody", {}, ...rows.map((row) => townLine(row, scale, city, goal, item))));
    $("town-period").replaceChildren(end + " ", bi(pair2(window_)));
    shortNote($("town-note"), level, window_);
    townText(rows, city, item);
    drawTiles(data, item);
    drawFunnel(data, level, window_, end, item);
  }
  function townText(rows, city, item) {
    const valued = rows.filter((r) => known(r.v)), hidden = rows.filter((r) => r.status === "s").length;
    const apart = !known(city) ? 0 : valued.filter((r) => known(r.low) && (r.low > city || r.high < city)).length, other = rows.length - valued.length - hidden;
    const order = state.order.endsWith("value") ? ["按数值排序不是名次：区间相交者不分高下。", " Sorted by value is not a ranking: overlapping intervals do not order."] : ["", ""];
    say($("town-text"),
      item.zh + "：" + rows.length + " 个地区中 " + valued.length + " 个有数值，" + hidden + " 个小数隐去" + (other ? "，" + other + " 个无数值" : "") + "；区间不含全市值" + (known(city) ? " " + number(city, item.digits) : "") + " 的有 " + apart + " 个。竖线为全市值。" + order[0],
      item.en + ": " + valued.length + " of " + rows.length + " areas have a value, " + hidden + " suppressed" + (other ? ", " + other + " without a value" : "") + "; the interval of " + apart + " excludes the city's value. The upright line is the city." + order[1]);
  }

  /* ---- tiles by county, or the map where the office supplies one: coloured by place in the funnel, never by rank ---- */
  function tileState(row) {
    if (!known(row.v)) return { code: STATUS[row.status], look: "t-" + STATUS[row.status] };
    const place = row.limits ? PLACE[row.limits.place] || "not_assessed" : "not_assessed";
    return { code: place, look: "t-" + place };
  }
  const tileTitle = (row, item) => both(name(row.area)) + " " + valueLine(row, item.digits) + " · " + both(pair(known(row.v) ? "positions" : "statuses", tileState(row).code));
  function tile(row, item, wide) {
    const found = tileState(row), value = known(row.v) ? number(row.v, item.digits) : row.status === "s" ? "1-7" : "";
    const link = el("a", { class: "tile " + found.look + (wide ? " wide" : ""), href: "area-" + file(row.area[0]) + ".html" + addressOf("trend", { indicator: state.indicator }), title: tileTitle(row, item), "aria-label": tileTitle(row, item) }, icon(found.code));
    if (wide) link.append(el("b", {}, bi(name(row.area)), marksOf(row, item)), el("span", { class: "tile-value" }, value));
    else if (row.status === "p") link.classList.add("is-provisional");
    return link;
  }
  async function drawTiles(data, item) {
    if (!$("tiles")) return;
    const counties = scopeRows(data, "county", "counties"), towns = scopeRows(data, "township", kind === "area" ? state.scope : "all");
    const shown = (kind === "area" ? [] : counties).concat(towns);
    $("places").hidden = !shown.length;
    const outside = shown.filter((row) => row.limits && /[aAbB]/.test(row.limits.place));
    say($("tiles-text"), shown.length + " 个地区中 " + outside.length + " 个在上级的漏斗之外；颜色与形状只说在漏斗的哪一边，不排名。", outside.length + " of " + shown.length + " areas lie outside the funnel of the area above them; colour and shape say on which side, and rank nobody.");
    if (B.map) await drawMap(shown, item); else if (kind === "area") $("tiles").replaceChildren(el("div", { class: "tile-group" }, el("div", { class: "towns" }, ...towns.map((row) => tile(row, item, true)))));
    else $("tiles").replaceChildren(...counties.map((county) => el("div", { class: "tile-group" }, tile(county, item, true), el("div", { class: "towns" }, ...towns.filter((town) => town.area[3] === county.number).map((town) => tile(town, item, false))))));
    const seen = new Set(shown.map((row) => tileState(row).code));
    const order = ["above_998", "above_95", "inside", "below_95", "below_998", "not_assessed", "suppressed", "no_delivery", "not_applicable", "empty_denominator", "none"];
    $("tiles-key").replaceChildren(...order.filter((code) => seen.has(code)).map((code) => keyItem(el("i", { class: "tile t-" + code }, icon(code)), B.labels.positions[code] || pair("statuses", code))));
  }
  async function drawMap(rows, item) {
    const map = await load("map"), picture = svg("svg", { class: "map", viewBox: "0 0 " + map.width + " " + map.height, role: "group", "aria-label": "地图 map" });
    const finest = rows.filter((row) => map.paths[row.area[0]]);
    for (const row of finest.sort((a, b) => (a.area[4] < b.area[4] ? -1 : 1))) {
      const link = svg("a", { href: "area-" + file(row.area[0]) + ".html", "aria-label": tileTitle(row, item) });
      const title = svg("title", {}, document.createTextNode(tileTitle(row, item)));
      link.append(svg("path", { d: map.paths[row.area[0]], class: tileState(row).look }, title));
      picture.append(link);
    }
    $("tiles").replaceChildren(picture);
  }

  /* ---- funnel ---- */
  function drawFunnel(data, level, window_, end, item) {
    if (!$("funnel-chart")) return;
    const one = state.scope !== "all", rows = scopeRows(data, level, state.scope).filter((row) => row.limits && known(row.limits.size) && known(row.v));
    const parent = (row) => figure(data, window_, row.area[3], end, "report").v;
    const points = rows.map((row) => {
      const report = figure(data, window_, row.number, end, "report"), off = one ? 0 : parent(row) ?? 0, l = row.limits;
      return { row, x: l.size, y: report.v - off, value: report.v, low998: l.low998 - off, low95: l.low95 - off, high95: l.high95 - off, high998: l.high998 - off, place: l.place || "-" };
    }).filter((point) => known(point.value)).sort((a, b) => a.x - b.x);
    for (const part of ["funnel-chart", "funnel-key"]) $(part).hidden = !points.length;
    $("funnel-table").closest("details").hidden = !points.length;
    if (!points.length) return say($("funnel-text"), "这一时段没有可画的漏斗：没有区间的方法，或没有可公布的数值。", "No funnel can be drawn for this window: no method of intervals, or no value that may be shown.");
    const centre = one ? parent(points[0].row) : 0, look = B.specs.funnel;
    const limits = reach(points.map((p) => ({ v: p.y, low: p.low95, high: p.high95 })));
    const [min, max, step] = bounds(points.flatMap((p) => [p.y, within(p.low95, limits), within(p.high95, limits)]));
    const tick = (key, look_) => Object.assign({ name: key, type: "scatter", silent: true, animation: false, z: 2, data: points.map((p) => [p.x, p[key]]).filter((p) => p[1] >= min && p[1] <= max) }, look_);
    const series = [tick("low998", look.limits["998"]), tick("high998", look.limits["998"]), tick("low95", look.limits["95"]), tick("high95", look.limits["95"])];
    if (known(centre)) series.push(lineOf("centre", [[0, centre], [points[points.length - 1].x, centre]], look.centre));
    series.push({ name: "areas", type: "scatter", animation: false, z: 5, data: points.map((p) => merged(look.positions[p.place] || look.positions["-"], Object.assign({ value: [p.x, p.y] }, p.row.status === "p" ? { itemStyle: look.provisional } : {}))) });
    chartOf("funnel-chart").setOption(merged(look.option, {
      textStyle: { fontFamily: FONT },
      tooltip: { formatter: (found) => { const p = points[found.dataIndex]; return el("div", { style: "line-height:1.55" }, el("b", {}, both(name(p.row.area))), el("div", {}, number(p.value, item.digits) + " / " + count(Math.round(p.x))), el("div", {}, both(pair("positions", PLACE[p.place])))); } },
      xAxis: { name: "分母 denominator" }, yAxis: { min, max, interval: step, name: one ? both(item.unit) : "与所属区县之差 difference from the county", nameTextStyle: { padding: [0, 0, 0, -20] } }, series,
    }), { notMerge: true });
    return funnelWords(points, one, end, window_, item, min);
  }
  function funnelWords(points, one, end, window_, item, min) {
    const outside = points.filter((p) => /[aAbB]/.test(p.place)).sort((a, b) => (a.row.area[0] < b.row.area[0] ? -1 : 1)), list = (side) => outside.slice(0, 12).map((p) => p.row.area[side + 1]).join(side ? ", " : "、"), w = pair2(window_);
    say($("funnel-text"),
      end + " " + w[0] + "，考核口径：" + points.length + " 个地区，" + outside.length + " 个在95%控制限之外" + (outside.length ? "（" + list(0) + "）" : "") + "；漏斗之内的差别与偶然无法区分，不分先后。" + (one && min > 0 ? "纵轴不从零起。" : ""),
      end + ", " + w[1] + ", assessment clock: " + points.length + " areas, " + outside.length + " outside the 95 % limits" + (outside.length ? " (" + list(1) + ")" : "") + "; differences inside the funnel cannot be told from chance and have no order." + (one && min > 0 ? " The axis does not start at zero." : ""));
    $("funnel-key").replaceChildren(...["inside", "above_95", "above_998", "below_95", "below_998"].filter((code) => points.some((p) => PLACE[p.place] === code)).map((code) => keyItem(icon(code), pair("positions", code))), ...(points.some((p) => p.row.status === "p") ? [keyItem(icon("provisional"), pair("statuses", "provisional"))] : []),
      keyItem(el("i", { class: "k-tick" }), ["该规模的95%控制限", "95 % limits at that size"]), keyItem(el("i", { class: "k-tick wide" }), ["99.8%控制限", "99.8 % limits"]));
    const n = (value) => cell(true, number(value, item.digits));
    $("funnel-table").replaceChildren(
      head(column(["地区", "area"]), column(["分母", "denominator"], true), column(["数值", "value"], true), column(["95%下限", "low 95 %"], true), column(["95%上限", "high 95 %"], true), column(["99.8%下限", "low 99.8 %"], true), column(["99.8%上限", "high 99.8 %"], true), column(["位置", "place"])),
      el("tbody", {}, ...points.map((p) => el("tr", {}, el("th", { scope: "row" }, areaLink(p.row.area)), cell(true, number(p.x, 0)), n(p.value), n(p.row.limits.low95), n(p.row.limits.high95), n(p.row.limits.low998), n(p.row.limits.high998), el("td", {}, placeMark(p.place), el("span", {}, bi(pair("positions", PLACE[p.place]))))))));
  }

  /* ---- revision triangle ---- */
  const TRIANGLE = 18;
  async function drawTriangle() {
    if (!$("triangle-table")) return;
    const offered = indicator().measures.filter((measure) => measure in B.triangles), pick = $("pick-measure");
    if (!pick.options.length) {
      pick.append(...offered.map((measure) => option(measure, B.triangles[measure])));
      pick.addEventListener("change", drawTriangle);
    }
    if (!offered.length) {
      $("triangle").hidden = true;
      return;
    }
    const data = await load("measure-" + pick.value), vintages = data.vintages.slice(-TRIANGLE), skipped = data.vintages.length - vintages.length;
    const grid = data.events.map(() => data.vintages.map(() => null));
    for (const [event, vintage, shown] of data.cells) grid[event][vintage] = shown;
    for (const row of grid) for (let n = 1; n < row.length; n++) if (row[n] === null) row[n] = row[n - 1];
    let moved = 0;
    const rows = data.events.map((event, n) => [event, grid[n]]).slice(-TRIANGLE).map(([event, row]) => el("tr", {}, el("th", { scope: "row" }, event), ...vintages.map((vintage, m) => {
      const value = row[m + skipped], before = row[m + skipped - 1], now = Number(value), was = Number(before);
      if (value === null || value === undefined) return el("td", {});
      const way = before === null || before === undefined || value === before ? "" : now > was ? "up" : "down";
      if (way) moved += 1;
      return el("td", { class: "num " + way }, count(Number.isFinite(now) ? now : value), way ? el("span", { class: "way" }, way === "up" ? "▲" : "▼") : "");
    })));
    $("triangle-table").replaceChildren(head(column(["发生月＼报送月", "happened \\ known in"]), ...vintages.map((month) => el("th", { scope: "col", class: "num" }, month))), el("tbody", {}, ...rows));
    const names = B.triangles[pick.value];
    say($("triangle-text"), names[0] + "：每行一个发生月，每列是到该报送月为止所知的数；此处有 " + moved + " 次修订。只公布全市。", names[1] + ": a row per month of the event, a column per month by which so many were known; " + moved + " revisions here. Published of the city alone.");
    $("triangle-key").replaceChildren(keyItem(el("i", { class: "k-up" }, "▲"), ["比上一次多", "more than before"]), keyItem(el("i", { class: "k-down" }, "▼"), ["比上一次少", "fewer than before"]));
  }

  /* ---- an area: every indicator, its villages, its verdicts ---- */
  function bulletOf(row, parent, prior) {
    if (!known(row.v)) return "";
    const scale = scaleOf([row.v, row.low, row.high, prior].concat(parent), 0.08), picture = svg("svg", { class: "bullet", "aria-hidden": "true" });
    picture.append(svg("line", { class: "b-axis", x1: 0, x2: "100%", y1: 22, y2: 22 }));
    if (known(row.low) && known(row.high)) picture.append(svg("rect", { class: "b-range", x: pc(scale.at(row.low)), width: pc(scale.at(row.high) - scale.at(row.low)), y: 17, height: 10, rx: 2 }));
    for (const mark of Array.isArray(parent) ? parent : [parent]) if (known(mark)) picture.append(svg("line", { class: "b-target", x1: pc(scale.at(mark)), x2: pc(scale.at(mark)), y1: 6, y2: 38 }));
    if (known(prior)) picture.append(svg("circle", { class: "b-prior", cx: pc(scale.at(prior)), cy: 22, r: 4 }));
    picture.append(svg("circle", { class: "b-dot", cx: pc(scale.at(row.v)), cy: 22, r: 6 }));
    return picture;
  }
  async function drawFigures() {
    if (!$("figures-table")) return;
    const code = fixed.area, level = levelOf(code), place = placeOf[code], above = areas[place][3];
    const data = await load("area-" + code.slice(0, 6)), parents = above < 0 ? null : await load("area-" + areas[above][0].slice(0, 6));
    const window_ = windowFor(level, endOf(state.window)), months = B.kept[window_] || [], end = endOf(window_, months.filter((month) => isEnd(level, month))), n = months.indexOf(end), before = months.indexOf(yearBefore(end));
    const seriesOf = (file_, item, where) => unpack(ofClock(((((file_ || {}).values || {})[item.id] || {})[window_] || {})[where], state.clock), months.length);
    let valued = 0, hidden = 0;
    const rows = B.indicators.filter((item) => data.values[item.id]).map((item) => {
      const series = seriesOf(data, item, place), row = at(series, n), prior = before < 0 ? null : series.v[before] ?? null, parent = at(seriesOf(parents, item, above), n).v;
      if (known(row.v)) valued += 1; else if (row.status === "s") hidden += 1;
      return el("tr", {}, el("th", { scope: "row", class: "words" }, el("a", { href: "indicator-" + file(item.id) + ".html" + addressOf("trend", { area: code, window: window_ }) }, bi([item.zh, item.en])), marksOf(row, item)),
        valueCell(row, item), cell(false, item.unit[0] ? bi(item.unit[0] === item.unit[1] ? [item.unit[0]] : item.unit) : "", { class: "unit-cell only-wide" }), el("td", { class: "bullet-cell only-wide", "data-skip": "" }, bulletOf(row, parent, prior)),
        cell(true, number(parent, item.digits)), cell(true, number(prior, item.digits), { class: "num only-wide" }), cell(true, count(row.n), { class: "num only-wide" }), cell(true, count(row.d), { class: "num only-wide" }));
    });
    $("figures-table").replaceChildren(head(column(["指标", "indicator"]), column(["数值与区间", "value, interval"], true, VALUE_CSV), column(["单位", "unit"], false, { class: "only-wide" }), el("th", { scope: "col", class: "bullet-cell only-wide", "data-skip": "", "aria-label": "图 picture" }),
      column(above < 0 ? ["上级", "parent"] : name(areas[above]), true), column(["上年同期", "year before"], true, { class: "num only-wide" }), column(["分子", "numerator"], true, { class: "num only-wide" }), column(["分母", "denominator"], true, { class: "num only-wide" })), el("tbody", {}, ...rows));
    $("figures-period").replaceChildren(end + " ", bi(pair2(window_)));
    shortNote($("figures-note"), level, window_);
    say($("figures-text"), areas[place][1] + "：" + rows.length + " 个指标中 " + valued + " 个有数值，" + hidden + " 个因小数隐去，" + (rows.length - valued - hidden) + " 个无数值（原因见各行）。", areas[place][2] + ": " + valued + " of " + rows.length + " indicators have a value, " + hidden + " are suppressed, " + (rows.length - valued - hidden) + " have none, for the reason in their row.");
    drawVerdicts(data);
  }
  async function drawVillages() {
    if (!$("village-table")) return;
    const code = fixed.area, group = code.slice(0, 6), item = indicator();
    if (!B.villages.includes(group)) { $("villages").hidden = true; return; }
    const data = await load("villages-" + group), county = levelOf(code) === "county";
    const window_ = data.ends[state.window] && shows("village", state.window) ? state.window : FALLBACK;
    const series = unpack(ofClock((((data.values[window_] || {})[item.id])), state.clock), data.areas.length);
    const rows = data.areas.map((area, n) => ({ area, row: at(series, n) })).filter(({ area }) => county || area[3] === code);
    const valued = rows.filter(({ row }) => known(row.v)).length, hidden = rows.filter(({ row }) => row.status === "s").length;
    const scale = rowScale(rows.map(({ row }) => row), []), town = (area) => areas[placeOf[area[3]]];
    $("village-table").replaceChildren(
      head(column(["代码", "code"], false, { class: "only-wide" }), column(["村居", "village"]), county ? column(["镇办", "township"], false, { class: "only-wide" }) : null, column(["数值与区间", "value, interval"], true, VALUE_CSV), el("th", { scope: "col", class: "dot-cell", "data-skip": "", "aria-label": "数值与区间图 dots and intervals" }, axisOf(scale)), column(["分子", "numerator"], true, { class: "num only-wide" }), column(["分母", "denominator"], true, { class: "num only-wide" })),
      el("tbody", {}, ...rows.map(({ area, row }) => el("tr", {}, el("td", { class: "code only-wide" }, area[0]), el("th", { scope: "row" }, bi(name(area)), marksOf(row, item)), county ? el("td", { class: "only-wide" }, town(area) ? areaLink(town(area)) : area[3]) : null,
        valueCell(row, item), el("td", { class: "dot-cell", "data-skip": "" }, dot(row, scale, null, [])), cell(true, count(row.n), { class: "num only-wide" }), cell(true, count(row.d), { class: "num only-wide" })))));
    $("village-table").classList.add("dots");
    $("village-period").replaceChildren((data.ends[window_] || "") + " ", bi(pair2(window_)));
    say($("village-text"), item.zh + "：" + rows.length + " 个村居中 " + valued + " 个有数值，" + hidden + " 个小数隐去。村居只公布十二个月的数值；多数差别出于偶然，不排名。", item.en + ": " + valued + " of " + rows.length + " villages have a value, " + hidden + " suppressed. Villages are shown over twelve months only; most differences are chance, and nobody is ranked.");
  }
  function drawVerdicts(data) {
    const found = data.verdicts[fixed.area] || {};
    const rows = Object.keys(B.schemes).filter((scheme) => found[scheme]).map((scheme) => el("tr", {},
      el("th", { scope: "row" }, el("a", { href: "scheme-" + file(scheme) + "-" + found[scheme][0] + ".html#card/a=" + fixed.area }, bi(B.schemes[scheme].slice(0, 2)))), cell(false, found[scheme][0]),
      ...Object.values(VERDICT).map((code) => cell(true, count(found[scheme][1][code] || 0)))));
    say($("verdict-text"), rows.length ? "最近一期各方案的结论数。" : "本期没有方案考核这一地区。", rows.length ? "Verdicts of each scheme, latest period." : "No scheme assesses this area in this period.");
    $("verdict-table").replaceChildren(...(rows.length ? [head(column(["方案", "scheme"]), column(["期", "period"]), ...Object.values(VERDICT).map((code) => column(pair("verdicts", code), true))), el("tbody", {}, ...rows)] : []));
  }

  /* ---- a scheme and period ---- */
  const schemeId = "scheme-" + fixed.scheme + "-" + fixed.period;
  function assessed() {
    const data = D[schemeId];
    return data.items.map((item) => {
      const v = numbers(item.v, 2), low = numbers(item.low, 2), high = numbers(item.high, 2), before = numbers(item.before, 2), parent = numbers(item.parent, 2), reason = item.reason.split(",");
      const cells = data.areas.map((_, n) => (item.verdict[n] === "." ? null : { v: v[n] ?? null, low: low[n] ?? null, high: high[n] ?? null, before: before[n] ?? null, parent: parent[n] ?? null, verdict: VERDICT[item.verdict[n]], reason: reason[n] === "" ? "" : data.reasons[Number(reason[n])], was: VERDICT[item.verdict_before[n]] || null }));
      const entry = B.indicators.find((x) => x.id === item.indicator) || { id: item.indicator, zh: item.indicator, en: item.indicator, digits: 2, unit: ["", ""] };
      return Object.assign({}, item, { entry, cells, goal: [item.operator, item.target, item.upper] });
    });
  }
  function why(found) {
    if (!found.reason) return "";
    const words = pair("reasons", found.reason);
    return found.reason === "provisional" ? el("small", {}, el("a", { href: "quality.html#provisional" }, el("span", { class: "status s-provisional" }, icon("provisional"), bi(words)))) : el("small", {}, bi(words));
  }
  function drawScheme() {
    const data = D[schemeId], items = assessed(), pick = $("pick-assessed"), perLevel = (level) => items.filter((item) => item.level === level).length, levels = [...new Set(data.areas.map((area) => area[3]))].sort((a, b) => perLevel(b) - perLevel(a));
    if (!pick.options.length) {
      if (data.areas.length > 1) pick.append(...levels.map((level) => option("level:" + level, ["各" + pair("levels", level)[0], "every " + pair("levels", level)[1]])));
      pick.append(...data.areas.map((area) => option(area[0], name(area))));
      pick.addEventListener("change", () => { scheme.level = pick.value.startsWith("level:") ? pick.value.slice(6) : null; choose("area", scheme.level ? "" : pick.value, scheme.level ? "matrix" : "card"); });
      $("pick-scheme-period").addEventListener("change", (event) => { location.href = event.target.value + location.hash; });
    }
    const chosen = data.areas.findIndex((area) => area[0] === state.area), one = chosen >= 0 ? chosen : data.areas.length === 1 ? 0 : -1;
    const level = scheme.level || levels[0], shown = one >= 0 ? [one] : data.areas.map((_, n) => n).filter((n) => data.areas[n][3] === level);
    pick.value = one >= 0 ? data.areas[one][0] : "level:" + level;
    const due = items.flatMap((item) => shown.map((n) => ({ item, n, cell: item.cells[n] }))).filter(({ cell: found }) => found && found.reason !== "not_due");
    schemeWords(data, items, shown, due);
    $("card").hidden = one < 0;
    $("matrix").hidden = one >= 0;
    if (one >= 0) drawCard(data, items, one); else drawMatrixOf(data, items, shown);
    drawMissing(data, items, shown);
  }
  const scheme = { level: null };
  function schemeWords(data, items, shown, due) {
    const tally = (code) => due.filter((x) => x.cell.verdict === code).length, codes = Object.values(VERDICT), provisional = due.filter((x) => x.cell.reason === "provisional").length;
    $("scheme-tally").replaceChildren(...codes.map((code) => el("li", { class: "v-" + code + (tally(code) ? "" : " nil") }, el("b", {}, count(tally(code))), el("span", {}, icon(code), bi(pair("verdicts", code))))));
    const better = due.filter((x) => x.cell.was && x.cell.was !== "met" && x.cell.verdict === "met").length, worse = due.filter((x) => x.cell.was && x.cell.was !== "missed" && x.cell.verdict === "missed").length, compared = due.filter((x) => x.cell.was).length;
    const year = compared ? ["；与 " + data.before + " 相比，转为达标 " + better + " 项，转为未达标 " + worse + " 项", "; against " + data.before + ", " + better + " items came to be met and " + worse + " missed"] : ["；" + data.before + " 没有可比的结论", "; nothing of " + data.before + " to compare with"];
    say($("scheme-text"), shown.length + " 个地区，" + due.length + " 项到期：" + codes.map((code) => pair("verdicts", code)[0] + " " + tally(code)).join("，") + (provisional ? "，其中数据暂定 " + provisional : "") + year[0] + "。",
      shown.length + " areas, " + due.length + " items due: " + codes.map((code) => pair("verdicts", code)[1] + " " + tally(code)).join(", ") + (provisional ? ", of them provisional " + provisional : "") + year[1] + ".");
    const vetoes = due.filter((x) => x.item.veto), failed = vetoes.filter((x) => x.cell.verdict === "missed"), open = vetoes.filter((x) => !["met", "missed"].includes(x.cell.verdict));
    const line = (x) => el("li", {}, verdictMark(x.cell.verdict), " ", bi(name(data.areas[x.n])), "：", bi([x.item.entry.zh, x.item.entry.en]), " ", el("b", {}, number(x.cell.v, x.item.entry.digits)), " (" + targetText(x.item.goal) + ")", why(x.cell));
    const lines = failed.concat(open).slice(0, 60).map(line);
    if (!items.some((item) => item.veto)) say($("scheme-vetoes"), "本方案没有一票否决项。", "This scheme has no veto item.");
    else $("scheme-vetoes").replaceChildren(el("h3", {}, bi(["一票否决项", "Veto items"])), el("p", { class: "lead" }, bi([vetoes.length + " 项到期，否决 " + failed.length + " 项，未能判定 " + open.length + " 项。", vetoes.length + " due, " + failed.length + " missed, " + open.length + " that cannot be judged."])), el("ul", { class: "vetoes" }, ...lines));
  }
  const ITEM_CSV = { "data-csv": "项目 item|时段 window|一票否决 veto item" };
  const itemCsv = (item) => csv([item.entry.zh, item.entry.en][side()], item.window ? pair2(item.window)[side()] : "", item.veto ? ["是", "yes"][side()] : "");
  const itemHead = (item) => [bi([item.entry.zh, item.entry.en]), item.veto ? el("span", { class: "veto" }, bi(["一票否决", "veto item"])) : "", item.window ? el("small", {}, bi(pair2(item.window))) : ""];
  function drawCard(data, items, n) {
    const area = data.areas[n], rows = items.filter((item) => item.cells[n]).map((item) => {
      const found = item.cells[n], digits = item.entry.digits, goal = [item.target, item.upper].filter(known);
      return el("tr", { class: "row-" + found.verdict },
        el("th", { scope: "row", "data-csv": itemCsv(item) }, el("a", { class: "item", href: "indicator-" + file(item.indicator) + ".html" + addressOf("trend", area[0] in placeOf ? { area: area[0], period: fixed.period } : {}) }, bi([item.entry.zh, item.entry.en])), item.veto ? el("span", { class: "veto" }, bi(["一票否决", "veto item"])) : "", item.window ? el("small", {}, bi(pair2(item.window))) : ""),
        el("td", { class: "num", "data-label": "数值 value", "data-csv": csv(found.v, found.low, found.high) }, el("b", { class: "big" }, number(found.v, digits)), el("small", {}, interval(found.low, found.high, digits, " – "))),
        el("td", { class: "wide", "data-skip": "" }, bulletOf({ v: found.v, low: found.low, high: found.high }, goal, found.before)),
        el("td", { class: "num", "data-label": "目标 target" }, targetText(item.goal)),
        el("td", { class: "num", "data-label": "上年同期 a year before" }, number(found.before, digits), found.was ? el("small", {}, bi(pair("verdicts", found.was))) : ""),
        el("td", { class: "num", "data-label": "上级 parent" }, number(found.parent, digits)),
        el("td", { class: "verdict-cell" }, verdictMark(found.verdict), why(found)));
    });
    $("card-table").replaceChildren(head(column(["项目", "item"], false, ITEM_CSV), column(["数值", "value"], true, { "data-csv": "数值 value|下限 low|上限 high" }), el("th", { scope: "col", class: "wide", "data-skip": "" }, bi(["区间与目标", "interval and target"])), column(["目标", "target"], true), column(["上年同期", "a year before"], true), column(["上级", "parent"], true), column(["结论", "verdict"])), el("tbody", {}, ...rows));
    $("card-area").replaceChildren(bi(name(area)));
  }
  function drawMatrixOf(data, items, shown) {
    const of = items.filter((item) => shown.some((n) => item.cells[n]));
    const rows = shown.map((n) => {
      const button = el("a", { class: "item", href: "#card/a=" + data.areas[n][0] }, bi(name(data.areas[n])));
      return el("tr", {}, el("th", { scope: "row" }, button), ...of.map((item) => {
        const found = item.cells[n];
        if (!found) return el("td", { "data-csv": "|||||" }, "–");
        const digits = item.entry.digits, was = found.was && found.was !== found.verdict ? el("small", {}, bi(["上年 " + pair("verdicts", found.was)[0], "was " + pair("verdicts", found.was)[1]])) : "";
        return el("td", { class: "cell-" + found.verdict, "data-value": found.v, "data-csv": csv(pair("verdicts", found.verdict)[side()], found.v, found.low, found.high, found.reason ? pair("reasons", found.reason)[side()] : "", found.was ? pair("verdicts", found.was)[side()] : "") }, verdictMark(found.verdict), why(found),
          known(found.v) && found.verdict !== "not_assessed" ? el("span", { class: "cell-value" }, number(found.v, digits)) : "", known(found.low) && found.verdict !== "not_assessed" ? el("small", {}, interval(found.low, found.high, digits, " – ")) : "", was);
      }));
    });
    $("matrix-table").replaceChildren(head(column(["地区", "area"]), ...of.map((item) => el("th", { scope: "col", "data-csv": csv([item.entry.zh, item.entry.en][side()], "数值 value", "下限 low", "上限 high", "原因 reason", "上年同期 a year before") }, ...itemHead(item), el("small", {}, targetText(item.goal) + unitShort(item.entry))))), el("tbody", {}, ...rows));
  }
  function drawMissing(data, items, shown) {
    const groups = new Map();
    for (const item of items) for (const n of shown) {
      const found = item.cells[n];
      if (!found || found.verdict !== "not_assessed") continue;
      const key = item.indicator + "|" + found.reason;
      if (!groups.has(key)) groups.set(key, { item, reason: found.reason, names: [] });
      groups.get(key).names.push(n);
    }
    const target = (t) => ({ item: { entry: B.indicators.find((x) => x.id === t[0]) || { zh: t[0], en: t[0] }, goal: [t[1], t[2], t[3]], veto: t[4] }, reason: "indicator_not_live", names: shown });
    const all = [...groups.values(), ...data.missing.map(target)], places = (list, side) => (list.length === shown.length && shown.length > 1 ? ["全部", "all"][side] : list.slice(0, 8).map((n) => data.areas[n][side + 1]).join(side ? ", " : "、") + (list.length > 8 ? (side ? " and " + (list.length - 8) + " more" : " 等 " + list.length + " 个") : ""));
    say($("missing-text"), all.length ? "未评定既非达标也非未达标。" : "到期各项都有结论。", all.length ? "Not assessed is neither met nor missed." : "Every item due has a verdict.");
    $("missing-table").replaceChildren(...(all.length ? [head(column(["项目", "item"]), column(["目标", "target"], true), column(["原因", "reason"]), column(["地区", "areas"])), el("tbody", {}, ...all.map((group) => el("tr", {},
      el("th", { scope: "row", class: "words" }, bi([group.item.entry.zh, group.item.entry.en]), group.item.veto ? el("span", { class: "veto" }, bi(["一票否决", "veto item"])) : ""), cell(true, targetText(group.item.goal)), cell(false, bi(pair("reasons", group.reason || "no_delivery"))), el("td", { class: "words" }, bi([places(group.names, 0), places(group.names, 1)])))))] : []));
  }

  /* ---- matrices: register by month, with counties below ---- */
  const nameOf = (code) => D.registers.names[code] || [code, code];
  const worst = (letters, kind_) => WORST[kind_].split("").find((letter) => letters.includes(letter)) || "-";
  /* [check, letter, elements, unexpected, observed] of each result of a cell; what is protected is null. */
  const resultsOf = (text) => text.split(";").map((result) => result.split(":").map((part, n) => (n === 1 ? part : part === "" ? null : Number(part))));
  const MATRIX = {
    quality: {
      codes: QUALITY, group: "quality",
      letter: (cell) => worst(resultsOf(cell).map((result) => result[1]), "quality"),
      mark: (letters, letter) => { const bad = letters.filter((x) => x === letter).length; return letters.length > 1 && "fw".includes(letter) ? String(bad) : ""; },
    },
    delivery: {
      codes: DELIVERY, group: "delivery",
      letter: (cell) => cell[0],
      mark: (letters) => (letters.length > 1 ? letters.filter((x) => x === "l").length + "/" + letters.length : ""),
    },
  };
  function letterOf(kind_, register, month, area) {
    const cell = D.registers[kind_].cells[[register, month, area].join("|")];
    return cell ? MATRIX[kind_].letter(cell) : null;
  }
  function cellOf(kind_, register, month, areas) {
    const letters = areas.map((area) => letterOf(kind_, register, month, area)).filter((letter) => letter !== null);
    if (!letters.length) return el("td", {}, el("span", { class: "cell q-none", role: "img", "aria-label": both(pair(kind_, "none")) }, icon("none")));
    const letter = worst(letters, kind_), code = MATRIX[kind_].codes[letter], mark = MATRIX[kind_].mark(letters, letter);
    const where = areas.length > 1 ? "" : " " + nameOf(areas[0])[0];
    const button = el("button", { type: "button", class: "cell q-" + code.replace("/", ""), "aria-pressed": "false", "data-status": code,
      "aria-label": [both(pair("registers", register)) + where, month, both(pair(kind_, code)), mark].join(" ") }, icon(code), mark);
    button.title = month + " " + both(pair(kind_, code));
    button.addEventListener("click", () => showDetail(kind_, register, month, areas, button));
    return el("td", {}, button);
  }
  function matrixRow(kind_, register) {
    const areas = D.registers[kind_].areas.filter((area) => D.registers[kind_].months.some((month) => letterOf(kind_, register, month, area) !== null));
    const button = el("button", { type: "button", class: "expand", "aria-expanded": "false" }, bi(pair("registers", register)));
    const main = el("tr", {}, el("th", { scope: "row" }, button), ...D.registers[kind_].months.map((month) => cellOf(kind_, register, month, areas)));
    // Rows of counties are made when somebody wants them: there are ten times as many.
    let below = null;
    const row = (area) => el("tr", { class: "county" }, el("th", { scope: "row" }, bi(nameOf(area))), ...D.registers[kind_].months.map((month) => cellOf(kind_, register, month, [area])));
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      if (!below) { below = areas.map(row); main.after(...below); }
      below.forEach((found) => { found.hidden = !open; });
    });
    return main;
  }
  function monthHead(month, at) {
    return el("th", { scope: "col", "aria-label": month }, at === 0 || month.endsWith("-01") ? el("small", {}, month.slice(0, 4)) : el("small", {}, " "), month.slice(5));
  }
  function drawMatrix(kind_) {
    const m = D.registers[kind_];
    $(kind_ + "-matrix").replaceChildren(
      head(el("th", { scope: "col" }, bi(["登记", "register"])), ...m.months.map(monthHead)),
      el("tbody", {}, ...m.registers.map((register) => matrixRow(kind_, register))));
    const order = kind_ === "quality" ? "pwfn" : "lhrm";
    $(kind_ + "-key").replaceChildren(...order.split("").map((letter) => {
      const code = MATRIX[kind_].codes[letter], mark = icon(code);
      return keyItem(el("span", { class: "q q-" + code.replace("/", "") }, mark), pair(kind_, code));
    }));
    matrixText(kind_);
  }
  function matrixText(kind_) {
    const tally = {}, month = D.registers[kind_].months[D.registers[kind_].months.length - 1];
    const letters = (cells) => (kind_ === "quality" ? resultsOf(cells).map((result) => result[1]) : [cells[0]]);
    for (const [cellKey, cell] of Object.entries(D.registers[kind_].cells)) {
      if (cellKey.split("|")[1] === month) for (const letter of letters(cell)) tally[letter] = (tally[letter] || 0) + 1;
    }
    const order = kind_ === "quality" ? "pwfn" : "lhrm", list = (side) => order.split("").map((letter) => pair(kind_, MATRIX[kind_].codes[letter])[side] + " " + (tally[letter] || 0));
    const what = kind_ === "quality" ? ["项检查结果", "check results"] : ["份应报", "deliveries due"];
    const sum = Object.values(tally).reduce((a, b) => a + b, 0);
    say($(kind_ + "-text"), month ? month + "：" + sum + " " + what[0] + "，" + list(0).join("，") + "。" : "没有结果。", month ? month + ": " + sum + " " + what[1] + "; " + list(1).join(", ") + "." : "No results.");
  }
  function showDetail(kind_, register, month, areas, button) {
    for (const other of $(kind_ + "-matrix").querySelectorAll('[aria-pressed="true"]')) if (other !== button) other.setAttribute("aria-pressed", "false");
    const open = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(open));
    const names = pair("registers", register), place = areas.length > 1 ? ["", ""] : nameOf(areas[0]);
    $(kind_ + "-detail").replaceChildren(...(open ? [el("h3", {}, bi([names[0] + " " + place[0] + " " + month, names[1] + " " + place[1]])), kind_ === "quality" ? checksTable(register, month, areas) : linesTable(register, month, areas)] : []));
  }
  function checksTable(register, month, areas) {
    const rows = areas.flatMap((area) => resultsOf(D.registers.quality.cells[[register, month, area].join("|")] || "").filter((result) => result[1]).map((result) => ({ area, result })));
    rows.sort((a, b) => WORST.quality.indexOf(a.result[1]) - WORST.quality.indexOf(b.result[1]));
    const body = rows.map(({ area, result }) => {
      const check = D.registers.quality.checks[result[0]], code = QUALITY[result[1]];
      return el("tr", {}, el("td", {}, el("span", { class: "q q-" + code.replace("/", "") }, icon(code), el("span", {}, bi(pair("quality", code))))),
        el("th", { scope: "row" }, bi(nameOf(area))), el("td", { title: check[0] }, bi([check[4], check[5]])), el("td", {}, bi(pair("dimensions", check[1] || ""))), el("td", {}, bi(pair("severities", check[2] || ""))),
        el("td", { class: "num" }, protectedCount(result[2])), el("td", { class: "num" }, protectedCount(result[3])), el("td", { class: "num" }, result[4] === null ? "–" : plain(result[4])), el("td", { class: "num" }, check[3] === null ? "–" : plain(check[3])));
    });
    return el("table", { class: "data" }, head(column(["结果", "result"]), column(["地区", "area"]), column(["检查", "check"]), column(["维度", "dimension"]), column(["级别", "severity"]), column(["受检", "elements"], true), column(["不符", "unexpected"], true), column(["观测", "observed"], true), column(["阈值", "threshold"], true)), el("tbody", {}, ...body));
  }
  function linesTable(register, month, areas) {
    const body = areas.flatMap((area) => {
      const name = [register, month, area].join("|"), lines = D.registers.delivery.lines[name] || [], cell = D.registers.delivery.cells[name];
      if (!lines.length && cell) return [el("tr", {}, el("th", { scope: "row" }, bi(nameOf(area))), el("td", {}, deliveryMark(DELIVERY[cell[0]])), ...[0, 1, 2, 3, 4, 5, 6].map(() => el("td", { class: "num" }, "–")))];
      return lines.map((line) => el("tr", {}, el("th", { scope: "row" }, bi(nameOf(area))), el("td", {}, deliveryMark(line[1])), el("td", { class: "num" }, count(line[0])), el("td", {}, line[2] ? bi(pair("quality", line[2])) : "–"),
        ...line.slice(3, 7).map((value) => el("td", { class: "num" }, count(value))), el("td", {}, line[7] || "–")));
    });
    return el("table", { class: "data" }, head(column(["地区", "area"]), column(["状态", "status"]), column(["重报", "re-delivery"], true), column(["质量", "gate"]), column(["行数", "rows in"], true), column(["入库", "landed"], true), column(["未变", "unchanged"], true), column(["隔离", "quarantined"], true), column(["原因", "reason"])), el("tbody", {}, ...body));
  }
  const SHAPE = { superseded: "none", duplicate: "none" };
  function deliveryMark(code) { return el("span", { class: "q q-" + code }, icon(SHAPE[code] || code), el("span", {}, bi(pair("delivery", code)))); }

  /* ---- tables: sort, filter, download ---- */
  const side = () => (state.lang === "en" ? 1 : 0);
  /* The text of a node in one language (0: Chinese; 1: English, where it is said), without what `marks` selects. */
  function textOf(node, language = 0, marks = ".way") {
    const copy = node.cloneNode(true);
    for (const gone of copy.querySelectorAll(marks)) gone.remove();
    for (const other of copy.querySelectorAll(language ? '[lang="zh"]' : '[lang="en"]')) if (!language || other.parentNode.querySelector('[lang="en"]')) other.remove();
    return copy.textContent.trim().replace(/\s+/g, " ");
  }
  /* What a cell says in a file: the chosen language, and of the heading of a row the name without the marks beside it. */
  const saidIn = (cell_) => textOf(cell_, side(), cell_.tagName === "TH" ? ".status" : ".way");
  function keyOf(cell_) {
    if (!cell_) return null;
    if (cell_.dataset.value !== undefined) return Number(cell_.dataset.value);
    const text = textOf(cell_), bare = text.replace(/,/g, "");
    return text === "" || text === "–" ? null : /^-?\d+(\.\d+)?$/.test(bare) ? Number(bare) : cell_.dataset.csv !== undefined ? null : text;
  }
  function sortable(table) {
    for (const [n, th] of [...table.querySelectorAll("thead th")].entries()) {
      if (th.dataset.skip !== undefined || th.querySelector(".sort")) continue;
      const button = el("button", { type: "button", class: "sort" }, ...th.childNodes);
      th.replaceChildren(button);
      th.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => { table.chosen = { n, down: table.chosen && table.chosen.n === n && !table.chosen.down }; reorder(table); });
    }
    reorder(table);
  }
  function reorder(table) {
    if (!table.chosen || !table.tBodies[0]) return;
    const { n, down } = table.chosen, rows = [...table.tBodies[0].rows].map((row) => [keyOf(row.cells[n]), row]);
    rows.sort((a, b) => compare(a[0], b[0], down));
    table.tBodies[0].append(...rows.map((row) => row[1]));
    table.querySelectorAll("thead th").forEach((th, m) => { if (th.hasAttribute("aria-sort")) th.setAttribute("aria-sort", m === n ? (down ? "descending" : "ascending") : "none"); });
  }
  function applyFilters() {
    for (const input of document.querySelectorAll("input[data-filter]")) {
      const wanted = input.value.trim().toLowerCase();
      for (const row of document.querySelectorAll(input.dataset.filter)) row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
    }
  }
  /* Exactly the rows shown, in their order. A text that a spreadsheet would take for a formula gets an apostrophe. */
  function csvOf(table) {
    const quote = (text) => { const safe = /^[=+@\t\r-]/.test(text) && !/^-?[\d.,]+$/.test(text) ? "'" + text : text; return '"' + safe.replace(/"/g, '""') + '"'; };
    const caption = (th) => { const en = th.querySelector('[lang="en"]'); return textOf(th) + (en ? " " + en.textContent.trim() : ""); };
    const cells = (row, of) => [...row.cells].filter((x) => x.dataset.skip === undefined).flatMap((x) => (x.dataset.csv !== undefined ? x.dataset.csv.split("|") : [of(x)])).map(quote).join(",");
    const body = [...table.tBodies[0].rows].filter((row) => !row.hidden).map((row) => cells(row, (x) => { const text = saidIn(x), bare = text.replace(/,/g, ""); return /^-?\d+(\.\d+)?$/.test(bare) ? bare : text; }));
    return "\ufeff" + [...[...table.tHead.rows].map((row) => cells(row, caption)), ...body].join("\r\n") + "\r\n";
  }
  /* What a table is of, for the name of its file. */
  function whatOf(id) {
    if (kind === "scheme") return [fixed.scheme, fixed.period, ...(id === "card-table" ? [state.area] : [])];
    if (!["city", "area", "indicator"].includes(kind)) return [];
    if (id === "town-table" || id === "funnel-table") return [state.indicator, state.scope, ...acrossWindow(scopeLevel()), ...(id === "town-table" ? [state.clock] : [])];
    if (id === "trend-table") return [state.indicator, state.area, windowFor(levelOf(state.area))];
    return [state.indicator, state.area];
  }
  function download(id) {
    const address = URL.createObjectURL(new Blob([csvOf($(id))], { type: "text/csv;charset=utf-8" }));
    const parts = [id.replace("-table", ""), ...whatOf(id)];
    const link = el("a", { href: address, download: parts.join("-") + ".csv" });
    document.body.append(link);
    link.click();
    link.remove();
    URL.revokeObjectURL(address);
  }
  function buildTables() {
    for (const input of document.querySelectorAll("input[type=search]")) {
      if (input.id === "town-filter") input.dataset.filter = "#town-table tbody tr";
      input.addEventListener("input", applyFilters);
    }
    for (const button of document.querySelectorAll("[data-download]")) button.addEventListener("click", () => download(button.dataset.download));
  }
  function finishTables() {
    for (const table of document.querySelectorAll("table.sortable")) if (table.tHead) sortable(table);
    applyFilters();
  }

  /* ---- all together ---- */
  let turn = 0;
  async function draw() {
    const mine = ++turn;
    showLanguage();
    if (kind === "scheme") drawScheme();
    else if ($("trend-chart") && live.some((item) => item.id === state.indicator)) {
      showControls();
      const data = await load("indicator-" + state.indicator);
      if (mine !== turn) return;
      drawTrend(data);
      drawAcross(data);
      await drawTriangle();
      await drawFigures();
      await drawVillages();
    }
    if (mine !== turn) return;
    finishTables();
    root.dataset.drawn = String(mine);
  }
  async function arrive() {
    Object.assign(state, defaults);
    const section = readAddress();
    await draw();
    if (section && $(section)) $(section).scrollIntoView();
  }
  function trouble(error) {
    const box = $("trouble");
    if (!box) throw error;
    box.hidden = false;
    box.textContent = "数据文件读不到：" + error.message + "。A data file cannot be read. Keep the folder of the site whole.";
  }
  buildLanguage();
  buildTables();
  if (B && $("trend-chart")) {
    if (live.length) buildControls();
    for (const id of ["explore", "figures", "villages", "triangle"]) if ($(id) && (!live.length || (kind === "indicator" && !live.some((item) => item.id === fixed.indicator)))) $(id).hidden = true;
  }
  if (kind === "quality" && D.registers) { drawMatrix("quality"); drawMatrix("delivery"); }
  arrive().catch(trouble);
  window.addEventListener("hashchange", () => arrive().catch(trouble));
  window.addEventListener("beforeprint", () => {
    for (const box of document.querySelectorAll("details")) box.open = true;
    for (const chart of Object.values(charts)) chart.resize();
  });
})();
