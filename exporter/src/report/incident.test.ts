// The report of an incident that `leakline serve` recorded of the leaking Go service. Record it anew with
//   npm run build && npx tsx test/lib/record-incident.ts exporter/src/report/testdata/incident
// and write the expected reports, after a look at what changes, with
//   UPDATE_GOLDEN=1 npx vitest run --project unit exporter/src/report/incident.test.ts

import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runHere } from '../profile/analyses.js';
import type { ApiCapture, ApiIncident, ApiSamples, ApiTarget } from '../server/api.js';
import { incidentReport, type IncidentSources } from './incident.js';
import { renderReport, type ReportModel } from './index.js';

const FIXTURE = new URL('testdata/incident/', import.meta.url);

interface Recorded {
  incident: ApiIncident;
  captures: ApiCapture[];
  target: ApiTarget;
  samples: ApiSamples;
}
const recorded = JSON.parse(readFileSync(new URL('incident.json', FIXTURE), 'utf8')) as Recorded;

const reportOf = (changes: Partial<IncidentSources> = {}): Promise<ReportModel> =>
  incidentReport({
    ...recorded,
    profile: (id, kind) => {
      const bytes = readFileSync(new URL(`${id}-${kind}.gz`, FIXTURE));
      return Promise.resolve(kind === 'goroutine_debug2' ? gunzipSync(bytes) : bytes);
    },
    run: runHere,
    place: { exporterUrl: 'https://shop-7.example:9464' },
    sourceRoots: [],
    trimPath: '',
    nowMs: Date.parse(recorded.target.sampledAt!),
    ...changes,
  });

describe('the report of a recorded incident', { timeout: 60_000 }, () => {
  let model: ReportModel;
  beforeAll(async () => {
    // The legend of the call graph tells local time, as that of go tool pprof does.
    vi.stubEnv('TZ', 'UTC');
    model = { ...(await reportOf()), generator: 'leakline' };
  }, 60_000);
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  it.each(['md', 'html'] as const)('is as expected in %s', async (format) => {
    const file = new URL(`expected.${format}`, FIXTURE);
    const text = await renderReport(model, format);
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  it('names the two leaks of the service, and advises on them first', () => {
    expect(model.growth!.blamed.map(({ function: name }) => name)).toEqual([
      'main.(*SessionCache).Put',
      'main.leakGoroutines',
    ]);
    expect(model.goroutines!.groups.map(({ createdBy }) => createdBy.split(' ')[0])).toEqual([
      'main.leakGoroutines',
    ]);
    const titles = model.advice.map(({ title }) => title);
    expect(titles[0]).toBe('Go objects are held: main.(*SessionCache).Put');
    expect(titles).toContain('Goroutines pile up: main.leakGoroutines');
    expect(titles.at(-1)).toBe('Prove the fix');
  });

  it('is told from the captures alone, once the samples and the process are gone', async () => {
    const later = await reportOf({ target: undefined, samples: undefined });
    expect(later.growth).toEqual(model.growth);
    expect(later.goroutines).toEqual(model.goroutines);
    expect(later.callGraph).toEqual(model.callGraph);
    expect(later.trend!.atMs).toEqual(recorded.captures.map(({ takenAt }) => Date.parse(takenAt)).sort());
    expect(later.accounting!.last.at).toBe(model.events.findLast(({ kind }) => kind === 'capture')!.at);
  });

  it('draws the trend that the incident kept of itself, once the samples are gone', async () => {
    const { atMs, signals, parts } = recorded.samples;
    const incident = { ...recorded.incident, trend: { atMs, signals, parts } };
    const later = await reportOf({ incident, target: undefined, samples: undefined });
    const baseline = recorded.captures.filter(({ takenAt }) => Date.parse(takenAt) < atMs[0]!);
    expect(later.trend!.atMs).toHaveLength(atMs.length + recorded.captures.length);
    expect(baseline.length).toBeLessThan(recorded.captures.length);
    expect(later.trend!.atMs).toEqual(later.trend!.atMs.toSorted((a, b) => a - b));
    expect(later.trend!.series.map(({ signal }) => signal)).toEqual(
      model.trend!.series.map(({ signal }) => signal),
    );
    // What memory still holds is drawn from there, and not twice.
    const now = await reportOf({ incident });
    expect(now.trend).toEqual(model.trend);
  });

  it('says what is missing where profiles cannot be read', async () => {
    const broken = await reportOf({ profile: () => Promise.reject(new Error('the disk is gone')) });
    expect(broken.callGraph).toBeUndefined();
    for (const what of ['Call graph', 'Source', 'Goroutines'])
      expect(broken.missing).toContain(`${what}: the disk is gone`);
    expect(broken.growth).toEqual(model.growth);
  });
});
