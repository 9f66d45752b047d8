// One doorway to translated words for every component. The host decides who translates: Grafana's i18n inside of
// Grafana, a table on the exporter's own page. Until a host says so, the English of the call is used.

export type TextValues = Record<string, string | number>;
export type Translate = (key: string, english: string, values?: TextValues) => string;

/** Fills `{{name}}` the way i18next does. */
export function interpolate(text: string, values: TextValues = {}): string {
  return text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) =>
    name in values ? String(values[name]) : whole,
  );
}

const english: Translate = (_key, text, values) => interpolate(text, values);
let current: Translate = english;

export function setTranslate(translate: Translate | null): void {
  current = translate ?? english;
}

export function t(key: string, text: string, values?: TextValues): string {
  return current(key, text, values);
}

interface TextTree {
  [key: string]: string | TextTree;
}

/** A translator over nested resource files (`locales/LANGUAGE/…json`), for hosts without i18next. */
export function translateFrom(resources: TextTree): Translate {
  return (key, text, values) => {
    let node: string | TextTree | undefined = resources;
    for (const part of key.split('.')) {
      if (typeof node !== 'object') break;
      node = node[part];
    }
    return interpolate(typeof node === 'string' && node !== '' ? node : text, values);
  };
}
