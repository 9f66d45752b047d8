// An incident: what happened when, from the first firing to the resolve, and whom the growth is blamed on.
import React from 'react';
import type { ApiCapture, ApiIncident } from 'leakline/api';
import { formatBytes, formatBytesPerSecond, formatDuration } from 'leakline/format';
import { t } from '../../i18n';
import { type IncidentEvent, incidentEvents } from '../domain/incident';
import { clockTime, incidentWord, percent, shortFunction, stateWord, triggerWord } from '../domain/words';
import * as base from './base.module.css';
import { Icon, type IconName } from './Icon';
import * as styles from './incident.module.css';
import { classes } from './parts';

export interface IncidentViewProps {
  incident: ApiIncident;
  /** All of the target, the one shown among them; newest first. */
  incidents: readonly ApiIncident[];
  captures: readonly ApiCapture[];
  selectedCapture: string | null;
  nowMs: number;
  onPickIncident: (id: string) => void;
  onPickCapture: (id: string) => void;
  links: IncidentLinks;
}

export interface IncidentLinks {
  /** Leads back here. */
  here: string;
  /** Written up, to read at once and to save. */
  html: string;
  pdf: string;
  markdown: string;
  /** As the API tells it, for machines. */
  json: string;
}

export function IncidentView(props: IncidentViewProps): React.ReactElement {
  const { incident, incidents, captures, nowMs, onPickIncident } = props;
  const openedMs = Date.parse(incident.openedAt);
  const endMs = incident.closedAt === null ? nowMs : Date.parse(incident.closedAt);
  const open = incident.state === 'open';
  const blamed = incident.blamed;
  return (
    <div className={styles.incident} data-testid="incident">
      <div className={styles.head}>
        <span className={classes(styles.state, open && styles.stateOpen)}>
          <Icon name={open ? 'alert' : 'healthy'} size={12} />
          {incidentWord(incident.state)}
        </span>
        <span className={styles.when}>
          {t('incident.span', 'since {{time}}, for {{duration}}', {
            time: clockTime(openedMs, nowMs),
            duration: formatDuration(Math.max(0, Math.round((endMs - openedMs) / 1000))),
          })}
        </span>
        <span className={styles.spacer} />
        {incidents.length > 1 ? (
          <select
            className={base.field}
            aria-label={t('incident.choose', 'Incident')}
            value={incident.id}
            onChange={(event) => onPickIncident(event.currentTarget.value)}
          >
            {incidents.map((one) => (
              <option key={one.id} value={one.id}>
                {`${clockTime(Date.parse(one.openedAt), nowMs)} · ${incidentWord(one.state)}`}
              </option>
            ))}
          </select>
        ) : null}
        <Links incident={incident} links={props.links} />
      </div>
      {blamed ? (
        <p className={styles.blamed}>
          <code title={blamed.function}>{shortFunction(blamed.function)}</code>
          {t('incident.blamed', 'grew {{bytes}}, {{rate}}: {{share}} of the growth', {
            bytes: formatBytes(blamed.growthBytes),
            rate: formatBytesPerSecond(blamed.growthBytesPerSecond),
            share: percent(blamed.share),
          })}
        </p>
      ) : null}
      <ol className={styles.events}>
        {incidentEvents(incident, captures).map((event) => (
          <Event key={event.key} event={event} {...props} />
        ))}
      </ol>
    </div>
  );
}

function Links({ incident, links }: { incident: ApiIncident; links: IncidentLinks }): React.ReactElement {
  const button = classes(base.button, base.quiet);
  const name = `leakline-${incident.target}-${incident.id}`;
  return (
    <span className={styles.links}>
      <a className={button} href={links.here} title={t('incident.linkTitle', 'Link to this incident')}>
        <Icon name="link" />
        {t('incident.link', 'Link')}
      </a>
      <a className={button} href={links.html} target="_blank" rel="noreferrer">
        <Icon name="report" />
        {t('incident.report', 'Report')}
      </a>
      {(
        [
          ['PDF', links.pdf, 'pdf'],
          ['Markdown', links.markdown, 'md'],
          ['JSON', links.json, 'json'],
        ] as const
      ).map(([text, href, extension]) => (
        <a
          key={extension}
          className={button}
          href={href}
          download={`${name}.${extension}`}
          aria-label={t('incident.save', 'Save as {{format}}', { format: text })}
        >
          {text}
        </a>
      ))}
    </span>
  );
}

const ICONS: Record<IncidentEvent['kind'], IconName> = {
  opened: 'alert',
  firing: 'alert',
  resolved: 'healthy',
  verdict: 'growing',
  capture: 'camera',
  closed: 'healthy',
};

function Event(props: { event: IncidentEvent } & IncidentViewProps): React.ReactElement {
  const { event, nowMs, selectedCapture, onPickCapture } = props;
  const { title, text } = eventWords(event);
  return (
    <li className={styles.event}>
      <time className={styles.time} dateTime={new Date(event.atMs).toISOString()}>
        {clockTime(event.atMs, nowMs)}
      </time>
      <span className={classes(styles.dot, event.kind === 'firing' && styles.dotBad)}>
        <Icon name={ICONS[event.kind]} size={12} />
      </span>
      <div className={styles.what}>
        {event.kind === 'capture' && event.state !== 'failed' && event.state !== 'pending' ? (
          <button
            type="button"
            className={styles.pick}
            aria-pressed={event.id === selectedCapture}
            onClick={() => onPickCapture(event.id)}
          >
            {title}
          </button>
        ) : (
          title
        )}
        {text === '' ? null : <p className={styles.text}>{text}</p>}
      </div>
    </li>
  );
}

function eventWords(event: IncidentEvent): { title: string; text: string } {
  switch (event.kind) {
    case 'opened':
      return {
        title:
          event.by === 'alert'
            ? t('incident.openedByAlert', 'Opened by an alert')
            : t('incident.openedByVerdict', 'Opened by the verdict'),
        text: '',
      };
    case 'firing':
      return { title: t('incident.firing', '{{alert}} fires', { alert: event.alert }), text: event.text };
    case 'resolved':
      return {
        title: t('incident.alertResolved', '{{alert}} is resolved', { alert: event.alert }),
        text: '',
      };
    case 'verdict':
      return {
        title:
          event.slopePerSecond === null
            ? stateWord(event.state)
            : `${stateWord(event.state)}, ${formatBytesPerSecond(event.slopePerSecond)}`,
        text: event.why,
      };
    case 'capture': {
      const words = { trigger: triggerWord(event.trigger) };
      if (event.state === 'pending')
        return { title: t('incident.capturePending', 'Capture under way: {{trigger}}', words), text: '' };
      if (event.state === 'failed')
        return {
          title: t('incident.captureFailed', 'Capture failed: {{trigger}}', words),
          text: event.failure,
        };
      return { title: t('incident.capture', 'Capture: {{trigger}}', words), text: event.failure };
    }
    case 'closed':
      return {
        title: event.exited
          ? t('incident.closedByExit', 'Closed: the process exited')
          : t('incident.closed', 'Closed'),
        text: '',
      };
  }
}
