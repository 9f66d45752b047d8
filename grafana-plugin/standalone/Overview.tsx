// The first view: every target in a row, the worst first, what grows and whom it is blamed on; beneath, incidents.
import React from 'react';
import type { ApiIncident, ApiTarget } from 'leakline/api';
import { formatBytes } from 'leakline/format';
import type { LeaklineApi } from '../src/api/client';
import { leadingSignal } from '../src/datasource/frames/target-frames';
import { t } from '../src/i18n';
import { whyWords } from '../src/panel/domain/reasons';
import {
  ago,
  clockTime,
  incidentWord,
  limitWord,
  percent,
  shortFunction,
  slopeWords,
  waitText,
} from '../src/panel/domain/words';
import { Icon } from '../src/panel/ui/Icon';
import { classes } from '../src/panel/ui/parts';
import { StateBadge } from '../src/panel/ui/StateBadge';
import * as styles from './overview.module.css';
import { MemorySparkline } from './MemorySparkline';
import { useLive } from './use-live';
import { incidentHref, targetHref } from './use-route';

const INCIDENTS_EVERY_MS = 15_000;
/** Incidents of the overview; older ones stand with their target. */
const RECENT_INCIDENTS = 8;
/** Rows with a curve of their own: each costs a request. */
const MOST_CURVES = 24;

export interface OverviewProps {
  api: LeaklineApi;
  /** Worst first. */
  targets: readonly ApiTarget[];
}

export function Overview({ api, targets }: OverviewProps): React.ReactElement {
  const told = useLive('incidents', INCIDENTS_EVERY_MS, (signal) => api.newestIncidents(signal));
  const incidents = told.data ?? [];
  return (
    <div className={styles.overview}>
      <Headline targets={targets} />
      <div className={styles.card}>
        <table className={styles.table} data-testid="target-list" aria-label={t('targets.label', 'Targets')}>
          <thead>
            <tr>
              <th scope="col">{t('overview.target', 'Target')}</th>
              <th scope="col">{t('overview.state', 'State')}</th>
              <th scope="col" className={styles.number}>
                {t('overview.memory', 'Memory')}
              </th>
              <th scope="col" className={styles.curve}>
                {t('overview.trend', 'Last 15 min')}
              </th>
              <th scope="col" className={styles.number}>
                {t('overview.growth', 'Growth')}
              </th>
              <th scope="col" className={styles.number}>
                {t('overview.limit', 'Limit in')}
              </th>
              <th scope="col" className={styles.wide}>
                {t('overview.cause', 'Cause')}
              </th>
            </tr>
          </thead>
          <tbody>
            {targets.map((target, row) => (
              <TargetRow
                key={target.name}
                target={target}
                incident={incidents.find((one) => one.id === target.openIncident)}
                api={row < MOST_CURVES ? api : null}
              />
            ))}
          </tbody>
        </table>
      </div>
      {incidents.length > 0 ? <Incidents incidents={incidents.slice(0, RECENT_INCIDENTS)} /> : null}
    </div>
  );
}

function Headline({ targets }: { targets: readonly ApiTarget[] }): React.ReactElement {
  const count = (state: string): number => targets.filter((one) => one.verdict?.state === state).length;
  const [leaking, growing] = [count('leaking'), count('growing')];
  const values = { leaking, growing, count: targets.length };
  const text =
    leaking > 0
      ? t('overview.leaking', '{{leaking}} of {{count}} targets leaking', values)
      : growing > 0
        ? t('overview.growing', 'No leak; {{growing}} of {{count}} targets growing', values)
        : t('overview.calm', 'No leak in {{count}} targets', values);
  return (
    <h2 className={classes(styles.headline, leaking > 0 && styles.bad)}>
      <Icon name={leaking > 0 ? 'leaking' : growing > 0 ? 'growing' : 'healthy'} size={20} />
      {text}
    </h2>
  );
}

interface TargetRowProps {
  target: ApiTarget;
  incident: ApiIncident | undefined;
  /** Null: without a curve. */
  api: LeaklineApi | null;
}

function TargetRow({ target, incident, api }: TargetRowProps): React.ReactElement {
  const { verdict, signals } = target;
  const signal = leadingSignal(target);
  const slope = signal ? verdict?.slopes[signal] : undefined;
  const bad = verdict?.state === 'leaking' || verdict?.state === 'growing';
  const memory = signals.private_working_set ?? signals.commit ?? signals.heap_inuse;
  const about = [target.module, target.goVersion].filter((fact) => fact !== undefined).join(' · ');
  const blamed = bad ? incident?.blamed : undefined;
  const cause =
    target.health === 'up'
      ? verdict
        ? whyWords(verdict)
        : ''
      : (target.problem ?? healthWord(target.health));
  return (
    <tr className={styles.row}>
      <td className={styles.name}>
        <a className={styles.link} href={targetHref(target.name)}>
          {target.name}
        </a>
        {about === '' ? null : <span className={styles.about}>{about}</span>}
      </td>
      <td>
        <StateBadge state={verdict?.state ?? null} />
      </td>
      <td className={styles.number}>{memory === undefined ? '–' : formatBytes(memory)}</td>
      <td className={styles.curve}>
        {api ? <MemorySparkline api={api} target={target.name} bad={verdict?.state === 'leaking'} /> : null}
      </td>
      <td className={classes(styles.number, bad && styles.grew)}>
        {bad && signal && slope ? `+${slopeWords(signal, slope.perSecond)}` : '–'}
      </td>
      <td
        className={styles.number}
        title={verdict?.timeToLimit ? limitWord(verdict.timeToLimit.limit) : undefined}
      >
        {bad && verdict?.timeToLimit ? waitText(verdict.timeToLimit.seconds) : '–'}
      </td>
      <td className={classes(styles.cause, styles.wide)}>
        {blamed ? (
          <>
            <code title={blamed.function}>{shortFunction(blamed.function)}</code>
            <span className={styles.share}>{percent(blamed.share)}</span>
          </>
        ) : (
          <span className={styles.why} title={cause}>
            {cause}
          </span>
        )}
      </td>
    </tr>
  );
}

export function healthWord(health: ApiTarget['health']): string {
  switch (health) {
    case 'up':
      return t('health.up', 'up');
    case 'down':
      return t('health.down', 'does not answer');
    case 'no_runtime':
      return t('health.no_runtime', 'tells no Go runtime');
    case 'exited':
      return t('health.exited', 'exited');
  }
}

function Incidents({ incidents }: { incidents: readonly ApiIncident[] }): React.ReactElement {
  const nowMs = Date.now();
  return (
    <section aria-label={t('overview.incidents', 'Incidents')}>
      <h3 className={styles.subheading}>{t('overview.incidents', 'Incidents')}</h3>
      <ul className={styles.incidents}>
        {incidents.map((incident) => (
          <li key={incident.id}>
            <a className={styles.incident} href={incidentHref(incident.target, incident.id)}>
              <span className={classes(styles.dot, incident.state === 'open' && styles.dotOpen)} />
              <span className={styles.incidentTarget}>{incident.target}</span>
              <span className={styles.quiet}>
                {incidentWord(incident.state)} · {clockTime(Date.parse(incident.openedAt), nowMs)} ·{' '}
                {ago(Date.parse(incident.openedAt), nowMs)}
              </span>
              {incident.blamed ? (
                <code className={styles.wide}>{shortFunction(incident.blamed.function)}</code>
              ) : null}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
