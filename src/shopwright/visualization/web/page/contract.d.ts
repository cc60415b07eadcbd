/** What the server answers, and what the modules hand to each other. Read by the type checker alone. */

export type Role = "dimension" | "label" | "metric";
export type ColumnType = "date" | "text" | "integer" | "amount" | "rate" | "number" | "time";
export type Value = string | number | boolean | null;
export type Row = Value[];

export interface Column {
  name: string;
  label: string;
  role: Role;
  type: ColumnType;
  format?: string | null;
  unit?: string | null;
}

export interface Change {
  value: number | string | null;
  change?: number | string | null;
  growth: number | string | null;
  from?: string;
  to?: string;
}

/** The course of a key figure: a date and a value for each period. */
export interface Sparkline {
  columns: Column[];
  rows: Row[];
}

/** The figures of one visual. */
export interface Answer {
  columns: Column[];
  rows: Row[];
  totals?: Row | null;
  notes?: string[];
  tables?: string[];
  comparison?: { prior_period?: Change | null; prior_year?: Change | null } | null;
  sparkline?: Sparkline | null;
}

export type Kind =
  | "kpi" | "line" | "area" | "bar" | "stacked_bar" | "combo" | "heat_map" | "treemap" | "pareto" | "waterfall"
  | "scatter" | "histogram" | "table" | "matrix" | "funnel" | "map_bar";

/** A visual as the dashboard's file defines it. */
export interface Visual {
  id: string;
  kind: Kind;
  title: string;
  sentence?: string;
  width: number;
  height: number;
  dimensions: string[];
  cross_filter?: string | null;
  drill?: string[];
  filters?: string[];
  good?: "up" | "down" | "neutral";
}

export interface Page {
  name: string;
  title: string;
  sentence?: string;
  visuals: Visual[];
}

export interface Preset {
  name: string;
  label: string;
  from: string;
  to: string;
}

export interface Filter {
  dimension: string;
  label: string;
  values: { value: string; label: string }[];
}

export interface Dashboard {
  title: string;
  currency: string;
  timezone: string;
  first_date: string;
  last_date: string;
  last_run_at: string | null;
  version?: string | number;
  default_preset?: string;
  presets: Preset[];
  filters: Filter[];
  pages: Page[];
  exported_at?: string;
  limits?: string[];
}

export type Step = [dimension: string, value: string];

/** The mark that was clicked, and that the rest of the page is filtered by. */
export interface Cross {
  visual: string;
  dimension: string;
  value: string;
}

/** Everything the address bar holds. */
export interface State {
  page: string;
  preset: string | null;
  from: string | null;
  to: string | null;
  filters: Record<string, string[]>;
  cross: Cross | null;
  drills: Record<string, Step[]>;
  theme: "light" | "dark" | null;
}

export type Query = [name: string, value: string][];

/** Where the figures come from: the server, or the block of data in an exported file. */
export interface Source {
  exported: boolean;
  dashboard(): Promise<Dashboard>;
  page(name: string, query: Query, signal: AbortSignal): Promise<Record<string, Answer>>;
  visual(id: string, query: Query, signal: AbortSignal): Promise<Answer>;
  holds(page: string, query: Query): boolean;
  csv(id: string, query: Query): string | null;
}

/** The colours of the theme in force, read from the style sheet. */
export interface Look {
  dark: boolean;
  font: string;
  surface: string;
  ink: string;
  soft: string;
  rule: string;
  accent: string;
  accentSoft: string;
  good: string;
  bad: string;
  muted: string;
  series: string[];
  ramp: string[];
}

/** What a chart is drawn from. */
export interface Drawing {
  visual: Visual;
  answer: Answer;
  look: Look;
  selected: string | null;
  width: number;
}

declare global {
  interface Window {
    echarts: typeof import("echarts");
  }
}
