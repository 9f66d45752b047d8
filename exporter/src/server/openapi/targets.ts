// Targets and their recent samples: GET targets, targets/:target, targets/:target/samples.

import { LEAK_PATTERNS, LEAK_STATES, LOAD_FINDINGS, WHY_NOT } from '../../leak/types.js';
import { SIGNALS } from '../../signals.js';
import { column, answers, choice, count, flag, list, map, number, object, orNull } from './words.js';
import { path, ref, text, time, timeRange, type Description } from './words.js';

const slope = object({ perSecond: number, lowerPerSecond: number, upperPerSecond: number });
const signal = choice(...SIGNALS);

export const targets: Description = {
  paths: {
    '/targets': {
      get: {
        operationId: 'listTargets',
        summary: 'Every Go process under watch, with its state, verdict and accounting.',
        responses: answers(200, 'TargetPage'),
      },
    },
    '/targets/{target}': {
      get: {
        operationId: 'getTarget',
        summary: 'One target.',
        parameters: [path('target')],
        responses: answers(200, 'Target', { 404: 'No such target.' }),
      },
    },
    '/targets/{target}/samples': {
      get: {
        operationId: 'getSamples',
        summary: 'Recent samples of a target, in columns: row i of each was read at atMs[i].',
        parameters: [path('target'), ...timeRange],
        responses: answers(200, 'Samples', {
          400: 'A parameter is not as described.',
          404: 'No such target.',
        }),
      },
    },
  },
  schemas: {
    Accounting: object({ totalBytes: number, parts: map(number), clampedBytes: number }, { note: text }),
    Verdict: object({
      state: choice(...LEAK_STATES),
      since: orNull(time),
      channel: orNull(text),
      pattern: orNull(choice(...LEAK_PATTERNS)),
      slopes: map(slope),
      leaking: list(text),
      timeToLimit: orNull(object({ limit: text, limitBytes: number, seconds: number })),
      why: text,
      reasons: list(ref('VerdictReason')),
    }),
    VerdictReason: {
      description:
        'A piece of evidence of a verdict as data; `why` says the same in English. Amounts are bytes, or things for counts.',
      anyOf: [
        object(
          {
            kind: choice('growth'),
            signal,
            rise: number,
            durationSeconds: number,
            load: choice(...LOAD_FINDINGS),
          },
          { neverAboveSeconds: number, loadRatio: number, patienceSeconds: number },
        ),
        object({ kind: choice('rising'), signal, durationSeconds: number }),
        object({ kind: choice('refused'), signal, refusal: choice(...WHY_NOT) }, { settlesAt: number }),
        object(
          { kind: choice('gc_pressure'), collectionsPerSecond: number, goalBytes: number, roomShare: number },
          { normalPerSecond: number, cpuShare: number },
        ),
        object({ kind: choice('none') }),
      ],
    },
    BaselineSignal: object({
      signal: text,
      unit: choice('bytes', 'count', 'perSecond', 'ratio'),
      normal: number,
      spread: number,
      now: orNull(number),
      ratio: orNull(number),
    }),
    Target: object(
      {
        name: text,
        origin: choice('config', 'discovery'),
        health: choice('up', 'down', 'no_runtime', 'exited'),
        hasPprof: flag,
        labels: map(text),
        limits: list(object({ name: text, bytes: number })),
        signals: map(number),
      },
      {
        problem: text,
        pid: count,
        startedAt: time,
        executable: text,
        goVersion: text,
        module: text,
        moduleVersion: text,
        revision: text,
        sampledAt: time,
        accounting: ref('Accounting'),
        verdict: ref('Verdict'),
        baseline: list(ref('BaselineSignal')),
        sourceLink: {
          ...text,
          description:
            'Address of a line of its code, to be filled in: {module}, {revision}, {path}, {line}.',
        },
        openIncident: orNull(text),
      },
    ),
    TargetPage: object({ items: list(ref('Target')), next: orNull(text) }),
    Samples: object({
      target: text,
      atMs: list(number),
      signals: map(column),
      parts: map(column),
      gcCount: column,
    }),
  },
};
