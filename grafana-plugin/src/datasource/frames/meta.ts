// What a frame of the Leakline data source carries beside its fields: the objects of the API that it was made of, so
// that a panel of the same app loses nothing. Other panels draw the fields and never look here.

import type { DataFrame } from '@grafana/data';
import type { ApiCapture, ApiGrowth, ApiIncident, ApiSamples, ApiTarget } from 'leakline/api';

export type LeaklineMeta =
  | { kind: 'targets'; targets: ApiTarget[] }
  | { kind: 'samples'; samples: ApiSamples }
  | { kind: 'accounting'; samples: ApiSamples }
  | { kind: 'captures'; captures: ApiCapture[] }
  | { kind: 'incidents'; incidents: ApiIncident[] }
  | { kind: 'growth'; target: string; growth: ApiGrowth };

export type LeaklineKind = LeaklineMeta['kind'];

interface Carrier {
  leakline: LeaklineMeta;
}

export function carry(meta: LeaklineMeta): Record<string, unknown> {
  const carrier: Carrier = { leakline: meta };
  return { ...carrier };
}

function isMeta(value: unknown): value is LeaklineMeta {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

export function metaOf(frame: DataFrame): LeaklineMeta | null {
  const meta: unknown = frame.meta?.custom?.leakline;
  return isMeta(meta) ? meta : null;
}
