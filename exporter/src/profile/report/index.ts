// The reports on a profile: `prepare(profile, form, options)` makes one ready, the functions here turn it into data
// (…Report, callGraph, flameGraph) or into the text that `go tool pprof` prints (…Text). All are pure.

export { callGraph, type CallGraph, type CallGraphEdge, type CallGraphNode } from './call-graph.js';
export { callgrindText } from './callgrind.js';
export { compareProfiles, type Comparison } from './compare.js';
export { dotText } from './dot.js';
export { commentsText, compactProfile, filteredProfile } from './filtered.js';
export { flameGraph, type FlameGraph } from './flame-graph.js';
export { profileHeader } from './header.js';
export { listReport, listText } from './list.js';
export type { ListLine, ListReport, ListRoutine, SourceLines, SourceReader } from './list.js';
export { DEFAULT_OPTIONS, GRANULARITIES } from './options.js';
export type { Dialect, Granularity, ReportForm, ReportOptions } from './options.js';
export { compile, compilePattern, type Matcher } from './pattern.js';
export { peekReport, peekText, type PeekCall, type PeekEntry, type PeekReport } from './peek.js';
export { rawText } from './raw.js';
export { prepare, sampleTypeOf, type Report } from './report.js';
export { tagsReport, tagsText, type TagsReport } from './tags.js';
export { topReport, topText, type Inline, type TopReport, type TopRow } from './top.js';
export { tracesReport, tracesText, type Trace, type TracesReport } from './traces.js';
