// Goroutines of a capture by where they stand and what they wait for, and how many more than in the base.
import React, { useState } from 'react';
import { t } from '../../i18n';
import type { GoroutineFrame, GoroutineRow } from '../domain/goroutines';
import { shortFile, shortFunction } from '../domain/words';
import { OpenButton } from './OpenButton';
import { Button, classes } from './parts';
import * as styles from './table.module.css';

const FIRST_ROWS = 25;

export interface GoroutineTableProps {
  rows: readonly GoroutineRow[];
  compared: boolean;
}

export function GoroutineTable({ rows, compared }: GoroutineTableProps): React.ReactElement {
  const [limit, setLimit] = useState(FIRST_ROWS);
  const [open, setOpen] = useState<GoroutineRow | null>(null);
  const columns = compared ? 4 : 3;
  return (
    <div className={styles.scroll} data-testid="goroutines">
      <table className={styles.table}>
        <thead>
          <tr>
            <Head text={t('goroutines.where', 'Where they stand')} />
            <Head text={t('goroutines.waits', 'Waits for')} />
            <Head text={t('goroutines.count', 'Goroutines')} />
            {compared ? <Head text={t('goroutines.growth', 'Growth')} /> : null}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, limit).map((row, index) => {
            const isOpen = open === row;
            return (
              // Rows of one answer keep their order; two stacks may stand in the same place.
              <React.Fragment key={index}>
                <tr className={classes(styles.row, isOpen && styles.rowOpen)}>
                  <td className={styles.name}>
                    <OpenButton
                      isOpen={isOpen}
                      title={row.where.function}
                      text={shortFunction(row.where.function)}
                      place={place(row.where)}
                      onClick={() => setOpen(isOpen ? null : row)}
                    />
                  </td>
                  <td className={styles.quiet}>{row.waitsFor}</td>
                  <td>{row.count.toLocaleString()}</td>
                  {compared ? (
                    <td className={row.growth > 0 ? styles.grew : row.growth < 0 ? styles.shrank : undefined}>
                      {row.growth > 0 ? '+' : ''}
                      {row.growth.toLocaleString()}
                    </td>
                  ) : null}
                </tr>
                {isOpen ? (
                  <tr>
                    <td className={styles.detail} colSpan={columns}>
                      <ol className={styles.stack} aria-label={t('goroutines.stack', 'Stack')}>
                        {row.stack.map((frame, depth) => (
                          <li key={depth}>
                            {frame.function} <span className={styles.place}>{place(frame)}</span>
                          </li>
                        ))}
                      </ol>
                    </td>
                  </tr>
                ) : null}
              </React.Fragment>
            );
          })}
        </tbody>
      </table>
      {rows.length > limit ? (
        <div className={styles.pager}>
          <Button onClick={() => setLimit(limit + 4 * FIRST_ROWS)}>
            {t('allocators.more', 'Show more')}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

function Head({ text }: { text: string }): React.ReactElement {
  return (
    <th scope="col">
      <span className={styles.plainHead}>{text}</span>
    </th>
  );
}

function place({ file, line }: GoroutineFrame): string {
  if (file === '') return '';
  return line > 0 ? `${shortFile(file)}:${line}` : shortFile(file);
}
