// The flame graph of bytes in use or, with a base, of bytes that changed: widths are absolute bytes.
import React, { useMemo, useState } from 'react';
import { formatBytes, significant } from 'leakline/format';
import type { FlameReport } from '../../api/reports';
import { t } from '../../i18n';
import { type FlameBox, layoutFlame, visibleBoxes } from '../domain/flame';
import { percent, shortFunction } from '../domain/words';
import * as base from './base.module.css';
import * as styles from './flame.module.css';
import { Button, classes, Message } from './parts';
import * as table from './table.module.css';

const ROW_PX = 20;

export interface FlameGraphProps {
  report: FlameReport;
  compared: boolean;
}

export function FlameGraph({ report, compared }: FlameGraphProps): React.ReactElement {
  const boxes = useMemo(() => layoutFlame(report), [report]);
  const [focus, setFocus] = useState(0);
  const [over, setOver] = useState<number | null>(null);
  const [search, setSearch] = useState('');
  const root = boxes[focus] ?? boxes[0];
  const shown = useMemo(() => visibleBoxes(boxes, root?.index ?? 0), [boxes, root]);
  if (!root || root.width === 0) {
    return <Message icon="healthy" title={t('flame.nothing', 'Nothing changed between these captures')} />;
  }
  const amount = (value: number): string =>
    report.unit === 'bytes' ? formatBytes(value) : significant(value, 4);
  const depth = Math.max(...shown.map((box) => box.level)) + 1;
  const needle = search.trim().toLowerCase();
  const told = boxes[over ?? root.index]!;
  return (
    <div data-testid="flamegraph">
      <div className={table.controls}>
        <input
          className={classes(base.field, table.search)}
          type="search"
          placeholder={t('flame.search', 'Highlight functions')}
          aria-label={t('flame.search', 'Highlight functions')}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        {compared ? (
          <span className={styles.legend}>
            <span>
              <span className={styles.key} style={{ background: 'var(--ll-flame-growth)' }} />
              {t('flame.grew', 'grew')}
            </span>
            <span>
              <span className={styles.key} style={{ background: HATCH }} />
              {t('flame.shrank', 'shrank')}
            </span>
          </span>
        ) : null}
        <Button disabled={root.index === 0} onClick={() => setFocus(0)}>
          {t('flame.reset', 'Whole graph')}
        </Button>
      </div>
      <div className={styles.flame} style={{ height: depth * ROW_PX }} onMouseLeave={() => setOver(null)}>
        {shown.map((box) => {
          const ancestor = box.level < root.level;
          const found = needle !== '' && box.label.toLowerCase().includes(needle);
          return (
            <button
              key={box.index}
              type="button"
              className={classes(styles.box, ancestor && styles.dim, found && styles.found)}
              aria-label={`${box.label}, ${describe(box, compared, amount)}`}
              style={{
                top: box.level * ROW_PX,
                left: `${ancestor ? 0 : ((box.left - root.left) / root.width) * 100}%`,
                width: `${ancestor ? 100 : (box.width / root.width) * 100}%`,
                background: paint(box, compared),
              }}
              onClick={() => setFocus(box.index)}
              onMouseEnter={() => setOver(box.index)}
              onFocus={() => setOver(box.index)}
            >
              {shortFunction(box.label)}
            </button>
          );
        })}
      </div>
      <p className={styles.tip} aria-live="off">
        <code>{told.label}</code>
        <br />
        {describe(told, compared, amount)} · {percent(told.width / (boxes[0]?.width || 1))}
      </p>
    </div>
  );
}

const HATCH =
  'repeating-linear-gradient(135deg, var(--ll-flame-shrink) 0 5px, color-mix(in srgb, var(--ll-flame-shrink) 70%, white) 5px 9px)';

/** Depth of the warm colour tells own bytes from those of callees; shrinkage is blue and hatched. */
function paint(box: FlameBox, compared: boolean): string {
  if (box.level === 0) return 'color-mix(in srgb, var(--ll-text-secondary) 45%, white)';
  if (compared && box.shrunk > box.grown) return HATCH;
  const own = box.width === 0 ? 0 : Math.abs(box.self) / box.width;
  const base = compared ? 'var(--ll-flame-growth)' : 'var(--ll-part-live_heap)';
  return `color-mix(in srgb, ${base} ${Math.round(45 + 50 * own)}%, white)`;
}

function describe(box: FlameBox, compared: boolean, amount: (value: number) => string): string {
  if (!compared) {
    return t('flame.inUse', '{{value}} in use, {{self}} by itself', {
      value: amount(box.value),
      self: amount(box.self),
    });
  }
  return t('flame.changed', 'grew {{grown}}, shrank {{shrunk}}; by itself {{self}}', {
    grown: amount(box.grown),
    shrunk: amount(box.shrunk),
    self: amount(box.self),
  });
}
