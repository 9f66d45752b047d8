// What Alertmanager (webhook version 4) and Grafana send, read with care: each alert by its own status, unknown fields
// passed over, none of the newer ones required, every text bounded.
// https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
// https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/

import { createHash } from 'node:crypto';
import { UsageError } from '../errors.js';

export interface WebhookAlert {
  /** Of the labels only: with `startsAt` the identity of a firing. */
  fingerprint: string;
  /** The label alertname; "alert" where there is none. */
  name: string;
  status: 'firing' | 'resolved';
  /** RFC 3339 in UTC with milliseconds, whatever the sender's zone. */
  startsAt: string;
  endsAt: string | null;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface Webhook {
  alerts: WebhookAlert[];
  /** Alerts of the body that were no alerts, or beyond the limit. */
  unusable: number;
  /** Alerts that the sender left out of the body (max_alerts). */
  truncated: number;
}

/** Alerts read of one body; the rest is counted. */
export const MAX_ALERTS = 5000;
const MAX_LABELS = 64;
const MAX_NAME_LENGTH = 128;
const MAX_LABEL_LENGTH = 512;
const MAX_ANNOTATION_LENGTH = 2048;
const MAX_FINGERPRINT_LENGTH = 64;
/** Alertmanager writes this year for "no end yet" (Go's zero time). */
const ZERO_YEAR = '0001-';

/** Rejects with a UsageError only what has no usable alert in it at all. */
export function parseWebhook(body: unknown): Webhook {
  if (!isObject(body)) {
    throw new UsageError(
      'alerts_unusable',
      'the body must be a JSON object as Alertmanager or Grafana send it',
    );
  }
  const { alerts } = body;
  if (!Array.isArray(alerts)) {
    throw new UsageError(
      'alerts_unusable',
      'the body has no list "alerts": point a webhook_config of Alertmanager (version 4) or a Grafana webhook contact point here',
    );
  }
  const read: WebhookAlert[] = [];
  let problem = '';
  for (const alert of alerts.slice(0, MAX_ALERTS)) {
    const result = parseAlert(alert);
    if (typeof result === 'string') problem ||= result;
    else read.push(result);
  }
  if (read.length === 0 && alerts.length > 0) {
    throw new UsageError('alerts_unusable', `no alert of the body can be read: the first ${problem}`);
  }
  const truncated = body.truncatedAlerts;
  return {
    alerts: read,
    unusable: alerts.length - read.length,
    truncated: typeof truncated === 'number' && truncated > 0 ? Math.floor(truncated) : 0,
  };
}

function parseAlert(value: unknown): WebhookAlert | string {
  if (!isObject(value)) return 'is no object';
  const { status, startsAt } = value;
  if (status !== 'firing' && status !== 'resolved') return 'has no status "firing" or "resolved"';
  const starts = time(startsAt);
  if (starts === null) return 'has no startsAt in RFC 3339';
  const labels = texts(value.labels, MAX_LABEL_LENGTH);
  return {
    fingerprint: fingerprintOf(value.fingerprint, labels),
    name: labels.alertname ?? 'alert',
    status,
    startsAt: starts,
    endsAt: status === 'resolved' ? time(value.endsAt) : null,
    labels,
    annotations: texts(value.annotations, MAX_ANNOTATION_LENGTH),
  };
}

function fingerprintOf(given: unknown, labels: Record<string, string>): string {
  if (typeof given === 'string' && given !== '' && given.length <= MAX_FINGERPRINT_LENGTH) return given;
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}

function time(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_NAME_LENGTH || value.startsWith(ZERO_YEAR)) return null;
  if (!/^\d{4}-\d{2}-\d{2}T/.test(value)) return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

function texts(value: unknown, maxLength: number): Record<string, string> {
  // No prototype: a label called "__proto__" is a label.
  const read: Record<string, string> = Object.create(null) as Record<string, string>;
  if (!isObject(value)) return read;
  let count = 0;
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string' || name.length > MAX_NAME_LENGTH) continue;
    if (++count > MAX_LABELS) break;
    read[name] = text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
  }
  return read;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
