/* Behaviour of the page: draws what `data.js` holds. Text reaches the page as text nodes only, never as markup. */
(function () {
  "use strict";
  const D = window.RENKOU;
  const root = document.documentElement;
  if (!D) { // a page of tables: nothing to draw, only the language to choose
    const buttons = [...document.querySelectorAll("[data-set-lang]")];
    for (const button of buttons) button.addEventListener("click", () => {
      root.dataset.lang = button.dataset.setLang;
      root.lang = button.dataset.setLang === "en" ? "en" : "zh";
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    });
    return;
  }
  const $ = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";
  const STATUS = { o: "ok", p: "provisional", n: "no_delivery", a: "not_applicable", e: "empty_denominator", s: "suppressed", "-": "none" };
  const QUALITY = { p: "pass", w: "warn", f: "fail", n: "n/a", "-": "none" };
  const DELIVERY = { l: "landed", h: "held", r: "refused", m: "missing", "-": "none" };
  const WORST = { quality: "fwpn-", delivery: "mrhl-" };
  const COLOUR = { ink: "#18222d", muted: "#56626d", line: "#dde2e6", accent: "#0a5a78", band: "#cfdfe8", thin: "#9aa5ad" };
  const FONT = getComputedStyle(document.body).fontFamily;

  /* ---- small helpers ---- */
  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) if (value !== null) node.setAttribute(name, value);
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
  const pair = (group, code) => (D.labels[group] || {})[code] || [code, code];
  const both = (names) => names[0] + (names[1] && names[1] !== names[0] ? " · " + names[1] : "");
  function bi(names) {
    const parts = document.createDocumentFragment();
    parts.append(el("span", { lang: "zh" }, names[0]));
    if (names[1]) parts.append(el("span", { lang: "en", class: "en" }, names[1]));
    return parts;
  }
  function say(node, zh, en) { node.replaceChildren(bi([zh, en])); }
  function number(value, digits) {
    if (value === null || value === undefined) return "–";
    return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }
  // Counts of rows are null only where they are protected.
  const protectedCount = (value) => (value === null ? "1–7" : count(value));
  const count = (value) => (typeof value === "number" ? number(value, 0) : value === null || value === undefined ? "–" : value);
  const interval = (low, high, digits, to) => (low === null || high === null ? "" : number(low, digits) + to + number(high, digits));
  const plain = (value) => String(value);
  const targetText = (t) => (t[2] !== null ? plain(t[1]) + "–" + plain(t[2]) : ({ ">=": "≥ ", "<=": "≤ " }[t[0]] || t[0] + " ") + plain(t[1]));
  function statusMark(letter) {
    const code = STATUS[letter] || "none";
    const mark = el("span", { class: "status s-" + code }, icon(code));
    mark.append(code === "suppressed" ? "1-7" : bi(pair("statuses", code)));
    mark.title = both(pair("statuses", code));
    return mark;
  }

  /* ---- state: what is chosen, kept in the address ---- */
  const areaCodes = D.areas.map((area) => area[0]);
  const KEYS = { i: "indicator", w: "window", c: "clock", a: "area", s: "scope", o: "order", l: "lang" };
  const defaults = {
    indicator: (D.indicators.find((x) => x.id === "sex_ratio_at_birth") || D.indicators[0] || { id: "" }).id,
    window: D.windows[0], clock: D.clocks[0], area: areaCodes[0] || "", scope: "all", order: "code", lang: "both",
  };
  const state = Object.assign({}, defaults);
  function valid(key, value) {
    if (key === "indicator") return D.indicators.some((x) => x.id === value);
    if (key === "window") return D.windows.includes(value);
    if (key === "clock") return D.clocks.includes(value);
    if (key === "area") return areaCodes.includes(value);
    if (key === "scope") return value === "all" || value === "counties" || areaCodes.includes(value);
    if (key === "order") return /^-?(code|name|value|prior|n|d)$/.test(value);
    return ["both", "zh", "en"].includes(value);
  }
  function readAddress() {
    const [section, query] = location.hash.slice(1).split("/");
    const chosen = new URLSearchParams(query || "");
    if (query) for (const [short, key] of Object.entries(KEYS)) {
      if (chosen.has(short) && valid(key, chosen.get(short))) state[key] = chosen.get(short);
    }
    return query === undefined ? null : section;
  }
  function writeAddress(section) {
    const query = Object.entries(KEYS).filter(([, key]) => state[key] !== defaults[key])
      .map(([short, key]) => short + "=" + encodeURIComponent(state[key])).join("&");
    history.replaceState(null, "", "#" + section + "/" + query);
  }
  function choose(key, value, section) {
    state[key] = value;
    writeAddress(section);
    draw();
  }

  /* ---- controls ---- */
  const indicator = () => D.indicators.find((x) => x.id === state.indicator);
  const key = () => [state.indicator, state.window, state.clock].join("|");
  const areaOf = (code) => D.areas[areaCodes.indexOf(code)] || [code, code, code, null];
  const levelOf = (code) => (areaOf(code)[3] === null || code === areaCodes[0] ? "city" : "county");
  function option(value, names) { return el("option", { value }, both(names)); }
  function segments(box, name, codes, group) {
    for (const code of codes) {
      const input = el("input", { type: "radio", name, value: code, id: name + "-" + code });
      input.addEventListener("change", () => choose(name, code, "trend"));
      box.append(el("label", { title: both(pair("clock_notes", code)) === code ? null : both(pair("clock_notes", code)) },
        input, el("span", { class: "seg" }, bi(pair(group, code)))));
    }
  }
  function buildControls() {
    for (const item of D.indicators) $("pick-indicator").append(option(item.id, [item.zh, item.en]));
    for (const area of D.areas) $("pick-area").append(option(area[0], [area[1], area[2]]));
    $("pick-scope").append(option("all", ["全部镇办", "all townships"]), option("counties", ["各区县", "counties"]));
    for (const area of D.areas.slice(1)) $("pick-scope").append(option(area[0], [area[1], area[2]]));
    segments($("pick-window"), "window", D.windows, "windows");
    segments($("pick-clock"), "clock", D.clocks, "clocks");
    for (const [id, name, section] of [["pick-indicator", "indicator", "trend"], ["pick-area", "area", "trend"], ["pick-scope", "scope", "townships"]]) {
      $(id).addEventListener("change", (event) => choose(name, event.target.value, section));
    }
  }
  function buildLanguage() {
    for (const button of document.querySelectorAll("[data-set-lang]")) {
      button.addEventListener("click", () => choose("lang", button.dataset.setLang, "overview"));
    }
  }
  function showControls() {
    $("pick-indicator").value = state.indicator;
    $("pick-area").value = state.area;
    $("pick-scope").value = state.scope;
    for (const name of ["window", "clock"]) { const input = $(name + "-" + state[name]); if (input) input.checked = true; }
    root.dataset.lang = state.lang;
    root.lang = state.lang === "en" ? "en" : "zh";
    for (const button of document.querySelectorAll("[data-set-lang]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setLang === state.lang));
    }
    const item = indicator();
    if (item) $("definition").replaceChildren(bi([item.definition[0] + " 区间：" + item.method[0] + "。", item.definition[1] + " 95 %: " + item.method[1] + "."]), el("span", { class: "formula" }, bi(item.formula)));
  }

  /* ---- trend ---- */
  const EMPTY = () => [[], [], [], [], [], "-".repeat(D.months.length)];
  function seriesOf(code) { return (D.trends[key()] || [])[areaCodes.indexOf(code)] || EMPTY(); }
  /* A cumulative window starts again in October: the line is cut there. */
  function runs() {
    if (state.window !== "policy_year_to_date") return [D.months.map((_, at) => at)];
    const cut = [];
    D.months.forEach((month, at) => { if (at === 0 || month.endsWith("-10")) cut.push([]); cut[cut.length - 1].push(at); });
    return cut;
  }
  const pick = (values, run) => D.months.map((_, at) => (run.includes(at) && values[at] !== undefined ? values[at] : null));
  function niceStep(span) {
    const raw = span / 4, power = Math.pow(10, Math.floor(Math.log10(raw)));
    return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => step >= raw);
  }
  function bounds(lists, goal) {
    const points = lists.flat().filter((value) => typeof value === "number").concat(goal.filter((value) => value !== null));
    if (!points.length) return [0, 1, 0.25];
    const low = Math.min(...points), high = Math.max(...points), span = high - low || Math.abs(high) || 1, step = niceStep(span);
    const floor = Math.floor((low - span * 0.05) / step) * step;
    return [low >= 0 && floor < 0 ? 0 : floor, Math.ceil((high + span * 0.05) / step) * step, step];
  }
  /* A month between two gaps has no band: its interval is an upright line. */
  function whiskers(series, run) {
    const value = (at) => run.includes(at) && typeof series[0][at] === "number";
    const lone = D.months.map((_, at) => at).filter((at) => value(at) && !value(at - 1) && !value(at + 1) && typeof series[1][at] === "number");
    const data = lone.map((at) => [{ coord: [at, series[1][at]] }, { coord: [at, series[2][at]] }]);
    return lineOf("whiskers", [], { markLine: { silent: true, symbol: "none", animation: false, label: { show: false }, lineStyle: { color: "#7f98a6", width: 4, type: "solid" }, data } });
  }
  function lineOf(name, data, style) {
    return Object.assign({ name, type: "line", data, connectNulls: false, symbol: "none", silent: true, animation: false }, style);
  }
  function bandOf(series, run, at) {
    const flat = { lineStyle: { opacity: 0 }, stack: "band" + at, stackStrategy: "all", tooltip: { show: false } };
    const low = pick(series[1], run), high = pick(series[2], run);
    const gap = low.map((value, month) => (value === null || high[month] === null ? null : high[month] - value));
    return [lineOf("low", low, flat), lineOf("gap", gap, Object.assign({ areaStyle: { color: COLOUR.band, opacity: 0.85 } }, flat))];
  }
  function pointOf(series, at) {
    const hollow = series[5][at] === "p";
    return { value: series[0][at], symbol: "circle", symbolSize: hollow ? 9 : 7,
      itemStyle: hollow ? { color: "#fff", borderColor: COLOUR.accent, borderWidth: 2 } : { color: COLOUR.accent } };
  }
  function goalMarks(goal) {
    if (!goal) return {};
    const style = { color: COLOUR.ink, type: "dashed", width: 1.5 };
    const label = { formatter: targetText(goal), position: "insideEndTop", color: COLOUR.ink, fontFamily: FONT };
    const ends = goal.slice(1, 3).filter((value) => value !== null);
    return { markLine: { silent: true, symbol: "none", lineStyle: style, label, animation: false, data: ends.map((yAxis, at) => ({ yAxis, label: { show: at === ends.length - 1 } })) } };
  }
  function tip(series, city, at) {
    const digits = indicator().digits, box = el("div", { style: "line-height:1.55" }, el("b", {}, D.months[at]));
    const state_ = series[5][at];
    box.append(el("div", {}, series[0][at] === null || series[0][at] === undefined ? both(pair("statuses", STATUS[state_])) :
      number(series[0][at], digits) + "  (" + (interval(series[1][at], series[2][at], digits, " – ") || "–") + ")" + (state_ === "p" ? " " + both(pair("statuses", "provisional")) : "")));
    box.append(el("div", { style: "color:#56626d" }, count(series[3][at]) + " / " + count(series[4][at])));
    if (city) box.append(el("div", { style: "color:#56626d" }, both([areaOf(areaCodes[0])[1], areaOf(areaCodes[0])[2]]) + " " + number(city[0][at], digits)));
    return box;
  }
  /* A month without a value is marked on the axis, each reason with a shape of its own. */
  const hollow = (colour, type) => ({ color: "#fff", borderColor: colour, borderWidth: 1.6, borderType: type });
  const GAP = {
    n: { symbol: "rect", itemStyle: hollow("#56626d", [3, 2]) }, a: { symbol: "diamond", symbolSize: 12, itemStyle: hollow("#6a6f75", "solid") },
    e: { symbol: "triangle", itemStyle: hollow("#215f5b", "solid") }, s: { symbol: "roundRect", symbolSize: [14, 9], itemStyle: { color: "#4c3a73" } },
  };
  let chart = null;
  function drawTrend() {
    const series = seriesOf(state.area), city = state.area === areaCodes[0] ? null : seriesOf(areaCodes[0]);
    const goal = D.targets[levelOf(state.area) + "|" + state.indicator] || null;
    const item = indicator(), [min, max, step] = bounds([series[0], series[1], series[2], city ? city[0] : []], goal ? goal.slice(1, 3) : []);
    const parts = [];
    runs().forEach((run, at) => {
      parts.push(...bandOf(series, run, at), whiskers(series, run));
      if (city) parts.push(lineOf("city", pick(city[0], run), { lineStyle: { color: COLOUR.thin, width: 1.5 } }));
      parts.push(lineOf("value", D.months.map((_, month) => (run.includes(month) && typeof series[0][month] === "number" ? pointOf(series, month) : null)),
        Object.assign({ symbol: "circle", showSymbol: true, lineStyle: { color: COLOUR.accent, width: 2.5 }, z: 4 }, at === 0 ? goalMarks(goal) : {})));
    });
    const gaps = D.months.map((_, at) => (/[naes]/.test(series[5][at]) ? Object.assign({ value: min }, GAP[series[5][at]]) : null));
    parts.push({ name: "gap", type: "scatter", data: gaps, symbolSize: 10, z: 5, symbolOffset: [0, -7], clip: false, animation: false });
    if (!chart) chart = window.echarts.init($("trend-chart"), null, { renderer: "canvas", devicePixelRatio: Math.max(2, window.devicePixelRatio || 1) });
    const text = { fontFamily: FONT, color: COLOUR.muted, fontSize: 12.5 };
    chart.setOption({
      animation: false, textStyle: { fontFamily: FONT }, aria: { enabled: false },
      grid: { left: 8, right: 18, top: 34, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", confine: true, formatter: (found) => tip(series, city, found[0].dataIndex), textStyle: { color: COLOUR.ink, fontFamily: FONT, fontSize: 13 } },
      xAxis: { type: "category", data: D.months, boundaryGap: true, axisLabel: Object.assign({ hideOverlap: true }, text), axisTick: { alignWithLabel: true }, axisLine: { onZero: false, lineStyle: { color: "#a9b6be" } } },
      yAxis: { type: "value", min, max, interval: step, name: both(item.unit), nameTextStyle: Object.assign({ align: "left", padding: [0, 0, 0, -20] }, text), axisLabel: text, splitLine: { lineStyle: { color: "#edf0f2" } } },
      series: parts,
    }, { notMerge: true });
    trendText(series, goal, min);
    trendKey(series, city, goal);
    trendTable(series, item);
  }
  function against(value, low, high, goal) {
    if (!goal) return ["", ""];
    const t = targetText(goal), lo = low === null ? value : low, hi = high === null ? value : high;
    const floor = goal[0] === "<=" ? -Infinity : goal[1], ceiling = goal[2] !== null ? goal[2] : goal[0] === "<=" ? goal[1] : Infinity;
    const whole = low === null ? ["", ""] : ["区间全部", " the whole interval"];
    if (lo >= floor && hi <= ceiling) return ["，" + whole[0] + "在目标 " + t + " 之内", "," + whole[1] + " within the target of " + t];
    if (hi < floor || lo > ceiling) return ["，" + whole[0] + "在目标 " + t + " 之外", "," + whole[1] + " outside the target of " + t];
    return ["，与目标 " + t + " 无法区分", ", which cannot be told from the target of " + t];
  }
  function trendText(series, goal, min) {
    const item = indicator(), area = areaOf(state.area), at = D.months.length - 1, window_ = pair("windows", state.window), digits = item.digits;
    const short = "%‰".includes(item.unit[0]) ? item.unit[0] : "";
    const head = [area[1] + " " + D.months[at] + " " + window_[0] + "，" + item.zh, area[2] + ", " + D.months[at] + ", " + window_[1] + ": " + item.en];
    const value = series[0][at];
    const rise = min > 0 ? [" 纵轴不从零起。", " The axis does not start at zero."] : ["", ""];
    if (typeof value !== "number") {
      const why = pair("statuses", STATUS[series[5][at]] || "none");
      return say($("trend-text"), head[0] + "：" + why[0] + "。", head[1] + " – " + why[1] + ".");
    }
    const low_high = [interval(series[1][at], series[2][at], digits, " 至 "), interval(series[1][at], series[2][at], digits, " to ")];
    const judged = against(value, series[1][at], series[2][at], goal), before = D.months.indexOf(D.before);
    const last = before >= 0 && typeof series[0][before] === "number" ? number(series[0][before], digits) : null;
    say($("trend-text"),
      head[0] + "为 " + number(value, digits) + short + (low_high[0] ? "（" + low_high[0] + "）" : "") + judged[0] + "。" + (last ? "上年同期 " + last + "。" : "") + rise[0],
      head[1] + " " + number(value, digits) + short + (low_high[1] ? " (" + low_high[1] + ")" : "") + judged[1] + "." + (last ? " A year before: " + last + "." : "") + rise[1]);
    return null;
  }
  function keyItem(mark, names) { return el("span", {}, mark, el("span", {}, bi(names))); }
  function trendKey(series, city, goal) {
    const items = [keyItem(el("i", { class: "k-line" }), ["数值", "value"]), keyItem(el("i", { class: "k-range" }), ["95% 区间", "95 % interval"])];
    if (goal) items.push(keyItem(el("i", { class: "k-dash" }), ["目标 " + targetText(goal), "target (" + pair("schemes", goal[3])[1] + ")"]));
    if (city) items.push(keyItem(el("i", { class: "k-thin" }), [areaOf(areaCodes[0])[1], areaOf(areaCodes[0])[2]]));
    for (const letter of "pnaes") if (series[5].includes(letter)) items.push(keyItem(icon(STATUS[letter]), pair("statuses", STATUS[letter])));
    $("trend-key").replaceChildren(...items);
  }
  function head(...cells) { return el("thead", {}, el("tr", {}, ...cells)); }
  const column = (names, numeric) => el("th", { scope: "col", class: numeric ? "num" : null }, bi(names));
  function trendTable(series, item) {
    const rows = D.months.map((month, at) => {
      const letter = series[5][at], value = series[0][at];
      return el("tr", {}, el("th", { scope: "row" }, month),
        el("td", { class: "num" }, number(value, item.digits)), el("td", { class: "num" }, number(series[1][at], item.digits)),
        el("td", { class: "num" }, number(series[2][at], item.digits)), el("td", { class: "num" }, count(series[3][at])),
        el("td", { class: "num" }, count(series[4][at])), el("td", {}, letter === "o" ? bi(pair("statuses", "ok")) : statusMark(letter)));
    });
    $("trend-table").replaceChildren(
      head(column(["月份", "month"]), column(["数值", "value"], true), column(["下限", "low"], true), column(["上限", "high"], true), column(["分子", "numerator"], true), column(["分母", "denominator"], true), column(["状态", "status"])),
      el("tbody", {}, ...rows.reverse()));
  }

  /* ---- townships: a table whose rows are the chart ---- */
  function townRows() {
    if (state.scope === "counties") {
      const at = D.months.length - 1, before = D.months.indexOf(D.before);
      return D.areas.slice(1).map((area) => {
        const s = seriesOf(area[0]);
        return { area, v: s[0][at], low: s[1][at], high: s[2][at], n: s[3][at], d: s[4][at], status: s[5][at], prior: before < 0 ? null : s[0][before] };
      });
    }
    const t = D.towns[key()];
    if (!t) return [];
    return D.townships.map((area, at) => ({ area, v: t[0][at], low: t[1][at], high: t[2][at], n: t[3][at], d: t[4][at], status: t[5][at], prior: t[6][at] }))
      .filter((row) => state.scope === "all" || row.area[3] === state.scope || row.area[0].slice(0, 6) === state.scope.slice(0, 6));
  }
  const SORT = { code: (r) => r.area[0], name: (r) => r.area[1], value: (r) => r.v, prior: (r) => r.prior, n: (r) => (typeof r.n === "number" ? r.n : r.n ? 4 : null), d: (r) => (typeof r.d === "number" ? r.d : r.d ? 4 : null) };
  /* Rows without a value stay at the end in both directions: they are not small, they are unknown. */
  function sorted(rows) {
    const down = state.order.startsWith("-"), of = SORT[state.order.replace("-", "")];
    return rows.slice().sort((a, b) => {
      const x = of(a), y = of(b);
      if (x === null || y === null || x === undefined || y === undefined) return (y ?? null) === (x ?? null) ? 0 : (x ?? null) === null ? 1 : -1;
      const way = typeof x === "number" ? x - y : x.localeCompare(y, "zh-Hans-CN");
      return down ? -way : way;
    });
  }
  function sortHead(name, names, numeric) {
    const now = state.order.replace("-", "") === name, down = state.order.startsWith("-");
    const button = el("button", { type: "button", class: "sort", "data-sort": name }, bi(names));
    button.addEventListener("click", () => {
      choose("order", now && !down ? "-" + name : name, "townships");
      document.querySelector('[data-sort="' + name + '"]').focus({ preventScroll: true });
    });
    return el("th", { scope: "col", class: numeric ? "num" : null, "aria-sort": now ? (down ? "descending" : "ascending") : "none" }, button);
  }
  function ticks(min, max) {
    const step = niceStep(max - min), list = [];
    for (let tick = Math.ceil(min / step) * step; tick <= max + step * 1e-6; tick += step) list.push(Number(tick.toPrecision(8)));
    return list;
  }
  function dotScale(rows, marks) {
    const points = rows.flatMap((r) => [r.v, r.low, r.high]).concat(marks).filter((value) => typeof value === "number").sort((a, b) => a - b);
    if (!points.length) return { at: () => 50, min: 0, max: 1 };
    const low = points[0], high = points[points.length - 1], pad = (high - low || Math.abs(high) || 1) * 0.03;
    const min = low >= 0 && low - pad < 0 ? 0 : low - pad, max = high + pad;
    return { at: (value) => (100 * (value - min)) / (max - min), min, max };
  }
  const pc = (value) => value.toFixed(2) + "%";
  const upright = (kind, x) => svg("line", { class: kind, x1: pc(x), x2: pc(x), y1: 0, y2: 34 });
  function dot(row, scale, city, goal) {
    const picture = svg("svg", { class: "dot", "aria-hidden": "true" });
    for (const g of goal) picture.append(upright("goal", scale.at(g)));
    if (city !== null) picture.append(upright("ref", scale.at(city)));
    if (typeof row.v !== "number") return picture;
    if (typeof row.low === "number") picture.append(svg("line", { class: "range", x1: pc(scale.at(row.low)), x2: pc(scale.at(row.high)), y1: 17, y2: 17 }));
    picture.append(svg("circle", { class: "mid " + row.status, cx: pc(scale.at(row.v)), cy: 17, r: 5 }));
    return picture;
  }
  function axisOf(scale) {
    const axis = svg("svg", { class: "axis", "aria-hidden": "true" });
    for (const tick of ticks(scale.min, scale.max)) {
      axis.append(svg("text", { x: pc(scale.at(tick)), y: 24, "text-anchor": "middle" }, document.createTextNode(tick.toLocaleString("en-US"))));
      axis.append(svg("line", { x1: pc(scale.at(tick)), x2: pc(scale.at(tick)), y1: 29, y2: 34, stroke: COLOUR.thin }));
    }
    return axis;
  }
  function townLine(row, scale, city, goal, digits) {
    const zero = row.v === 0 && row.n === 0;
    const value = typeof row.v !== "number" ? statusMark(row.status) : zero ? el("span", { class: "status s-zero", title: both(pair("statuses", "zero")) }, number(0, digits)) : number(row.v, digits);
    const range = typeof row.v === "number" ? el("small", {}, interval(row.low, row.high, digits, " – ")) : "";
    const mark = row.status === "p" ? statusMark("p") : "";
    return el("tr", { "data-area": row.area[0] },
      el("td", { class: "code only-wide" }, row.area[0].slice(0, state.scope === "counties" ? 6 : 9)),
      el("th", { scope: "row" }, bi([row.area[1], row.area[2]]), mark ? el("small", {}, mark) : ""),
      el("td", { class: "num" }, value, range),
      el("td", { class: "dot-cell" }, dot(row, scale, city, goal)),
      el("td", { class: "num only-wide" }, number(row.prior, digits)),
      el("td", { class: "num only-wide" }, count(row.n)), el("td", { class: "num only-wide" }, count(row.d)));
  }
  function drawTowns() {
    const rows = sorted(townRows()), item = indicator(), last = D.months.length - 1, citySeries = seriesOf(areaCodes[0]);
    const city = typeof citySeries[0][last] === "number" ? citySeries[0][last] : null;
    const target = D.targets[(state.scope === "counties" ? "county" : "township") + "|" + state.indicator];
    const goal = target ? target.slice(1, 3).filter((value) => value !== null) : [];
    const scale = dotScale(rows, goal.concat(city === null ? [] : [city]));
    const wide = (cell) => { cell.classList.add("only-wide"); return cell; };
    $("town-table").replaceChildren(
      head(wide(sortHead("code", ["代码", "code"])), sortHead("name", state.scope === "counties" ? ["区县", "county"] : ["镇办", "township"]), sortHead("value", ["数值与区间", "value, interval"], true),
        el("th", { scope: "col", class: "dot-cell", "aria-label": "数值与区间图 dots and intervals" }, axisOf(scale)),
        wide(sortHead("prior", ["上年同期", "year before"], true)), wide(sortHead("n", ["分子", "numerator"], true)), wide(sortHead("d", ["分母", "denominator"], true))),
      el("tbody", {}, ...rows.map((row) => townLine(row, scale, city, goal, item.digits))));
    $("town-period").replaceChildren(D.through + " ", bi(pair("windows", state.window)));
    townText(rows, city, item);
  }
  function townText(rows, city, item) {
    const known = rows.filter((r) => typeof r.v === "number"), hidden = rows.filter((r) => r.status === "s").length;
    const apart = city === null ? 0 : known.filter((r) => typeof r.low === "number" && (r.low > city || r.high < city)).length;
    const other = rows.length - known.length - hidden, sortedBy = state.order.endsWith("value") ? ["按数值排序不是名次：区间相交者不分高下。", " Sorted by value is not a ranking: overlapping intervals do not order."] : ["", ""];
    say($("town-text"),
      item.zh + "：" + rows.length + " 个地区中 " + known.length + " 个有数值，" + hidden + " 个小数隐去" + (other ? "，" + other + " 个无数值" : "") + "；区间不含全市值" + (city === null ? "" : " " + number(city, item.digits)) + " 的有 " + apart + " 个。竖线为全市值。" + sortedBy[0],
      item.en + ": " + known.length + " of " + rows.length + " areas have a value, " + hidden + " suppressed" + (other ? ", " + other + " without a value" : "") + "; the interval of " + apart + " excludes the city's value. The upright line is the city." + sortedBy[1]);
  }

  /* ---- matrices: register by month, with counties below ---- */
  const nameOf = (code) => D.names[code] || [code, code];
  const worst = (letters, kind) => WORST[kind].split("").find((letter) => letters.includes(letter)) || "-";
  const MATRIX = {
    quality: {
      codes: QUALITY, group: "quality",
      letter: (cell) => worst(cell.map((result) => result[1]), "quality"),
      mark: (letters, letter) => { const bad = letters.filter((x) => x === letter).length; return letters.length > 1 && "fw".includes(letter) ? String(bad) : ""; },
    },
    delivery: {
      codes: DELIVERY, group: "delivery",
      letter: (cell) => cell[0],
      mark: (letters) => (letters.length > 1 ? letters.filter((x) => x === "l").length + "/" + letters.length : ""),
    },
  };
  function letterOf(kind, register, month, area) {
    const cell = D[kind].cells[[register, month, area].join("|")];
    return cell ? MATRIX[kind].letter(cell) : null;
  }
  function cellOf(kind, register, month, areas) {
    const letters = areas.map((area) => letterOf(kind, register, month, area)).filter((letter) => letter !== null);
    if (!letters.length) return el("td", {}, el("span", { class: "cell q-none", role: "img", "aria-label": both(pair(kind, "none")) }, icon("none")));
    const letter = worst(letters, kind), code = MATRIX[kind].codes[letter], mark = MATRIX[kind].mark(letters, letter);
    const where = areas.length > 1 ? "" : " " + nameOf(areas[0])[0];
    const button = el("button", { type: "button", class: "cell q-" + code.replace("/", ""), "aria-pressed": "false", "data-status": code,
      "aria-label": [both(pair("registers", register)) + where, month, both(pair(kind, code)), mark].join(" ") }, icon(code), mark);
    button.title = month + " " + both(pair(kind, code));
    button.addEventListener("click", () => showDetail(kind, register, month, areas, button));
    return el("td", {}, button);
  }
  function matrixRows(kind, register) {
    const areas = D[kind].areas.filter((area) => D[kind].months.some((month) => letterOf(kind, register, month, area) !== null));
    const button = el("button", { type: "button", class: "expand", "aria-expanded": "false" }, bi(pair("registers", register)));
    const main = el("tr", {}, el("th", { scope: "row" }, button), ...D[kind].months.map((month) => cellOf(kind, register, month, areas)));
    const below = areas.map((area) => {
      const row = el("tr", { class: "county" }, el("th", { scope: "row" }, bi(nameOf(area))), ...D[kind].months.map((month) => cellOf(kind, register, month, [area])));
      row.hidden = true;
      return row;
    });
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      below.forEach((row) => { row.hidden = !open; });
    });
    return [main, ...below];
  }
  function monthHead(month, at) {
    return el("th", { scope: "col", "aria-label": month }, at === 0 || month.endsWith("-01") ? el("small", {}, month.slice(0, 4)) : el("small", {}, " "), month.slice(5));
  }
  function drawMatrix(kind) {
    const m = D[kind];
    $(kind + "-matrix").replaceChildren(
      head(el("th", { scope: "col" }, bi(["登记", "register"])), ...m.months.map(monthHead)),
      el("tbody", {}, ...m.registers.flatMap((register) => matrixRows(kind, register))));
    const order = kind === "quality" ? "pwfn" : "lhrm";
    $(kind + "-key").replaceChildren(...order.split("").map((letter) => {
      const code = MATRIX[kind].codes[letter], mark = icon(code);
      return keyItem(el("span", { class: "q q-" + code.replace("/", "") }, mark), pair(kind, code));
    }));
    matrixText(kind);
  }
  function matrixText(kind) {
    const tally = {}, month = D[kind].months[D[kind].months.length - 1];
    const letters = (cells) => (kind === "quality" ? cells.map((result) => result[1]) : [cells[0]]);
    for (const [cellKey, cell] of Object.entries(D[kind].cells)) {
      if (cellKey.split("|")[1] === month) for (const letter of letters(cell)) tally[letter] = (tally[letter] || 0) + 1;
    }
    const order = kind === "quality" ? "pwfn" : "lhrm", list = (side) => order.split("").map((letter) => pair(kind, MATRIX[kind].codes[letter])[side] + " " + (tally[letter] || 0));
    const what = kind === "quality" ? ["项检查结果", "check results"] : ["份应报", "deliveries due"];
    const sum = Object.values(tally).reduce((a, b) => a + b, 0);
    say($(kind + "-text"), month ? month + "：" + sum + " " + what[0] + "，" + list(0).join("，") + "。" : "没有结果。", month ? month + ": " + sum + " " + what[1] + "; " + list(1).join(", ") + "." : "No results.");
  }
  function showDetail(kind, register, month, areas, button) {
    for (const other of $(kind + "-matrix").querySelectorAll('[aria-pressed="true"]')) if (other !== button) other.setAttribute("aria-pressed", "false");
    const open = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(open));
    const names = pair("registers", register), place = areas.length > 1 ? ["", ""] : nameOf(areas[0]);
    $(kind + "-detail").replaceChildren(...(open ? [el("h3", {}, bi([names[0] + " " + place[0] + " " + month, names[1] + " " + place[1]])), kind === "quality" ? checksTable(register, month, areas) : linesTable(register, month, areas)] : []));
  }
  function checksTable(register, month, areas) {
    const rows = areas.flatMap((area) => (D.quality.cells[[register, month, area].join("|")] || []).map((result) => ({ area, result })));
    rows.sort((a, b) => WORST.quality.indexOf(a.result[1]) - WORST.quality.indexOf(b.result[1]));
    const body = rows.map(({ area, result }) => {
      const check = D.quality.checks[result[0]], code = QUALITY[result[1]];
      return el("tr", {}, el("td", {}, el("span", { class: "q q-" + code.replace("/", "") }, icon(code), el("span", {}, bi(pair("quality", code))))),
        el("th", { scope: "row" }, bi(nameOf(area))), el("td", { title: check[0] }, bi([check[4], check[5]])), el("td", {}, bi(pair("dimensions", check[1] || ""))), el("td", {}, bi(pair("severities", check[2] || ""))),
        el("td", { class: "num" }, protectedCount(result[2])), el("td", { class: "num" }, protectedCount(result[3])), el("td", { class: "num" }, result[4] === null ? "–" : plain(result[4])), el("td", { class: "num" }, check[3] === null ? "–" : plain(check[3])));
    });
    return el("table", { class: "data" }, head(column(["结果", "result"]), column(["地区", "area"]), column(["检查", "check"]), column(["维度", "dimension"]), column(["级别", "severity"]), column(["受检", "elements"], true), column(["不符", "unexpected"], true), column(["观测", "observed"], true), column(["阈值", "threshold"], true)), el("tbody", {}, ...body));
  }
  function linesTable(register, month, areas) {
    const body = areas.flatMap((area) => {
      const name = [register, month, area].join("|"), lines = D.delivery.lines[name] || [], cell = D.delivery.cells[name];
      if (!lines.length && cell) return [el("tr", {}, el("th", { scope: "row" }, bi(nameOf(area))), el("td", {}, deliveryMark(DELIVERY[cell[0]])), ...[0, 1, 2, 3, 4, 5, 6].map(() => el("td", { class: "num" }, "–")))];
      return lines.map((line) => el("tr", {}, el("th", { scope: "row" }, bi(nameOf(area))), el("td", {}, deliveryMark(line[1])), el("td", { class: "num" }, count(line[0])), el("td", {}, line[2] ? bi(pair("quality", line[2])) : "–"),
        ...line.slice(3, 7).map((value) => el("td", { class: "num" }, count(value))), el("td", {}, line[7] || "–")));
    });
    return el("table", { class: "data" }, head(column(["地区", "area"]), column(["状态", "status"]), column(["重报", "re-delivery"], true), column(["质量", "gate"]), column(["行数", "rows in"], true), column(["入库", "landed"], true), column(["未变", "unchanged"], true), column(["隔离", "quarantined"], true), column(["原因", "reason"])), el("tbody", {}, ...body));
  }
  const SHAPE = { superseded: "none", duplicate: "none" };
  function deliveryMark(code) { return el("span", { class: "q q-" + code }, icon(SHAPE[code] || code), el("span", {}, bi(pair("delivery", code)))); }

  /* ---- all together ---- */
  function draw() {
    showControls();
    if (!D.indicators.length) return;
    drawTrend();
    drawTowns();
  }
  function arrive() {
    const section = readAddress();
    draw();
    if (section && $(section)) $(section).scrollIntoView();
  }
  if (D.indicators.length) buildControls(); else $("explore").hidden = true;
  buildLanguage();
  drawMatrix("quality");
  drawMatrix("delivery");
  arrive();
  window.addEventListener("hashchange", arrive);
  new ResizeObserver(() => { if (chart) chart.resize(); }).observe($("trend-chart"));
  window.addEventListener("beforeprint", () => { for (const box of document.querySelectorAll("details")) box.open = true; if (chart) chart.resize(); });
})();
