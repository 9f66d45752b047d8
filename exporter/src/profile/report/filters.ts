// Which samples and which of their frames a report keeps: focus, ignore, hide, show, show_from, prune_from and
// the granularity (google/pprof profile/filter.go and prune.go; profile.Aggregate).

import type { Frames } from './frames.js';
import { selectSamples } from './frames.js';
import { compilePattern, type Matcher } from './pattern.js';
import type { Granularity, ReportOptions } from './options.js';

/** Which of the patterns met nothing: worth a warning. */
export type Unmatched = (option: string) => void;

/** Narrows `frames` to what the name filters of `options` leave. */
export function applyNameFilters(frames: Frames, options: ReportOptions, unmatched: Unmatched): void {
  const focus = compilePattern('focus', options.focus);
  const ignore = compilePattern('ignore', options.ignore);
  const hide = compilePattern('hide', options.hide);
  const show = compilePattern('show', options.show);
  if (focus || ignore || hide || show) filterByName(frames, { focus, ignore, hide, show }, unmatched);
  // Go 1.19 filters without a filter as well, and a sample without a frame never matches.
  else if (options.dialect === 'go1.19') dropEmptyStacks(frames);
  const showFrom = compilePattern('show_from', options.showFrom);
  if (showFrom && !applyShowFrom(frames, showFrom)) unmatched('ShowFrom');
}

function dropEmptyStacks(frames: Frames): void {
  const { stackStart, stackEnd } = frames;
  for (let i = 0; i < stackStart.length; i++) {
    if (stackStart[i]! < stackEnd[i]!) continue;
    selectSamples(frames, (k) => stackStart[k]! < stackEnd[k]!);
    return;
  }
}

interface NameFilters {
  focus: Matcher | undefined;
  ignore: Matcher | undefined;
  hide: Matcher | undefined;
  show: Matcher | undefined;
}

const NEUTRAL = 0;
const FOCUSED = 1;
const IGNORED = 2;

function filterByName(frames: Frames, filters: NameFilters, unmatched: Unmatched): void {
  const { focus, ignore, hide, show } = filters;
  const locations = frames.lineStart.length;
  const marks = new Uint8Array(locations);
  const hidden = new Uint8Array(locations);
  let [focusMet, ignoreMet, hideMet, showMet, anyHidden] = [false, false, false, false, false];
  const start = frames.lineStart.slice();
  const end = frames.lineEnd.slice();
  const kept: number[] = [];
  for (let l = 0; l < locations; l++) {
    const matches = locationMatcher(frames, l);
    if (ignore && matches(ignore)) {
      ignoreMet = true;
      marks[l] = IGNORED;
    } else if (!focus || matches(focus)) {
      focusMet = true;
      marks[l] = FOCUSED;
    }
    if (!hide && !show) continue;
    let lines: number[] = [];
    for (let k = frames.lineStart[l]!; k < frames.lineEnd[l]!; k++) lines.push(k);
    if (hide && matches(hide)) {
      hideMet = true;
      lines = mappingMatches(frames, l, hide) ? [] : lines.filter((k) => !lineMatches(frames, k, hide));
      if (lines.length === 0) hidden[l] = 1;
    }
    if (show) {
      if (!mappingMatches(frames, l, show)) {
        lines = lines.filter((k) => frames.lineFunction[k]! < 0 || lineMatches(frames, k, show));
      }
      if (lines.length === 0) hidden[l] = 1;
      else showMet = true;
    }
    if (hidden[l]) anyHidden = true;
    start[l] = kept.length;
    for (const k of lines) kept.push(k);
    end[l] = kept.length;
  }
  if (focus && !focusMet) unmatched('Focus');
  if (ignore && !ignoreMet) unmatched('Ignore');
  if (hide && !hideMet) unmatched('Hide');
  if (show && !showMet) unmatched('Show');

  selectSamples(frames, (i) => {
    let focused = false;
    for (let k = frames.stackStart[i]!; k < frames.stackEnd[i]!; k++) {
      const mark = marks[frames.stack[k]!]!;
      if (mark === IGNORED) return false;
      if (mark !== NEUTRAL) focused = true;
    }
    return focused;
  });
  if (hide || show) {
    // The lines' columns are re-written in the order of the locations.
    const fn = frames.lineFunction;
    const number = frames.lineNumber;
    const column = frames.lineColumn;
    frames.lineFunction = Int32Array.from(kept, (k) => fn[k]!);
    frames.lineNumber = Float64Array.from(kept, (k) => number[k]!);
    frames.lineColumn = column && Float64Array.from(kept, (k) => column[k]!);
    frames.lineStart = start;
    frames.lineEnd = end;
  }
  if (anyHidden) dropLocations(frames, hidden);
}

/** Takes the marked locations out of every stack; a sample that loses its whole stack goes. */
function dropLocations(frames: Frames, hidden: Uint8Array): void {
  const stack = new Uint32Array(frames.stack.length);
  const start = new Uint32Array(frames.samples.length);
  const end = new Uint32Array(frames.samples.length);
  let at = 0;
  for (let i = 0; i < frames.samples.length; i++) {
    start[i] = at;
    for (let k = frames.stackStart[i]!; k < frames.stackEnd[i]!; k++) {
      const location = frames.stack[k]!;
      if (!hidden[location]) stack[at++] = location;
    }
    end[i] = at;
  }
  frames.stack = stack;
  frames.stackStart = start;
  frames.stackEnd = end;
  selectSamples(frames, (i) => end[i]! > start[i]!);
}

/** Leaves out what lies above (towards the root) the highest frame that matches; samples without one go. */
function applyShowFrom(frames: Frames, pattern: Matcher): boolean {
  const locations = frames.lineStart.length;
  const from = new Uint8Array(locations);
  const end = frames.lineEnd.slice();
  let met = false;
  for (let l = 0; l < locations; l++) {
    if (mappingMatches(frames, l, pattern)) from[l] = 1;
    else {
      for (let k = frames.lineEnd[l]! - 1; k >= frames.lineStart[l]!; k--) {
        if (!lineMatches(frames, k, pattern)) continue;
        end[l] = k + 1;
        from[l] = 1;
        break;
      }
    }
    if (from[l]) met = true;
  }
  frames.lineEnd = end;
  const stackEnd = frames.stackEnd.slice();
  for (let i = 0; i < stackEnd.length; i++) {
    let k = frames.stackEnd[i]! - 1;
    while (k >= frames.stackStart[i]! && !from[frames.stack[k]!]) k--;
    stackEnd[i] = k + 1;
  }
  frames.stackEnd = stackEnd;
  selectSamples(frames, (i) => frames.stackEnd[i]! > frames.stackStart[i]!);
  return met;
}

/** Drops the frames below (towards the leaf) the lowest one that matches. */
export function applyPruneFrom(frames: Frames, pattern: Matcher): void {
  const locations = frames.lineStart.length;
  const prune = new Uint8Array(locations);
  const start = frames.lineStart.slice();
  for (let l = 0; l < locations; l++) {
    for (let k = frames.lineStart[l]!; k < frames.lineEnd[l]!; k++) {
      const fn = frames.lineFunction[k]!;
      const name = fn < 0 ? '' : frames.functions.name[fn]!;
      if (name === '' || !pattern(simplifyName(name))) continue;
      prune[l] = 1;
      start[l] = k;
      break;
    }
  }
  frames.lineStart = start;
  const stackStart = frames.stackStart.slice();
  for (let i = 0; i < stackStart.length; i++) {
    for (let k = frames.stackStart[i]!; k < frames.stackEnd[i]!; k++) {
      if (!prune[frames.stack[k]!]) continue;
      stackStart[i] = k;
      break;
    }
  }
  frames.stackStart = stackStart;
}

/**
 * Drops what the profile itself asks to drop: frames that match `drop` but not `keep`, and what lies below them
 * (towards the leaf). Frames above the first other frame stay, so that no stack is lost altogether.
 */
export function applyDropFrames(frames: Frames, drop: Matcher, keep: Matcher | undefined): void {
  const locations = frames.lineStart.length;
  const whole = new Uint8Array(locations);
  const beneath = new Uint8Array(locations);
  const start = frames.lineStart.slice();
  for (let l = 0; l < locations; l++) {
    for (let k = frames.lineEnd[l]! - 1; k >= frames.lineStart[l]!; k--) {
      const fn = frames.lineFunction[k]!;
      const name = fn < 0 ? '' : simplifyName(frames.functions.name[fn]!);
      if (name === '' || !drop(name) || keep?.(name)) continue;
      beneath[l] = 1;
      if (k === frames.lineEnd[l]! - 1) whole[l] = 1;
      else start[l] = k + 1;
      break;
    }
  }
  frames.lineStart = start;
  const stackStart = frames.stackStart.slice();
  for (let i = 0; i < stackStart.length; i++) {
    let foundOther = false;
    for (let k = frames.stackEnd[i]! - 1; k >= frames.stackStart[i]!; k--) {
      const location = frames.stack[k]!;
      if (!beneath[location]) foundOther = true;
      else if (foundOther) {
        stackStart[i] = whole[location] ? k + 1 : k;
        break;
      }
    }
  }
  frames.stackStart = stackStart;
}

/** A name without its arguments: up to the first "(" that is not part of a reserved C++ name. */
function simplifyName(name: string): string {
  const plain = name.startsWith('.') ? name.slice(1) : name;
  for (const match of plain.matchAll(/\(anonymous namespace\)|operator\(\)|\(/g)) {
    if (match[0] === '(') return plain.slice(0, match.index);
  }
  return plain;
}

/** Forgets what the granularity does not tell apart, so that the graph merges it. */
export function applyGranularity(
  frames: Frames,
  granularity: Granularity,
  noInlines: boolean,
  columns: boolean,
): void {
  if (granularity === 'addresses' && !noInlines) return;
  if (noInlines) {
    const start = frames.lineStart.slice();
    for (let l = 0; l < start.length; l++) {
      if (frames.lineEnd[l]! - start[l]! > 1) start[l] = frames.lineEnd[l]! - 1;
    }
    frames.lineStart = start;
  }
  const blank = new Array<string>(frames.functions.name.length).fill('');
  if (granularity === 'files') frames.functions = { ...frames.functions, name: blank };
  if (granularity === 'functions') frames.functions = { ...frames.functions, file: blank };
  const lines = granularity === 'lines' || granularity === 'addresses';
  if (!lines) frames.lineNumber = new Uint8Array(frames.lineFunction.length);
  if (!lines || !columns) frames.lineColumn = undefined;
}

function lineMatches(frames: Frames, line: number, pattern: Matcher): boolean {
  const fn = frames.lineFunction[line]!;
  return fn >= 0 && (pattern(frames.functions.name[fn]!) || pattern(frames.functions.file[fn]!));
}

function mappingMatches(frames: Frames, location: number, pattern: Matcher): boolean {
  const mapping = frames.locationMapping[location]!;
  return mapping >= 0 && pattern(frames.input.mappings[mapping]!.file);
}

function locationMatcher(frames: Frames, location: number): (pattern: Matcher) => boolean {
  return (pattern) => {
    for (let k = frames.lineStart[location]!; k < frames.lineEnd[location]!; k++) {
      if (lineMatches(frames, k, pattern)) return true;
    }
    return mappingMatches(frames, location, pattern);
  };
}
