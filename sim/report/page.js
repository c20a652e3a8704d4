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

  for (const svg of document.querySelectorAll("svg.chart")) {
    const [across, up] = [axis(svg.dataset.x), axis(svg.dataset.y)];
    const [, , left, right] = svg.dataset.x.split(" ").map(Number);
    const lines = [...svg.querySelectorAll(".line:not(.other)")].reverse().map((group) => ({
      label: group.dataset.label, style: group.getAttribute("class"), points: points(group.querySelector(".mean")),
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
        row.className = line.style.replace("line", "");
        row.innerHTML = '<svg class="key" viewBox="0 0 26 10"><line x1="2" x2="24" y1="5" y2="5"></line></svg>';
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

  for (const item of document.querySelectorAll("[data-focus]")) {
    const focus = (on) => () => {
      for (const svg of document.querySelectorAll("svg.chart")) {
        svg.classList.toggle("has-focus", on);
        for (const line of svg.querySelectorAll(".line")) {
          line.classList.toggle("focus", on && line.dataset.label === item.dataset.focus);
        }
      }
    };
    item.addEventListener("pointerenter", focus(true));
    item.addEventListener("pointerleave", focus(false));
  }
})();
