// Which capture is looked at and against which; taking one, saving one, opening one with Go's own tool.
import React, { useState } from 'react';
import type { ApiCapture } from 'leakline/api';
import { formatBytes } from 'leakline/format';
import type { ApiProblem } from '../../api/problem';
import { t } from '../../i18n';
import type { Selection } from '../domain/selection';
import { clockTime, triggerWord } from '../domain/words';
import * as base from './base.module.css';
import { Icon } from './Icon';
import * as styles from './layout.module.css';
import { Button, classes, Note } from './parts';

export interface CaptureBarProps {
  captures: readonly ApiCapture[];
  selection: Selection;
  nowMs: number;
  onPick: (id: string, asBase: boolean) => void;
  profileHref: string;
  /** Name under which the profile is saved. */
  profileName: string;
  /** The command that opens the same comparison in Go's tool. */
  command: string;
  onTake: (() => void) | null;
  taking: boolean;
  takeProblem: ApiProblem | null;
}

export function captureLabel(capture: ApiCapture, nowMs: number, withSeconds = false): string {
  const time = clockTime(Date.parse(capture.takenAt), nowMs, withSeconds);
  const words = [time, triggerWord(capture.trigger)];
  if (capture.baseline && capture.trigger !== 'baseline') words.push(t('capture.baseline', 'baseline'));
  if (capture.state === 'failed') words.push(t('capture.failed', 'failed'));
  if (capture.state === 'pending') words.push(t('capture.pending', 'under way'));
  return words.join(' · ');
}

export function CaptureBar(props: CaptureBarProps): React.ReactElement {
  const { captures, selection, nowMs, onPick, profileHref, profileName, command } = props;
  const [copied, setCopied] = useState(false);
  const ready = captures
    .filter((capture) => capture.state === 'complete' || capture.state === 'partial')
    .toReversed();
  const labels = ready.map((capture) => captureLabel(capture, nowMs));
  const withSeconds = new Set(labels).size < labels.length;
  const copy = (): void => {
    setCopied(true);
    // Without a secure origin there is no clipboard: the command stands in its field, selected.
    void navigator.clipboard?.writeText(command).catch(() => undefined);
  };
  return (
    <div data-testid="capture-bar">
      <div className={styles.bar}>
        <label className={styles.label}>
          {t('capture.capture', 'Capture')}
          <select
            className={base.field}
            value={selection.capture.id}
            onChange={(event) => onPick(event.currentTarget.value, false)}
          >
            {ready.map((capture) => (
              <option key={capture.id} value={capture.id}>
                {captureLabel(capture, nowMs, withSeconds)}
              </option>
            ))}
          </select>
        </label>
        {selection.base ? (
          <label className={styles.label}>
            {t('capture.against', 'against')}
            <select
              className={base.field}
              value={selection.base.id}
              onChange={(event) => onPick(event.currentTarget.value, true)}
            >
              {ready
                .filter((capture) => capture.id !== selection.capture.id)
                .map((capture) => (
                  <option key={capture.id} value={capture.id}>
                    {captureLabel(capture, nowMs, withSeconds)}
                  </option>
                ))}
            </select>
          </label>
        ) : null}
        <span className={styles.grow} />
        <a
          className={classes(base.button, base.quiet, base.icon)}
          href={profileHref}
          download={profileName}
          title={t('capture.downloadTitle', 'Download the heap profile ({{size}})', {
            size: formatBytes(selection.capture.sizeBytes),
          })}
          aria-label={t('capture.download', 'Download the profile')}
        >
          <Icon name="download" />
          <span className={styles.wide}>{t('capture.profile', 'Profile')}</span>
        </a>
        <Button
          icon={copied ? 'healthy' : 'copy'}
          quiet
          onClick={copy}
          title={command}
          aria-label={
            copied ? t('capture.copied', 'Copied') : t('capture.copy', 'Copy the command for go tool pprof')
          }
        >
          <span className={styles.wide}>go tool pprof</span>
        </Button>
        <TakeButton {...props} />
        {copied ? (
          <input
            className={classes(base.field, styles.command)}
            readOnly
            value={command}
            aria-label={t('capture.command', 'Command')}
            onFocus={(event) => event.currentTarget.select()}
          />
        ) : null}
      </div>
      {props.takeProblem ? (
        <Note warning>
          {t('capture.takeFailed', 'The capture could not be taken: {{message}}', {
            message: props.takeProblem.message,
          })}
        </Note>
      ) : null}
    </div>
  );
}

export function TakeButton({
  onTake,
  taking,
  primary = false,
}: {
  onTake: (() => void) | null;
  taking: boolean;
  primary?: boolean;
}): React.ReactElement | null {
  if (!onTake) return null;
  return (
    <Button icon="camera" primary={primary} disabled={taking} onClick={onTake} aria-busy={taking}>
      {taking ? t('capture.taking', 'Capturing …') : t('capture.take', 'Capture now')}
    </Button>
  );
}
