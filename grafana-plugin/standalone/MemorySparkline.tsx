// A quarter of an hour of a target's memory, in a row of the overview.
import React, { useMemo } from 'react';
import type { ApiSamples } from 'leakline/api';
import { formatBytes } from 'leakline/format';
import type { LeaklineApi } from '../src/api/client';
import { t } from '../src/i18n';
import * as styles from './overview.module.css';
import { useLive } from './use-live';

const SPAN_MS = 15 * 60_000;
const EVERY_MS = 10_000;
const WIDTH = 132;
const HEIGHT = 28;
const PAD = 2;
/** Points that a curve of this width can show. */
const MOST_POINTS = 66;

interface Curve {
  line: string;
  area: string;
  first: number;
  last: number;
}

export function MemorySparkline(props: {
  api: LeaklineApi;
  target: string;
  bad: boolean;
}): React.ReactElement | null {
  const { api, target, bad } = props;
  const live = useLive(`curve ${target}`, EVERY_MS, (signal) => {
    const toMs = Date.now();
    return api.samples(target, { fromMs: toMs - SPAN_MS, toMs }, signal);
  });
  const curve = useMemo(() => (live.data ? curveOf(live.data) : null), [live.data]);
  if (!curve) return null;
  const label = t('overview.curve', 'from {{first}} to {{last}}', {
    first: formatBytes(curve.first),
    last: formatBytes(curve.last),
  });
  return (
    <svg
      className={bad ? styles.curveBad : styles.curveCalm}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      <path d={curve.area} fill="currentColor" fillOpacity="0.14" />
      <path d={curve.line} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  );
}

/** The live heap where it is known, else what the system charges; from zero, so that calm looks calm. */
export function curveOf(samples: ApiSamples): Curve | null {
  const { signals } = samples;
  const values = signals.live_heap ?? signals.private_working_set ?? signals.commit ?? signals.heap_inuse;
  const points = samples.atMs.flatMap((atMs, row) => {
    const value = values?.[row];
    return value === null || value === undefined ? [] : [{ atMs, value }];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || last.atMs === first.atMs) return null;
  const most = Math.max(...points.map(({ value }) => value), 1);
  const step = Math.max(1, Math.ceil(points.length / MOST_POINTS));
  const kept = points.filter((_, row) => row % step === 0 || row === points.length - 1);
  const x = (atMs: number): string =>
    (PAD + ((atMs - first.atMs) / (last.atMs - first.atMs)) * (WIDTH - 2 * PAD)).toFixed(1);
  const y = (value: number): string => (HEIGHT - PAD - (value / most) * (HEIGHT - 2 * PAD)).toFixed(1);
  const line = kept.map(({ atMs, value }, i) => `${i === 0 ? 'M' : 'L'}${x(atMs)} ${y(value)}`).join('');
  const area = `${line}L${x(last.atMs)} ${HEIGHT}L${x(first.atMs)} ${HEIGHT}Z`;
  return { line, area, first: first.value, last: last.value };
}
