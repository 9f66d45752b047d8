// The exporter's page: an overview of the targets, and the panel for the one chosen. Live, and all from the exporter.
import React, { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import type { LeaklineApi, TimeSpan } from '../src/api/client';
import { worstFirst } from '../src/datasource/frames/target-frames';
import { t } from '../src/i18n';
import * as base from '../src/panel/ui/base.module.css';
import { Icon } from '../src/panel/ui/Icon';
import { Button, classes, Message, ProblemMessage, Skeleton } from '../src/panel/ui/parts';
import { Overview } from './Overview';
import * as styles from './page.module.css';
import { TargetList } from './TargetList';
import { useLive } from './use-live';
import { useMode } from './use-mode';
import { useRoute } from './use-route';

/** Charts, tables and graphs come when a target is opened, or when the list of targets stands and nothing else is to do. */
const TargetView = lazy(async () => ({ default: (await import('./TargetView')).TargetView }));

/** The exporter samples every five seconds by default; asking more often tells nothing new. */
const TARGETS_EVERY_MS = 5000;

const RANGES = [
  { minutes: 15, label: '15 min' },
  { minutes: 60, label: '1 h' },
  { minutes: 360, label: '6 h' },
  { minutes: 1440, label: '24 h' },
] as const;

export function Page({ api }: { api: LeaklineApi }): React.ReactElement {
  const route = useRoute();
  const [mode, toggleMode] = useMode();
  const [minutes, setMinutes] = useState<number>(RANGES[0].minutes);
  const [zoom, setZoom] = useState<TimeSpan | null>(null);
  const targets = useLive('targets', TARGETS_EVERY_MS, (signal) => api.targets(signal));
  const sorted = useMemo(() => worstFirst(targets.data ?? []), [targets.data]);
  const shown = route.target ?? (sorted.length === 1 ? sorted[0]!.name : null);
  useEffect(() => setZoom(null), [shown]);
  useEffect(() => {
    document.title = shown ? `${shown} · Leakline` : 'Leakline';
  }, [shown]);
  const listed = targets.data !== null;
  useEffect(() => {
    // What fails here is asked for again when a target is opened.
    if (listed) import('./TargetView').catch(() => undefined);
  }, [listed]);
  const dark = mode === 'dark';

  return (
    <div className={classes(styles.page, shown !== null && styles.withList)}>
      <header className={styles.header}>
        <h1 className={styles.brand}>
          <a href="#/">
            <Icon name="leaking" size={20} />
            Leakline
          </a>
        </h1>
        <span className={styles.spacer} />
        <Connection problem={targets.problem !== null} loaded={targets.data !== null} />
        {shown === null ? null : zoom ? (
          <Button onClick={() => setZoom(null)}>{t('page.live', 'Back to live')}</Button>
        ) : (
          <select
            className={base.field}
            aria-label={t('page.range', 'Time range')}
            value={minutes}
            onChange={(event) => setMinutes(Number(event.currentTarget.value))}
          >
            {RANGES.map((range) => (
              <option key={range.minutes} value={range.minutes}>
                {t('page.last', 'Last {{range}}', { range: range.label })}
              </option>
            ))}
          </select>
        )}
        <Button
          icon={dark ? 'sun' : 'moon'}
          quiet
          onClick={toggleMode}
          aria-label={dark ? t('page.light', 'Light') : t('page.dark', 'Dark')}
          title={dark ? t('page.light', 'Light') : t('page.dark', 'Dark')}
        />
      </header>
      {shown !== null ? (
        <nav className={styles.list} aria-label={t('targets.label', 'Targets')} data-testid="target-list">
          <TargetList targets={sorted} loaded={targets.data !== null} chosen={shown} />
        </nav>
      ) : null}
      <main className={styles.main}>
        {shown !== null ? (
          <Suspense fallback={<Skeleton block />}>
            <TargetView
              key={`${shown} ${route.incident ?? ''}`}
              name={shown}
              incident={route.incident}
              api={api}
              targets={targets.data}
              problem={targets.problem}
              minutes={minutes}
              zoom={zoom}
              onZoom={setZoom}
              mode={mode}
            />
          </Suspense>
        ) : sorted.length > 0 ? (
          <Overview api={api} targets={sorted} />
        ) : (
          <div className={styles.card}>
            <NoTargets loaded={targets.data !== null} problem={targets.problem} />
          </div>
        )}
      </main>
    </div>
  );
}

function Connection({ problem, loaded }: { problem: boolean; loaded: boolean }): React.ReactElement {
  return (
    <span className={classes(styles.status, problem && styles.statusBad)} role="status">
      <span className={classes(styles.light, loaded && !problem && styles.lightLive)} />
      {problem
        ? t('page.lost', 'Connection lost, trying again')
        : loaded
          ? t('page.isLive', 'Live')
          : t('state.loading', 'Loading')}
    </span>
  );
}

function NoTargets(props: {
  loaded: boolean;
  problem: Parameters<typeof ProblemMessage>[0]['problem'] | null;
}): React.ReactElement {
  if (props.problem && !props.loaded) return <ProblemMessage problem={props.problem} />;
  if (!props.loaded) return <Skeleton block />;
  return (
    <Message icon="box" title={t('page.noTargets', 'No Go process is watched yet')}>
      {t(
        'page.noTargetsHelp',
        'Start a Go service on this host that serves net/http/pprof: it is found by itself within half a minute. Or name one under targets in leakline.yml.',
      )}
    </Message>
  );
}
