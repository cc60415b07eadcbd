/** @import { Answer, Dashboard, Page, Source, State, Step, Visual } from "./contract.d.ts" */
import { dates, pageQuery, readAddress, visualQuery, writeAddress } from "./address.js";
import { Card } from "./cards.js";
import { announce, element, failure, icon, iconButton, region } from "./elements.js";
import { date, moment, span, speakFor } from "./figures.js";
import { filterBar, filterChips, valueName } from "./filters.js";
import { isDark, onSystemTheme, wear } from "./look.js";
import { pageLinks, themeSwitch } from "./rail.js";
import { openSource } from "./source.js";

/** How soon a page that is slow to come shows that it is at work, in milliseconds. */
const PATIENCE = 250;

/** The page: one state, which the address bar holds, and the cards that show it. */
class App {
  /**
   * @param {Source} source
   * @param {Dashboard} dashboard
   */
  constructor(source, dashboard) {
    this.source = source;
    this.dashboard = dashboard;
    this.state = readAddress(new URLSearchParams(location.search), dashboard);
    /** @type {Map<string, Card>} */
    this.cards = new Map();
    /** @type {ReturnType<typeof filterBar>} */
    this.bar = [];
    this.shownPage = "";
    this.asked = new AbortController();
  }

  start() {
    speakFor(this.dashboard);
    wear(this.state.theme);
    region("shop-title").textContent = this.dashboard.title;
    this.actions();
    this.bar = filterBar(this);
    region("filters").replaceChildren(...this.bar.map((filter) => filter.place));
    addEventListener("popstate", () => {
      this.state = readAddress(new URLSearchParams(location.search), this.dashboard);
      this.render();
    });
    onSystemTheme(() => this.redraw());
    // Paper is white: what is drawn for a dark screen could not be read on it.
    addEventListener("beforeprint", () => this.redrawIn("light"));
    addEventListener("afterprint", () => this.redrawIn(this.state.theme));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.lookForNews());
    return this.render();
  }

  /** @returns {Page} */
  page() {
    return this.dashboard.pages.find((one) => one.name === this.state.page) ?? this.dashboard.pages[0];
  }

  /** Takes on a change of the state, and writes it into the address bar. @param {Partial<State>} change */
  change(change) {
    this.state = { ...this.state, ...change };
    history.pushState(null, "", writeAddress(this.state) + location.hash);
    return this.render();
  }

  /** Shows the state: the frame at once, the figures as they come. */
  async render() {
    wear(this.state.theme);
    const page = this.page();
    const isAnother = this.shownPage !== page.name;
    if (isAnother) this.layOut(page);
    this.frame(page);
    if (isAnother) showLink();
    this.asked.abort();
    this.asked = new AbortController();
    const { signal } = this.asked;
    region("main").setAttribute("aria-busy", "true");
    const waiting = setTimeout(() => this.wait(true), PATIENCE);
    try {
      const answers = await this.answers(page, signal);
      if (signal.aborted) return;
      for (const visual of page.visuals) this.showCard(visual, answers[visual.id]);
      announce(`${page.title}: ${this.inForce()}`);
    } catch (error) {
      if (signal.aborted) return;
      this.fail(/** @type {Error} */ (error));
    } finally {
      clearTimeout(waiting);
      if (!signal.aborted) {
        this.wait(false);
        region("main").setAttribute("aria-busy", "false");
      }
    }
  }

  /** Says once, in place of all cards, why there are no figures. @param {Error & { mend?: string, isOfChoice?: boolean }} error */
  fail(error) {
    this.shownPage = "";
    const box = error.isOfChoice
      ? failure(error, "Clear filters", () => this.hand().clear())
      : failure(error, "Try again", () => this.render());
    region("main").replaceChildren(wholeCard(box));
  }

  /** @param {Visual} visual @param {Answer | undefined} answer */
  showCard(visual, answer) {
    const card = this.cards.get(visual.id);
    if (answer) card?.show(answer, this.state);
    else card?.fail({ message: "The answer holds no figures for this visual.", mend: "Reload the page: its definition may have changed." });
  }

  /**
   * The figures of a page in one request, and one more for each visual that shows something else than the page does.
   * @param {Page} page
   * @param {AbortSignal} signal
   */
  async answers(page, signal) {
    const { state, dashboard, source } = this;
    const special = page.visuals.filter(({ id }) => state.cross?.visual === id || state.drills[id]?.length);
    const [common, ...own] = await Promise.all([
      source.page(page.name, pageQuery(state, dashboard), signal),
      ...special.map(({ id }) => source.visual(id, visualQuery(state, dashboard, id), signal)),
    ]);
    return { ...common, ...Object.fromEntries(special.map(({ id }, place) => [id, own[place]])) };
  }

  /** Puts empty cards in place. @param {Page} page */
  layOut(page) {
    const first = this.shownPage === "";
    this.shownPage = page.name;
    this.cards.forEach((card) => card.remove());
    this.cards.clear();
    for (const visual of page.visuals) this.cards.set(visual.id, new Card(visual, this.source, this.hand()));
    region("main").replaceChildren(...[...this.cards.values()].map((card) => card.element));
    if (!first) {
      region("page-title").focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }

  /** What cards may do. @returns {import("./cards.js").Hand} */
  hand() {
    return {
      cross: (visual, dimension, value) => {
        const { cross } = this.state;
        const again = cross?.visual === visual.id && cross.dimension === dimension && cross.value === value;
        this.change({ cross: again ? null : { visual: visual.id, dimension, value } });
      },
      drill: (visual, dimension, value) => this.drill(visual, [...(this.state.drills[visual.id] ?? []), [dimension, value]]),
      climb: (visual, depth) => this.drill(visual, (this.state.drills[visual.id] ?? []).slice(0, depth)),
      clear: () => this.change({ filters: {}, cross: null, drills: {}, preset: null, from: null, to: null }),
      retry: () => this.render(),
      query: (visual) => visualQuery(this.state, this.dashboard, visual.id),
    };
  }

  /** @param {Visual} visual @param {Step[]} steps */
  drill(visual, steps) {
    const { [visual.id]: _, ...others } = this.state.drills;
    const cross = this.state.cross?.visual === visual.id ? null : this.state.cross;
    this.change({ drills: steps.length ? { ...others, [visual.id]: steps } : others, cross });
  }

  /** Everything around the cards. @param {Page} page */
  frame(page) {
    document.title = `${page.title} · ${this.dashboard.title}`;
    region("page-title").textContent = page.title;
    region("page-sentence").textContent = page.sentence ?? "";
    region("pages").replaceChildren(...pageLinks(this.dashboard.pages, this.state, (name) => this.change({ page: name, cross: null, drills: {} })));
    region("theme-switch").replaceChildren(themeSwitch(this.state.theme, (theme) => this.wearTheme(theme)));
    for (const filter of this.bar) {
      filter.update();
      filter.place.hidden = !page.visuals.some(({ filters }) => filters?.includes(filter.dimension) ?? true);
    }
    region("chips").replaceChildren(...filterChips(this));
    region("freshness").textContent = this.dashboard.last_run_at ? `Published ${moment(this.dashboard.last_run_at)}` : "";
    const { exported_at: exported, limits, timezone, currency, first_date: first, last_date: last } = this.dashboard;
    region("foot").replaceChildren(
      element("p", { class: "in-force" }, this.inForce()),
      element("p", {}, `Data from ${span(first, last)} · amounts in ${currency} · days of ${timezone}`),
      ...(exported ? [element("p", {}, `Written ${moment(exported)}. ${(limits ?? []).join(" ")}`)] : []),
    );
  }

  /** The dates and filters in words. */
  inForce() {
    const { from, to } = dates(this.state, this.dashboard);
    const filters = this.dashboard.filters.filter(({ dimension }) => this.state.filters[dimension])
      .map((filter) => `${filter.label}: ${this.state.filters[filter.dimension].map((value) => valueName(filter, value)).join(", ")}`);
    const cross = this.state.cross ? [`only ${this.state.cross.value}`] : [];
    return [span(from, to), ...filters, ...cross].join(" · ");
  }

  /** Buttons of the whole page. */
  actions() {
    const share = element("button", { type: "button", class: "button", id: "share", click: () => this.share(share) }, icon("link"), element("span", {}, "Copy link"));
    const print = iconButton("print", "Print", () => window.print());
    region("page-actions").replaceChildren(...(this.source.exported ? [print] : [share, print]));
  }

  /** @param {HTMLElement} button */
  async share(button) {
    const link = location.origin + location.pathname + writeAddress({ ...this.state, theme: null });
    const copied = await navigator.clipboard.writeText(link).then(() => true, () => false);
    if (!copied) prompt("The link to this view", link);
    const text = /** @type {Element} */ (button.querySelector("span"));
    text.textContent = "Copied";
    announce("Link copied");
    setTimeout(() => { text.textContent = "Copy link"; }, 1600);
  }

  /** @param {State["theme"]} theme */
  wearTheme(theme) {
    this.state = { ...this.state, theme };
    history.replaceState(null, "", writeAddress(this.state) + location.hash);
    wear(theme);
    region("theme-switch").replaceChildren(themeSwitch(theme, (next) => this.wearTheme(next)));
    region("theme-switch").querySelector("button")?.focus();
    announce(isDark() ? "Dark" : "Light");
    this.redraw();
  }

  /** @param {State["theme"]} theme */
  redrawIn(theme) {
    const wasDark = isDark();
    wear(theme);
    if (isDark() === wasDark) this.cards.forEach((card) => card.chart?.resize());
    else this.redraw();
  }

  redraw() {
    this.cards.forEach((card) => card.draw());
  }

  /** @param {boolean} waiting */
  wait(waiting) {
    region("progress").hidden = !waiting;
    region("main").classList.toggle("waiting", waiting);
  }

  /** Who comes back to the page after a run sees the new figures. */
  async lookForNews() {
    if (this.source.exported || this.dashboard.version === undefined) return;
    const now = await this.source.dashboard().catch(() => null);
    if (!now || now.version === this.dashboard.version) return;
    this.dashboard = now;
    announce(`New figures, up to ${date(now.last_date)}`);
    this.shownPage = "";
    await this.render();
  }
}

/** Where the links to the pages do not fit beside each other, moves the one in force into sight. */
function showLink() {
  const pages = region("pages");
  const link = /** @type {HTMLElement | null} */ (pages.querySelector("[aria-current]"));
  if (link && pages.scrollWidth > pages.clientWidth) pages.scrollLeft = link.offsetLeft - (pages.clientWidth - link.offsetWidth) / 2;
}

/** Opens the page; where even the list of pages cannot be had, says so in their place. */
async function open() {
  try {
    const source = openSource();
    await new App(source, await source.dashboard()).start();
  } catch (error) {
    region("page-title").textContent = "The dashboard cannot be shown";
    region("main").replaceChildren(wholeCard(failure(/** @type {Error} */ (error), "Try again", () => location.reload())));
  }
}

/** @param {HTMLElement} content */
function wholeCard(content) {
  return element("section", { class: "card whole" }, content);
}

open();
