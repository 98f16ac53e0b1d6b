// Kaplan-Meier curves to trace with a mouse, a finger or the arrow keys. Nothing is computed here but the place of each
// point: all numbers stand in the data as they are printed (survival/trace_curves.py).
(() => {
  "use strict";
  const DATA = JSON.parse(document.getElementById("curves").textContent);
  const NAMESPACE = "http://www.w3.org/2000/svg";
  const PLACE = { left: 40, right: 14, top: 8, height: 300, row: 17, line: 2 };
  const tidy = time => Math.round(time * 1e6) / 1e6;
  const digits = String(DATA.fine).split(".")[1]?.length ?? 0;
  const inWords = time => `${Number(time.toFixed(digits))} ${DATA.unit}`;
  const touched = matchMedia("(hover: none)").matches;

  // The step of a curve at a time. As in the statistics, nothing is known once nobody is observed any more, unless the
  // curve has come down to 0; and a patient who leaves at a time is still at risk then.
  function read(curve, time) {
    const step = curve.time.findLastIndex(each => each <= time);
    const next = curve.time.findIndex(each => each >= time);
    const known = next >= 0 || curve.down;
    return {
      survival: known ? curve.survival[step].toFixed(1) : "–",
      limits: known && curve.low[step] !== null ? [curve.low[step].toFixed(1), curve.high[step].toFixed(1)] : null,
      atRisk: next >= 0 ? curve.at_risk[next] : "0",
      events: curve.events[step],
    };
  }

  function element(tag, attributes = {}, ...inside) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  }

  function drawn(tag, attributes, text = "") {
    const made = document.createElementNS(NAMESPACE, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  }

  // A table with a row for each arm, beside its line.
  function table(head, rows) {
    const titles = head.map(text => element("th", { scope: "col" }, text));
    const lines = rows.map((cells, place) => {
      const arm = DATA.arms[place];
      const style = `border-color: ${arm.colour}; border-top-style: ${arm.dashes.length ? "dashed" : "solid"}`;
      const line = element("span", { class: "key", style });
      return element("tr", {}, element("th", { scope: "row" }, line, arm.name), ...cells.map(text => element("td", {}, text)));
    });
    return element("table", {}, element("thead", {}, element("tr", {}, ...titles)), element("tbody", {}, ...lines));
  }

  class Curves {
    constructor(figure) {
      this.figure = figure;
      this.population = figure.dataset.population;
      this.endpoint = figure.dataset.endpoint || DATA.endpoints[0][0];
      this.picture = figure.querySelector(".picture");
      this.shown = element("p", { class: "shown" });
      this.estimates = element("div", { class: "estimates" });
      this.plot = element("div", { class: "plot", tabindex: 0, role: "slider", "aria-label": "Time" });
      this.reading = element("div", { class: "reading" });
      this.status = element("p", { class: "heard", role: "status" });
      const label = `${figure.querySelector("figcaption strong").textContent} Interactive`;
      this.box = element("div", { class: "curves", role: "group", "aria-label": label },
        this.shown, this.plot, this.hint(), this.reading, this.estimates, this.bar(), this.status);
      this.picture.before(this.box);
      this.picture.after(this.exchange());
      this.listen();
      this.all();
      new ResizeObserver(() => this.draw()).observe(this.plot);
    }

    // What can be chosen

    hint() {
      return element("p", { class: "hint" }, `${touched ? "Touch" : "Point at"} the curve to read a time.`);
    }

    bar() {
      const bar = element("div", { class: "bar" });
      bar.append(this.choice("Patients", "population", DATA.populations), this.choice("Endpoint", "endpoint", DATA.endpoints));
      const zoom = element("div", { class: "choice", role: "group", "aria-label": "Time shown" });
      const buttons = [["Zoom in", () => this.zoom(0.5)], ["Zoom out", () => this.zoom(2)],
        ["Whole follow-up", () => this.all()]];
      for (const [text, act] of buttons) {
        const button = element("button", { type: "button" }, text);
        button.onclick = () => { act(); this.draw(); };
        zoom.append(button);
      }
      bar.append(zoom);
      return bar;
    }

    choice(name, key, options) {
      const group = element("div", { class: "choice", role: "group", "aria-label": name });
      for (const [value, text] of options.length > 1 ? options : []) {
        const button = element("button", { type: "button", "aria-pressed": value === this[key] }, text);
        button.onclick = () => {
          this[key] = value;
          for (const other of group.children) other.setAttribute("aria-pressed", other === button);
          this.all();
          this.draw();
          this.tell();
        };
        group.append(button);
      }
      return group;
    }

    // The figure as it is printed, in place of the curves.
    exchange() {
      const button = element("button", { type: "button", class: "exchange" }, "Show the printed figure");
      button.onclick = () => {
        const printed = this.figure.classList.toggle("printed");
        button.textContent = printed ? "Show the curve to read" : "Show the printed figure";
      };
      this.figure.classList.add("traced");
      return button;
    }

    // Time

    get slice() { return DATA.curves[this.population][this.endpoint]; }

    get longest() { return Math.max(DATA.fine, ...this.slice.arms.map(curve => curve.time.at(-1))); }

    all() {
      [this.from, this.to] = [0, this.longest];
      const step = this.breaks()[1] ?? this.longest;
      this.time = Math.min(this.time ?? tidy(step * Math.floor(this.longest / step / 2)), this.longest);
    }

    zoom(factor) {
      const span = Math.min(Math.max((this.to - this.from) * factor, 10 * DATA.fine), this.longest);
      this.from = Math.min(Math.max(this.time - span / 2, 0), this.longest - span);
      this.to = this.from + span;
    }

    go(time) {
      const chosen = Math.min(Math.max(time, 0), this.longest + DATA.fine);
      this.time = tidy(Math.min(Math.round(chosen / DATA.fine) * DATA.fine, this.longest));
      const beyond = Math.min(this.time - this.from, 0) || Math.max(this.time - this.to, 0);
      this.from += beyond;
      this.to += beyond;
      if (beyond) this.draw();
      else this.point();
      this.tell();
    }

    listen() {
      const keys = {
        ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5, Home: -Infinity, End: Infinity,
      };
      this.plot.addEventListener("keydown", event => {
        if (event.key === "+" || event.key === "-") {
          this.zoom(event.key === "+" ? 0.5 : 2);
          this.draw();
        } else if (event.key in keys) {
          this.go(this.time + keys[event.key] * (event.shiftKey ? DATA.fine : DATA.coarse));
        } else return;
        event.preventDefault();
      });
      const follow = event => {
        const place = event.clientX - this.plot.getBoundingClientRect().left - PLACE.left;
        this.go(this.from + (place / this.wide) * (this.to - this.from));
      };
      this.plot.addEventListener("pointerdown", follow);
      this.plot.addEventListener("pointermove", follow);
    }

    // The drawing

    x(time) { return PLACE.left + ((time - this.from) / (this.to - this.from)) * this.wide; }

    y(survival) { return PLACE.top + (1 - survival / 100) * this.high; }

    breaks() {
      const most = this.wide < 420 ? 5 : 8;
      const step = DATA.steps.find(each => (this.to - this.from) / each <= most) ?? (this.to - this.from) / most;
      const first = Math.ceil(tidy(this.from / step));
      return Array.from({ length: Math.floor(tidy(this.to / step)) - first + 1 }, (_, place) => tidy((first + place) * step));
    }

    draw() {
      const width = this.plot.clientWidth;
      if (!width) return;
      this.wide = width - PLACE.left - PLACE.right;
      this.high = Math.min(PLACE.height, this.wide * 0.75);
      const below = PLACE.top + this.high;
      const height = below + 50 + PLACE.row * (1 + 2.3 * DATA.arms.length);
      const image = drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" });
      const clip = `clip-${this.figure.id}`;
      const inside = drawn("g", { "clip-path": `url(#${clip})` });
      const frame = drawn("clipPath", { id: clip });
      frame.append(drawn("rect", { x: PLACE.left - 1, y: 0, width: this.wide + 2, height: below + 1 }));
      image.append(frame, ...this.axes(below), inside, ...this.risks(below + 50));
      this.slice.arms.forEach((curve, arm) => inside.append(...this.curve(curve, DATA.arms[arm])));
      this.slice.halves.forEach((half, arm) => inside.append(...this.median(half, DATA.arms[arm])));
      this.cursor = drawn("g", { class: "cursor" });
      image.append(this.cursor);
      this.plot.replaceChildren(image);
      this.name();
      this.estimate();
      this.point();
    }

    axes(below) {
      const parts = [drawn("path", { class: "axis", d: `M${PLACE.left} ${PLACE.top}V${below}H${PLACE.left + this.wide}` })];
      for (const share of [0, 25, 50, 75, 100]) {
        parts.push(drawn("path", { class: share ? "grid" : "axis", d: `M${PLACE.left} ${this.y(share)}h${this.wide}` }),
          drawn("text", { x: PLACE.left - 7, y: this.y(share) + 4, "text-anchor": "end" }, share));
      }
      for (const time of this.breaks()) {
        parts.push(drawn("path", { class: "axis", d: `M${this.x(time)} ${below}v5` }),
          drawn("text", { x: this.x(time), y: below + 18, "text-anchor": "middle" }, time));
      }
      return [...parts, drawn("text", { x: PLACE.left + this.wide / 2, y: below + 35, "text-anchor": "middle" }, `Time (${DATA.unit})`)];
    }

    // A curve's steps, its interval until the next one, and marks where patients are censored.
    curve(curve, arm) {
      const { time, survival, low, high, censored, banded } = curve;
      const dashes = arm.dashes.map(length => length * PLACE.line).join(" ");
      const line = time.map((each, step) => (step ? `H${this.x(each)}V` : `M${this.x(each)} `) + this.y(survival[step]));
      let band = "", marks = "";
      for (let step = 0; step < time.length; step++) {
        const [left, right] = [this.x(time[step]), this.x(time[step + 1] ?? time[step])];
        if (step < banded && low[step] !== null) band += `M${left} ${this.y(high[step])}H${right}V${this.y(low[step])}H${left}Z`;
        if (censored[step]) marks += this.mark(arm, left, this.y(survival[step]));
      }
      return [
        drawn("path", { d: band, fill: arm.colour, opacity: 0.14 }),
        drawn("path", { d: line.join(""), stroke: arm.colour, "stroke-dasharray": dashes, class: "line" }),
        drawn("path", { d: marks, stroke: arm.colour, class: "mark" }),
      ];
    }

    // A tick, or for the arm with dashes a circle: told apart without colour.
    mark(arm, x, y) {
      return arm.dashes.length ? `M${x - 2} ${y}a2 2 0 1 0 4 0a2 2 0 1 0 -4 0` : `M${x} ${y - 4}v8`;
    }

    median(half, arm) {
      if (half === null) return [];
      return [drawn("path", { class: "median", stroke: arm.colour, d: `M${this.x(0)} ${this.y(50)}H${this.x(half)}V${this.y(0)}` })];
    }

    // Numbers at risk at the breaks of the time axis, below the name of their arm.
    risks(top) {
      const head = this.slice.weighted ? "Number at risk, weighted" : "Number at risk";
      const parts = [drawn("text", { x: PLACE.left, y: top + 12 }, head)];
      this.slice.arms.forEach((curve, arm) => {
        const y = top + 12 + PLACE.row * (1.2 + 2.3 * arm);
        parts.push(drawn("text", { x: PLACE.left, y, class: "name", fill: DATA.arms[arm].colour }, DATA.arms[arm].name));
        for (const time of this.breaks()) {
          const number = read(curve, time).atRisk;
          parts.push(drawn("text", { x: this.x(time), y: y + PLACE.row, "text-anchor": "middle" }, number));
        }
      });
      return parts;
    }

    // What is shown: the endpoint, on the vertical axis, and the patients.
    name() {
      const [endpoint, patients] = [["endpoints", this.endpoint], ["populations", this.population]]
        .map(([kind, value]) => new Map(DATA[kind]).get(value));
      this.shown.replaceChildren(element("strong", {}, `${endpoint} (%)`), ` ${patients}`);
    }

    // Estimates of the whole curves, as above the printed figure.
    estimate() {
      const { patients, events, medians, ratio, test } = this.slice;
      const rows = DATA.arms.map((_, place) => [patients[place], events[place], medians[place]]);
      const said = [`Hazard ratio (95% CI), ${DATA.contrast}: ${ratio}. ${test.replace(/P .*/, p => p.replaceAll(" ", "\u00a0"))}.`, DATA.signs];
      this.estimates.replaceChildren(table(["Arm", "Patients", "Events", `Median, ${DATA.unit} (95% CI)`], rows),
        element("p", {}, said.filter(Boolean).join(" ")));
    }

    // What the curves say at the chosen time.
    point() {
      const found = this.slice.arms.map(curve => read(curve, this.time));
      const x = this.x(this.time);
      this.cursor.replaceChildren(drawn("path", { d: `M${x} ${PLACE.top}v${this.high}` }));
      found.forEach((each, arm) => {
        if (each.survival !== "–")
          this.cursor.append(drawn("circle", { cx: x, cy: this.y(each.survival), r: 4, fill: DATA.arms[arm].colour }));
      });
      const rows = found.map(({ survival, limits, atRisk, events }) =>
        [limits ? `${survival} (${limits.join("–")})` : survival, atRisk, String(events)]);
      this.reading.replaceChildren(table([`At ${inWords(this.time)}`, "Survival, % (95% CI)", "At risk", "Events"], rows));
      this.plot.setAttribute("aria-valuemin", 0);
      this.plot.setAttribute("aria-valuemax", this.longest);
      this.plot.setAttribute("aria-valuenow", this.time);
      this.plot.setAttribute("aria-valuetext", inWords(this.time));
    }

    // The same for people who hear the page, when the time rests.
    tell() {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => {
        const said = this.slice.arms.map((curve, arm) => {
          const { survival, limits, atRisk, events } = read(curve, this.time);
          const interval = limits ? `, 95% confidence interval ${limits.join(" to ")}` : "";
          const share = survival === "–" ? "nobody observed any more" : `survival ${survival}%${interval}`;
          return `${DATA.arms[arm].name}: ${share}; ${atRisk} at risk, ${events} events.`;
        });
        this.status.textContent = `${inWords(this.time)}. ${said.join(" ")}`;
      }, 400);
    }
  }

  document.querySelectorAll("figure[data-population]").forEach(figure => new Curves(figure));
})();
