// The thin edge to Grafana: its theme, time range, queries and data source become the properties of the diagnosis.
import 'uplot/dist/uPlot.min.css';
import React, { useEffect, useMemo, useRef, useState } from 'react';
import { LoadingState, type PanelProps } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import type { ApiIncident } from 'leakline/api';
import type { LeaklineApi } from '../api/client';
import { ApiProblem, type ProblemKind } from '../api/problem';
import { themeVariables } from '../theme';
import { leaklineApi, leaklineUid, mayCapture } from './infrastructure/leakline-source';
import { LeakDiagnosis } from './LeakDiagnosis';
import { migrateOptions, type PanelOptions } from './options';

export function GrafanaPanel(props: PanelProps<PanelOptions>): React.ReactElement {
  const { data, options, width, height, timeRange, onChangeTimeRange, replaceVariables } = props;
  const theme = useTheme2();
  const variables = useMemo(() => themeVariables(theme), [theme]);
  const api = useLeaklineApi(leaklineUid(data.request));
  const refresh = useRef({ series: data.series, count: 0 });
  if (refresh.current.series !== data.series) {
    refresh.current = { series: data.series, count: refresh.current.count + 1 };
  }
  const complete = { ...migrateOptions(options), target: replaceVariables(options.target ?? '') };
  const asked = data.state === LoadingState.Loading || data.state === LoadingState.NotStarted;
  return (
    <div style={{ ...variables, width, height }}>
      <LeakDiagnosis
        frames={data.series}
        api={api}
        canCapture={mayCapture()}
        options={complete}
        span={{ fromMs: timeRange.from.valueOf(), toMs: timeRange.to.valueOf() }}
        nowMs={Date.now()}
        loading={asked}
        problem={problemOfErrors(data.errors)}
        refresh={refresh.current.count}
        mode={theme.isDark ? 'dark' : 'light'}
        incidentLink={incidentAddress}
        onZoom={(span) => onChangeTimeRange({ from: span.fromMs, to: span.toMs })}
      />
    </div>
  );
}

const MINUTE_MS = 60_000;
/** What came before tells the growth from the normal; what came after, whether it is over. */
const BEFORE_MS = 30 * MINUTE_MS;
const AFTER_MS = 10 * MINUTE_MS;

/** This dashboard with its variables, over the time of the incident. */
function incidentAddress({ openedAt, closedAt }: ApiIncident): string {
  const address = new URL(location.href);
  address.searchParams.set('from', String(Date.parse(openedAt) - BEFORE_MS));
  address.searchParams.set('to', closedAt === null ? 'now' : String(Date.parse(closedAt) + AFTER_MS));
  return address.href;
}

function useLeaklineApi(uid: string | null): LeaklineApi | null {
  const [found, setFound] = useState<{ uid: string; api: LeaklineApi | null } | null>(null);
  useEffect(() => {
    if (uid === null) return undefined;
    let current = true;
    leaklineApi(uid).then(
      (api) => current && setFound({ uid, api }),
      () => current && setFound({ uid, api: null }),
    );
    return () => {
      current = false;
    };
  }, [uid]);
  return found?.uid === uid ? found.api : null;
}

const KINDS: readonly ProblemKind[] = ['unreachable', 'unauthorised', 'not_found', 'old_version', 'refused'];

/** The first error of the queries; the Leakline data source says its kind. */
function problemOfErrors(errors: PanelProps['data']['errors']): ApiProblem | null {
  const first = errors?.[0];
  if (!first) return null;
  const kind = KINDS.find((one) => one === first.data?.error) ?? 'refused';
  return new ApiProblem(kind, first.message ?? '', first.status);
}
