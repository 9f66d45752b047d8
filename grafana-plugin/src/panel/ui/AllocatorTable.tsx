// Top allocators: function, in use, growth, rate, share of the growth, history. A row opens to its lines.
import React, { useEffect, useMemo, useState } from 'react';
import { formatBytes, formatBytesPerSecond, significant } from 'leakline/format';
import { t } from '../../i18n';
import {
  type AllocatorRow,
  type AllocatorTable as Table,
  type SortKey,
  type TableView,
  viewRows,
} from '../domain/allocators';
import { SAMPLE_TYPES, type SampleType } from '../domain/use-diagnosis';
import { percent, shortFunction } from '../domain/words';
import * as base from './base.module.css';
import { OpenButton } from './OpenButton';
import { Button, classes, Note } from './parts';
import { Sparkline } from './Sparkline';
import * as styles from './table.module.css';

/** Rows beyond these are asked for: a table of a thousand rows slows the page and nobody reads them. */
const FIRST_ROWS = 25;

export interface OpenedFunction {
  function: string;
}

export interface AllocatorTableProps {
  table: Table;
  sample: SampleType;
  onSample: (sample: SampleType) => void;
  /** A function to open at once, and again with every new object; null for none. */
  opened: OpenedFunction | null;
  /** What a row opens to. */
  renderDetail: (row: AllocatorRow, focus: (functionName: string) => void) => React.ReactNode;
}

export function AllocatorTable({
  table,
  sample,
  onSample,
  opened,
  renderDetail,
}: AllocatorTableProps): React.ReactElement {
  const [view, setView] = useState<TableView>({
    search: '',
    ownOnly: false,
    sort: table.compared ? 'growth' : 'inUse',
    descending: true,
  });
  const [open, setOpen] = useState<string | null>(null);
  const [limit, setLimit] = useState(FIRST_ROWS);
  const sort = view.sort !== 'inUse' && view.sort !== 'function' && !table.compared ? 'inUse' : view.sort;
  const rows = useMemo(() => viewRows(table.rows, { ...view, sort }), [table.rows, view, sort]);
  const objects = table.unit !== 'bytes';
  const amount = (value: number): string => (objects ? significant(value, 4) : formatBytes(value));
  const rate = (value: number): string => (objects ? `${significant(value)}/s` : formatBytesPerSecond(value));
  const ownKnown = table.rows.some((row) => row.own !== null);
  const history = table.rows.some((row) => (row.history?.length ?? 0) > 1);
  const columns = 2 + (table.compared ? 2 : 0) + 1 + (history ? 1 : 0);

  const head = (key: SortKey, label: string): React.ReactElement => {
    const active = sort === key;
    return (
      <th scope="col" aria-sort={active ? (view.descending ? 'descending' : 'ascending') : 'none'}>
        <button
          type="button"
          className={styles.sort}
          onClick={() =>
            setView({ ...view, sort: key, descending: active ? !view.descending : key !== 'function' })
          }
        >
          {label} {active ? (view.descending ? '↓' : '↑') : ''}
        </button>
      </th>
    );
  };
  const focus = (name: string): void => {
    setView({ ...view, search: name, ownOnly: false });
    const found = table.rows.find((row) => row.function === name);
    setOpen(found ? keyOf(found) : null);
  };

  useEffect(() => {
    const found = opened && table.rows.find((row) => row.function === opened.function);
    if (!found) return;
    setView((old) => ({ ...old, search: '', ownOnly: false }));
    setOpen(keyOf(found));
    // A table that is made anew by a live page must not open again what a person has closed.
  }, [opened]);

  return (
    <div data-testid="allocators">
      <div className={styles.controls}>
        <input
          className={classes(base.field, styles.search)}
          type="search"
          placeholder={t('allocators.search', 'Search function or file')}
          aria-label={t('allocators.search', 'Search function or file')}
          value={view.search}
          onChange={(event) => setView({ ...view, search: event.currentTarget.value })}
        />
        <select
          className={base.field}
          aria-label={t('allocators.sampleType', 'Sample type')}
          value={sample}
          onChange={(event) => {
            const chosen = SAMPLE_TYPES.find((type) => type === event.currentTarget.value);
            if (chosen) onSample(chosen);
          }}
        >
          {SAMPLE_TYPES.map((type) => (
            <option key={type} value={type}>
              {type}
            </option>
          ))}
        </select>
        {ownKnown ? (
          <label className={base.check}>
            <input
              type="checkbox"
              checked={view.ownOnly}
              onChange={(event) => setView({ ...view, ownOnly: event.currentTarget.checked })}
            />
            {t('allocators.ownOnly', 'Own code only')}
          </label>
        ) : null}
      </div>
      {table.notes.map((note) => (
        <Note key={note}>{note}</Note>
      ))}
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              {head('function', t('allocators.function', 'Function'))}
              {head('inUse', t('allocators.inUse', 'In use'))}
              {table.compared ? head('growth', t('allocators.growth', 'Growth')) : null}
              {table.compared ? head('growthPerSecond', t('allocators.rate', 'Rate')) : null}
              {head(
                'share',
                table.compared
                  ? t('allocators.share', 'Share of growth')
                  : t('allocators.shareInUse', 'Share'),
              )}
              {history ? (
                <th scope="col" className={styles.history}>
                  <span className={styles.plainHead}>{t('allocators.history', 'Captures')}</span>
                </th>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, limit).map((row) => {
              const key = keyOf(row);
              const isOpen = open === key;
              return (
                <React.Fragment key={key}>
                  <tr className={classes(styles.row, isOpen && styles.rowOpen)}>
                    <td className={styles.name}>
                      <OpenButton
                        isOpen={isOpen}
                        title={row.function}
                        text={shortFunction(row.function)}
                        place={row.line > 0 ? `${baseName(row.file)}:${row.line}` : baseName(row.file)}
                        onClick={() => setOpen(isOpen ? null : key)}
                      >
                        {row.own ? <span className={styles.own}>{t('allocators.own', 'own')}</span> : null}
                      </OpenButton>
                    </td>
                    <td>{amount(row.inUse)}</td>
                    {table.compared ? <Change value={row.growth} text={amount} /> : null}
                    {table.compared ? <Change value={row.growthPerSecond} text={rate} /> : null}
                    <td>{row.share === null ? '–' : <Share share={row.share} />}</td>
                    {history ? (
                      <td className={styles.history}>
                        {row.history ? (
                          <Sparkline
                            values={row.history}
                            label={t('allocators.sparkline', 'from {{first}} to {{last}}', {
                              first: amount(row.history[0] ?? 0),
                              last: amount(row.history.at(-1) ?? 0),
                            })}
                          />
                        ) : null}
                      </td>
                    ) : null}
                  </tr>
                  {isOpen ? (
                    <tr>
                      <td className={styles.detail} colSpan={columns}>
                        {renderDetail(row, focus)}
                      </td>
                    </tr>
                  ) : null}
                </React.Fragment>
              );
            })}
          </tbody>
        </table>
      </div>
      <div className={styles.pager}>
        {table.rows.length === 0 && table.compared
          ? t('allocators.unchanged', 'Nothing changed between these two captures.')
          : rows.length === 0
            ? t('allocators.none', 'No function matches.')
            : t('allocators.count', '{{shown}} of {{count}} functions', {
                shown: Math.min(limit, rows.length),
                count: rows.length,
              })}
        {rows.length > limit ? (
          <Button onClick={() => setLimit(limit + 4 * FIRST_ROWS)}>
            {t('allocators.more', 'Show more')}
          </Button>
        ) : null}
      </div>
    </div>
  );
}

function baseName(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}

function keyOf(row: AllocatorRow): string {
  return `${row.function} ${row.file}:${row.line}`;
}

function Change({
  value,
  text,
}: {
  value: number | null;
  text: (value: number) => string;
}): React.ReactElement {
  if (value === null) return <td>–</td>;
  return (
    <td className={value > 0 ? styles.grew : value < 0 ? styles.shrank : undefined}>
      {value > 0 ? '+' : ''}
      {text(value)}
    </td>
  );
}

function Share({ share }: { share: number }): React.ReactElement {
  return (
    <span className={styles.share}>
      <span className={styles.shareTrack} aria-hidden="true">
        <span
          className={styles.shareFill}
          style={{ display: 'block', width: `${Math.max(0, Math.min(1, share)) * 100}%` }}
        />
      </span>
      <span className={styles.shareValue}>{percent(share)}</span>
    </span>
  );
}
