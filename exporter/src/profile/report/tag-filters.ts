// Filters by label: tagfocus, tagignore, tagshow, taghide, and label values as frames (tagroot, tagleaf)
// (google/pprof internal/driver/driver_focus.go and tagroot.go).

import type { Frames, SampleLabel } from './frames.js';
import { labelsOf, selectSamples } from './frames.js';
import type { Unmatched } from './filters.js';
import { compile, compilePattern, type Matcher } from './pattern.js';
import { scale, scaledLabel } from './units.js';
import type { ReportOptions } from './options.js';

type LabelTest = (labels: readonly SampleLabel[]) => boolean;

/** Narrows `frames` by the label filters. `units` are the units of numeric labels by key. */
export function applyTagFilters(
  frames: Frames,
  options: ReportOptions,
  units: ReadonlyMap<string, string>,
  unmatched: Unmatched,
): void {
  const focus = tagTest('tagfocus', options.tagFocus, units);
  const ignore = tagTest('tagignore', options.tagIgnore, units);
  if (focus || ignore) {
    let [focusMet, ignoreMet] = [false, false];
    selectSamples(frames, (i) => {
      const labels = labelsOf(frames, i);
      const focused = focus ? focus(labels) : true;
      const ignored = ignore ? ignore(labels) : false;
      focusMet ||= focused;
      ignoreMet ||= ignored;
      return focused && !ignored;
    });
    if (focus && !focusMet) unmatched('TagFocus');
    if (ignore && !ignoreMet) unmatched('TagIgnore');
  }
  const show = compilePattern('tagshow', options.tagShow);
  const hide = compilePattern('taghide', options.tagHide);
  if (show || hide) {
    const before = frames.keepLabel;
    const keys = new Set<string>();
    for (let i = 0; i < frames.samples.length; i++)
      for (const label of labelsOf(frames, i)) keys.add(label.key);
    if (show && ![...keys].some(show)) unmatched('TagShow');
    if (hide && ![...keys].some(hide)) unmatched('TagHide');
    frames.keepLabel = (key) => before(key) && (!show || show(key)) && !hide?.(key);
  }
}

function tagTest(name: string, value: string, units: ReadonlyMap<string, string>): LabelTest | undefined {
  if (value === '') return undefined;
  const equals = value.indexOf('=');
  const key = equals < 0 ? '' : value.slice(0, equals);
  const wanted = equals < 0 ? value : value.slice(equals + 1);
  const range = numberRange(wanted);
  if (range) {
    return (labels) =>
      labels.some(
        (label) =>
          label.number !== undefined &&
          (key === '' || label.key === key) &&
          range(label.number, units.get(label.key) ?? ''),
      );
  }
  const patterns: Matcher[] = wanted.split(',').map((part) => compile(name, part));
  if (key === '') {
    return (labels) =>
      patterns.every((pattern) =>
        labels.some((label) => label.text !== undefined && pattern(`${label.key}:${label.text}`)),
      );
  }
  return (labels) =>
    labels.some(
      (label) =>
        label.key === key && label.text !== undefined && patterns.some((pattern) => pattern(label.text)),
    );
}

/** "32kb" is equal, ":64kb" at most, "4mb:" at least, "12kb:64mb" between. Undefined where it is no range. */
function numberRange(text: string): ((value: number, unit: string) => boolean) | undefined {
  const parts = [...text.matchAll(/([+-]?[0-9]+)([A-Za-z]+)?/g)].slice(0, 2);
  const first = parts[0];
  if (!first) return undefined;
  const low = scale(Number(first[1]), first[2] ?? '', first[2] ?? '');
  const within = (test: (value: number) => boolean) => (value: number, unit: string) => {
    const scaled = scale(value, unit, low.unit);
    return scaled.unit === low.unit && test(scaled.value);
  };
  const second = parts[1];
  if (!second) {
    if (text === first[0]) return within((value) => value === low.value);
    if (text === `${first[0]}:`) return within((value) => value >= low.value);
    if (text === `:${first[0]}`) return within((value) => value <= low.value);
    return undefined;
  }
  if (text !== `${first[0]}:${second[0]}`) return undefined;
  const high = scale(Number(second[1]), second[2] ?? '', low.unit);
  if (high.unit !== low.unit) return undefined;
  return within((value) => value >= low.value && value <= high.value);
}

/** Adds a frame "value" a label key at the root (first key outermost) and at the leaf (last key innermost). */
export function addTagFrames(frames: Frames, options: ReportOptions, unmatched: Unmatched): void {
  const keysOf = (list: string) => list.split(',').filter((key) => key !== '');
  const roots = keysOf(options.tagRoot).reverse();
  const leaves = keysOf(options.tagLeaf).reverse();
  if (roots.length + leaves.length === 0) return;
  const names = frames.functions;
  const functions = { name: [...names.name], file: [...names.file], startLine: [...names.startLine] };
  const firstLocation = frames.lineStart.length;
  const known = new Map<string, number>();
  const newFunctions: number[] = [];
  let [rootMet, leafMet] = [false, false];
  const locationOf = (key: string, values: readonly string[]): number => {
    const id = JSON.stringify([key, values]);
    let location = known.get(id);
    if (location === undefined) {
      location = firstLocation + newFunctions.length;
      newFunctions.push(functions.name.length);
      functions.name.push(values.join(','));
      functions.file.push(key);
      functions.startLine.push(0);
      known.set(id, location);
    }
    return location;
  };
  const stack: number[] = [];
  const start = new Uint32Array(frames.samples.length);
  const end = new Uint32Array(frames.samples.length);
  for (let i = 0; i < frames.samples.length; i++) {
    const labels = labelsOf(frames, i);
    start[i] = stack.length;
    for (const key of leaves) {
      const values = labelValues(labels, key, options.unit);
      leafMet ||= values.length > 0;
      stack.push(locationOf(key, values));
    }
    for (let k = frames.stackStart[i]!; k < frames.stackEnd[i]!; k++) stack.push(frames.stack[k]!);
    for (const key of roots) {
      const values = labelValues(labels, key, options.unit);
      rootMet ||= values.length > 0;
      stack.push(locationOf(key, values));
    }
    end[i] = stack.length;
  }
  if (roots.length > 0 && !rootMet) unmatched('TagRoot');
  if (leaves.length > 0 && !leafMet) unmatched('TagLeaf');
  frames.functions = functions;
  frames.stack = Uint32Array.from(stack);
  frames.stackStart = start;
  frames.stackEnd = end;
  const lines = frames.lineFunction.length;
  const added = newFunctions.map((_, n) => n);
  frames.lineStart = Uint32Array.from([...frames.lineStart, ...added.map((n) => lines + n)]);
  frames.lineEnd = Uint32Array.from([...frames.lineEnd, ...added.map((n) => lines + n + 1)]);
  frames.lineFunction = Int32Array.from([...frames.lineFunction, ...newFunctions]);
  frames.lineNumber = Float64Array.from([...Array.from(frames.lineNumber), ...added.map(() => 0)]);
  frames.lineColumn = frames.lineColumn && [...Array.from(frames.lineColumn), ...added.map(() => 0)];
  frames.locationMapping = Int32Array.from([...frames.locationMapping, ...added.map(() => -1)]);
}

function labelValues(labels: readonly SampleLabel[], key: string, unit: string): string[] {
  const own = labels.filter((label) => label.key === key);
  const texts = own.flatMap((label) => (label.text === undefined ? [] : [label.text]));
  const numbers = own.flatMap((label) => (label.number === undefined ? [] : [label]));
  const hasUnits = numbers.some((label) => label.unit !== '');
  return [
    ...texts,
    ...numbers.map((label) =>
      hasUnits ? scaledLabel(label.number, label.unit, unit) : scaledLabel(label.number, '', ''),
    ),
  ];
}
