// The leak diagnosis: what both hosts show, Grafana's panel and the exporter's own page. It renders what the queries
// gave and asks the data source for more; it knows no address.
import React, { useMemo, useState } from 'react';
import type { DataFrame } from '@grafana/data';
import type { ApiIncident, ApiTarget } from 'leakline/api';
import type { LeaklineApi, TimeSpan } from '../api/client';
import type { ApiProblem } from '../api/problem';
import { t } from '../i18n';
import { Analysis } from './Analysis';
import { slopeBand } from './domain/fit';
import { type DiagnosisData, readFrames, type TrendSeries } from './domain/model';
import { type Diagnosis, useDiagnosis } from './domain/use-diagnosis';
import { triggerWord, verdictWords } from './domain/words';
import { leadingSignal } from '../datasource/frames/target-frames';
import type { PanelOptions } from './options';
import { AccountingChart } from './ui/AccountingChart';
import type { OpenedFunction } from './ui/AllocatorTable';
import { captureLabel } from './ui/CaptureBar';
import { ErrorBoundary } from './ui/ErrorBoundary';
import * as styles from './ui/layout.module.css';
import { Message, ProblemMessage, Skeleton } from './ui/parts';
import { TargetChooser } from './ui/TargetChooser';
import { TrendChart, type TrendMark } from './ui/TrendChart';
import { VerdictLine } from './ui/VerdictLine';

export interface LeakDiagnosisProps {
  frames: readonly DataFrame[];
  /** Of the Leakline data source among the panel's queries; null where there is none. */
  api: LeaklineApi | null;
  /** Viewers may look; taking a capture needs more. */
  canCapture: boolean;
  options: PanelOptions;
  span: TimeSpan;
  nowMs: number;
  loading: boolean;
  problem: ApiProblem | null;
  /** Changes whenever the queries have answered again. */
  refresh: number;
  mode: 'light' | 'dark';
  /** Id of the incident to begin with. */
  incident?: string | null;
  /** Address under which the host shows an incident. */
  incidentLink: (incident: ApiIncident) => string;
  onZoom: (span: TimeSpan) => void;
}

const TREND_HEIGHT_PX = 220;
const ACCOUNTING_HEIGHT_PX = 110;

export function LeakDiagnosis(props: LeakDiagnosisProps): React.ReactElement {
  const { frames, api, options, refresh, loading, problem } = props;
  const data = useMemo(() => readFrames(frames), [frames]);
  const diagnosis = useDiagnosis({
    data,
    api,
    refresh,
    initialTarget: options.target || null,
    initialIncident: props.incident ?? null,
  });
  return (
    <div className={styles.root} data-testid="leak-diagnosis">
      <div className={styles.panel}>
        {diagnosis.target ? (
          <Target {...props} data={data} diagnosis={diagnosis} />
        ) : problem ? (
          <div className={styles.alone}>
            <ProblemMessage problem={problem} />
          </div>
        ) : loading ? (
          <Loading />
        ) : (
          <div className={styles.alone}>
            <NoTarget data={data} diagnosis={diagnosis} wanted={options.target} />
          </div>
        )}
      </div>
    </div>
  );
}

/** As the diagnosis will stand: words above, trend beside the table. */
function Loading(): React.ReactElement {
  return (
    <>
      <Skeleton />
      <div className={styles.columns}>
        <Skeleton block />
        <Skeleton block />
      </div>
    </>
  );
}

function NoTarget({
  data,
  diagnosis,
  wanted,
}: {
  data: DiagnosisData;
  diagnosis: Diagnosis;
  wanted: string;
}): React.ReactElement {
  if (data.targets.length > 0) {
    return (
      <>
        <Message
          icon="box"
          title={
            wanted === ''
              ? t('empty.choose', 'Which target?')
              : t('empty.unknown', 'No target is named {{name}}', { name: wanted })
          }
        >
          {t(
            'empty.chooseHelp',
            'The queries of this panel give several targets. Choose one here or in the options.',
          )}
        </Message>
        <TargetChooser targets={data.targets} onChoose={diagnosis.choose} />
      </>
    );
  }
  return (
    <Message icon="box" title={t('empty.noData', 'No data')}>
      {t(
        'empty.noDataHelp',
        'No target is watched in this time range. Start a Go service on the exporter’s host, or add a query of the type “Verdicts” to the panel.',
      )}
    </Message>
  );
}

/** Memory as the system charges it and as Go sees it; counts only where they gave the leak away. */
function chosenSeries(data: DiagnosisData, target: ApiTarget): TrendSeries[] {
  const fromSamples = data.samples.some((samples) => samples.target === target.name);
  const channel = target.verdict?.channel;
  const shown = new Set(['commit', 'private_working_set', 'live_heap', 'heap_inuse', channel]);
  return data.series
    .filter((one) => one.target === null || one.target === target.name)
    .filter((one) => !fromSamples || one.signal === null || shown.has(one.signal));
}

interface TargetProps extends LeakDiagnosisProps {
  data: DiagnosisData;
  diagnosis: Diagnosis;
}

function Target(props: TargetProps): React.ReactElement {
  const { data, diagnosis, options, span, nowMs, mode, onZoom } = props;
  const target = diagnosis.target!;
  const words = verdictWords(target, diagnosis.blame, nowMs);
  const [opened, setOpened] = useState<OpenedFunction | null>(null);
  const series = useMemo(() => chosenSeries(data, target), [data, target]);
  const band = useMemo(() => {
    const signal = leadingSignal(target);
    const slope = signal ? target.verdict?.slopes[signal] : undefined;
    const bad = target.verdict?.state === 'leaking' || target.verdict?.state === 'growing';
    const fitted = series.find((one) => one.signal === signal);
    if (!bad || !signal || !slope || !fitted) return null;
    const since = target.verdict?.since ? Date.parse(target.verdict.since) : null;
    return slopeBand(fitted.atMs, fitted.values, slope, since, signal);
  }, [series, target]);
  const samples = data.samples.find((one) => one.target === target.name) ?? null;
  return (
    <>
      <VerdictLine
        words={words}
        baseline={options.showBaseline ? (target.baseline ?? []) : []}
        onBlame={diagnosis.allocators ? (name) => setOpened({ function: name }) : null}
      />
      <div className={styles.columns}>
        <div className={styles.left}>
          {series.length > 0 ? (
            <ErrorBoundary>
              <TrendChart
                series={series}
                band={band}
                marks={marksOf(diagnosis, nowMs)}
                span={span}
                height={TREND_HEIGHT_PX}
                mode={mode}
                onZoom={onZoom}
                onPick={diagnosis.pick}
              />
            </ErrorBoundary>
          ) : (
            <Message icon="growing" title={t('empty.noTrend', 'No trend yet')}>
              {t('empty.noTrendHelp', 'Samples show here as they come in.')}
            </Message>
          )}
          {options.showAccounting ? (
            <ErrorBoundary>
              <AccountingChart
                now={target.accounting ?? null}
                samples={samples}
                span={span}
                height={ACCOUNTING_HEIGHT_PX}
                mode={mode}
              />
            </ErrorBoundary>
          ) : null}
        </div>
        <div className={styles.right}>
          <ErrorBoundary key={target.name}>
            <Analysis
              api={props.api}
              diagnosis={diagnosis}
              canCapture={props.canCapture}
              opened={opened}
              firstTab={props.incident ? 'incident' : 'allocators'}
              sourceLinkPattern={options.sourceLink || (target.sourceLink ?? '')}
              incidentLink={props.incidentLink}
              nowMs={nowMs}
            />
          </ErrorBoundary>
        </div>
      </div>
    </>
  );
}

function marksOf(diagnosis: Diagnosis, nowMs: number): TrendMark[] {
  const { captures, selection, incidents } = diagnosis;
  const marks = captures.map((capture): TrendMark => {
    const role =
      capture.id === selection?.capture.id ? 'capture' : capture.id === selection?.base?.id ? 'base' : null;
    return {
      id: capture.id,
      atMs: Date.parse(capture.takenAt),
      kind: 'capture',
      label: t('trend.capture', 'Capture {{what}}; with Shift as the base', {
        what: captureLabel(capture, nowMs),
      }),
      role,
    };
  });
  const alerts = incidents
    .flatMap((incident) => incident.alerts)
    .map((alert): TrendMark => ({
      id: `${alert.fingerprint} ${alert.startsAt}`,
      atMs: Date.parse(alert.startsAt),
      kind: 'alert',
      label: `${triggerWord('alert')}: ${alert.name}`,
      role: null,
    }));
  return [...marks, ...alerts];
}
