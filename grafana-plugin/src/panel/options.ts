// The panel's options and how older ones are brought up to date.

export interface PanelOptions {
  /** Target to show when the queries give several. May hold a dashboard variable. */
  target: string;
  showAccounting: boolean;
  showBaseline: boolean;
  /** Address of a line of source; {module}, {revision}, {path}, {line} are filled in. Empty: as the exporter tells it. */
  sourceLink: string;
}

export const DEFAULT_OPTIONS: PanelOptions = {
  target: '',
  showAccounting: true,
  showBaseline: true,
  sourceLink: '',
};

/** Options of a dashboard, whatever wrote them: what is missing or of the wrong kind takes its default. */
export function migrateOptions(saved: object): PanelOptions {
  const from = new Map<string, unknown>(Object.entries(saved));
  const text = (key: string, fallback: string): string => {
    const value = from.get(key);
    return typeof value === 'string' ? value : fallback;
  };
  const flag = (key: string, fallback: boolean): boolean => {
    const value = from.get(key);
    return typeof value === 'boolean' ? value : fallback;
  };
  return {
    target: text('target', DEFAULT_OPTIONS.target),
    showAccounting: flag('showAccounting', DEFAULT_OPTIONS.showAccounting),
    showBaseline: flag('showBaseline', DEFAULT_OPTIONS.showBaseline),
    sourceLink: text('sourceLink', DEFAULT_OPTIONS.sourceLink),
  };
}
