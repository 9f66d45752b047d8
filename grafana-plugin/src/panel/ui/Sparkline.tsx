// Bytes of one function over the captures, small enough to stand in a row.
import React from 'react';
import * as styles from './table.module.css';

const WIDTH = 64;
const HEIGHT = 18;
const PAD = 2;

export function Sparkline({
  values,
  label,
}: {
  values: readonly number[];
  label: string;
}): React.ReactElement | null {
  if (values.length < 2) return null;
  const most = Math.max(...values, 1);
  const step = (WIDTH - 2 * PAD) / (values.length - 1);
  const points = values.map(
    (value, i) =>
      `${(PAD + i * step).toFixed(1)},${(HEIGHT - PAD - (value / most) * (HEIGHT - 2 * PAD)).toFixed(1)}`,
  );
  return (
    <svg className={styles.spark} width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
      />
      <circle cx={WIDTH - PAD} cy={points.at(-1)?.split(',')[1]} r="1.8" fill="currentColor" />
    </svg>
  );
}
