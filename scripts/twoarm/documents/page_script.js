// What a page can do for its reader: contents that mark the current section, figures that open to be enlarged, and
// files that are saved from the figures shown. Without this script all can be read, and the files lie beside the page.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const make = (tag, attributes = {}, text = "") => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.textContent = text;
    return element;
  };

  // Contents

  const contents = document.querySelector(".contents details");
  const beside = matchMedia("(min-width: 1000px)"); // as in document_html.css
  const links = all(".contents > details > ol > li > a");
  const sections = links.map(link => document.getElementById(link.hash.slice(1)));

  function unfold() {
    contents.open = beside.matches;
  }

  function markSection() {
    const reached = sections.filter(section => section.getBoundingClientRect().top < innerHeight / 4).length - 1;
    links.forEach((link, place) => {
      if (place === reached) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }

  if (contents) {
    unfold();
    beside.addEventListener("change", unfold);
    contents.addEventListener("click", event => {
      if (event.target.closest("a") && !beside.matches) contents.open = false;
    });
    addEventListener("scroll", () => requestAnimationFrame(markSection), { passive: true });
    markSection();
  }

  // Figures, enlarged

  const WIDER = [1, 1.5, 2, 3, 4];
  const TAPPED = 2; // the place in WIDER of a touch on the figure

  // The whole figure on the screen first; its buttons or a touch make it larger, as do two fingers, as in any page.
  function enlarge(image, name) {
    const shown = make("img", { src: image.currentSrc, alt: image.alt });
    const dialog = make("dialog", { className: "enlarged" });
    const bar = make("p", { className: "bar" });
    const box = make("div", { className: "box", tabIndex: 0 });
    const shape = image.naturalWidth / image.naturalHeight;
    let step = 0;

    // across, down: the point of the box at which the figure keeps its place.
    function zoom(change, across = box.clientWidth / 2, down = box.clientHeight / 2) {
      const before = shown.getBoundingClientRect();
      const corner = box.getBoundingClientRect();
      const point = [(corner.x + across - before.x) / before.width, (corner.y + down - before.y) / before.height];
      step = Math.min(Math.max(step + change, 0), WIDER.length - 1);
      shown.width = Math.floor(Math.min(box.clientWidth, shape * box.clientHeight) * WIDER[step]);
      shown.height = Math.floor(shown.width / shape);
      box.classList.toggle("whole", step === 0);
      box.scrollTo(point[0] * shown.width - across, point[1] * shown.height - down);
    }

    const button = (text, label, act) => {
      const made = make("button", { type: "button", onclick: act }, text);
      made.setAttribute("aria-label", label);
      bar.append(made);
    };
    dialog.setAttribute("aria-label", name);
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", `${name}, enlarged`);
    bar.append(make("span", {}, name));
    button("−", "Smaller", () => zoom(-1));
    button("+", "Larger", () => zoom(1));
    button("×", "Close", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    shown.onclick = event => {
      const corner = box.getBoundingClientRect();
      zoom(step < TAPPED ? TAPPED - step : -step, event.clientX - corner.x, event.clientY - corner.y);
    };
    box.append(shown);
    dialog.append(bar, box);
    document.body.append(dialog);
    dialog.showModal();
    zoom(0);
  }

  for (const picture of all(".picture")) {
    const image = picture.querySelector("img");
    const name = picture.getAttribute("aria-label");
    const opener = make("button", { type: "button", className: "opener", onclick: () => enlarge(image, name) });
    opener.setAttribute("aria-label", `Enlarge ${name}`);
    for (const attribute of ["role", "tabindex", "aria-label"]) picture.removeAttribute(attribute);
    picture.append(opener); // over the image, whose alternative text stays as it is
  }

  // Files

  const DPI = 300;

  function save(name, content) {
    const address = URL.createObjectURL(content);
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  }

  const crc = bytes => {
    let left = ~0;
    for (const byte of bytes) {
      left ^= byte;
      for (let bit = 0; bit < 8; bit++) left = (left >>> 1) ^ (left & 1 ? 0xedb88320 : 0);
    }
    return ~left >>> 0;
  };

  // A PNG with its resolution, which a canvas does not write: a chunk pHYs (pixels a metre) behind the first one.
  async function withResolution(picture) {
    const bytes = new Uint8Array(await picture.arrayBuffer());
    const chunk = new DataView(new ArrayBuffer(21));
    const dots = Math.round(DPI / 0.0254);
    chunk.setUint32(0, 9);
    [..."pHYs"].forEach((letter, place) => chunk.setUint8(4 + place, letter.charCodeAt(0)));
    chunk.setUint32(8, dots);
    chunk.setUint32(12, dots);
    chunk.setUint8(16, 1);
    chunk.setUint32(17, crc(new Uint8Array(chunk.buffer, 4, 13)));
    return new Blob([bytes.slice(0, 33), chunk, bytes.slice(33)], { type: "image/png" });
  }

  async function saveAsPixels(source, name) {
    const image = make("img", { src: source });
    await image.decode();
    const canvas = make("canvas", {
      width: Math.round((image.naturalWidth / 96) * DPI),
      height: Math.round((image.naturalHeight / 96) * DPI),
    });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(async picture => save(name, await withResolution(picture)), "image/png");
  }

  for (const link of all("figure a[download]")) {
    const { src } = link.closest("figure").querySelector(".picture img"); // not the form for a column
    link.addEventListener("click", event => {
      event.preventDefault();
      if (link.download.endsWith(".png")) saveAsPixels(src, link.download);
      else fetch(src).then(answer => answer.blob()).then(content => save(link.download, content));
    });
  }
})();
