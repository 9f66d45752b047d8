// What a row of the table opens to: lines with their source where the exporter has it, callers and callees.
import React from 'react';
import { formatBytes, significant } from 'leakline/format';
import type { ListReport, ListWeight, PeekCall, PeekReport } from '../../api/reports';
import { t } from '../../i18n';
import { shortFile, shortFunction } from '../domain/words';
import { Note } from './parts';
import * as styles from './table.module.css';

/** Edges beyond these explain nothing that the first do not. */
const MOST_EDGES = 8;

export interface FunctionDetailProps {
  list: ListReport | null;
  peek: PeekReport | null;
  functionName: string;
  unit: string;
  /** Address of a line in the code host, where a pattern is configured. */
  sourceLink: (file: string, line: number) => string | null;
  onFocus: (functionName: string) => void;
}

export function FunctionDetail(props: FunctionDetailProps): React.ReactElement {
  const { list, peek, functionName, unit, sourceLink, onFocus } = props;
  const amount = (value: number): string => (unit === 'bytes' ? formatBytes(value) : significant(value, 4));
  const functions = list?.routines.filter((one) => one.function === functionName) ?? [];
  const edges = peek?.entries.find((one) => one.function === functionName);
  return (
    <div data-testid="function-detail">
      {functions.map((one) => {
        const source = one.lines.length > 0;
        const lines: (ListWeight & { source?: string })[] = source ? one.lines : one.weights;
        const first =
          lines.find((line) => line.flat !== 0) ?? lines.find((line) => line.cum !== 0) ?? lines[0];
        return (
          <div key={one.file}>
            <p className={styles.smallHeading}>
              <SourcePath file={one.file} line={first?.line ?? 0} sourceLink={sourceLink} />
            </p>
            <div
              className={styles.code}
              tabIndex={0}
              role="group"
              aria-label={t('detail.code', 'Lines of {{file}}', { file: shortFile(one.file) })}
            >
              <table className={styles.lines}>
                <thead>
                  <tr>
                    <th scope="col">{t('detail.flat', 'flat')}</th>
                    <th scope="col">{t('detail.cum', 'cum')}</th>
                    <th scope="col">{t('detail.line', 'line')}</th>
                    <th scope="col" className={styles.source}>
                      {t('detail.source', 'source')}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {lines.map((line) => (
                    <tr
                      key={line.line}
                      className={line.flat !== 0 || line.cum !== 0 ? styles.hot : undefined}
                    >
                      <td>{line.flat === 0 ? '' : amount(line.flat)}</td>
                      <td>{line.cum === 0 ? '' : amount(line.cum)}</td>
                      <td>{line.line}</td>
                      <td className={styles.source}>
                        {line.source ?? `${shortFile(one.file)}:${line.line}`}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {source ? null : (
              <Note>
                {t(
                  'detail.noSource',
                  'The exporter has no source of this file. profile.sourceRoots in its configuration says where to look.',
                )}
              </Note>
            )}
          </div>
        );
      })}
      {edges ? (
        <div className={styles.edges}>
          <Edges
            title={t('detail.callers', 'Callers')}
            edges={edges.callers}
            amount={amount}
            onFocus={onFocus}
          />
          <Edges
            title={t('detail.callees', 'Callees')}
            edges={edges.callees}
            amount={amount}
            onFocus={onFocus}
          />
        </div>
      ) : null}
      {functions.length === 0 && !edges ? (
        <Note>{t('detail.none', 'The profile tells no lines of this function.')}</Note>
      ) : null}
    </div>
  );
}

function SourcePath(
  props: { file: string; line: number } & Pick<FunctionDetailProps, 'sourceLink'>,
): React.ReactElement {
  const { file, line, sourceLink } = props;
  const place = line > 0 ? `${file}:${line}` : file;
  const href = sourceLink(file, line);
  return (
    <span className={styles.path}>
      {href ? (
        <a href={href} target="_blank" rel="noreferrer">
          {place}
        </a>
      ) : (
        place
      )}
    </span>
  );
}

interface EdgesProps {
  title: string;
  edges: readonly PeekCall[];
  amount: (value: number) => string;
  onFocus: (functionName: string) => void;
}

function Edges({ title, edges, amount, onFocus }: EdgesProps): React.ReactElement {
  return (
    <div>
      <p className={styles.smallHeading}>{title}</p>
      {edges.length === 0 ? <span>{t('detail.noEdges', 'none')}</span> : null}
      <ul className={styles.edgeList}>
        {edges.slice(0, MOST_EDGES).map((edge) => (
          <li key={edge.function}>
            <button
              type="button"
              className={styles.edge}
              title={edge.function}
              onClick={() => onFocus(edge.function)}
            >
              <span>{shortFunction(edge.function)}</span>
              <span>{amount(edge.weight)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
