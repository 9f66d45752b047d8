// The right side: captures and what they say. Every state that a capture can be in has its words.
import React, { useEffect, useMemo, useState } from 'react';
import type { ApiIncident } from 'leakline/api';
import type { LeaklineApi } from '../api/client';
import { t } from '../i18n';
import type { AllocatorRow } from './domain/allocators';
import { goroutineRows } from './domain/goroutines';
import { belongsTo, type Selection, waitsForTime } from './domain/selection';
import { sourceLink } from './domain/source-link';
import type { Diagnosis } from './domain/use-diagnosis';
import { useRequest } from './domain/use-request';
import { clockTime } from './domain/words';
import { AllocatorTable, type OpenedFunction } from './ui/AllocatorTable';
import { CallGraph } from './ui/CallGraph';
import { CaptureBar, TakeButton } from './ui/CaptureBar';
import { CaptureProgress } from './ui/CaptureProgress';
import { FlameGraph } from './ui/FlameGraph';
import { FunctionDetail } from './ui/FunctionDetail';
import { GoroutineTable } from './ui/GoroutineTable';
import { IncidentView } from './ui/IncidentView';
import { Message, Note, ProblemMessage, Skeleton } from './ui/parts';
import { Tabs } from './ui/Tabs';

export interface AnalysisProps {
  api: LeaklineApi | null;
  diagnosis: Diagnosis;
  canCapture: boolean;
  /** A function that was asked for elsewhere in the panel. */
  opened: OpenedFunction | null;
  firstTab: TabKey;
  sourceLinkPattern: string;
  incidentLink: (incident: ApiIncident) => string;
  nowMs: number;
}

export type TabKey = 'allocators' | 'flame' | 'graph' | 'goroutines' | 'incident';

export function Analysis(props: AnalysisProps): React.ReactElement {
  const { api, diagnosis, canCapture, nowMs } = props;
  const [chosen, setTab] = useState<TabKey>(props.firstTab);
  useEffect(() => {
    if (props.opened) setTab('allocators');
  }, [props.opened]);
  const { target, selection, taking } = diagnosis;
  const onTake = api && canCapture && target?.hasPprof ? taking.take : null;
  if (!target?.hasPprof) {
    return (
      <Message icon="box" title={t('analysis.noPprof', 'This target serves no profiles')}>
        {t(
          'analysis.noPprofHelp',
          'Memory is watched all the same. For the line of code, import net/http/pprof in the service, serve it on a loopback address, and name that address in the exporter’s configuration.',
        )}
      </Message>
    );
  }
  if (!api) {
    return (
      <Message icon="link" title={t('analysis.noSource', 'No Leakline data source in this panel')}>
        {t(
          'analysis.noSourceHelp',
          'Add a query of the Leakline data source: the functions that grow come from there.',
        )}
      </Message>
    );
  }
  if (diagnosis.capturesLoading) return <Skeleton block />;
  if (diagnosis.capturesProblem) return <ProblemMessage problem={diagnosis.capturesProblem} />;
  if (!selection) return <NoCapture diagnosis={diagnosis} onTake={onTake} nowMs={nowMs} />;

  const { capture } = selection;
  const incident = diagnosis.incident ?? diagnosis.incidents[0] ?? null;
  const tab = chosen === 'incident' && !incident ? 'allocators' : chosen;
  const profileName = `${target.name}-${capture.id}-heap.pb.gz`;
  return (
    <>
      <CaptureBar
        captures={diagnosis.captures}
        selection={selection}
        nowMs={nowMs}
        onPick={diagnosis.pick}
        profileHref={api.profileHref(capture.id, 'heap')}
        profileName={profileName}
        command={pprofCommand(api, selection, profileName)}
        onTake={onTake}
        taking={taking.pendingId !== null}
        takeProblem={taking.problem}
      />
      <CaptureNotes diagnosis={diagnosis} selection={selection} nowMs={nowMs} />
      <Tabs<TabKey>
        label={t('analysis.label', 'Analysis of the capture')}
        active={tab}
        onChange={setTab}
        tabs={[
          { key: 'allocators', label: t('tab.allocators', 'Allocators') },
          { key: 'flame', label: t('tab.flame', 'Flame graph') },
          { key: 'graph', label: t('tab.graph', 'Call graph') },
          { key: 'goroutines', label: t('tab.goroutines', 'Goroutines') },
          ...(incident ? [{ key: 'incident' as const, label: t('tab.incident', 'Incident') }] : []),
        ]}
      >
        {tab === 'allocators' ? <Allocators {...props} api={api} selection={selection} /> : null}
        {tab === 'flame' ? <Flame {...props} api={api} selection={selection} /> : null}
        {tab === 'graph' ? <Graph {...props} api={api} selection={selection} /> : null}
        {tab === 'incident' && incident ? (
          <IncidentView
            incident={incident}
            incidents={diagnosis.incidents}
            captures={diagnosis.captures}
            selectedCapture={capture.id}
            nowMs={nowMs}
            onPickIncident={diagnosis.pickIncident}
            onPickCapture={(id) => diagnosis.pick(id, false)}
            links={{
              here: props.incidentLink(incident),
              html: api.incidentReportHref(incident.id, 'html'),
              pdf: api.incidentReportHref(incident.id, 'pdf'),
              markdown: api.incidentReportHref(incident.id, 'md'),
              json: api.incidentHref(incident.id),
            }}
          />
        ) : null}
        {tab === 'goroutines' ? <Goroutines {...props} api={api} selection={selection} /> : null}
      </Tabs>
    </>
  );
}

function pprofCommand(api: LeaklineApi, selection: Selection, profileName: string): string {
  const address = api.profileUrlForTools(selection.capture.id, 'heap');
  if (address === null) return `go tool pprof ${profileName}`;
  const base = selection.base ? api.profileUrlForTools(selection.base.id, 'heap') : null;
  return base === null ? `go tool pprof ${address}` : `go tool pprof -diff_base ${base} ${address}`;
}

interface NoCaptureProps {
  diagnosis: Diagnosis;
  onTake: (() => void) | null;
  nowMs: number;
}

function NoCapture({ diagnosis, onTake, nowMs }: NoCaptureProps): React.ReactElement {
  const { captures, pending, taking } = diagnosis;
  const action = <TakeButton onTake={onTake} taking={taking.pendingId !== null} primary />;
  const failed = captures.findLast((capture) => capture.state === 'failed');
  if (taking.problem) return <ProblemMessage problem={taking.problem} retry={taking.take} />;
  if (taking.pendingId !== null || pending.some((capture) => !waitsForTime(capture))) {
    return (
      <Message
        icon="camera"
        title={t('analysis.pending', 'A capture is under way')}
        action={<CaptureProgress pending={pending} nowMs={nowMs} />}
      />
    );
  }
  if (failed) {
    return (
      <Message
        icon="warning"
        title={t('analysis.failed', 'The capture of {{time}} failed', {
          time: clockTime(Date.parse(failed.takenAt), nowMs),
        })}
        action={action}
        alert
      >
        {failed.failures.map((failure) => `${failure.kind}: ${failure.message}`).join(' ')}
      </Message>
    );
  }
  return (
    <Message icon="camera" title={t('analysis.none', 'No capture yet')} action={action}>
      {t(
        'analysis.noneHelp',
        'A baseline is taken once the target is warm and healthy, and another when it leaks. Two captures tell what grows.',
      )}
    </Message>
  );
}

function CaptureNotes(props: {
  diagnosis: Diagnosis;
  selection: Selection;
  nowMs: number;
}): React.ReactElement {
  const { diagnosis, selection, nowMs } = props;
  const { captures, incident, pending } = diagnosis;
  const newest = captures.findLast(({ state }) => state !== 'pending');
  const isOfIncident = !incident || captures.some((capture) => belongsTo(capture, incident));
  return (
    <>
      <CaptureProgress pending={pending} nowMs={nowMs} />
      {isOfIncident ? null : (
        <Note>
          {t(
            'analysis.noneOfIncident',
            'No capture of the incident is there: what is shown was taken at another time.',
          )}
        </Note>
      )}
      {selection.base ? null : (
        <Note>
          {t(
            'analysis.one',
            'One capture only: it tells what is in use. What grows shows with a second one, some minutes later.',
          )}
        </Note>
      )}
      {newest?.state === 'failed' && newest.id !== selection.capture.id ? (
        <Note warning>
          {t('analysis.newestFailed', 'The capture of {{time}} failed: {{why}}', {
            time: clockTime(Date.parse(newest.takenAt), nowMs),
            why: newest.failures.map((failure) => failure.message).join(' '),
          })}
        </Note>
      ) : null}
      {selection.capture.state === 'partial' ? (
        <Note warning>
          {t('analysis.partial', 'This capture is incomplete: {{why}}', {
            why: selection.capture.failures.map((failure) => `${failure.kind}: ${failure.message}`).join(' '),
          })}
        </Note>
      ) : null}
    </>
  );
}

interface ViewProps extends AnalysisProps {
  api: LeaklineApi;
  selection: Selection;
}

function Allocators(props: ViewProps): React.ReactElement {
  const { diagnosis } = props;
  if (diagnosis.allocatorsProblem) return <ProblemMessage problem={diagnosis.allocatorsProblem} />;
  if (!diagnosis.allocators) return <Skeleton block />;
  return (
    <AllocatorTable
      key={String(diagnosis.allocators.compared)}
      table={diagnosis.allocators}
      sample={diagnosis.sample}
      onSample={diagnosis.setSample}
      opened={props.opened}
      renderDetail={(row, focus) => <Detail {...props} row={row} onFocus={focus} />}
    />
  );
}

function Detail(
  props: ViewProps & { row: AllocatorRow; onFocus: (name: string) => void },
): React.ReactElement {
  const { api, selection, diagnosis, row, onFocus, sourceLinkPattern } = props;
  const options = { sample: diagnosis.sample, base: selection.base?.id };
  const key = `${selection.capture.id} ${options.base ?? ''} ${options.sample} ${row.function}`;
  const list = useRequest(`list ${key}`, (signal) =>
    api.list(selection.capture.id, row.function, options, signal),
  );
  const peek = useRequest(`peek ${key}`, (signal) =>
    api.peek(selection.capture.id, row.function, options, signal),
  );
  if (list.loading || peek.loading) return <Skeleton />;
  if (list.problem) return <ProblemMessage problem={list.problem} retry={list.reload} />;
  const { target } = diagnosis;
  const source = {
    pattern: sourceLinkPattern,
    revision: target?.revision ?? '',
    module: target?.module ?? '',
  };
  return (
    <FunctionDetail
      list={list.data}
      peek={peek.data}
      functionName={row.function}
      unit={diagnosis.allocators?.unit ?? 'bytes'}
      sourceLink={(file, line) => sourceLink(source, file, line)}
      onFocus={onFocus}
    />
  );
}

function Flame({ api, selection, diagnosis }: ViewProps): React.ReactElement {
  const options = { sample: diagnosis.sample, base: selection.base?.id };
  const key = `flame ${selection.capture.id} ${options.base ?? ''} ${options.sample}`;
  const flame = useRequest(key, (signal) => api.flamegraph(selection.capture.id, options, signal));
  if (flame.problem) return <ProblemMessage problem={flame.problem} retry={flame.reload} />;
  if (!flame.data) return <Skeleton block />;
  return <FlameGraph key={key} report={flame.data} compared={selection.base !== null} />;
}

function Graph({ api, selection, diagnosis }: ViewProps): React.ReactElement {
  const options = { sample: diagnosis.sample, base: selection.base?.id };
  const key = `graph ${selection.capture.id} ${options.base ?? ''} ${options.sample}`;
  const graph = useRequest(key, (signal) => api.callgraph(selection.capture.id, options, signal));
  if (graph.problem) return <ProblemMessage problem={graph.problem} retry={graph.reload} />;
  if (graph.data === null) return <Skeleton block />;
  return <CallGraph svg={graph.data} name={`${selection.capture.target}-${selection.capture.id}`} />;
}

function Goroutines({ api, selection }: ViewProps): React.ReactElement {
  const { capture, base } = selection;
  // A base without a goroutine profile is no base for this.
  const baseId = base?.kinds.includes('goroutine') ? base.id : undefined;
  const report = useRequest(
    capture.kinds.includes('goroutine') ? `goroutines ${capture.id} ${baseId ?? ''}` : null,
    (signal) =>
      api.flamegraph(
        capture.id,
        {
          profile: 'goroutine',
          granularity: 'lines',
          base: baseId,
          diffBase: baseId ? 'true' : undefined,
        },
        signal,
      ),
  );
  const rows = useMemo(() => (report.data ? goroutineRows(report.data) : []), [report.data]);
  if (!capture.kinds.includes('goroutine')) {
    return (
      <Message icon="unknown" title={t('goroutines.none', 'This capture holds no goroutines')}>
        {t('goroutines.noneHelp', 'Take another: every capture asks for them.')}
      </Message>
    );
  }
  if (report.problem) return <ProblemMessage problem={report.problem} retry={report.reload} />;
  if (!report.data) return <Skeleton block />;
  return <GoroutineTable rows={rows} compared={report.data.diff !== undefined} />;
}
