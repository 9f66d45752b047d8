// Targets with their verdicts, worst first, and the panel for the one chosen. Live, and all from the exporter itself.
import React, { useEffect, useMemo, useState } from 'react';
import type { ApiTarget } from 'leakline/api';
import { formatBytes } from 'leakline/format';
import type { LeaklineApi, TimeSpan } from '../src/api/client';
import {
  accountingFrame,
  leadingSignal,
  samplesFrame,
  targetsFrame,
  worstFirst,
} from '../src/datasource/frames/target-frames';
import { t } from '../src/i18n';
import { ago, slopeText } from '../src/panel/domain/words';
import { LeakDiagnosis } from '../src/panel/LeakDiagnosis';
import { DEFAULT_OPTIONS } from '../src/panel/options';
import * as base from '../src/panel/ui/base.module.css';
import { Icon } from '../src/panel/ui/Icon';
import { Button, classes, Message, ProblemMessage, Skeleton } from '../src/panel/ui/parts';
import { StateBadge } from '../src/panel/ui/StateBadge';
import * as styles from './page.module.css';
import { useLive } from './use-live';
import { targetHref, useTargetRoute } from './use-route';
import { useMode } from './use-mode';

/** The exporter samples every five seconds by default; asking more often tells nothing new. */
const TARGETS_EVERY_MS = 5000;
const MINUTE_MS = 60_000;
/** A chart has some hundreds of pixels: samples are asked for as often as a pixel of it can change. */
const CHART_POINTS = 360;

const RANGES = [
  { minutes: 15, label: '15 min' },
  { minutes: 60, label: '1 h' },
  { minutes: 360, label: '6 h' },
  { minutes: 1440, label: '24 h' },
] as const;

export function Page({ api }: { api: LeaklineApi }): React.ReactElement {
  const chosen = useTargetRoute();
  const [mode, toggleMode] = useMode();
  const [minutes, setMinutes] = useState<number>(15);
  const [zoom, setZoom] = useState<TimeSpan | null>(null);
  const targets = useLive('targets', TARGETS_EVERY_MS, (signal) => api.targets(signal));
  const sorted = useMemo(() => worstFirst(targets.data ?? []), [targets.data]);
  const shown = chosen ?? (sorted.length === 1 ? sorted[0]!.name : null);
  useEffect(() => setZoom(null), [shown]);
  useEffect(() => {
    document.title = shown ? `${shown} · Leakline` : 'Leakline';
  }, [shown]);

  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <h1 className={styles.brand}>
          <a href="#/">
            <Icon name="leaking" size={20} />
            Leakline
          </a>
        </h1>
        <span className={styles.spacer} />
        <Connection problem={targets.problem !== null} loaded={targets.data !== null} />
        {zoom ? (
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
        <Button onClick={toggleMode}>
          {mode === 'dark' ? t('page.light', 'Light') : t('page.dark', 'Dark')}
        </Button>
      </header>
      <nav className={styles.list} aria-label={t('targets.label', 'Targets')} data-testid="target-list">
        <TargetList targets={sorted} loaded={targets.data !== null} chosen={shown} />
      </nav>
      <main className={styles.main}>
        {shown !== null ? (
          <TargetView
            key={shown}
            name={shown}
            api={api}
            targets={targets.data}
            problem={targets.problem}
            minutes={minutes}
            zoom={zoom}
            onZoom={setZoom}
            mode={mode}
          />
        ) : (
          <div className={styles.card}>
            <Overview loaded={targets.data !== null} count={sorted.length} problem={targets.problem} />
          </div>
        )}
      </main>
    </div>
  );
}

function Connection({ problem, loaded }: { problem: boolean; loaded: boolean }): React.ReactElement {
  return (
    <span className={classes(styles.status, problem && styles.statusBad)} role="status">
      {problem
        ? t('page.lost', 'Connection lost, trying again')
        : loaded
          ? t('page.isLive', 'Live')
          : t('state.loading', 'Loading')}
    </span>
  );
}

function Overview(props: {
  loaded: boolean;
  count: number;
  problem: Parameters<typeof ProblemMessage>[0]['problem'] | null;
}): React.ReactElement {
  if (props.problem && !props.loaded) return <ProblemMessage problem={props.problem} />;
  if (!props.loaded) return <Skeleton block />;
  if (props.count === 0) {
    return (
      <Message icon="box" title={t('page.noTargets', 'No Go process is watched yet')}>
        {t(
          'page.noTargetsHelp',
          'Start a Go service on this host that serves net/http/pprof: it is found by itself within half a minute. Or name one under targets in leakline.yml.',
        )}
      </Message>
    );
  }
  return (
    <Message icon="growing" title={t('page.choose', 'Choose a target')}>
      {t('page.chooseHelp', 'The worst stands first in the list.')}
    </Message>
  );
}

interface TargetListProps {
  targets: readonly ApiTarget[];
  loaded: boolean;
  chosen: string | null;
}

function TargetList({ targets, loaded, chosen }: TargetListProps): React.ReactElement {
  if (!loaded) return <Skeleton />;
  return (
    <ul className={styles.targets}>
      {targets.map((target) => {
        const signal = leadingSignal(target);
        const slope = signal ? target.verdict?.slopes[signal] : undefined;
        const bad = target.verdict?.state === 'leaking' || target.verdict?.state === 'growing';
        const memory =
          target.signals.private_working_set ?? target.signals.commit ?? target.signals.heap_inuse;
        return (
          <li key={target.name}>
            <a
              className={styles.target}
              href={targetHref(target.name)}
              aria-current={target.name === chosen ? 'page' : undefined}
            >
              <span className={styles.targetName}>{target.name}</span>
              <span className={styles.figure}>{memory === undefined ? '–' : formatBytes(memory)}</span>
              <span>
                <StateBadge state={target.verdict?.state ?? null} />
              </span>
              <span className={styles.figure}>
                {bad && signal && slope
                  ? slopeText(signal, slope.perSecond)
                  : target.health === 'up'
                    ? ''
                    : target.health.replace('_', ' ')}
              </span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}

interface TargetViewProps {
  name: string;
  api: LeaklineApi;
  targets: readonly ApiTarget[] | null;
  problem: Parameters<typeof ProblemMessage>[0]['problem'] | null;
  minutes: number;
  zoom: TimeSpan | null;
  onZoom: (span: TimeSpan) => void;
  mode: 'light' | 'dark';
}

function TargetView(props: TargetViewProps): React.ReactElement {
  const { name, api, targets, minutes, zoom } = props;
  const target = targets?.find((one) => one.name === name);
  const everyMs = Math.max(TARGETS_EVERY_MS, (minutes * MINUTE_MS) / CHART_POINTS);
  const live = useLive(
    target ? `samples ${name} ${minutes} ${zoom?.fromMs ?? ''} ${zoom?.toMs ?? ''}` : null,
    everyMs,
    async (signal) => {
      const toMs = zoom?.toMs ?? Date.now();
      const span = zoom ?? { fromMs: toMs - minutes * MINUTE_MS, toMs };
      return { span, samples: await api.samples(name, span, signal) };
    },
  );
  const frames = useMemo(() => {
    const built = target ? [targetsFrame([target])] : [];
    return live.data
      ? [...built, samplesFrame(live.data.samples), accountingFrame(live.data.samples)]
      : built;
  }, [target, live.data]);
  const nowMs = Date.now();
  if (targets !== null && !target) {
    return (
      <div className={styles.card}>
        <Message icon="unknown" title={t('empty.unknown', 'No target is named {{name}}', { name })} alert />
      </div>
    );
  }
  return (
    <div className={styles.card}>
      {target ? <About target={target} nowMs={nowMs} /> : null}
      <LeakDiagnosis
        frames={frames}
        api={api}
        canCapture
        options={DEFAULT_OPTIONS}
        span={live.data?.span ?? { fromMs: nowMs - minutes * MINUTE_MS, toMs: nowMs }}
        nowMs={nowMs}
        loading={targets === null}
        problem={targets === null ? props.problem : null}
        refresh={live.count}
        mode={props.mode}
        onZoom={props.onZoom}
      />
    </div>
  );
}

function About({ target, nowMs }: { target: ApiTarget; nowMs: number }): React.ReactElement {
  const facts = [
    target.pid === undefined ? null : `PID ${target.pid}`,
    target.module ? `${target.module}${target.moduleVersion ? ` ${target.moduleVersion}` : ''}` : null,
    target.goVersion ?? null,
    target.startedAt
      ? t('page.started', 'started {{ago}}', { ago: ago(Date.parse(target.startedAt), nowMs) })
      : null,
    target.problem ?? null,
  ].filter((fact) => fact !== null);
  return (
    <p className={styles.about}>
      <strong>{target.name}</strong> {facts.join(' · ')}
    </p>
  );
}
