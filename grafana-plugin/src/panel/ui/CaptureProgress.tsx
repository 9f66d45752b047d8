// Captures under way: of what, what they wait for, and since when; so that nobody wonders whether a click was heard.
import React from 'react';
import type { ApiCapture } from 'leakline/api';
import { t } from '../../i18n';
import { waitsForTime } from '../domain/selection';
import { clockTime, triggerWord, waitWord } from '../domain/words';
import * as styles from './base.module.css';
import { Icon } from './Icon';
import { classes } from './parts';

export interface CaptureProgressProps {
  /** The next first. */
  pending: readonly ApiCapture[];
  nowMs: number;
}

/** The bar moves for what goes on now; what waits for its time is told and stands still. */
export function CaptureProgress({ pending, nowMs }: CaptureProgressProps): React.ReactElement | null {
  const next = pending[0];
  if (!next) return null;
  const untilMs = next.waiting?.until === undefined ? NaN : Date.parse(next.waiting.until);
  const later = waitsForTime(next);
  const trigger = triggerWord(next.trigger);
  const what = later
    ? t('progress.next', 'Next capture: {{trigger}}', { trigger })
    : t('progress.now', 'Capture under way: {{trigger}}', { trigger });
  return (
    <div className={classes(styles.note, styles.progress)} role="status" data-testid="capture-progress">
      <Icon name={later ? 'learning' : 'camera'} />
      <span className={styles.progressText}>
        {next.waiting
          ? t('progress.waits', '{{what}}. {{wait}}', { what, wait: waitWord(next.waiting) })
          : what}
        {untilMs > nowMs
          ? ` ${t('progress.until', '({{time}} at the latest)', { time: clockTime(untilMs, nowMs) })}`
          : ''}
        {pending.length > 1
          ? ` ${t('progress.more', '{{count}} more after it.', { count: pending.length - 1 })}`
          : ''}
      </span>
      {later ? null : (
        <span className={styles.progressTrack} aria-hidden="true">
          <span className={styles.progressBar} />
        </span>
      )}
    </div>
  );
}
