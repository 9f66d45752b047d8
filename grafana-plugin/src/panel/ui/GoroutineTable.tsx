// Goroutines of a capture by where they stand, and how many more than in the base.
import React, { useState } from 'react';
import { t } from '../../i18n';
import type { GoroutineRow } from '../domain/goroutines';
import { shortFile, shortFunction } from '../domain/words';
import { Button } from './parts';
import * as styles from './table.module.css';

const FIRST_ROWS = 25;

export function GoroutineTable({
  rows,
  compared,
}: {
  rows: readonly GoroutineRow[];
  compared: boolean;
}): React.ReactElement {
  const [limit, setLimit] = useState(FIRST_ROWS);
  return (
    <div className={styles.scroll} data-testid="goroutines">
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">
              <span className={styles.plainHead}>{t('goroutines.where', 'Where they stand')}</span>
            </th>
            <th scope="col">
              <span className={styles.plainHead}>{t('goroutines.count', 'Goroutines')}</span>
            </th>
            {compared ? (
              <th scope="col">
                <span className={styles.plainHead}>{t('goroutines.growth', 'Growth')}</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, limit).map((row) => (
            <tr key={`${row.function} ${row.file}:${row.line}`} className={styles.row}>
              <td className={styles.name} title={row.function}>
                <span className={styles.path}>{shortFunction(row.function)}</span>
                {row.file === '' ? null : (
                  <>
                    {' '}
                    <span title={row.file}>
                      {shortFile(row.file)}
                      {row.line > 0 ? `:${row.line}` : ''}
                    </span>
                  </>
                )}
              </td>
              <td>{row.count.toLocaleString()}</td>
              {compared ? (
                <td className={row.growth > 0 ? styles.grew : row.growth < 0 ? styles.shrank : undefined}>
                  {row.growth > 0 ? '+' : ''}
                  {row.growth.toLocaleString()}
                </td>
              ) : null}
            </tr>
          ))}
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
