// The reports of `go tool pprof` on a captured profile: GET captures/:id/{top,peek,list,flamegraph,callgraph}.

import { PROFILE_KINDS } from '../../capture/record.js';
import { PICTURE_FORMATS, REPORT_KINDS, type ReportKind } from '../../profile/report-analysis.js';
import { GRANULARITIES } from '../../profile/report/index.js';
import { answers, choice, count, flag, list, number, object, orNull, path } from './words.js';
import { json, query, ref, refusals, text, type Description, type Schema } from './words.js';

const fraction = { type: 'number', minimum: 0, maximum: 1 };
const pattern = (name: string, description: string): Schema =>
  query(name, { type: 'string', maxLength: 4096 }, `Pattern (RE2): ${description}`);

/** What every report takes. The names are those of the flags of `go tool pprof` in camelCase where they are longer. */
const common = [
  path('id'),
  query('profile', choice(...PROFILE_KINDS), 'Kind of the profile. Default: heap.'),
  query('base', text, 'Another capture: what it holds is subtracted.'),
  query('diffBase', flag, 'Percentages are of the base, and its samples stay apart (-diff_base).'),
  query('normalize', flag, 'The profile is scaled to the total of the base first.'),
  query('sample', text, 'Sample type (-sample_index). Default: that of the profile.'),
  pattern('focus', 'only stacks with a frame that matches.'),
  pattern('ignore', 'no stacks with a frame that matches.'),
  pattern('hide', 'frames that match are left out.'),
  pattern('show', 'only frames that match.'),
  pattern('showFrom', 'frames above the highest that matches are left out.'),
  pattern('tagfocus', 'only samples with a label that matches.'),
  pattern('tagignore', 'no samples with a label that matches.'),
  query('trimPath', text, 'What is cut from the beginning of source paths.'),
  query('unit', text, 'Unit of values in texts and pictures.'),
  query('granularity', choice(...GRANULARITIES), 'What a row is.'),
  query('cum', flag, 'Sorted by cum.'),
  query('noinlines', flag, 'An inlined call counts to its caller.'),
  query('nodecount', { type: 'integer', minimum: 0, maximum: 10_000 }, 'Rows or nodes at most.'),
  query('nodefraction', fraction, 'Nodes below this share of the total are left out.'),
  query('edgefraction', fraction, 'Calls below this share of the total are left out.'),
];

const functions = {
  name: 'function',
  in: 'query',
  required: true,
  schema: { type: 'string', maxLength: 4096 },
  description: 'Pattern (RE2) of function names.',
};

const REFUSALS = {
  400: 'A parameter is not as described.',
  404: 'No such capture or profile, or nothing matches.',
  409: 'The capture is pending.',
  410: 'The profile was damaged on disk.',
  422: 'The profile cannot be read.',
};

function report(kind: ReportKind, summary: string, schema: string, own: readonly Schema[] = []): Schema {
  return {
    get: {
      operationId: `${kind}OfCapture`,
      summary,
      parameters: [...common, ...own],
      responses: { ...answers(200, schema, REFUSALS), 304: { description: 'The reader has it.' } },
    },
  };
}

const site = { name: text, function: text, file: text, line: count };
const weights = { flat: number, cum: number };
const shares = { ...weights, flatPercent: number, cumPercent: number };
const inline = choice('', 'inline', 'partial-inline');
const head = { sampleType: text, unit: text, total: number };
const call = object({ ...site, weight: number, percent: number, inline: flag });

const paths: Record<(typeof REPORT_KINDS)[number], Schema> = {
  top: report('top', 'Functions (or lines, files) that hold most.', 'TopReport'),
  peek: report('peek', 'Functions between their callers and callees.', 'PeekReport', [functions]),
  list: report('list', 'Source of functions with what each line holds.', 'ListReport', [functions]),
  flamegraph: report('flamegraph', 'Every call path, in columns: depth first, one root.', 'FlameGraph'),
  callgraph: {
    get: {
      operationId: 'callgraphOfCapture',
      summary: 'The call graph, as a picture or as data.',
      parameters: [
        ...common,
        query('format', choice(...PICTURE_FORMATS), 'Default: svg.'),
        query('theme', choice('light', 'dark', 'auto'), 'Of the svg. Default: auto.'),
      ],
      responses: {
        200: {
          description: 'CallGraph',
          content: {
            'image/svg+xml': { schema: text },
            'text/vnd.graphviz': { schema: text },
            'application/pdf': { schema: { type: 'string', format: 'binary' } },
            ...json(ref('CallGraph')),
          },
        },
        304: { description: 'The reader has it.' },
        ...refusals(REFUSALS),
      },
    },
  },
};

export const reports: Description = {
  paths: Object.fromEntries(REPORT_KINDS.map((kind) => [`/captures/{id}/${kind}`, paths[kind]] as const)),
  schemas: {
    TopReport: object({
      ...head,
      shown: number,
      droppedNodes: count,
      matched: count,
      rows: list(object({ ...site, ...shares, sumPercent: number, inline })),
    }),
    PeekReport: object({
      ...head,
      entries: list(
        object({ ...site, ...shares, sumPercent: number, callers: list(call), callees: list(call) }),
      ),
    }),
    ListReport: object({
      ...head,
      routines: list(
        object(
          {
            function: text,
            file: text,
            ...weights,
            cumPercent: number,
            lines: list(object({ line: count, ...weights, source: text })),
            weights: list(object({ line: count, ...weights })),
          },
          { problem: text },
        ),
      ),
    }),
    FlameGraph: object(
      {
        ...head,
        level: list(count),
        value: list(number),
        self: list(number),
        label: list(text),
        file: list(text),
        inline: list(flag),
        droppedPaths: count,
      },
      {
        diff: object({ base: orNull(list(number)), growth: list(number), growthSelf: list(number) }),
      },
    ),
    CallGraph: object({
      ...head,
      droppedNodes: count,
      droppedEdges: count,
      matched: count,
      nodes: list(object({ id: count, ...site, ...shares, inline })),
      edges: list(
        object({ from: count, to: count, weight: number, percent: number, inline: flag, residual: flag }),
      ),
    }),
  },
};
