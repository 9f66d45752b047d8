// The analyses that run off the main thread, by name: bytes of profiles and plain parameters in, plain data out.
// A new one is a line of this table.

import type { ApiGrowth } from '../server/api.js';
import { decodeProfile } from './decode/decode.js';
import { encodeProfile } from './encode.js';
import {
  goroutineGrowth,
  groupGoroutines,
  type GoroutineGrowth,
  type GoroutineSummary,
} from './goroutines.js';
import { GrowthMeasure, type GrowthOptions } from './growth.js';
import { mergeProfiles, totals } from './merge.js';
import { readGoroutines, readProfile } from './read.js';
import type { ValueType } from './profile.js';
import { reportBody, reportOn, type ReportAnswer, type ReportRequest } from './report-analysis.js';
import { serverSources } from '../source-files/source-reader.js';
import { UsageError } from '../errors.js';
import type { ReportFormat, ReportModel } from '../report/model.js';
import { bytesOf, type ProfileInput } from './kept-profile.js';

export interface TimedInput {
  /** Unix milliseconds. */
  takenAtMs: number;
  id?: string;
}

/** Name to analysis; each takes the bytes of its profiles in order, and its parameters. */
export const ANALYSES = {
  /** Bytes of the profiles; reading them is what checks those that are kept in a file. */
  read(inputs: readonly Uint8Array[]): number {
    return inputs.reduce((bytes, input) => bytes + input.length, 0);
  },

  /** Decodes each, in the protobuf form alone; a refusal says nothing of what else the bytes hold. */
  check(inputs: readonly Uint8Array[]): void {
    for (const bytes of inputs) decodeProfile(bytes);
  },

  /** What the profile holds in all, by sample type. */
  totals(inputs: readonly Uint8Array[]): { type: ValueType; total: number }[] {
    const profiles = inputs.map((bytes) => readProfile(bytes));
    // Merging one would change nothing of its sums.
    const profile = profiles.length === 1 ? profiles[0]! : mergeProfiles(profiles);
    const sums = totals(profile);
    return profile.sampleTypes.map((type, t) => ({ type, total: sums[t]! }));
  },

  /** Growth over captures, oldest first; a capture is decoded only when the one before is measured. */
  growth(
    inputs: readonly Uint8Array[],
    { captures, ...options }: GrowthOptions & { captures: readonly TimedInput[] },
  ): ApiGrowth {
    if (inputs.length < 2) throw new UsageError('growth_captures', 'growth needs two captures or more');
    const measure = new GrowthMeasure(options);
    inputs.forEach((bytes, i) => measure.add({ profile: readProfile(bytes), ...captures[i]! }));
    return measure.finish();
  },

  /** Goroutines of one dump or profile, in groups. */
  goroutines(inputs: readonly Uint8Array[], options: { mainModule?: string }): GoroutineSummary {
    return groupGoroutines(
      inputs.flatMap((bytes) => readGoroutines(bytes)),
      options,
    );
  },

  goroutineGrowth(
    inputs: readonly Uint8Array[],
    { captures, ...options }: { mainModule?: string; limit?: number; captures: readonly TimedInput[] },
  ): GoroutineGrowth[] {
    return goroutineGrowth(
      inputs.map((bytes, i) => ({ records: readGoroutines(bytes), takenAtMs: captures[i]!.takenAtMs })),
      options,
    );
  },

  /** A report of `go tool pprof`; the sources of `list` are read from these roots, Go's module cache and GOROOT. */
  report(
    inputs: readonly Uint8Array[],
    { sourceRoots, ...request }: ReportRequest & { sourceRoots: readonly string[] },
  ): Promise<ReportAnswer> {
    return reportOn(inputs, request, serverSources(sourceRoots, request.options.trimPath));
  },

  /** A report as the body of an answer: bytes cross threads as they are, what a large report holds would be read twice. */
  reportBody(
    inputs: readonly Uint8Array[],
    { sourceRoots, ...request }: ReportRequest & { sourceRoots: readonly string[] },
  ): Promise<Uint8Array> {
    return reportBody(inputs, request, serverSources(sourceRoots, request.options.trimPath));
  },

  /** A report in the form that is asked for; its writers are loaded when the first one is. */
  async writtenReport(
    _inputs: readonly Uint8Array[],
    { model, format }: { model: ReportModel; format: ReportFormat },
  ): Promise<Uint8Array> {
    const { renderReport } = await import('../report/index.js');
    return Buffer.from(await renderReport(model, format));
  },

  /** Several profiles as one file, gzip of the protobuf form. */
  merge(inputs: readonly Uint8Array[]): Uint8Array {
    return encodeProfile(mergeProfiles(inputs.map((bytes) => readProfile(bytes))));
  },
};

export type Analyses = typeof ANALYSES;
export type AnalysisName = keyof Analyses;
export type AnalysisParameters<N extends AnalysisName> =
  Parameters<Analyses[N]> extends [unknown, infer P] ? P : undefined;
export type AnalysisResult<N extends AnalysisName> = Awaited<ReturnType<Analyses[N]>>;

/** Runs an analysis by a name that came as a message. */
export function runAnalysis(name: string, inputs: readonly ProfileInput[], parameters: unknown): unknown {
  if (!Object.hasOwn(ANALYSES, name))
    throw new UsageError('analysis_unknown', `no analysis named ${JSON.stringify(name)}`);
  const analysis: (inputs: readonly Uint8Array[], parameters: never) => unknown =
    ANALYSES[name as AnalysisName];
  return analysis(inputs.map(bytesOf), parameters as never);
}

/** Runs an analysis wherever the caller has room for it: in a worker thread, or here. */
export type RunAnalysis = <N extends AnalysisName>(
  name: N,
  inputs: readonly ProfileInput[],
  parameters: AnalysisParameters<N>,
) => Promise<AnalysisResult<N>>;

/** On the calling thread: for one-shot commands, which block nobody. */
export async function runHere<N extends AnalysisName>(
  name: N,
  inputs: readonly ProfileInput[],
  parameters: AnalysisParameters<N>,
): Promise<AnalysisResult<N>> {
  return (await runAnalysis(name, inputs, parameters)) as AnalysisResult<N>;
}
