// One sentence that says it all; beside it what is normal for this target, against now.
import React from 'react';
import type { ApiBaselineSignal } from 'leakline/api';
import { significant } from 'leakline/format';
import { t } from '../../i18n';
import {
  baselineValues,
  type BlameWords,
  shortFunction,
  stateWord,
  type VerdictWords,
} from '../domain/words';
import { Icon } from './Icon';
import { classes } from './parts';
import * as styles from './verdict.module.css';

/** From here on "now" is marked as unlike the normal. The ratio of a healthy service stays within a few tenths. */
const UNUSUAL_RATIO = 1.5;
/** The rows that a person compares first; the rest would drown them. */
const BASELINE_ROWS = 5;

export interface VerdictLineProps {
  words: VerdictWords;
  baseline: readonly ApiBaselineSignal[];
  /** Leads to the blamed function; null where there is nothing to lead to. */
  onBlame: ((functionName: string) => void) | null;
}

export function VerdictLine({ words, baseline, onBlame }: VerdictLineProps): React.ReactElement {
  const state = words.state;
  return (
    <section
      className={classes(styles.verdict, state && styles[state])}
      aria-label={t('verdict.label', 'Verdict')}
      data-testid="verdict"
      data-state={state ?? 'unknown'}
    >
      <span className={styles.sign} title={stateWord(state)}>
        <Icon name={state ?? 'unknown'} size={20} />
      </span>
      <div className={styles.words}>
        <p className={styles.headline}>
          <Emphasised text={words.headline} part={words.rate} />
        </p>
        {words.blame ? <BlameLine blame={words.blame} onBlame={onBlame} /> : null}
        {words.detail ? <p className={styles.detail}>{words.detail}</p> : null}
      </div>
      {baseline.length > 0 ? <BaselineTable rows={baseline.slice(0, BASELINE_ROWS)} /> : null}
    </section>
  );
}

function Emphasised({ text, part }: { text: string; part: string }): React.ReactElement {
  const at = part === '' ? -1 : text.indexOf(part);
  if (at < 0) return <>{text}</>;
  return (
    <>
      {text.slice(0, at)}
      <strong className={styles.rate}>{part}</strong>
      {text.slice(at + part.length)}
    </>
  );
}

function BlameLine({
  blame,
  onBlame,
}: {
  blame: BlameWords;
  onBlame: VerdictLineProps['onBlame'];
}): React.ReactElement {
  const name = shortFunction(blame.function);
  return (
    <p className={styles.blame}>
      {t('verdict.blame', '{{share}} of the growth:', { share: blame.share })}{' '}
      {onBlame ? (
        <button
          type="button"
          className={styles.culprit}
          title={blame.function}
          onClick={() => onBlame(blame.function)}
        >
          {name}
        </button>
      ) : (
        <code className={styles.culprit} title={blame.function}>
          {name}
        </code>
      )}{' '}
      {blame.place ? <span className={styles.place}>{blame.place}</span> : null}
    </p>
  );
}

function BaselineTable({ rows }: { rows: readonly ApiBaselineSignal[] }): React.ReactElement {
  return (
    <table className={styles.baseline} data-testid="baseline">
      <thead>
        <tr>
          <th scope="col">{t('baseline.signal', 'Baseline')}</th>
          <th scope="col">{t('baseline.normal', 'normal')}</th>
          <th scope="col">{t('baseline.now', 'now')}</th>
          <th scope="col">
            <span aria-label={t('baseline.ratio', 'ratio')}>×</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const [normal, now] = baselineValues(row);
          const unusual = row.ratio !== null && row.ratio >= UNUSUAL_RATIO;
          return (
            <tr key={row.signal}>
              <th scope="row">{baselineWord(row.signal)}</th>
              <td>{normal}</td>
              <td>{now}</td>
              <td className={unusual ? styles.worse : undefined}>
                {row.ratio === null ? '–' : `${unusual ? '▲ ' : ''}${significant(row.ratio, 2)}`}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Names of baseline signals are the exporter's; the known ones are said in words. */
function baselineWord(signal: string): string {
  switch (signal) {
    case 'live_heap':
    case 'heap_after_gc':
      return t('baseline.heapAfterGc', 'Heap after GC');
    case 'live_heap_peak':
    case 'heap_after_gc_peak':
    case 'heap_peak':
      return t('baseline.heapPeak', 'Heap peak');
    case 'gc_rate':
      return t('baseline.gcRate', 'GC rate');
    case 'heap_objects':
    case 'objects':
      return t('baseline.objects', 'Objects');
    case 'goroutines':
      return t('baseline.goroutines', 'Goroutines');
    case 'commit':
      return t('baseline.commit', 'Commit size');
    case 'private_working_set':
      return t('baseline.privateWorkingSet', 'Private working set');
    default:
      return signal.replaceAll('_', ' ');
  }
}
