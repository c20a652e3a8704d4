// Reading help only: the page says everything without it.
"use strict";
(() => {
  const axis = (text) => {
    const [low, high, start, stop, log] = text.split(" ").map(Number);
    return (position) => {
      const share = (position - start) / (stop - start);
      return log ? low * (high / low) ** share : low + share * (high - low);
    };
  };
  const words = (value) => Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
  const points = (path) => [...path.getAttribute("d").matchAll(/([ML])([-\d.]+) ([-\d.]+)/g)]
    .map(([, pen, x, y]) => ({ pen, x: Number(x), y: Number(y) }));
  const height = (line, x) => {
    for (let i = 1; i < line.length; i++) {
      const [a, b] = [line[i - 1], line[i]];
      if (b.pen === "L" && a.x <= x && x <= b.x) return a.y + (b.y - a.y) * (b.x > a.x ? (x - a.x) / (b.x - a.x) : 0);
    }
    return null;
  };

  for (const svg of document.querySelectorAll("svg.chart[data-x]")) {
    const [across, up] = [axis(svg.dataset.x), axis(svg.dataset.y)];
    const [, , left, right] = svg.dataset.x.split(" ").map(Number);
    const lines = [...svg.querySelectorAll(".line:not(.other)")].reverse().map((group) => ({
      label: group.dataset.label, style: group.getAttribute("class"),
      key: document.querySelector(`li[data-focus="${CSS.escape(group.dataset.label)}"] .key`), points: points(group.querySelector(".mean")),
    }));
    const cursor = svg.querySelector(".cursor");
    const tip = document.createElement("div");
    tip.className = "tip";
    tip.hidden = true;
    svg.parentNode.append(tip);
    const leave = () => { tip.hidden = true; cursor.setAttribute("hidden", ""); };
    svg.addEventListener("pointerleave", leave);
    svg.addEventListener("pointermove", (event) => {
      const x = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()).x;
      if (x < left || x > right) return leave();
      cursor.removeAttribute("hidden");
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      const heading = document.createElement("b");
      heading.textContent = `${words(across(x))} ${svg.dataset.unit}`;
      tip.replaceChildren(heading);
      const shown = lines.map((line) => ({ ...line, y: height(line.points, x) })).filter((line) => line.y !== null);
      for (const line of shown.sort((a, b) => a.y - b.y)) {
        const row = document.createElement("div");
        if (line.key) row.append(line.key.cloneNode(true));
        const [name, value] = [document.createElement("span"), document.createElement("span")];
        name.className = "name";
        name.textContent = line.label;
        value.textContent = svg.dataset.percent === "1" ? `${up(line.y).toFixed(1)} %` : words(up(line.y));
        row.append(name, value);
        tip.append(row);
      }
      tip.hidden = false;
      const middle = x > (left + right) / 2;
      tip.style.left = middle ? "12%" : "auto";
      tip.style.right = middle ? "auto" : "3%";
    });
  }

  const pressed = (element, act) => {
    element.addEventListener("click", act);
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act();
    });
  };

  // A series stands out while its name is pointed at or has the keyboard's focus, and stays so when it is clicked.
  let kept = null;
  const items = [...document.querySelectorAll("[data-focus]")];
  const focus = (name) => {
    for (const svg of document.querySelectorAll("svg.chart")) {
      const lines = [...svg.querySelectorAll(".line")];
      svg.classList.toggle("has-focus", lines.some((line) => line.dataset.label === name));
      for (const line of lines) line.classList.toggle("focus", line.dataset.label === name);
    }
  };
  const keep = (name) => {
    kept = kept === name ? null : name;
    for (const item of items) item.setAttribute("aria-pressed", String(item.dataset.focus === kept));
    focus(kept);
  };
  for (const item of items) {
    item.setAttribute("role", "button");
    item.setAttribute("aria-pressed", "false");
    for (const event of ["pointerenter", "focus"]) item.addEventListener(event, () => focus(item.dataset.focus));
    for (const event of ["pointerleave", "blur"]) item.addEventListener(event, () => focus(kept));
    pressed(item, () => keep(item.dataset.focus));
  }

  // The table: sorted by the column whose head is clicked, over what is folded away, too, and filtered by words.
  const comparison = document.querySelector(".comparison");
  const rows = comparison ? [...comparison.querySelectorAll("table.rows tbody tr")] : [];
  if (rows.length > 1) {
    const count = comparison.querySelector(".count"), most = Number(count.dataset.open);
    const folded = [...comparison.querySelectorAll("details")], best = comparison.querySelector("tbody");
    const texts = new Map(rows.map((row) => [row, row.cells[0].textContent.toLowerCase()]));
    const value = (cell) => {
      const text = (cell.firstChild?.textContent ?? "").replace(/[\s\u00a0]/g, "").replace("\u2212", "-").replace(/^[\u2265\u2248+]+/, "");
      return text === "\u221e" ? Infinity : text === "" ? NaN : Number.parseFloat(text);
    };
    const natural = new Intl.Collator("en", { numeric: true });
    let order = rows, words = [];
    const show = () => {
      const found = order.filter((row) => words.every((word) => texts.get(row).includes(word)));
      const match = new Set(found), open = new Set(found.slice(0, most));
      for (const row of rows) row.hidden = !match.has(row);
      best.append(...order.filter((row) => open.has(row) || (!folded.length && !match.has(row))));
      for (const part of folded) {
        const own = order.filter((row) => !open.has(row) && row.dataset.name === part.dataset.name);
        const seen = own.filter((row) => match.has(row)).length;
        part.querySelector("tbody").append(...own);
        part.querySelector(".more").textContent = `${seen} more`;
        part.hidden = seen === 0;
      }
      const shown = found.length <= most ? `all ${found.length}` : `the first ${most} of ${found.length}`;
      count.textContent = `Shown: ${shown}${found.length < rows.length ? ` that have these words, of ${rows.length}` : ""}.`;
    };
    const heads = [...comparison.querySelectorAll("table.rows thead tr")].map((row) => [...row.cells]);
    const sort = (column, down) => {
      const key = new Map(rows.map((row) => [row, column ? value(row.cells[column]) : texts.get(row)]));
      order = [...rows].sort((one, other) => {
        const [a, b] = [key.get(one), key.get(other)];
        if (!column) return (down ? -1 : 1) * natural.compare(a, b);
        if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
        return a === b ? 0 : (a < b ? -1 : 1) * (down ? -1 : 1);
      });
      for (const row of heads) {
        row.forEach((head, place) => {
          if (place === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
          else head.removeAttribute("aria-sort");
        });
      }
      show();
    };
    for (const row of heads) {
      row.forEach((head, place) => {
        const button = document.createElement("span");  // a button would not be printed again on the next sheet
        button.setAttribute("role", "button");
        button.tabIndex = 0;
        button.append(...head.childNodes);
        head.append(button);
        pressed(button, () => sort(place, head.getAttribute("aria-sort") === "ascending"));
      });
    }
    if (rows.length > 8) {
      const filter = document.createElement("input");
      filter.type = "search";
      filter.placeholder = "words of the runs to be shown";
      filter.setAttribute("aria-label", filter.placeholder);
      filter.addEventListener("input", () => { words = filter.value.toLowerCase().split(/\s+/).filter(Boolean); show(); });
      count.before(filter);
    }
  }
})();
