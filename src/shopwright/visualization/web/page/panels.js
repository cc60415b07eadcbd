import { element, icon } from "./elements.js";

/** @type {(() => void) | null} */
let closeOpen = null;

/** Closes the panel that is open, if any. */
export function closePanel() {
  closeOpen?.();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && closeOpen) closeOpen();
});
document.addEventListener("pointerdown", (event) => {
  const inside = event.target instanceof Element && event.target.closest(".panel-place");
  if (!inside) closePanel();
});

/**
 * A button that opens a panel below itself. The panel is filled when it opens, closes with Escape or a click beside it,
 * and gives the focus back.
 * @param {object} given
 * @param {string} given.id
 * @param {import("./elements.js").IconName} [given.symbol]
 * @param {string} given.label what the panel chooses
 * @param {() => string} given.value what is chosen now
 * @param {() => boolean} given.active whether that differs from the choice at the start
 * @param {(close: () => void) => HTMLElement} given.fill
 * @returns {{ place: HTMLElement, update: () => void }}
 */
export function panelButton({ id, symbol, label, value, active, fill }) {
  const shown = element("span", { class: "choice-value" });
  const button = element(
    "button", {
      type: "button", id, class: "choice", "aria-haspopup": "dialog", "aria-expanded": "false",
      click: () => (place.querySelector(".panel") ? close() : open()),
    },
    symbol ? icon(symbol) : null,
    element("span", { class: "choice-label" }, label),
    shown,
    icon("chevron"),
  );
  const place = element("div", { class: "panel-place" }, button);
  function open() {
    closePanel();
    const panel = element("div", { class: "panel", role: "dialog", "aria-label": label }, fill(close));
    place.append(panel);
    button.setAttribute("aria-expanded", "true");
    closeOpen = close;
    panel.classList.toggle("leftwards", panel.getBoundingClientRect().right > window.innerWidth - 8);
    /** @type {HTMLElement | null} */ (panel.querySelector("[data-first], input, button"))?.focus();
  }
  function close() {
    const panel = place.querySelector(".panel");
    const held = panel?.contains(document.activeElement);
    panel?.remove();
    button.setAttribute("aria-expanded", "false");
    closeOpen = null;
    if (held) button.focus();
  }
  function update() {
    shown.textContent = value();
    button.classList.toggle("active", active());
  }
  update();
  return { place, update };
}
