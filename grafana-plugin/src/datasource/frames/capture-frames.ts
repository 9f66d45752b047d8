// Captures, incidents, growth and the flame graph, as frames.

import type { DataFrame } from '@grafana/data';
import type { ApiCapture, ApiGrowth, ApiIncident } from 'leakline/api';
import type { FlameReport, TopReport } from '../../api/reports';
import type { GoroutineRow } from '../../panel/domain/goroutines';
import { booleanField, frame, numberField, textField, timeField, timeMs } from './build';

/** Series of the growth over time are the functions that grew most; more cannot be told apart. */
const GROWTH_SERIES = 8;

export function capturesFrame(captures: readonly ApiCapture[], refId?: string): DataFrame {
  return frame(
    'captures',
    [
      timeField(
        'time',
        captures.map((c) => timeMs(c.takenAt)),
      ),
      textField(
        'id',
        captures.map((c) => c.id),
      ),
      textField(
        'target',
        captures.map((c) => c.target),
      ),
      textField(
        'trigger',
        captures.map((c) => c.trigger),
      ),
      textField(
        'state',
        captures.map((c) => c.state),
      ),
      booleanField(
        'baseline',
        captures.map((c) => c.baseline),
      ),
      textField(
        'alert',
        captures.map((c) => c.alert?.name ?? null),
      ),
      textField(
        'incident',
        captures.map((c) => c.incident),
      ),
      textField(
        'profiles',
        captures.map((c) => c.kinds.join(', ')),
      ),
      numberField(
        'size',
        captures.map((c) => c.sizeBytes),
        { unit: 'bytes' },
      ),
      textField(
        'failure',
        captures.map((c) => c.failures.map((f) => `${f.kind}: ${f.message}`).join('; ') || null),
      ),
    ],
    { kind: 'captures', captures: [...captures] },
    refId,
  );
}

export function incidentsFrame(incidents: readonly ApiIncident[], refId?: string): DataFrame {
  return frame(
    'incidents',
    [
      timeField(
        'time',
        incidents.map((i) => timeMs(i.openedAt)),
      ),
      timeField(
        'timeEnd',
        incidents.map((i) => timeMs(i.closedAt)),
      ),
      textField(
        'id',
        incidents.map((i) => i.id),
      ),
      textField(
        'target',
        incidents.map((i) => i.target),
      ),
      textField(
        'state',
        incidents.map((i) => i.state),
      ),
      textField(
        'opened by',
        incidents.map((i) => i.openedBy),
      ),
      textField(
        'blamed',
        incidents.map((i) => i.blamed?.function ?? null),
      ),
      numberField(
        'growth',
        incidents.map((i) => i.blamed?.growthBytesPerSecond ?? null),
        { unit: 'binBps' },
      ),
    ],
    { kind: 'incidents', incidents: [...incidents] },
    refId,
  );
}

export function growthFrame(target: string, growth: ApiGrowth, refId?: string): DataFrame {
  const rows = growth.functions;
  return frame(
    'allocators',
    [
      textField(
        'function',
        rows.map((r) => r.function),
      ),
      textField(
        'file',
        rows.map((r) => r.file),
      ),
      numberField(
        'line',
        rows.map((r) => r.line),
      ),
      numberField(
        'in use',
        rows.map((r) => r.lastBytes),
        { unit: 'bytes' },
      ),
      numberField(
        'growth',
        rows.map((r) => r.growthBytes),
        { unit: 'bytes' },
      ),
      numberField(
        'growth per second',
        rows.map((r) => r.growthBytesPerSecond),
        { unit: 'binBps' },
      ),
      numberField(
        'share',
        rows.map((r) => r.share),
        { unit: 'percentunit' },
      ),
      booleanField(
        'own',
        rows.map((r) => r.own ?? null),
      ),
    ],
    { kind: 'growth', target, growth },
    refId,
  );
}

export function topFrame(report: TopReport, refId?: string): DataFrame {
  const unit = grafanaUnit(report.unit);
  return frame(
    'allocators',
    [
      textField(
        'function',
        report.rows.map((r) => r.function),
      ),
      textField(
        'file',
        report.rows.map((r) => r.file),
      ),
      numberField(
        'flat',
        report.rows.map((r) => r.flat),
        { unit },
      ),
      numberField(
        'cum',
        report.rows.map((r) => r.cum),
        { unit },
      ),
    ],
    undefined,
    refId,
  );
}

/** Alerts of incidents as regions, for annotations. */
export function alertsFrame(incidents: readonly ApiIncident[], refId?: string): DataFrame {
  const alerts = incidents.flatMap((incident) =>
    incident.alerts.map((alert) => ({ ...alert, target: incident.target })),
  );
  return frame(
    'alerts',
    [
      timeField(
        'time',
        alerts.map((a) => timeMs(a.startsAt)),
      ),
      timeField(
        'timeEnd',
        alerts.map((a) => timeMs(a.endsAt)),
      ),
      textField(
        'title',
        alerts.map((a) => a.name),
      ),
      textField(
        'text',
        alerts.map((a) => a.annotations.summary ?? a.annotations.description ?? ''),
      ),
      textField(
        'target',
        alerts.map((a) => a.target),
      ),
      textField(
        'status',
        alerts.map((a) => a.status),
      ),
    ],
    undefined,
    refId,
  );
}

export function goroutinesFrame(rows: readonly GoroutineRow[], compared: boolean, refId?: string): DataFrame {
  return frame(
    'goroutines',
    [
      textField(
        'function',
        rows.map((r) => r.where.function),
      ),
      textField(
        'file',
        rows.map((r) => r.where.file),
      ),
      numberField(
        'line',
        rows.map((r) => r.where.line),
      ),
      textField(
        'waits for',
        rows.map((r) => r.waitsFor),
      ),
      textField(
        'started as',
        rows.map((r) => r.startedAs),
      ),
      numberField(
        'goroutines',
        rows.map((r) => r.count),
        { unit: 'short' },
      ),
      ...(compared
        ? [
            numberField(
              'growth',
              rows.map((r) => r.growth),
              { unit: 'short' },
            ),
          ]
        : []),
    ],
    undefined,
    refId,
  );
}

/** In-use bytes of the functions that grew most over the captures, one series a function. */
export function growthOverTimeFrame(target: string, growth: ApiGrowth, refId?: string): DataFrame {
  const captures = growth.captures ?? [];
  const series = growth.functions
    .filter((row) => row.history?.length === captures.length && row.growthBytes > 0)
    .slice(0, GROWTH_SERIES);
  return frame(
    'growth over time',
    [
      timeField(
        'time',
        captures.map((c) => timeMs(c.takenAt)),
      ),
      ...series.map((row) =>
        numberField(row.function, row.history ?? [], { unit: 'bytes' }, { target, function: row.function }),
      ),
    ],
    undefined,
    refId,
  );
}

/** The frame that Grafana's own flame graph draws: depth first, one root. */
export function flamegraphFrame(report: FlameReport, refId?: string): DataFrame {
  const unit = grafanaUnit(report.unit);
  const built = frame(
    'flamegraph',
    [
      numberField('level', report.level),
      numberField('value', report.value, { unit }),
      numberField('self', report.self, { unit }),
      textField('label', report.label),
    ],
    undefined,
    refId,
  );
  return { ...built, meta: { ...built.meta, preferredVisualisationType: 'flamegraph' } };
}

function grafanaUnit(unit: string): string {
  if (unit === 'bytes') return 'bytes';
  if (unit === 'nanoseconds') return 'ns';
  return 'short';
}
