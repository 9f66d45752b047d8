// How many operations a run of a load generator made, read from what it printed. Pure.
// Formats as printed by hey 0.1, wrk 4, k6 0.4x/1.x, ab 2.3, oha 1, bombardier 1.2, autocannon 7, vegeta 12 (text report).

export interface CountedOperations {
  count: number;
  /** Name of the tool, or of the pattern. */
  source: string;
}

interface Tool {
  name: string;
  /** Tells the tool by its output. */
  is: RegExp;
  count: (output: string) => number | undefined;
}

const TOOLS: readonly Tool[] = [
  {
    name: 'hey',
    is: /Requests\/sec:[\s\S]*Status code distribution:/,
    // "  [200]	1234 responses"; oha writes the same with other words around.
    count: (output) => sum(output, /^\s*\[\d{3}\]\s+([\d,]+) responses/gm),
  },
  {
    name: 'wrk',
    is: /requests in [\d.]+\w+, .* read/,
    count: (output) => one(output, /([\d,]+) requests in [\d.]+\w+,/),
  },
  {
    name: 'k6',
    is: /^\s*(?:iterations|http_reqs)\b/m,
    count: (output) =>
      one(output, /^\s*http_reqs[.\s]*:\s*([\d,]+)/m) ?? one(output, /^\s*iterations[.\s]*:\s*([\d,]+)/m),
  },
  {
    name: 'ab',
    is: /^Complete requests:/m,
    count: (output) => one(output, /^Complete requests:\s+([\d,]+)/m),
  },
  {
    name: 'bombardier',
    is: /^\s*HTTP codes:\s*$/m,
    count: (output) => sum(output, /(?:\dxx|others) - ([\d,]+)/g),
  },
  {
    name: 'vegeta',
    is: /^Requests\s+\[total, rate/m,
    count: (output) => one(output, /^Requests\s+\[total, rate[^\]]*\]\s+([\d,]+)/m),
  },
  {
    name: 'autocannon',
    is: /requests in [\d.]+s, [\d.]+ \w*B read/,
    count: (output) => thousands(/([\d.]+)(k?) requests in [\d.]+s,/.exec(output)),
  },
];

/** Undefined where no known tool speaks. */
export function countOperations(output: string, pattern?: string): CountedOperations | undefined {
  if (pattern !== undefined) {
    const count = one(output, new RegExp(pattern, 'm'));
    return count === undefined ? undefined : { count, source: `--operations-match` };
  }
  for (const { name, is, count } of TOOLS) {
    if (!is.test(output)) continue;
    const found = count(output);
    if (found !== undefined) return { count: found, source: name };
  }
  return undefined;
}

function one(output: string, pattern: RegExp): number | undefined {
  return numberOf(pattern.exec(output)?.[1]);
}

function sum(output: string, pattern: RegExp): number | undefined {
  const found = [...output.matchAll(pattern)].map(([, text]) => numberOf(text) ?? 0);
  return found.length === 0 ? undefined : found.reduce((total, each) => total + each, 0);
}

/** "12k requests in 10.02s". */
function thousands(match: RegExpExecArray | null): number | undefined {
  const value = numberOf(match?.[1]);
  return value === undefined ? undefined : value * (match![2] === 'k' ? 1000 : 1);
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text.replaceAll(',', ''));
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}
