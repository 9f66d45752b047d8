// Values with their units, as pprof writes them (google/pprof internal/measurement): which unit fits a value,
// "1805.17kB", "25.30%". Prefixes are binary: 1 kB = 1024 B.

import { fixed, general } from './go-format.js';

interface Unit {
  name: string;
  aliases: readonly string[];
  factor: number;
}

interface UnitKind {
  units: readonly Unit[];
  /** What a value is given in where no unit of the kind fits. */
  fallback: Unit;
}

const BYTE: Unit = { name: 'B', aliases: ['b', 'byte'], factor: 1 };
const SECOND: Unit = { name: 's', aliases: ['s', 'sec', 'second'], factor: 1e9 };
const GCU: Unit = { name: 'GCU', aliases: ['gcu'], factor: 1 };

const KINDS: readonly UnitKind[] = [
  {
    units: [
      BYTE,
      { name: 'kB', aliases: ['kb', 'kbyte', 'kilobyte'], factor: 2 ** 10 },
      { name: 'MB', aliases: ['mb', 'mbyte', 'megabyte'], factor: 2 ** 20 },
      { name: 'GB', aliases: ['gb', 'gbyte', 'gigabyte'], factor: 2 ** 30 },
      { name: 'TB', aliases: ['tb', 'tbyte', 'terabyte'], factor: 2 ** 40 },
      { name: 'PB', aliases: ['pb', 'pbyte', 'petabyte'], factor: 2 ** 50 },
    ],
    fallback: BYTE,
  },
  {
    units: [
      { name: 'ns', aliases: ['ns', 'nanosecond'], factor: 1 },
      { name: 'us', aliases: ['μs', 'us', 'microsecond'], factor: 1e3 },
      { name: 'ms', aliases: ['ms', 'millisecond'], factor: 1e6 },
      SECOND,
      { name: 'hrs', aliases: ['hour', 'hr'], factor: 3600e9 },
    ],
    fallback: SECOND,
  },
  {
    units: [
      { name: 'n*GCU', aliases: ['nanogcu'], factor: 1e-9 },
      { name: 'u*GCU', aliases: ['microgcu'], factor: 1e-6 },
      { name: 'm*GCU', aliases: ['milligcu'], factor: 1e-3 },
      GCU,
      { name: 'k*GCU', aliases: ['kilogcu'], factor: 1e3 },
      { name: 'M*GCU', aliases: ['megagcu'], factor: 1e6 },
      { name: 'G*GCU', aliases: ['gigagcu'], factor: 1e9 },
      { name: 'T*GCU', aliases: ['teragcu'], factor: 1e12 },
      { name: 'P*GCU', aliases: ['petagcu'], factor: 1e15 },
    ],
    fallback: GCU,
  },
];

const BY_ALIAS: ReadonlyMap<string, { kind: UnitKind; unit: Unit }> = new Map(
  KINDS.flatMap((kind) =>
    kind.units.flatMap((unit) => unit.aliases.map((alias) => [alias, { kind, unit }] as const)),
  ),
);

function unitOf(name: string): { kind: UnitKind; unit: Unit } | undefined {
  const exact = BY_ALIAS.get(name);
  if (exact) return exact;
  let key = name.toLowerCase();
  if (key.length > 2 && key.endsWith('s')) key = key.slice(0, -1);
  return BY_ALIAS.get(key);
}

/** A value in another unit. `unit` is empty where there is nothing worth saying (counts). */
export interface Scaled {
  value: number;
  unit: string;
}

/** Converts `value`; "auto" and "minimum" choose the largest unit that leaves it at 1 or more. */
export function scale(value: number, from: string, to: string): Scaled {
  if (value < 0) {
    const positive = scale(-value, from, to);
    return { value: -positive.value, unit: positive.unit };
  }
  const source = unitOf(from);
  if (source) {
    const { kind } = source;
    const base = value * source.unit.factor;
    if (to === 'minimum' || to === 'auto') return autoScale(kind, base);
    const target = unitOf(to);
    const { factor, name } = target?.kind === kind ? target.unit : kind.fallback;
    return { value: base / factor, unit: name };
  }
  const dull = to === 'count' || to === 'sample' || to === 'unit' || to === 'minimum' || to === 'auto';
  return { value, unit: dull ? '' : to };
}

function autoScale(kind: UnitKind, base: number): Scaled {
  let best: Unit | undefined;
  for (const unit of kind.units) {
    if (unit.factor >= (best?.factor ?? 0) && base / unit.factor >= 1) best = unit;
  }
  const chosen = best ?? kind.fallback;
  return { value: base / chosen.factor, unit: chosen.name };
}

/** "1805.17kB"; "0" has no unit. */
export function scaledLabel(value: number, from: string, to: string): string {
  const scaled = scale(value, from, to);
  let text = fixed(scaled.value, 2);
  if (text.endsWith('.00')) text = text.slice(0, -3);
  return text === '0' || text === '-0' ? '0' : text + scaled.unit;
}

/** The value in the unit that suits it best. */
export function autoLabel(value: number, unit: string): string {
  return scaledLabel(value, unit, 'auto');
}

/** " 7.18%", "0.061%", "  100%": the size of `value` as a share of `total`, six wide or more. */
export function percentage(value: number, total: number): string {
  const ratio = percent(value, total);
  if (ratio >= 99.95 && ratio <= 100.05) return '  100%';
  const text = ratio >= 1 ? fixed(ratio, 2) : general(ratio, 2);
  return `${text.padStart(5)}%`;
}

/** |value / total| × 100; 0 where there is no total. */
export function percent(value: number, total: number): number {
  return total === 0 ? 0 : Math.abs(value / total) * 100;
}

/** Whether two units measure the same thing and can be converted. */
export function sameKind(a: string, b: string): boolean {
  if (a === b) return true;
  const kind = unitOf(a)?.kind;
  return kind !== undefined && kind === unitOf(b)?.kind;
}
