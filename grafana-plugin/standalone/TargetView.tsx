// One target: the facts of its process, and the panel fed by the exporter's own samples.
import React, { useMemo } from 'react';
import type { ApiSamples, ApiTarget } from 'leakline/api';
import type { LeaklineApi, TimeSpan } from '../src/api/client';
import type { ApiProblem } from '../src/api/problem';
import { accountingFrame, samplesFrame, targetsFrame } from '../src/datasource/frames/target-frames';
import { t } from '../src/i18n';
import { ago } from '../src/panel/domain/words';
import { LeakDiagnosis } from '../src/panel/LeakDiagnosis';
import { DEFAULT_OPTIONS } from '../src/panel/options';
import { Message } from '../src/panel/ui/parts';
import * as styles from './page.module.css';
import { useLive } from './use-live';
import { incidentHref } from './use-route';

const MINUTE_MS = 60_000;
/** A chart has some hundreds of pixels: samples are asked for as often as a pixel of it can change. */
const CHART_POINTS = 360;
const LEAST_EVERY_MS = 5000;
/** A chart of less than this would show every tremble as a mountain. */
const LEAST_SPAN_MS = MINUTE_MS;

export interface TargetViewProps {
  name: string;
  incident: string | null;
  api: LeaklineApi;
  targets: readonly ApiTarget[] | null;
  problem: ApiProblem | null;
  minutes: number;
  zoom: TimeSpan | null;
  onZoom: (span: TimeSpan) => void;
  mode: 'light' | 'dark';
}

export function TargetView(props: TargetViewProps): React.ReactElement {
  const { name, api, targets, minutes, zoom } = props;
  const target = targets?.find((one) => one.name === name);
  const everyMs = Math.max(LEAST_EVERY_MS, (minutes * MINUTE_MS) / CHART_POINTS);
  const live = useLive(
    target ? `samples ${name} ${minutes} ${zoom?.fromMs ?? ''} ${zoom?.toMs ?? ''}` : null,
    everyMs,
    async (signal) => {
      const toMs = zoom?.toMs ?? Date.now();
      const span = zoom ?? { fromMs: toMs - minutes * MINUTE_MS, toMs };
      const samples = await api.samples(name, span, signal);
      return { span: zoom ?? fittingSpan(span, samples), samples };
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
    <>
      {target ? <About target={target} nowMs={nowMs} /> : null}
      <div className={styles.card}>
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
          incident={props.incident}
          incidentLink={(incident) => incidentHref(incident.target, incident.id)}
          onZoom={props.onZoom}
        />
      </div>
    </>
  );
}

/** A target that is younger than the time range fills the chart all the same. */
export function fittingSpan(span: TimeSpan, samples: ApiSamples): TimeSpan {
  const firstMs = samples.atMs[0];
  if (firstMs === undefined || firstMs <= span.fromMs) return span;
  const fromMs = Math.min(firstMs - (span.toMs - firstMs) * 0.02, span.toMs - LEAST_SPAN_MS);
  return { fromMs: Math.max(span.fromMs, fromMs), toMs: span.toMs };
}

function About({ target, nowMs }: { target: ApiTarget; nowMs: number }): React.ReactElement {
  const facts = [
    target.pid === undefined ? null : `PID ${target.pid}`,
    target.module ? `${target.module}${target.moduleVersion ? ` ${target.moduleVersion}` : ''}` : null,
    target.goVersion ?? null,
    target.startedAt
      ? t('page.started', 'started {{ago}}', { ago: ago(Date.parse(target.startedAt), nowMs) })
      : null,
  ].filter((fact) => fact !== null);
  return (
    <div className={styles.about}>
      <h2 className={styles.title}>{target.name}</h2>
      <span>{facts.join(' · ')}</span>
    </div>
  );
}
